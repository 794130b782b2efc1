"""Reports: what happened in a span of days, from days that were counted once when they were over."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from billing.actors import StaffActor
from billing.context import Context
from billing.ports import UnitOfWork
from billing.ports.reports import Counts, DayAt
from billing.records import Account, Product
from billing.report_facts import add_up
from billing.states import RequestKind

# What was written in the last moments of a day is committed soon after; till then the day is counted live.
SETTLED_AFTER = timedelta(hours=1)
CHUNK = 7  # days counted in one transaction: others who write wait for a fraction of a second
_A_DAY = timedelta(days=1)


class Span(StrEnum):
    """Which days a report is about; the last ones include today."""

    LAST_30 = "30-days"
    LAST_90 = "90-days"
    LAST_365 = "365-days"
    THIS_MONTH = "this-month"
    LAST_MONTH = "last-month"


class Pace(StrEnum):
    """How long the steps of a report are."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Step:
    """A day, or what a week or month has of its days within the span; `last_on` included."""

    first_on: date
    last_on: date
    counts: Counts


@dataclass(frozen=True, slots=True)
class Report:
    """What happened. `missing` days are not counted yet, and not in it: `count_days` goes on."""

    account: Account
    span: Span
    pace: Pace
    steps: tuple[Step, ...]
    total: Counts
    products: Mapping[str, Product]  # by id as hex
    waiting: Mapping[RequestKind, int]  # now, whenever they were made
    missing: int


async def show_report(ctx: Context, span: Span, *, by: StaffActor) -> Report:
    """The span's days as they were counted, today as it is now."""
    async with ctx.read(by.account_id) as work:
        await work.staff.get(by.staff_id)
        account = await work.accounts.get()
        zone = ZoneInfo(account.time_zone)
        first, last = days_of(span, ctx.now().astimezone(zone).date())
        counted = dict(await work.reports.list_days(first, last, zone=account.time_zone))
        if running := [day for day in _days(first, last) if not _is_over(day, zone, ctx.now())]:
            counted |= await work.reports.count([_at(day, zone) for day in running])
        pace = pace_of(first, last)
        steps = tuple(
            Step(begin, end, add_up(counted[day] for day in _days(begin, end) if day in counted))
            for begin, end in steps_of(first, last, pace)
        )
        return Report(
            account=account,
            span=span,
            pace=pace,
            steps=steps,
            total=add_up(step.counts for step in steps),
            products={product.id.hex: product for product in await work.products.list()},
            waiting=await work.reports.count_waiting(),
            missing=sum(day not in counted for day in _days(first, last)),
        )


async def count_days(ctx: Context, span: Span, *, by: StaffActor) -> int:
    """Count up to a week of what is over and was not counted yet, and keep it; how many days are left.

    This is memory, not a deed: whoever looks first pays for it, and nothing is journalled.
    """
    async with ctx.begin(by.account_id) as work:
        account = await work.accounts.get()
        zone = ZoneInfo(account.time_zone)
        first, last = days_of(span, ctx.now().astimezone(zone).date())
        await work.reports.hold()
        kept = await work.reports.list_days(first, last, zone=account.time_zone)
        missing = [d for d in _days(first, last) if d not in kept and _is_over(d, zone, ctx.now())]
        idle = await _idle(work, missing, zone)
        chunk = _run([day for day in missing if day not in idle])
        counted = dict(await work.reports.count([_at(day, zone) for day in chunk])) if chunk else {}
        counted |= {day: {} for day in idle}
        await work.reports.keep(counted, zone=account.time_zone, at=ctx.now())
        return len(missing) - len(counted)


async def _idle(work: UnitOfWork, days: list[date], zone: ZoneInfo) -> set[date]:
    """Days before anything ever happened, which need no counting."""
    if not days:
        return set()
    beginning = await work.reports.find_beginning()
    return {day for day in days if beginning is None or _at(day, zone).ends_at <= beginning}


def _run(days: list[date]) -> list[date]:
    """The newest that follow each other, at most a chunk of them."""
    run: list[date] = []
    for day in reversed(days):
        if len(run) == CHUNK or (run and run[0] - day != _A_DAY):
            break
        run.insert(0, day)
    return run


def days_of(span: Span, today: date) -> tuple[date, date]:
    """The first and the last day of a span, both included."""
    month = today.replace(day=1)
    match span:
        case Span.THIS_MONTH:
            return month, today
        case Span.LAST_MONTH:
            end = month - _A_DAY
            return end.replace(day=1), end
        case Span.LAST_30 | Span.LAST_90 | Span.LAST_365:
            return today - timedelta(days=int(span.value.partition("-")[0]) - 1), today


def pace_of(first: date, last: date) -> Pace:
    """As fine as a chart can show."""
    days = (last - first).days + 1
    if days <= 31:
        return Pace.DAY
    return Pace.WEEK if days <= 100 else Pace.MONTH


def steps_of(first: date, last: date, pace: Pace) -> Iterator[tuple[date, date]]:
    """The days of each step, first and last; weeks begin on Monday, and the span cuts them off."""
    begin = first
    while begin <= last:
        match pace:
            case Pace.DAY:
                end = begin
            case Pace.WEEK:
                end = begin + timedelta(days=6 - begin.weekday())
            case Pace.MONTH:
                end = (begin.replace(day=1) + timedelta(days=31)).replace(day=1) - _A_DAY
        yield begin, min(end, last)
        begin = end + _A_DAY


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def _at(day: date, zone: ZoneInfo) -> DayAt:
    begin, end = (datetime.combine(each, time(), tzinfo=zone) for each in (day, day + _A_DAY))
    return DayAt(day, begin.astimezone(UTC), end.astimezone(UTC))


def _is_over(day: date, zone: ZoneInfo, now: datetime) -> bool:
    return _at(day, zone).ends_at + SETTLED_AFTER <= now
