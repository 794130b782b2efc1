"""What a killed process and the one that watches it share: a count of boundaries, a clock, the answers."""

import os
import signal
import struct
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from mmap import mmap
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler
from sqlalchemy import Engine, Pool, event

from selfbill.sandbox.processor import ProcessorSandbox
from selfbill.sandbox.processor.errors import ApiError
from tests.make import START, TurnedClock

NEVER = 0
_COUNT, _KILL_AT, _PID, _TIME, _ANSWERED = range(5)


class Shared:
    """Whole numbers that live on when a process is killed, and which both sides see."""

    def __init__(self) -> None:
        self._memory = mmap(-1, 4096)

    def get(self, place: int) -> int:
        return int(struct.unpack_from("q", self._memory, place * 8)[0])

    def put(self, place: int, value: int) -> None:
        struct.pack_into("q", self._memory, place * 8, value)

    def begin(self, kill_at: int) -> None:
        """A process starts that is killed at this boundary; 0: never."""
        self.put(_COUNT, 0)
        self.put(_KILL_AT, kill_at)
        self.put(_PID, os.getpid())

    def end(self) -> None:
        """Nobody is watched any more."""
        self.put(_KILL_AT, NEVER)
        self.put(_PID, 0)

    @property
    def is_watched(self) -> bool:
        """Whether somebody is to be killed."""
        return self.get(_KILL_AT) != NEVER

    @property
    def passed(self) -> int:
        """How many boundaries the process has come to."""
        return self.get(_COUNT)

    @property
    def answered(self) -> int:
        """How many steps the person outside has an answer to."""
        return self.get(_ANSWERED)

    @answered.setter
    def answered(self, steps: int) -> None:
        self.put(_ANSWERED, steps)

    def pass_boundary(self) -> bool:
        """One more; the watched process dies here if it is the chosen one. True: another was killed."""
        if self.get(_PID) == 0:
            return False
        self.put(_COUNT, self.passed + 1)
        if self.passed != self.get(_KILL_AT):
            return False
        os.kill(self.get(_PID), signal.SIGKILL)
        return True


class SharedClock(TurnedClock):
    """Turned in one process, seen in all."""

    def __init__(self, shared: Shared) -> None:
        self._shared = shared
        self.at = START

    @property
    def at(self) -> datetime:
        return datetime.fromtimestamp(0, UTC) + timedelta(microseconds=self._shared.get(_TIME))

    @at.setter
    def at(self, value: datetime) -> None:
        self._shared.put(_TIME, (value - datetime.fromtimestamp(0, UTC)) // timedelta(microseconds=1))


def watch_statements(shared: Shared) -> None:
    """Before and after every statement and commit of this process; forked children inherit it."""

    def hook(target: Any, name: str) -> None:
        event.listen(target, name, lambda *_: (shared.pass_boundary(), None)[1], named=False)

    for name in ("before_cursor_execute", "after_cursor_execute", "commit"):
        hook(Engine, name)
    hook(Pool, "checkin")  # comes right after the commit


class WatchedProcessor(ProcessorSandbox):
    """The small Stripe, where each request is two boundaries: its first byte, and its effect unanswered."""

    def __init__(self, shared: Shared, clock: Callable[[], datetime]) -> None:
        super().__init__(clock=clock)

        @web.middleware
        async def watch(request: web.Request, handler: Handler) -> web.StreamResponse:
            if not request.path.startswith("/v1/"):
                return await handler(request)
            if shared.pass_boundary():
                return web.Response(status=500)  # it never arrived, and nobody reads this
            answer = await handler(request)
            shared.pass_boundary()
            return answer

        self._app.middlewares.insert(0, watch)
        self._app.router.add_post("/_hands/{deed}", self._do)

    async def _do(self, request: web.Request) -> web.Response:
        """What a process asks the outside world to do; what cannot be is not done, as it was done before."""
        asked = await request.json()
        try:
            done = getattr(self, request.match_info["deed"])(*asked["what"], **asked["how"])
        except ApiError as refused:
            return web.json_response({"refused": str(refused)})
        return web.json_response(done if isinstance(done, dict) else {"done": str(done)})
