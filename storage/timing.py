"""What happens at a time: working hours, alarms, snoozes."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, delete, func, select, update

from billing.hours import Alarm, Hours, Snooze, default_hours, ticket_due_at
from billing.ids import HelpdeskId, TicketId
from billing.ports.timing import Undone
from billing.records import Account, Request, Ticket
from billing.states import AlarmKind, RequestState, TicketState
from storage.bound import ACCOUNT, Bound, Shape
from storage.rows import plain_values
from storage.shapes import money_of
from storage.tables.helpdesks import QUESTION, tickets
from storage.tables.requests import requests
from storage.tables.timing import alarms, helpdesk_hours, snoozes
from storage.types import Id, UtcDateTime, Word

_h, _a, _s = helpdesk_hours.c, alarms.c, snoozes.c
_q, _t = requests.c, tickets.c


def _hours(account_id: UUID, helpdesk_id: UUID, days: list[int], *rest: int) -> Hours:
    return Hours(account_id, helpdesk_id, tuple(days), *rest)  # type: ignore[arg-type]  # ids are UUIDs


HOURS = Shape(
    (_h.account_id, _h.helpdesk_id, _h.days, _h.opens, _h.closes, _h.answer_hours, _h.digest_at), _hours
)
ALARM = Shape((_a.account_id, _a.kind, _a.subject, _a.due_at, _a.step), Alarm)
SNOOZE = Shape((_s.account_id, _s.ticket_id, _s.until, _s.by, _s.by_name, _s.at), Snooze)
# Across accounts.
DUE_ALARMS = (
    select(*ALARM.columns)
    .where(_a.due_at <= bindparam("the_time", type_=UtcDateTime()))
    .order_by(_a.due_at)
    .limit(bindparam("at_most"))
)

_HOURS_OF = select(*HOURS.columns).where(
    _h.account_id == ACCOUNT, _h.helpdesk_id == bindparam("the_helpdesk", type_=Id())
)
_ALARM_OF = select(*ALARM.columns).where(
    _a.account_id == ACCOUNT,
    _a.kind == bindparam("the_kind", type_=Word(AlarmKind)),
    _a.subject == bindparam("the_subject", type_=Id()),
)
_SNOOZE_OF = select(*SNOOZE.columns).where(
    _s.account_id == ACCOUNT, _s.ticket_id == bindparam("the_ticket", type_=Id())
)


def due_of(
    account: Account, ticket: Ticket | None, request: Request | None, chosen: Hours | None
) -> datetime | None:
    """By when somebody here should do something about this ticket; None: nobody need."""
    if ticket is None:
        return None
    hours = chosen or default_hours(ticket.account_id, ticket.helpdesk_id)
    return ticket_due_at(hours, ZoneInfo(account.time_zone), ticket, request)


_UNDONE = (
    select(_q.state, _t.state.label("ticket_state"), _t.moved_at, _q.amount_minor, _q.currency)
    .join(tickets, (_t.account_id == _q.account_id) & (_t.id == _q.ticket_id))
    .where(
        _q.account_id == ACCOUNT,
        _q.state == bindparam("the_state", type_=Word(RequestState)),
        _q.handled_in == bindparam("the_helpdesk", type_=Id()),
    )
    .order_by(_q.asked_at)
    .limit(bindparam("at_most"))
)
_QUESTIONS = (
    select(_t.moved_at)
    .where(
        _t.account_id == ACCOUNT,
        _t.state == TicketState.OPEN,
        QUESTION,
        _t.helpdesk_id == bindparam("the_helpdesk", type_=Id()),
    )
    .order_by(_t.moved_at)
    .limit(bindparam("at_most"))
)
_ANSWERED = (
    select(_q.state, func.count().label("found"))
    .where(
        _q.account_id == ACCOUNT,
        _q.handled_in == bindparam("the_helpdesk", type_=Id()),
        _q.answered_at >= bindparam("since", type_=UtcDateTime()),
        _q.answered_at < bindparam("until", type_=UtcDateTime()),
    )
    .group_by(_q.state)
)


class StoredTiming(Bound):
    """`billing.ports.Timing`."""

    async def find_hours(self, helpdesk_id: HelpdeskId) -> Hours | None:
        """None: nothing was chosen."""
        return await self._find(HOURS, _HOURS_OF, the_helpdesk=helpdesk_id)

    async def put_hours(self, hours: Hours) -> None:
        """From now on."""
        await self._put(helpdesk_hours, {**plain_values(hours), "days": list(hours.days)})

    async def find_alarm(self, kind: AlarmKind, subject: UUID) -> Alarm | None:
        """The one of this kind and subject."""
        return await self._find(ALARM, _ALARM_OF, the_kind=kind, the_subject=subject)

    async def set_alarm(self, alarm: Alarm) -> None:
        """Instead of the one there was."""
        await self._put(alarms, plain_values(alarm))

    async def move_alarm(self, alarm: Alarm, *, due_at: datetime, step: int) -> bool:
        """One conditional `UPDATE`: of two workers who saw it due, one goes on."""
        change = (
            update(alarms)
            .where(
                _a.account_id == self.account_id,
                _a.kind == alarm.kind,
                _a.subject == alarm.subject,
                _a.due_at == alarm.due_at,
                _a.step == alarm.step,
            )
            .values(due_at=due_at, step=step)
        )
        return await self._change(change.returning(_a.subject)) is not None

    async def drop_alarm(self, kind: AlarmKind, subject: UUID) -> None:
        """Nothing happens any more."""
        which = (_a.account_id == self.account_id, _a.kind == kind, _a.subject == subject)
        await self.connection.execute(delete(alarms).where(*which))

    async def find_snooze(self, ticket_id: TicketId) -> Snooze | None:
        """The last one, over or not."""
        return await self._find(SNOOZE, _SNOOZE_OF, the_ticket=ticket_id)

    async def put_snooze(self, snooze: Snooze) -> None:
        """Instead of an earlier one."""
        await self._put(snoozes, plain_values(snooze))

    async def drop_snooze(self, ticket_id: TicketId) -> bool:
        """False: there was none."""
        which = (_s.account_id == self.account_id, _s.ticket_id == ticket_id)
        return await self._change(delete(snoozes).where(*which).returning(_s.ticket_id)) is not None

    async def list_undone(self, helpdesk_id: HelpdeskId, *, limit: int) -> list[Undone]:
        """Requests that are pending or failed, and open questions; each kind oldest first."""
        given = {"the_helpdesk": helpdesk_id, "at_most": limit}
        found = []
        for state in (RequestState.PENDING, RequestState.FAILED):
            for row in await self._rows(_UNDONE, the_state=state, **given):
                waits = row.ticket_state is TicketState.WAITING
                found.append(Undone(state, waits, row.moved_at, money_of(row.amount_minor, row.currency)))
        questions = await self._rows(_QUESTIONS, **given)
        return [*found, *(Undone(None, False, row.moved_at, None) for row in questions)]

    async def count_answered(
        self, helpdesk_id: HelpdeskId, *, since: datetime, until: datetime
    ) -> Mapping[RequestState, int]:
        """By where they stand now."""
        rows = await self._rows(_ANSWERED, the_helpdesk=helpdesk_id, since=since, until=until)
        return {row.state: row.found for row in rows}
