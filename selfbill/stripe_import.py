"""`selfbill import stripe`: what Stripe has becomes ours, list by list, with progress and a report."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from datetime import time as clock_time
from uuid import uuid4
from zoneinfo import ZoneInfo

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from billing.actors import SystemActor
from billing.context import Context
from billing.errors import Unavailable
from billing.ports.processing_syncs import WalkLost, WalkRunning
from billing.processing.records import Connection, SyncMark, SyncRun
from billing.processing.syncing import claim
from billing.processing.walking import Pace, Stage, Walk, take_page
from billing.processor import AnswerLost, KeyRefused, PaymentProvider, TryLater
from billing.providers.connected import ConnectedProviders
from billing.records import Account
from selfbill.process_name import is_gone, process_name
from selfbill.stripe_report import NAMES, report_lines, report_table

DONE, NOTHING_DONE = 0, 2
TRIES = 60  # of a page that the processor or the database had no time for
PAUSE = 0.5  # seconds between tries on a busy database
LONGEST_PAUSE = 60.0  # seconds between tries on a processor that does not say how long to wait

Tell = Callable[[SyncMark, int | None], None]  # a list moved on; how many there are, where that is known


@dataclass(frozen=True, slots=True)
class Taken:
    """A walk that came to its end."""

    run: SyncRun
    marks: Sequence[SyncMark]


async def import_stripe(ctx: Context, account: str, *, since: date | None, api: str | None) -> int:
    """The command, for the account with this slug; returns the exit code, 0 or 2."""
    found = await ctx.store.find_account_by_slug(account)
    if found is None:
        return _refuse(f"There is no account “{account}”.")
    providers = ConnectedProviders(ctx, api=api)
    try:
        serving = await providers.serving(found.id)
        if serving is None:
            desk = ctx.addresses.desk(found)
            return _refuse(
                f"{found.name} is not connected to Stripe. Sign in at {desk} and open Payments, or set "
                "SELFBILL_STRIPE_KEY and start the server once: it checks the key."
            )
        with _bars() as tell:
            taken = await take_in(ctx, found, *serving, since=_moment(found, since), tell=tell)
    except (WalkRunning, WalkLost, Unavailable, AnswerLost, TryLater, KeyRefused) as why:
        return _refuse(_sentence(why))
    finally:
        await providers.close()
    Console().print(report_table(taken.marks))
    for line in report_lines(taken.run):
        click.echo(line)
    return DONE


async def take_in(
    ctx: Context,
    account: Account,
    connection: Connection,
    provider: PaymentProvider,
    *,
    since: datetime | None = None,
    tell: Tell = lambda _mark, _total: None,
    pace: Pace | None = None,
) -> Taken:
    """Walk through everything; one that was interrupted is finished first, and is this one if it is the same.

    Raises `WalkRunning`, `WalkLost`, `KeyRefused`; `AnswerLost`, `TryLater`, `Unavailable` after many tries.
    """
    holder, by = process_name(), SystemActor(account.id, "import", uuid4().hex)
    pace = pace or Pace()
    while True:
        run, lists_all = await claim(ctx, connection, holder=holder, is_gone=is_gone, since=since)
        waiting = await _count_waiting(ctx, run)

        def told(mark: SyncMark, waiting: int = waiting) -> None:
            tell(mark, max(waiting, mark.read) if mark.what == Stage.ORDER_IDS else None)

        walk = Walk(ctx, provider, holder, by, pace, told, lists_all)
        wanted = run.since == since
        while run.finished_at is None:
            run = await _patiently(walk, run)
        if wanted:
            async with ctx.read(account.id) as work:
                return Taken(run, await work.walks.list_marks(run.id))


async def _count_waiting(ctx: Context, run: SyncRun) -> int:
    async with ctx.read(run.account_id) as work:
        return await work.order_ids.count_without(run.since)


async def _patiently(walk: Walk, run: SyncRun) -> SyncRun:
    """The next page. What surely did nothing, and a lost answer to a question, is asked again."""
    for tried in range(TRIES):
        try:
            return await take_page(walk, run)
        except Unavailable:
            if tried == TRIES - 1:
                raise
            await asyncio.sleep(PAUSE)
        except (AnswerLost, TryLater) as lost:
            if tried == TRIES - 1:
                raise
            said = lost.after if isinstance(lost, TryLater) else None
            pause = said.total_seconds() if said else min(PAUSE * 2**tried, LONGEST_PAUSE)
            await asyncio.sleep(pause)
    raise AssertionError("the last try returns or raises")


def _moment(account: Account, since: date | None) -> datetime | None:
    """The beginning of that day, where the merchant is."""
    zone = ZoneInfo(account.time_zone)
    return datetime.combine(since, clock_time(), zone) if since else None


@contextmanager
def _bars() -> Iterator[Tell]:
    """A line on stderr for each list, which runs until the list is done."""
    counts = TextColumn("{task.fields[counts]}")
    columns = (TextColumn("{task.description}"), BarColumn(bar_width=20), counts, TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), refresh_per_second=4) as progress:
        tasks = {
            stage.value: progress.add_task(name, total=None, counts="", start=False)
            for stage, name in NAMES.items()
        }

        def tell(mark: SyncMark, total: int | None) -> None:
            task = tasks[mark.what]
            progress.start_task(task)
            known = mark.read or 1 if mark.is_done else total
            progress.update(task, completed=mark.read or known, total=known, counts=_counts(mark))
            if mark.is_done:
                progress.stop_task(task)

        yield tell


def _counts(mark: SyncMark) -> str:
    counted = {
        "read": mark.read,
        "made": mark.made,
        "linked": mark.linked,
        "known": mark.known,
        "skipped": mark.skipped,
    }
    return ", ".join(f"{count:,} {what}" for what, count in counted.items() if count or what == "read")


def _sentence(why: Exception) -> str:
    match why:
        case WalkRunning():
            since = f"{why.run.started_at:%Y-%m-%d %H:%M:%S} UTC"
            until = f"{why.run.held_until:%H:%M:%S} UTC"
            wait = f" If it was stopped, try again in {why.seconds} seconds." if why.seconds else ""
            who = f"{why.run.holder}, since {since}, held until {until}"
            return f"Another import from Stripe is under way for this account ({who}).{wait}"
        case WalkLost():
            return "Another process has taken this import over, or the connection to Stripe has ended."
        case KeyRefused():
            return "Stripe takes the account's key no more: connect it anew on the page Payments."
        case Unavailable():
            return "The database is busy. Run the same command again: it goes on where it was."
        case _:
            return f"Stripe does not answer ({why}). Run the same command again: it goes on where it was."


def _refuse(why: str) -> int:
    click.echo(why, err=True)
    return NOTHING_DONE
