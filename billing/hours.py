"""When a helpdesk works: days and hours in the account's time zone, and what falls outside of them."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from itertools import count
from typing import TYPE_CHECKING
from uuid import UUID

from billing.ids import AccountId, HelpdeskId, TicketId
from billing.records import Request, Ticket
from billing.states import AlarmKind, RequestState, TicketState

if TYPE_CHECKING:  # ports are made of the records below
    from billing.ports import UnitOfWork

MIDNIGHT = 24 * 60
_DAY = timedelta(days=1)
# Requests in one of these are for somebody here to go on with.
NEEDS_STAFF = frozenset({RequestState.PENDING, RequestState.FAILED})


@dataclass(frozen=True, slots=True)
class Hours:
    """A helpdesk's working days and hours; minutes count from midnight, `closes` may be 1440."""

    account_id: AccountId
    helpdesk_id: HelpdeskId
    days: tuple[int, ...]  # of the week, 1 is Monday; never empty
    opens: int
    closes: int
    answer_hours: int  # within how many hours a request should be decided
    digest_at: int | None  # None: no daily digest


@dataclass(frozen=True, slots=True)
class Alarm:
    """What must happen at a time; `step` counts how often it did."""

    account_id: AccountId
    kind: AlarmKind
    subject: UUID
    due_at: datetime
    step: int


@dataclass(frozen=True, slots=True)
class Snooze:
    """Until when a ticket reminds nobody, and who said so."""

    account_id: AccountId
    ticket_id: TicketId
    until: datetime
    by: str  # Actor.key
    by_name: str
    at: datetime

    def holds(self, at: datetime) -> bool:
        """It is not over yet."""
        return at < self.until


def default_hours(account_id: AccountId, helpdesk_id: HelpdeskId) -> Hours:
    """Where nothing was chosen: Monday to Friday, 9 to 18, an answer within 24 hours, no digest."""
    return Hours(account_id, helpdesk_id, (1, 2, 3, 4, 5), 9 * 60, 18 * 60, 24, None)


async def hours_of(work: UnitOfWork, helpdesk_id: HelpdeskId) -> Hours:
    """What was chosen for this helpdesk, else the usual hours."""
    return await work.timing.find_hours(helpdesk_id) or default_hours(work.account_id, helpdesk_id)


def next_open(hours: Hours, zone: tzinfo, at: datetime) -> datetime:
    """The first moment from `at` on, itself included, at which the helpdesk works; UTC."""
    first = at.astimezone(zone).date() - _DAY  # yesterday may end after midnight where a clock is put back
    for day in (first + n * _DAY for n in count()):
        if day.isoweekday() not in hours.days:
            continue
        opens, closes = wall_time(zone, day, hours.opens), wall_time(zone, day, hours.closes)
        if opens < closes and at < closes:  # a clock may have been put forward over all of it
            return max(opens, at.astimezone(UTC))
    raise AssertionError("a week has a working day")


def is_open(hours: Hours, zone: tzinfo, at: datetime) -> bool:
    """Whether the helpdesk works at this moment."""
    return next_open(hours, zone, at) <= at


def due_at(hours: Hours, zone: tzinfo, asked_at: datetime) -> datetime:
    """By when an answer is promised: so many hours later, or when the helpdesk next opens after that."""
    return next_open(hours, zone, asked_at + timedelta(hours=hours.answer_hours))


def is_our_turn(ticket: Ticket, request: Request | None) -> bool:
    """Whether somebody here must do something: decide, try again, answer. Not while a customer must."""
    if request is None:
        return ticket.state is TicketState.OPEN
    return request.state in NEEDS_STAFF and ticket.state is not TicketState.WAITING


def ticket_due_at(hours: Hours, zone: tzinfo, ticket: Ticket, request: Request | None) -> datetime | None:
    """By when somebody here should do something, from when it became their turn; None: it is not."""
    return due_at(hours, zone, ticket.moved_at) if is_our_turn(ticket, request) else None


def next_moment(hours: Hours, zone: tzinfo, after: datetime, minute: int) -> datetime:
    """When a clock on the wall shows this minute of a working day for the first time after `after`; UTC."""
    first = after.astimezone(zone).date() - _DAY
    for day in (first + n * _DAY for n in count()):
        if day.isoweekday() in hours.days and (moment := wall_time(zone, day, minute)) > after:
            return moment
    raise AssertionError("a week has a working day")


@lru_cache(maxsize=4096)  # a list asks for the same few days again and again
def wall_time(zone: tzinfo, day: date, minute: int) -> datetime:
    """The first moment of a day at which a clock there shows so many minutes after midnight, or more; UTC."""
    wall = datetime.combine(day, time()) + timedelta(minutes=minute)
    moment = wall.replace(tzinfo=zone).astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None) == wall:
        return moment
    # The clock was put forward over it: the moment at which that was done.
    before = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    skipped = range(int((moment - before).total_seconds()) + 1)
    seconds = bisect_left(skipped, True, key=lambda s: _shown(zone, before, s) >= wall)
    return before + timedelta(seconds=seconds)


def _shown(zone: tzinfo, since: datetime, seconds: int) -> datetime:
    return (since + timedelta(seconds=seconds)).astimezone(zone).replace(tzinfo=None)
