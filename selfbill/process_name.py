"""A name for this process that another one can tell to be dead."""

import os
import secrets
import socket
from pathlib import Path


def process_name() -> str:
    """Machine, process, when it started, and a random word: different for every call."""
    return "/".join((socket.gethostname(), str(os.getpid()), _started(os.getpid()), secrets.token_hex(4)))


def is_gone(name: str) -> bool:
    """Whether that process ran on this machine and does so no more; False whenever we cannot know."""
    machine, _, rest = name.rpartition("/")[0].partition("/")
    pid, _, started = rest.partition("/")
    if machine != socket.gethostname() or not pid.isdigit():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False  # it is there, and another user's
    return bool(started) and _started(int(pid)) != started


def _started(pid: int) -> str:
    """When it started, in ticks since boot, so that a number used again is not taken for it; Linux only."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""
