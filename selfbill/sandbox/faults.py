"""Faults on demand: the table of what shall go wrong, and the aiohttp middleware that makes it so."""

from __future__ import annotations

import asyncio
import random
import socket
import struct
from collections.abc import Callable, Collection
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from fnmatch import fnmatchcase
from types import NoneType
from typing import Any
from uuid import uuid4

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

CONTROL_PREFIX = "/_sandbox/"


class FaultKind(StrEnum):
    """What the middleware can do to any request; a server may allow kinds of its own beside these."""

    SLOW = "slow"  # wait `seconds`, then go on as usual
    HANG = "hang"  # hold the connection, without effect, until the fault is cleared or `seconds` are over
    LOST_BEFORE = "lost_before"  # reset the connection before anything happened
    LOST_AFTER = "lost_after"  # the effect happens, then the connection is reset
    STATUS_BEFORE = "status_before"  # answer `status` without the effect; with `retry_after` for a 429
    STATUS_AFTER = "status_after"  # the effect happens, then answer `status`


@dataclass
class Fault:
    """One line of the table: which requests it meets, how often, and what it does to them."""

    kind: str
    method: str = "*"
    path: str = "*"  # a shell pattern over the path, such as /v1/refunds*
    times: int | None = 1  # None: until cleared
    chance: float = 1.0
    seconds: float = 3600.0
    status: int = 500
    retry_after: int | None = None
    id: str = field(default_factory=lambda: f"fault_{uuid4().hex[:12]}")
    met: int = 0

    def __post_init__(self) -> None:
        self._cleared = asyncio.Event()
        self.arrived = asyncio.Event()  # set once a request met it

    def meets(self, method: str, path: str) -> bool:
        return (
            self.times != 0
            and fnmatchcase(method.upper(), self.method.upper())
            and fnmatchcase(path, self.path)
            and (self.chance >= 1 or random.random() < self.chance)  # noqa: S311  no secret hangs on it
        )

    async def wait(self) -> None:
        """Wait `seconds`, or less when the fault is cleared."""
        try:
            await asyncio.wait_for(self._cleared.wait(), self.seconds)
        except TimeoutError:
            return

    def clear(self) -> None:
        self.times = 0
        self._cleared.set()


SETTINGS: dict[str, tuple[type, ...]] = {
    "method": (str,),
    "path": (str,),
    "times": (int, NoneType),
    "chance": (int, float),
    "seconds": (int, float),
    "status": (int,),
    "retry_after": (int, NoneType),
}


class FaultTable:
    """The faults in force, oldest first; each counts down as it meets requests."""

    def __init__(self, own_kinds: Collection[str] = ()) -> None:
        self.kinds = {*FaultKind, *own_kinds}
        self._faults: list[Fault] = []

    def add(self, kind: str, **settings: Any) -> Fault:
        """Put a fault in force; ValueError for a kind or a setting that does not exist."""
        fits = all(isinstance(value, SETTINGS.get(name, ())) for name, value in settings.items())
        if kind not in self.kinds or not fits:
            raise ValueError(f"kind is one of {sorted(self.kinds)}, settings are {sorted(SETTINGS)}")
        fault = Fault(kind, **settings)
        self._faults.append(fault)
        return fault

    def take(self, method: str, path: str, kinds: Collection[str] = tuple(FaultKind)) -> Fault | None:
        """The first fault of these kinds that meets the request, counted down; None when there is none."""
        for fault in self._faults:
            if fault.kind in kinds and fault.meets(method, path):
                fault.met += 1
                fault.arrived.set()
                fault.times = None if fault.times is None else fault.times - 1
                return fault
        return None

    def clear(self) -> None:
        """Take every fault out of force and let go of the requests that hang."""
        for fault in self._faults:
            fault.clear()
        self._faults = []

    def as_json(self) -> list[dict[str, Any]]:
        return [asdict(fault) for fault in self._faults]


def fault_middleware(table: FaultTable, answer: Callable[[Fault], web.Response]) -> Middleware:
    """Meddle with all requests outside `/_sandbox/`; `answer` writes a status in the server's own shape."""

    @web.middleware
    async def meddle(request: web.Request, handler: Handler) -> web.StreamResponse:
        fault = None if request.path.startswith(CONTROL_PREFIX) else table.take(request.method, request.path)
        if fault is None:
            return await handler(request)
        if fault.kind in (FaultKind.SLOW, FaultKind.HANG):
            await fault.wait()
        if fault.kind in (FaultKind.HANG, FaultKind.LOST_BEFORE):
            return _reset(request)
        if fault.kind == FaultKind.STATUS_BEFORE:
            return answer(fault)
        response = await handler(request)
        if fault.kind == FaultKind.LOST_AFTER:
            return _reset(request)
        return answer(fault) if fault.kind == FaultKind.STATUS_AFTER else response

    return meddle


def add_fault_routes(app: web.Application, table: FaultTable) -> None:
    """`/_sandbox/faults`: GET lists the table, POST adds a line, DELETE clears it, as the shutdown does."""

    async def show(_http: web.Request) -> web.Response:
        return web.json_response(table.as_json())

    async def add(http: web.Request) -> web.Response:
        try:
            fault = table.add(**await http.json())
        except (ValueError, TypeError) as wrong:
            return web.json_response({"error": str(wrong)}, status=400)
        return web.json_response(asdict(fault), status=201)

    async def clear(_http: web.Request) -> web.Response:
        table.clear()
        return web.Response(status=204)

    async def on_shutdown(_app: web.Application) -> None:
        table.clear()

    path = f"{CONTROL_PREFIX}faults"
    app.add_routes([web.get(path, show), web.post(path, add), web.delete(path, clear)])
    app.on_shutdown.append(on_shutdown)


def _reset(http: web.Request) -> web.Response:
    """Cut the connection as a crashed server does; what is returned is never sent."""
    if http.transport is not None:
        if (sock := http.transport.get_extra_info("socket")) is not None:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        http.transport.abort()
    return web.Response(status=500)
