"""Tickets, their timelines, and where their cards stand in Slack."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select, update

from billing import records as r
from billing.edges import CardPlace
from billing.errors import AlreadyDecided, NotFound
from billing.ids import CustomerId, StaffId, TicketId
from billing.ports.helpdesks import ALL_TICKETS, TicketFilter
from billing.states import TICKET_MOVES, EntryKind, TicketState
from billing.views import TicketView
from storage.bound import ACCOUNT, Bound, Shape, SideBySide, next_place
from storage.moves import move_row
from storage.rows import plain_values
from storage.shapes import ACCOUNT as ACCOUNT_SHAPE
from storage.shapes import CUSTOMER, HELPDESK, STAFF, TICKET
from storage.tables.accounts import accounts, staff
from storage.tables.helpdesks import card_places, entries, helpdesks, tickets
from storage.tables.sales import customers
from storage.tables.timing import helpdesk_hours, snoozes
from storage.timing import HOURS, SNOOZE, due_of

_t, _e, _p = tickets.c, entries.c, card_places.c
_ENTRY = Shape(
    (
        _e.id,
        _e.account_id,
        _e.ticket_id,
        _e.kind,
        _e.by,
        _e.by_name,
        _e.text,
        _e.verb,
        _e.facts,
        _e.at,
    ),
    r.Entry,
)
_CARD = Shape((_p.account_id, _p.ticket_id, _p.team_id, _p.channel, _p.ts), CardPlace)
_WIDE = SideBySide(TICKET, CUSTOMER, HELPDESK, ACCOUNT_SHAPE, HOURS, SNOOZE, STAFF)
_ALL = select(*TICKET.columns).where(_t.account_id == ACCOUNT)
_ONE = _ALL.where(_t.id == bindparam("ticket_id"))
_OF_CUSTOMER = _ALL.where(_t.customer_id == bindparam("customer")).order_by(_t.moved_at.desc(), _t.id)
_VIEWS = (
    select(*_WIDE.columns)
    .select_from(tickets)
    .join(customers, (customers.c.account_id == _t.account_id) & (customers.c.id == _t.customer_id))
    .join(helpdesks, (helpdesks.c.account_id == _t.account_id) & (helpdesks.c.id == _t.helpdesk_id))
    .join(accounts, accounts.c.account_id == _t.account_id)
    .outerjoin(
        helpdesk_hours,
        (helpdesk_hours.c.account_id == _t.account_id) & (helpdesk_hours.c.helpdesk_id == _t.helpdesk_id),
    )
    .outerjoin(snoozes, (snoozes.c.account_id == _t.account_id) & (snoozes.c.ticket_id == _t.id))
    .outerjoin(staff, (staff.c.account_id == _t.account_id) & (staff.c.id == _t.assignee_id))
    .where(_t.account_id == ACCOUNT)
)
_VIEW = _VIEWS.where(_t.id == bindparam("ticket_id"))
_VIEWS_OF = _VIEWS.where(_t.id.in_(bindparam("the_tickets", expanding=True)))
_BY_REFERENCE = _ALL.where(_t.reference == bindparam("the_reference"))
_WAITING = (
    _VIEWS.where(_t.state.in_(bindparam("the_states", expanding=True)))
    .order_by(_t.moved_at, _t.id)
    .limit(bindparam("at_most"))
)
_QUESTIONS = _WAITING.where(_t.request_id.is_(None))
_ENTRIES = (
    select(*_ENTRY.columns)
    .where(_e.account_id == ACCOUNT, _e.ticket_id == bindparam("ticket"))
    .order_by(_e.at, _e.place)
)
_PUBLIC_ENTRIES = _ENTRIES.where(_e.kind != EntryKind.NOTE)
_ENTRY_OF = _ENTRIES.where(_e.id == bindparam("entry_id"))
_CARD_OF = select(*_CARD.columns).where(_p.account_id == ACCOUNT, _p.ticket_id == bindparam("ticket"))
_CARDS_OF = select(*_CARD.columns).where(
    _p.account_id == ACCOUNT, _p.ticket_id.in_(bindparam("the_tickets", expanding=True))
)
_BY_CARD = _ALL.join(card_places, (_p.account_id == _t.account_id) & (_p.ticket_id == _t.id)).where(
    _p.account_id == ACCOUNT,
    _p.team_id == bindparam("the_team"),
    _p.channel == bindparam("the_channel"),
    _p.ts == bindparam("the_ts"),
)


class StoredTickets(Bound):
    """`billing.ports.Tickets`."""

    async def add(self, ticket: r.Ticket) -> None:
        """A new conversation; the database holds that a request has one only."""
        await self._insert(tickets, plain_values(ticket))

    async def get(self, ticket_id: TicketId) -> r.Ticket:
        """Raises `NotFound`."""
        return await self._get(TICKET, _ONE, ticket_id=ticket_id)

    async def get_view(self, ticket_id: TicketId, *, internal: bool) -> TicketView:
        """`internal` False leaves notes out; raises `NotFound`."""
        rows = await self._rows(_VIEW, ticket_id=ticket_id)
        if not rows:
            raise NotFound
        told = await self._list(_ENTRY, _ENTRIES if internal else _PUBLIC_ENTRIES, ticket=ticket_id)
        return _view(rows[0], tuple(told))

    async def list_of_customer(self, customer_id: CustomerId) -> list[r.Ticket]:
        """Newest move first."""
        return await self._list(TICKET, _OF_CUSTOMER, customer=customer_id)

    async def list_views(
        self,
        states: Sequence[TicketState],
        *,
        questions_only: bool,
        limit: int,
        only: TicketFilter = ALL_TICKETS,
    ) -> list[TicketView]:
        """Oldest move first, without entries."""
        statement = _QUESTIONS if questions_only else _WAITING
        if only.helpdesk_id is not None:
            statement = statement.where(_t.helpdesk_id == only.helpdesk_id)
        if only.assignee_id is not None:
            statement = statement.where(_t.assignee_id == only.assignee_id)
        elif only.unassigned:
            statement = statement.where(_t.assignee_id.is_(None))
        rows = await self._rows(statement, the_states=list(states), at_most=limit)
        return [_view(row) for row in rows]

    async def add_entry(self, entry: r.Entry) -> None:
        """One line more; lines of one instant keep the order in which they were added."""
        await self._insert(
            entries, {**plain_values(entry), "facts": dict(entry.facts), "place": next_place()}
        )

    async def get_entry(self, ticket_id: TicketId, entry_id: object) -> r.Entry:
        """Raises `NotFound`."""
        return await self._get(_ENTRY, _ENTRY_OF, ticket=ticket_id, entry_id=entry_id)

    async def move(
        self, ticket_id: TicketId, expected: TicketState, to: TicketState, *, at: datetime
    ) -> r.Ticket:
        """Raises `AlreadyDecided` (when, state) where it stands elsewhere, and `NotFound`."""
        statement = move_row(tickets, self.account_id, ticket_id, expected, to, along=TICKET_MOVES)
        row = await self._change(statement.values(moved_at=at).returning(*TICKET.columns))
        if row is None:
            ticket = await self.get(ticket_id)
            raise AlreadyDecided(who="", when=ticket.moved_at, state=ticket.state)
        return TICKET.read(row)

    async def assign(self, ticket_id: TicketId, staff_id: StaffId | None) -> r.Ticket:
        """Raises `NotFound`."""
        row = await self._change(
            update(tickets)
            .where(_t.account_id == self.account_id, _t.id == ticket_id)
            .values(assignee_id=staff_id)
            .returning(*TICKET.columns)
        )
        if row is None:
            raise NotFound
        return TICKET.read(row)

    async def list_views_of(self, ticket_ids: Sequence[TicketId]) -> list[TicketView]:
        """In no order, without entries."""
        rows = await self._rows(_VIEWS_OF, the_tickets=list(ticket_ids))
        return [_view(row) for row in rows]

    async def find_by_reference(self, reference: str) -> r.Ticket | None:
        """The one that people call so."""
        return await self._find(TICKET, _BY_REFERENCE, the_reference=reference)

    async def list_cards(self, ticket_ids: Sequence[TicketId]) -> list[CardPlace]:
        """Of those that have one."""
        return await self._list(_CARD, _CARDS_OF, the_tickets=list(ticket_ids))

    async def find_card(self, ticket_id: TicketId) -> CardPlace | None:
        """Where its card stands, if it has been posted."""
        return await self._find(_CARD, _CARD_OF, ticket=ticket_id)

    async def put_card(self, place: CardPlace) -> None:
        """Where its card stands from now on: one place for each ticket."""
        values = self._own(plain_values(place))
        await self.connection.execute(
            self._upsert(card_places)
            .values(values)
            .on_conflict_do_update(index_elements=[_p.account_id, _p.ticket_id], set_=values)
        )

    async def find_ticket_by_card(self, team_id: str, channel: str, ts: str) -> r.Ticket | None:
        """The ticket whose card this is."""
        return await self._find(TICKET, _BY_CARD, the_team=team_id, the_channel=channel, the_ts=ts)


def _view(row: Sequence[Any], told: tuple[r.Entry, ...] = ()) -> TicketView:
    ticket, customer, helpdesk, account, chosen, snooze, assignee = _WIDE.read(row)
    due_at = due_of(account, ticket, None, chosen) if ticket.request_id is None else None
    return TicketView(ticket, customer, helpdesk, told, (), due_at, snooze, assignee)
