"""Snoozing: who decides puts a ticket off, and until then nobody is reminded of it."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from billing import telling
from billing.actors import StaffActor
from billing.context import Context
from billing.errors import AlreadyDecided, Forbidden, Invalid
from billing.hours import NEEDS_STAFF, Alarm, Hours, Snooze, hours_of, next_open, ticket_due_at, wall_time
from billing.ids import TicketId
from billing.policy import can_decide
from billing.ports import UnitOfWork
from billing.records import Facts, Request, Staff, Ticket
from billing.reminding import after_step, zone_of
from billing.states import AlarmKind, EntryKind, TicketState

MOST_DAYS = 60
_A_WHILE = timedelta(hours=4)


class SnoozeFor(StrEnum):
    """What is offered; each ends when the helpdesk works."""

    HOURS = "hours"  # four of them
    TOMORROW = "tomorrow"
    NEXT_WEEK = "next_week"


def snooze_choices(hours: Hours, zone: ZoneInfo, now: datetime) -> Mapping[SnoozeFor, datetime]:
    """Until when each of them is."""
    today = now.astimezone(zone).date()
    monday = today + timedelta(days=8 - today.isoweekday())
    return {
        SnoozeFor.HOURS: next_open(hours, zone, now + _A_WHILE),
        SnoozeFor.TOMORROW: opening_of(hours, zone, today + timedelta(days=1)),
        SnoozeFor.NEXT_WEEK: opening_of(hours, zone, monday),
    }


def opening_of(hours: Hours, zone: ZoneInfo, day: date) -> datetime:
    """When the helpdesk opens on this day, else on the next one on which it works."""
    return next_open(hours, zone, wall_time(zone, day, 0))


async def show_snooze_choices(
    ctx: Context, ticket_id: TicketId, *, by: StaffActor
) -> Mapping[SnoozeFor, datetime]:
    """Until when each of the choices would be now; raises `NotFound`."""
    async with ctx.read(by.account_id) as work:
        ticket = await work.tickets.get(ticket_id)
        return snooze_choices(await hours_of(work, ticket.helpdesk_id), await zone_of(work), ctx.now())


async def snooze_until_day(ctx: Context, ticket_id: TicketId, day: date, *, by: StaffActor) -> Snooze:
    """Until the helpdesk opens on that day, or next after it; raises as `snooze_ticket`."""
    async with ctx.read(by.account_id) as work:
        ticket = await work.tickets.get(ticket_id)
        hours, zone = await hours_of(work, ticket.helpdesk_id), await zone_of(work)
    if abs(day - ctx.now().astimezone(zone).date()) > timedelta(days=MOST_DAYS):
        raise Invalid("until", "snooze-range", most=MOST_DAYS)
    return await snooze_ticket(ctx, ticket_id, opening_of(hours, zone, day), by=by)


async def snooze_ticket(ctx: Context, ticket_id: TicketId, until: datetime, *, by: StaffActor) -> Snooze:
    """Reminders wait until then, and nothing else does; an earlier snooze is replaced.

    Raises `NotFound`, `Forbidden` for a viewer, `Invalid` (until) unless within 60 days, `AlreadyDecided`.
    """
    if not ctx.now() < until <= ctx.now() + timedelta(days=MOST_DAYS):
        raise Invalid("until", "snooze-range", most=MOST_DAYS)
    async with ctx.begin(by.account_id) as work:
        staff, ticket, _ = await _waiting(work, ticket_id, by=by)
        snooze = Snooze(by.account_id, ticket_id, until, by.key, staff.name, ctx.now())
        alarm = await work.timing.find_alarm(AlarmKind.REMINDER, ticket_id)
        ends_at = next_open(await hours_of(work, ticket.helpdesk_id), await zone_of(work), until)
        step = alarm.step if alarm else 0
        await work.timing.set_alarm(Alarm(by.account_id, AlarmKind.REMINDER, ticket_id, ends_at, step))
        await work.timing.put_snooze(snooze)
        facts: Facts = {"until": until.isoformat()}
        await _tell(work, ticket, "ticket.snoozed", facts, by=by, name=staff.name, at=ctx.now())
        return snooze


async def wake_ticket(ctx: Context, ticket_id: TicketId, *, by: StaffActor) -> None:
    """The snooze is over now; where there is none, nothing happens. Raises as `snooze_ticket`."""
    async with ctx.begin(by.account_id) as work:
        staff, ticket, request = await _waiting(work, ticket_id, by=by)
        if await work.timing.find_snooze(ticket_id) is None:
            return
        hours, zone = await hours_of(work, ticket.helpdesk_id), await zone_of(work)
        alarm = await work.timing.find_alarm(AlarmKind.REMINDER, ticket_id)
        step = alarm.step if alarm else 0
        # Whoever wakes it knows of it: the next reminder is a day away, or when an answer is due.
        a_day_on = after_step(hours, zone, 1, ctx.now())
        due = max(ticket_due_at(hours, zone, ticket, request) or a_day_on, a_day_on)
        await work.timing.set_alarm(Alarm(by.account_id, AlarmKind.REMINDER, ticket_id, due, step))
        await work.timing.drop_snooze(ticket_id)
        await _tell(work, ticket, "ticket.woken", {}, by=by, name=staff.name, at=ctx.now())


async def _waiting(
    work: UnitOfWork, ticket_id: TicketId, *, by: StaffActor
) -> tuple[Staff, Ticket, Request | None]:
    """Who may put it off, and what; raises `AlreadyDecided` where nothing waits any more."""
    staff = await work.staff.get(by.staff_id)
    if not can_decide(staff):
        raise Forbidden
    ticket = await work.tickets.get(ticket_id)
    request = await work.requests.get(ticket.request_id) if ticket.request_id else None
    if request is not None and request.state not in NEEDS_STAFF:
        who, when = request.decided_by_name or "", request.decided_at or request.moved_at
        raise AlreadyDecided(who=who, when=when, state=request.state)
    if request is None and ticket.state is TicketState.CLOSED:
        raise AlreadyDecided(who="", when=ticket.moved_at, state=ticket.state)
    return staff, ticket, request


async def _tell(
    work: UnitOfWork, ticket: Ticket, verb: str, facts: Facts, *, by: StaffActor, name: str, at: datetime
) -> None:
    await telling.add_entry(
        work, ticket.id, EntryKind.EVENT, by=by, by_name=name, at=at, verb=verb, facts=facts
    )
    told = {"reference": ticket.reference, **facts}
    await work.journal.write(by, verb, f"ticket:{ticket.id.hex}", at=at, facts=told)
