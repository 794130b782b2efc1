"""Where a run of the tests writes: in memory, where there is room for it.

What a machine loses when it stops is not tried by any test. On a disk each commit waits some five
milliseconds, and PostgreSQL takes half a second for what it copies in memory in a twentieth of one.
"""

import os
import tempfile
from pathlib import Path

import psutil

MEMORY = Path("/dev/shm")
ROOM = 4 * 2**30  # bytes; a whole run takes about one


def write_in_memory() -> None:
    """From now on temporary folders are made in memory, in processes begun from here too; obeys TMPDIR."""
    if "TMPDIR" not in os.environ and _has_room(MEMORY):
        os.environ["TMPDIR"] = str(MEMORY)
        tempfile.tempdir = None  # asked again


def _has_room(place: Path) -> bool:
    try:
        held = os.statvfs(place)
    except OSError:
        return False
    if held.f_flag & os.ST_NOEXEC or not os.access(place, os.W_OK | os.X_OK):
        return False  # PostgreSQL may have to run from a copy there
    return min(held.f_bavail * held.f_frsize, int(psutil.virtual_memory().available)) > ROOM
