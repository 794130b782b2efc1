"""The clock: one loop over all accounts that rings what is due, each alarm in a transaction of its own."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from billing.actors import SystemActor
from billing.context import Context
from billing.errors import Unavailable
from billing.hours import Alarm
from billing.ports import UnitOfWork
from billing.states import AlarmKind

Ring = Callable[[Context, Alarm], Awaitable[None]]

# At most so many a round, and at once so many: each is a short transaction.
BATCH = 100
AT_ONCE = 8
PAUSE_SECONDS = 1.0
# What could not be rung is tried again so much later, and holds nobody up meanwhile.
AGAIN = timedelta(minutes=5)

log = logging.getLogger(__name__)


class Clock:
    """Rings alarms by kind. A handler moves or drops its alarm in the transaction that acts on it."""

    def __init__(self, ctx: Context, handlers: Mapping[AlarmKind, Ring]) -> None:
        self._ctx = ctx
        self._handlers = handlers

    async def run(self) -> None:
        """Until cancelled. Nothing is kept here: what a killed worker did not commit, the next one rings."""
        while True:
            await self.ring_due()
            await asyncio.sleep(PAUSE_SECONDS)

    async def ring_due(self) -> int:
        """All that is due now, up to `BATCH`; how many were rung."""
        try:
            due = await self._ctx.store.list_due_alarms(at=self._ctx.now(), limit=BATCH)
        except Unavailable:
            log.warning("clock: the database is away")
            return 0
        for start in range(0, len(due), AT_ONCE):
            await self._ring_some(due[start : start + AT_ONCE])
        return len(due)

    async def _ring_some(self, alarms: Sequence[Alarm]) -> None:
        ends = await asyncio.gather(*(self._ring(each) for each in alarms), return_exceptions=True)
        for alarm, end in zip(alarms, ends, strict=True):
            # While the database is away an alarm stays due; all else is a bug, and must not stop the others.
            if isinstance(end, Exception) and not isinstance(end, Unavailable):
                log.error("clock: an alarm broke", exc_info=end, extra={"kind": alarm.kind})
                await self._put_off(alarm)

    async def _ring(self, alarm: Alarm) -> None:
        ring = self._handlers.get(alarm.kind)
        if ring is None:
            await self._put_off(alarm)
        else:
            await ring(self._ctx, alarm)

    async def _put_off(self, alarm: Alarm) -> None:
        try:
            async with self._ctx.begin(alarm.account_id) as work:
                await work.timing.move_alarm(alarm, due_at=self._ctx.now() + AGAIN, step=alarm.step)
        except Unavailable:
            log.warning("clock: the database is away")


async def claim(ctx: Context, work: UnitOfWork, alarm: Alarm) -> Alarm | None:
    """The alarm, from now on held by this transaction, which says when it rings next; None: somebody else's.

    First of all in a handler: what it reads afterwards nobody changes without moving the alarm as well.
    """
    due_at = ctx.now() + AGAIN
    if await work.timing.move_alarm(alarm, due_at=due_at, step=alarm.step):
        return replace(alarm, due_at=due_at)
    return None


def clock_of(alarm: Alarm) -> SystemActor:
    """Who acts when an alarm rings."""
    return SystemActor(alarm.account_id, "clock", f"{alarm.kind}-{alarm.subject.hex[:8]}-{alarm.step}")
