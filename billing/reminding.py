"""Watching tickets: when somebody must be reminded, and when nobody need be any more."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from billing.hours import Alarm, Hours, due_at, hours_of, next_open
from billing.ids import TicketId
from billing.ports import UnitOfWork
from billing.states import AlarmKind

# How long after each reminder the next one is; after the last of these it stays.
_BACK_OFF = (timedelta(days=1), timedelta(days=1), timedelta(days=2), timedelta(days=4), timedelta(days=7))


async def watch_ticket(work: UnitOfWork, ticket_id: TicketId, at: datetime) -> None:
    """It is our turn since `at`: the first reminder comes when an answer is due. Ends a snooze."""
    ticket = await work.tickets.get(ticket_id)
    hours, zone = await hours_of(work, ticket.helpdesk_id), await zone_of(work)
    # The alarm first, here and wherever both are written: two at once must not wait for each other.
    await work.timing.set_alarm(
        Alarm(work.account_id, AlarmKind.REMINDER, ticket_id, due_at(hours, zone, at), step=0)
    )
    await work.timing.drop_snooze(ticket_id)


async def unwatch(work: UnitOfWork, ticket_id: TicketId | None) -> None:
    """Decided, answered, or the customer's turn: nobody here is reminded. None: there is no ticket."""
    if ticket_id is not None:
        await work.timing.drop_alarm(AlarmKind.REMINDER, ticket_id)
        await work.timing.drop_snooze(ticket_id)


async def zone_of(work: UnitOfWork) -> ZoneInfo:
    """The account's time zone, in which its helpdesks work."""
    return ZoneInfo((await work.accounts.get()).time_zone)


def after_step(hours: Hours, zone: ZoneInfo, step: int, at: datetime) -> datetime:
    """When the reminder after the one numbered `step` is due: later and later, in working hours alone."""
    pause = _BACK_OFF[min(max(step, 1), len(_BACK_OFF)) - 1]
    return next_open(hours, zone, at + pause)
