"""No test reaches anything but loopback: an audit hook sees every connection, whichever library makes it."""

import ipaddress
import sys
from typing import Any

reached: list[str] = []  # what was tried since the last look, in case the code under test swallowed the error


class ReachedOutside(RuntimeError):
    """Something tried to leave this machine."""


def is_loopback(host: object) -> bool:
    """Whether `host`, a name or an address as sockets take them, stays on this machine."""
    if isinstance(host, bytes):
        host = host.decode()
    if host is None or host in {"", "localhost"}:
        return True
    try:
        return ipaddress.ip_address(str(host).split("%", maxsplit=1)[0]).is_loopback
    except ValueError:
        return str(host).endswith(".localhost")


def watch() -> None:
    """Refuses from now on; a hook cannot be taken out again."""
    sys.addaudithook(_refuse_outside)


def _refuse_outside(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "socket.getaddrinfo":
        host: object = arguments[0]
    elif event in {"socket.connect", "socket.sendto", "socket.sendmsg"}:
        address = arguments[1]
        if not isinstance(address, tuple):  # a Unix socket, or one that is connected already
            return
        host = address[0]
    else:
        return
    if not is_loopback(host):
        reached.append(f"{event} {host}")
        raise ReachedOutside(f"tests may reach loopback only, not {host!r}")
