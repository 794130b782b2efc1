"""A walk through the processor's lists, a page a transaction, with the mark of how far it came."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import cast

from billing.actors import SystemActor
from billing.context import Context
from billing.documents.mailing import mail_invoices
from billing.ports import UnitOfWork
from billing.ports.processing_syncs import WalkLost
from billing.processing.charges import Beside, read_beside, take_in_charges
from billing.processing.customers import take_in_customers
from billing.processing.invoices import take_in_invoices
from billing.processing.order_ids import give_order_ids
from billing.processing.records import SyncMark, SyncRun
from billing.processing.returns import take_in_disputes, take_in_refunds
from billing.processing.subscriptions import take_in_subscriptions
from billing.processing.tally import Tally
from billing.processor import Listed, Page, PaymentProvider
from billing.processor_facts import (
    ProcessorCharge,
    ProcessorCustomer,
    ProcessorDispute,
    ProcessorFact,
    ProcessorInvoice,
    ProcessorRefund,
    ProcessorSubscription,
)
from billing.records import Facts

HOLD = timedelta(minutes=1)  # renewed with every page
MOST_A_SECOND = 20  # pages asked for; the processor takes 25 requests a second of a key in its test mode
AT_ONCE = 500  # payments that get their Order IDs in one transaction
OTHER_CURRENCY, LEFT_OUT = "charges:other_currency", "left_out"


class Stage(StrEnum):
    """What is walked through, in this order: each finds what those before it have brought."""

    CUSTOMERS = Listed.CUSTOMERS.value
    SUBSCRIPTIONS = Listed.SUBSCRIPTIONS.value
    INVOICES = Listed.INVOICES.value
    CHARGES = Listed.CHARGES.value
    ORDER_IDS = "order_ids"  # of the new payments, the oldest first, once all are there
    REFUNDS = Listed.REFUNDS.value
    DISPUTES = Listed.DISPUTES.value


@dataclass(frozen=True, slots=True)
class Walk:
    """One walk under way. `told` hears of each page; `holder` names whoever walks."""

    ctx: Context
    provider: PaymentProvider
    holder: str
    by: SystemActor
    pace: Pace
    told: Callable[[SyncMark], None]
    lists_all_subscriptions: bool = True


class Pace:
    """At most so many pages a second."""

    def __init__(self, most: float = MOST_A_SECOND) -> None:
        self._gap = 1 / most
        self._free_at = 0.0

    async def wait(self) -> None:
        """Until the next page may be asked for."""
        now = asyncio.get_running_loop().time()
        self._free_at = max(self._free_at, now)
        wait, self._free_at = self._free_at - now, self._free_at + self._gap
        if wait > 0:
            await asyncio.sleep(wait)


async def take_page(walk: Walk, run: SyncRun) -> SyncRun:
    """The next page of the first list that is not done; the run as it is then, finished after the last.

    Raises `WalkLost`, and whatever the processor's door raises.
    """
    async with walk.ctx.read(run.account_id) as work:
        marks = {mark.what: mark for mark in await work.walks.list_marks(run.id)}
    for stage in Stage:
        mark = marks.get(stage, SyncMark(run.id, stage.value, "", False, 0, 0, 0, 0, 0))
        if not mark.is_done:
            return await _take_in(walk, run, stage, mark)
    return await _finish(walk, run, marks)


async def walk_through(walk: Walk, run: SyncRun, *, up_to: Stage | None = None) -> SyncRun:
    """To its end, or until the list `up_to` is done. Raises what `take_page` raises."""
    while run.finished_at is None and not await _is_done(walk.ctx, run, up_to):
        run = await take_page(walk, run)
    return run


async def _is_done(ctx: Context, run: SyncRun, stage: Stage | None) -> bool:
    if stage is None:
        return False
    async with ctx.read(run.account_id) as work:
        return any(mark.what == stage and mark.is_done for mark in await work.walks.list_marks(run.id))


async def _take_in(walk: Walk, run: SyncRun, stage: Stage, mark: SyncMark) -> SyncRun:
    read_at, page = walk.ctx.now(), None
    if stage is not Stage.ORDER_IDS:
        page = await _ask(walk, run, stage, mark)
    beside = Beside()
    if page is not None and stage is Stage.CHARGES:
        charges = cast(Sequence[ProcessorCharge], page.facts)
        listed_until = run.started_at if run.since is None else None
        beside = await read_beside(walk.ctx, walk.provider, charges, by=walk.by, listed_until=listed_until)
    async with walk.ctx.begin(run.account_id) as work:
        await work.synced.hold()
        now = walk.ctx.now()
        if page is None:
            moved, tally = await _number(work, run, mark, by=walk.by, at=now), Tally()
        else:
            tally = await _apply(work, stage, page.facts, beside, by=walk.by, at=now, read_at=read_at)
            moved = _moved(mark, page, tally)
        await work.walks.move_mark(moved, expected=mark.cursor)
        totals = _added(run.totals, stage, tally, page)
        run = replace(run, held_until=now + HOLD, totals=totals)
        await _save(work, run)
    walk.told(moved)
    return run


async def _ask(walk: Walk, run: SyncRun, stage: Stage, mark: SyncMark) -> Page:
    await walk.pace.wait()
    since = run.since
    if stage is Stage.SUBSCRIPTIONS and walk.lists_all_subscriptions:
        since = None  # what has become of the older ones; events that were lost are made good so
    return await walk.provider.list_page(Listed(stage.value), after=mark.cursor or None, since=since)


async def _apply(
    work: UnitOfWork,
    stage: Stage,
    facts: Sequence[ProcessorFact],
    beside: Beside,
    *,
    by: SystemActor,
    at: datetime,
    read_at: datetime,
) -> Tally:
    match stage:
        case Stage.CUSTOMERS:
            return await take_in_customers(work, cast(Sequence[ProcessorCustomer], facts))
        case Stage.SUBSCRIPTIONS:
            subscriptions = cast(Sequence[ProcessorSubscription], facts)
            return await take_in_subscriptions(work, subscriptions, by=by, at=at)
        case Stage.INVOICES:
            return await take_in_invoices(work, cast(Sequence[ProcessorInvoice], facts))
        case Stage.CHARGES:
            return await take_in_charges(work, cast(Sequence[ProcessorCharge], facts), beside)
        case Stage.REFUNDS:
            return await take_in_refunds(work, cast(Sequence[ProcessorRefund], facts), by=by, at=at)
        case Stage.DISPUTES:
            disputes = cast(Sequence[ProcessorDispute], facts)
            return await take_in_disputes(work, disputes, by=by, at=at, read_at=read_at)
        case Stage.ORDER_IDS:
            raise AssertionError("the processor has no list of these")


async def _number(
    work: UnitOfWork, run: SyncRun, mark: SyncMark, *, by: SystemActor, at: datetime
) -> SyncMark:
    """Its cursor is the moment up to which payments have their Order IDs.

    A walk through everything brings a past in; another one, what events have missed.
    """
    since = datetime.fromisoformat(mark.cursor) if mark.cursor else run.since
    waiting = await work.order_ids.list_without(since, limit=AT_ONCE)
    given = await give_order_ids(work, waiting)
    if run.since is not None:
        await mail_invoices(work, [each.id for each in waiting], by=by, at=at)
    return replace(
        mark,
        cursor=waiting[-1].paid_at.isoformat() if waiting else mark.cursor,
        is_done=len(waiting) < AT_ONCE,
        read=mark.read + len(waiting),
        made=mark.made + given,
    )


def _moved(mark: SyncMark, page: Page, tally: Tally) -> SyncMark:
    return replace(
        mark,
        cursor=page.after or mark.cursor,
        is_done=page.after is None,
        read=mark.read + len(page.facts) + page.left_out,
        made=mark.made + tally.made,
        linked=mark.linked + tally.linked,
        known=mark.known + tally.known,
        skipped=mark.skipped + tally.skipped.total() + page.left_out,
    )


def _added(totals: Mapping[str, int], stage: Stage, tally: Tally, page: Page | None) -> dict[str, int]:
    """What the marks do not say: why something was skipped, and what is worth a second look."""
    added = Counter(totals)
    for reason, count in tally.skipped.items():
        added[f"{stage}:{reason}"] += count
    added[OTHER_CURRENCY] += tally.other_currency
    added[LEFT_OUT] += page.left_out if page else 0
    return {name: count for name, count in added.items() if count}


async def _finish(walk: Walk, run: SyncRun, marks: Mapping[str, SyncMark]) -> SyncRun:
    async with walk.ctx.begin(run.account_id) as work:
        run = replace(run, finished_at=walk.ctx.now())
        await _save(work, run)
        made = sum(mark.made for mark in marks.values())
        if made or run.since is None or walk.by.reason != "sync":
            facts: dict[str, str | int | bool | None] = {
                "since": run.since.isoformat() if run.since else None,
                **{f"{mark.what}_made": mark.made for mark in marks.values()},
                "linked": sum(mark.linked for mark in marks.values()),
                "skipped": sum(mark.skipped for mark in marks.values()),
            }
            await _write(work, walk, run, facts)
    return run


async def _write(work: UnitOfWork, walk: Walk, run: SyncRun, facts: Facts) -> None:
    at = run.finished_at or run.started_at
    await work.journal.write(walk.by, "sync.finished", f"sync:{run.id.hex}", at=at, facts=facts)


async def _save(work: UnitOfWork, run: SyncRun) -> None:
    """Also where the connection ended meanwhile, nothing more of it is written."""
    live = await work.connections.find_live()
    if live is None or live.id != run.connection_id:
        raise WalkLost
    await work.walks.save(run)
