"""Our books beside the processor's, both ways and page by page: each difference raises one alert.

The processor lists newest first. Ours are listed the same way, a day behind: what the processor was not seen
to have by then is asked for by its id, so that times which differ a little make no difference. No more than
a page and two days' ids are held at once.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from billing.actors import SystemActor
from billing.context import Context
from billing.ids import AlertId, ReconcileId, new_id
from billing.ports.processing_compared import Place
from billing.processing.alerts import raise_alert, settle_alert
from billing.processing.asking_again import Looks, Patient, Pause
from billing.processing.compared import Difference, DifferenceKind
from billing.processing.comparing import Charges, Comparison, Desk, Disputes, Ours, Subscriptions
from billing.processing.comparing_refunds import Refunds
from billing.processing.records import Alert, Reconciliation
from billing.processor import Listed
from billing.states import AlertKind

# So far behind the processor's list are ours looked at.
BEHIND = timedelta(days=1)
MAILED = 5  # of the differences of a run, one by one
_PAGE = 500
_BEGINNING = datetime(1970, 1, 2, tzinfo=UTC)
# What may have moved between the two readings is read again before it is told.
_MOVING = frozenset(
    {
        DifferenceKind.REFUND_STATE,
        DifferenceKind.OPERATION_HAPPENED,
        DifferenceKind.DISPUTE_DIFFERS,
        DifferenceKind.SUBSCRIPTION_DIFFERS,
    }
)


@dataclass(frozen=True, slots=True)
class Span:
    """What was made in [since, until)."""

    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Compared:
    """A page that was compared; `count` objects there and here."""

    what: Listed
    count: int
    differences: tuple[Difference, ...]


async def reconcile(
    ctx: Context, provider: Looks, span: Span, *, by: SystemActor, pause: Pause = asyncio.sleep
) -> AsyncIterator[Compared]:
    """Charges, refunds and disputes made in the span, and all subscriptions. Raises `NotCompared`.

    What it finds raises alerts as it goes; what an earlier run found and this one does not is settled at
    the end, and the run is kept. A run that ends early settles and keeps nothing.
    """
    started = ctx.now()
    desk = Desk(ctx, Patient(provider, pause), by.account_id, started)
    run = _Run(ctx, span, by)
    comparisons: tuple[Comparison[Any, Any], ...] = (
        Charges(desk),
        Refunds(desk),
        Disputes(desk),
        Subscriptions(desk),
    )
    for comparison in comparisons:
        async for page in _Walk(desk, comparison, span).pages():
            yield await run.take(page)
    await run.finish(started)


@dataclass
class _Run:
    """What a run has found so far."""

    ctx: Context
    span: Span
    by: SystemActor
    count: int = 0
    found: set[str] = field(default_factory=set)

    async def take(self, page: Compared) -> Compared:
        """A difference is told once, though both ways may lead to it."""
        new = [each for each in page.differences if each.subject not in self.found]
        self.count += page.count
        if new:
            async with self.ctx.begin(self.by.account_id) as work:
                for each in new:
                    # Of many, the others stand on the page: nobody reads a thousand mails.
                    mailed = len(self.found) < MAILED
                    self.found.add(each.subject)
                    kind, at = AlertKind.DIFFERENCE, self.ctx.now()
                    await raise_alert(work, kind, each.subject, each.facts, by=self.by, at=at, mailed=mailed)
        return replace(page, differences=tuple(new))

    async def finish(self, started: datetime) -> None:
        """Settle what is no difference any more, and keep that there was a run."""
        after: AlertId | None = None
        while True:
            async with self.ctx.begin(self.by.account_id) as work:
                alerts = await work.alerts.list_open_of(AlertKind.DIFFERENCE, after, limit=_PAGE)
                for each in alerts:
                    if each.subject not in self.found and self._was_covered(each):
                        at = self.ctx.now()
                        await settle_alert(work, each.kind, each.subject, by=self.by, at=at)
                if len(alerts) < _PAGE:
                    await work.alerts.add_reconciliation(self._kept(started))
                    return
            after = alerts[-1].id

    def _was_covered(self, alert: Alert) -> bool:
        """Whether this run looked where that one was."""
        at = alert.facts.get("at")
        return at is None or self.span.since <= datetime.fromisoformat(str(at)) < self.span.until

    def _kept(self, started: datetime) -> Reconciliation:
        return Reconciliation(
            id=new_id(ReconcileId),
            account_id=self.by.account_id,
            since=self.span.since,
            until=self.span.until,
            compared=self.count,
            differences=len(self.found),
            started_at=started,
            finished_at=self.ctx.now(),
        )


class _Walk:
    """Down both lists of one kind, ours a day behind."""

    def __init__(self, desk: Desk, comparison: Comparison[Any, Any], span: Span) -> None:
        self._desk = desk
        self._comparison = comparison
        # What a subscription is now is charged now, however old it is.
        is_timeless = comparison.what is Listed.SUBSCRIPTIONS
        self._since = _BEGINNING if is_timeless else span.since
        self._asked_since = None if is_timeless else span.since
        self._until = span.until
        self._is_timeless = is_timeless
        self._seen: set[str] = set()
        self._order: deque[tuple[datetime, tuple[str, ...]]] = deque()
        self._place: Place = (span.until, UUID(int=0))
        self._waiting: list[Ours[Any]] = []
        self._is_read = False

    async def pages(self) -> AsyncIterator[Compared]:
        """What is there against ours, and then ours that were not met."""
        after: str | None = None
        low = self._until
        while True:
            page = await self._desk.provider.list_page(
                self._comparison.what, after=after, since=self._asked_since, until=self._until
            )
            for fact in page.facts:
                low = self._comparison.made_at(fact)
                self._see(low, self._comparison.names(fact))
            differences = await self._told(page.facts)
            count, missing = await self._behind(low + BEHIND)
            self._forget(low + 2 * BEHIND)
            yield Compared(self._comparison.what, len(page.facts) + count, (*differences, *missing))
            if page.after is None:
                break
            after = page.after
        count, missing = await self._behind(self._since)
        yield Compared(self._comparison.what, count, tuple(missing))

    def _see(self, at: datetime, names: tuple[str, ...]) -> None:
        self._order.append((at, names))
        self._seen.update(names)

    async def _told(self, facts: Sequence[Any]) -> list[Difference]:
        told = []
        for fact, difference in await self._comparison.compare(facts):
            found = [difference]
            if difference.kind in _MOVING:
                now = await self._comparison.read(fact.id)
                found = [again for _, again in await self._comparison.compare([now] if now else [])]
            told += [self._dated(each, self._comparison.made_at(fact)) for each in found]
        return told

    async def _behind(self, until: datetime) -> tuple[int, list[Difference]]:
        """Ours that are newer than this: what the processor was not seen to have is asked for."""
        missing: list[Difference] = []
        count = 0
        while (ours := await self._next(until)) is not None:
            count += 1
            if ours.processor_id in self._seen or not self._desk.is_settled(ours.place[0]):
                continue
            there = await self._comparison.read(ours.processor_id)
            found = [self._comparison.missing(ours)]
            if there is not None:
                found = [each for _, each in await self._comparison.compare([there])]
            missing += [self._dated(each, ours.place[0]) for each in found]
        return count, missing

    async def _next(self, until: datetime) -> Ours[Any] | None:
        if not self._waiting and not self._is_read:
            page = await self._comparison.list_ours(self._since, self._place, limit=_PAGE)
            self._is_read = len(page) < _PAGE
            self._waiting = page[::-1]
        if not self._waiting or self._waiting[-1].place[0] < until:
            return None
        ours = self._waiting.pop()
        self._place = ours.place
        return ours

    def _forget(self, newer: datetime) -> None:
        while self._order and self._order[0][0] > newer:
            self._seen.difference_update(self._order.popleft()[1])

    def _dated(self, difference: Difference, at: datetime) -> Difference:
        return difference if self._is_timeless else replace(difference, at=at)
