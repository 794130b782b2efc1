"""The running sync: a walk when a connection goes live, then one each hour, by whoever is free."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from billing.actors import Actor, SystemActor
from billing.context import Context
from billing.edges import Envelope
from billing.errors import DeliveryFailed, Refusal
from billing.ids import SyncRunId, new_id
from billing.messages import read_message
from billing.ports import UnitOfWork
from billing.ports.processing_syncs import WalkLost, WalkRunning
from billing.processing.messages import SyncDue
from billing.processing.records import Connection, SyncMark, SyncRun
from billing.processing.walking import HOLD, Pace, Walk, take_page
from billing.processor import AnswerLost, PaymentProvider, TryLater

EACH = timedelta(hours=1)
OVERLAP = timedelta(days=1)  # what comes late into the processor's lists
WORKER = "worker"  # who walks for the running sync; the command may go on with it at any time
EARLY = timedelta(minutes=1)
BESIDE = 3.0  # pages a second, while pages of ours are served by the same process
SPAN = 10.0  # seconds of one delivery; the next one goes on where it was
REASON = "sync"  # of the actor
_WAITS = (timedelta(seconds=5), timedelta(seconds=30), timedelta(minutes=5), timedelta(minutes=30))


@dataclass(frozen=True, slots=True)
class SyncStanding:
    """What the desk says of walks: the one under way, if any, and the last that came to its end."""

    running: SyncRun | None
    last: SyncRun | None
    marks: Sequence[SyncMark]  # of the one under way, else of the last


async def begin_sync(work: UnitOfWork, connection: Connection, *, at: datetime, by: Actor) -> None:
    """A connection went live: everything is walked through, and from then on what is new, each hour."""
    dedupe = f"sync:{connection.id.hex}"
    await work.outbox.put(SyncDue(connection.id), at=at, trace_id=by.trace_id, dedupe=dedupe)


async def show_sync(work: UnitOfWork, connection: Connection) -> SyncStanding:
    """For the desk, within its view."""
    running = await work.walks.find_open()
    last = await work.walks.find_finished(connection.id)
    shown = running or last
    return SyncStanding(running, last, await work.walks.list_marks(shown.id) if shown else ())


async def run_sync(ctx: Context, provider: PaymentProvider, envelope: Envelope) -> None:
    """The delivery of `SyncDue`: some pages, and the next of itself. Ends with its connection."""
    message = read_message(SyncDue, envelope.payload)
    by = SystemActor(envelope.account_id, REASON, envelope.trace_id)
    async with ctx.read(envelope.account_id) as work:
        live = await work.connections.find_live()
    if live is None or live.id != message.connection_id:
        return
    try:
        due_at, dedupe = await _go_on(ctx, provider, live, envelope, by=by)
    # A refusal of ours ends no sync either: with this row there would be no next one.
    except (AnswerLost, TryLater, WalkRunning, WalkLost, Refusal) as why:
        said = why.after if isinstance(why, TryLater) else None
        wait = _WAITS[min(envelope.tries, len(_WAITS)) - 1]
        raise DeliveryFailed(str(why) or type(why).__name__, after=said or wait) from why
    async with ctx.begin(envelope.account_id) as work:
        message, trace_id = SyncDue(live.id), envelope.trace_id
        await work.outbox.put(message, at=ctx.now(), trace_id=trace_id, dedupe=dedupe, due_at=due_at)


async def _go_on(
    ctx: Context, provider: PaymentProvider, live: Connection, envelope: Envelope, *, by: SystemActor
) -> tuple[datetime, str]:
    """Pages for so long as one delivery may take; when the next is due, and what keeps it from being two.

    Of deliveries that find the same walk at its end, whoever put them, one follows.
    """
    async with ctx.read(live.account_id) as work:
        last = await work.walks.find_finished(live.id)
        is_open = await work.walks.find_open() is not None
    if last is None or is_open or _next_after(last) - EARLY <= ctx.now():
        since = last.started_at - OVERLAP if last else None
        run, lists_all = await claim(ctx, live, holder=WORKER, is_gone=lambda _: False, since=since)
        last = await _walk_on(Walk(ctx, provider, WORKER, by, Pace(BESIDE), lambda _: None, lists_all), run)
    if last.finished_at is None:
        return ctx.now(), f"sync-after:{envelope.id.hex}"
    return _next_after(last), f"sync-next:{last.id.hex}"


def _next_after(run: SyncRun) -> datetime:
    return (run.finished_at or run.started_at) + EACH


async def _walk_on(walk: Walk, run: SyncRun) -> SyncRun:
    ends = time.monotonic() + SPAN
    while run.finished_at is None and time.monotonic() < ends:
        run = await take_page(walk, run)
    return run


async def claim(
    ctx: Context,
    connection: Connection,
    *,
    holder: str,
    is_gone: Callable[[str], bool],
    since: datetime | None,
) -> tuple[SyncRun, bool]:
    """The open walk, if whoever held it is gone, else a new one; and whether it lists all subscriptions.

    `since` is for a new one. Raises `WalkRunning`.
    """
    now = ctx.now()
    async with ctx.begin(connection.account_id) as work:
        last = await work.walks.find_finished(connection.id)
        run = await work.walks.find_open()
        if run is not None and run.connection_id != connection.id:
            await work.walks.drop(run.id, at=now)
            run = None
        if run is None:
            run = _new_run(connection, since, holder=holder, at=now)
            await work.walks.add(run)
        elif run.holder != holder:
            left = (run.held_until - now).total_seconds()
            if run.holder != WORKER and left > 0 and not is_gone(run.holder):
                raise WalkRunning(run, ceil(left))
            run = await work.walks.take(run, holder=holder, until=now + HOLD)
    is_first_of_day = last is None or last.started_at.date() < run.started_at.date()
    return run, is_first_of_day or holder != WORKER


def _new_run(connection: Connection, since: datetime | None, *, holder: str, at: datetime) -> SyncRun:
    return SyncRun(
        id=new_id(SyncRunId),
        account_id=connection.account_id,
        connection_id=connection.id,
        since=since,
        holder=holder,
        held_until=at + HOLD,
        started_at=at,
        finished_at=None,
        totals={},
    )
