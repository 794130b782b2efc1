"""Slack's lists: parts that each walk an index in its order, merged until a page is full."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    and_,
    bindparam,
    case,
    func,
    literal,
    literal_column,
    or_,
    select,
    union_all,
)

from billing.ids import AccountId, CustomerId, RequestId
from billing.money import Money
from billing.ports.board import BoardQuery, Shows, Spot
from billing.states import RequestState, TicketState
from storage.bound import ACCOUNT, Bound
from storage.shapes import currency_of
from storage.tables.helpdesks import QUESTION, tickets
from storage.tables.requests import requests
from storage.tables.sales import payments

_q, _t, _p = requests.c, tickets.c, payments.c
_REQUEST, _TICKET = literal("request", String(8)), literal("ticket", String(8))
_UNSETTLED = (RequestState.PENDING, RequestState.FAILED)
_DECIDED = (RequestState.APPROVED, RequestState.DONE)
_SETTLED = (*_DECIDED, RequestState.DENIED, RequestState.WITHDRAWN)
_ON_CUSTOMER = (
    select(_t.id)
    .where(_t.account_id == _q.account_id, _t.id == _q.ticket_id, _t.state == TicketState.WAITING)
    .exists()
)
_PAID = select(_p.purchase_id).where(_p.account_id == ACCOUNT, _p.order_id == bindparam("the_order"))
_PAYMENT = select(_p.id).where(_p.account_id == ACCOUNT, _p.order_id == bindparam("the_order"))
# found first, then put in order: for the order's sake SQLite would walk the account by time
_ABOUT = (
    select(_q.id, _q.asked_at)
    .where(
        _q.account_id == ACCOUNT,
        _q.purchase_id == _PAID.scalar_subquery(),
        or_(_q.payment_id.is_(None), _q.payment_id == _PAYMENT.scalar_subquery()),
    )
    .limit(literal_column("500"))
    .subquery()
)
BY_ORDER_ID = select(_ABOUT.c.id).order_by(_ABOUT.c.asked_at.desc(), _ABOUT.c.id).limit(bindparam("at_most"))
BY_CUSTOMERS = (
    select(_q.id)
    .where(_q.account_id == ACCOUNT, _q.customer_id.in_(bindparam("the_customers", expanding=True)))
    .order_by(_q.asked_at.desc(), _q.id)
    .limit(bindparam("at_most"))
)


class StoredBoard(Bound):
    """`billing.ports.Board`."""

    async def list_spots(self, query: BoardQuery, *, skip: int, limit: int) -> list[Spot]:
        """DONE newest first, all others oldest first."""
        rows = await self.connection.execute(page_of(self.account_id, query, skip=skip, limit=limit))
        return [
            Spot(row.id, None, row.at) if row.what == "request" else Spot(None, row.id, row.at)
            for row in rows
        ]

    async def count(self, query: BoardQuery, *, most: int) -> int:
        """Up to `most`, so that a long list costs no more."""
        counted = await self.connection.execute(count_of(self.account_id, query, most))
        return min(int(counted.scalar_one()), most)

    async def sum_refunds(self, query: BoardQuery, *, most: int) -> Sequence[Money]:
        """By currency."""
        rows = await self.connection.execute(sum_of(self.account_id, query, most))
        return [Money(int(row.minor), currency_of(row.currency)) for row in rows]

    async def find_by_order_id(self, order_id: str, *, limit: int) -> Sequence[RequestId]:
        """Of the payment itself, and of its purchase."""
        return [row.id for row in await self._rows(BY_ORDER_ID, the_order=order_id, at_most=limit)]

    async def find_by_customers(
        self, customer_ids: Sequence[CustomerId], *, limit: int
    ) -> Sequence[RequestId]:
        """Newest first."""
        rows = await self._rows(BY_CUSTOMERS, the_customers=list(customer_ids), at_most=limit)
        return [row.id for row in rows]


def page_of(account_id: AccountId, query: BoardQuery, *, skip: int, limit: int) -> Select[Any]:
    """What, id and time of a page, in its order."""
    parts = []
    for part in _parts(account_id, query):
        found = part.order_by(*_order(query, part.selected_columns)).limit(skip + limit).subquery()
        parts.append(select(found.c.what, found.c.id, found.c.at))
    merged = union_all(*parts).subquery()
    page = select(merged.c.what, merged.c.id, merged.c.at)
    return page.order_by(*_order(query, merged.c)).offset(skip).limit(limit)


def count_of(account_id: AccountId, query: BoardQuery, most: int) -> Select[Any]:
    """How many, each part counted up to `most`."""
    counts = [
        select(func.count()).select_from(part.limit(most).subquery()).scalar_subquery()
        for part in _parts(account_id, query)
    ]
    total: ColumnElement[Any] = literal(0)
    for each in counts:
        total = total + each
    return select(total)


def sum_of(account_id: AccountId, query: BoardQuery, most: int) -> Select[Any]:
    """Currency and amount, each part added up to `most` rows."""
    parts = []
    for part in _parts(account_id, query, refunds_only=True):
        found = part.limit(most).subquery()
        parts.append(select(found.c.currency, found.c.minor))
    merged = union_all(*parts).subquery()
    added = select(merged.c.currency, func.sum(merged.c.minor).label("minor"))
    return added.where(merged.c.minor.is_not(None)).group_by(merged.c.currency).order_by(merged.c.currency)


def _order(query: BoardQuery, columns: Any) -> tuple[ColumnElement[Any], ...]:
    if query.shows is Shows.DONE:
        return columns.at.desc(), columns.id.desc()
    return columns.at.asc(), columns.id.asc()


def _parts(account_id: AccountId, query: BoardQuery, *, refunds_only: bool = False) -> list[Select[Any]]:
    own_requests = _requests(query).where(_q.account_id == account_id)
    own_tickets = _questions().where(_t.account_id == account_id)
    match query.shows:
        case Shows.MINE:
            found = _mine(own_requests, own_tickets, query)
        case Shows.ALL:
            found = [own_requests.where(_q.state == state) for state in _UNSETTLED]
            found += [
                own_tickets.where(_t.state == state) for state in (TicketState.OPEN, TicketState.WAITING)
            ]
        case Shows.WAITING:
            # of what waits on the customer few are questions: one walk over the tickets finds both
            found = [
                select(_REQUEST.label("what"), _q.id, _t.moved_at.label("at"), *_money(query))
                .select_from(tickets)
                .join(requests, (_q.account_id == _t.account_id) & (_q.id == _t.request_id))
                .where(_t.account_id == account_id, _t.state == TicketState.WAITING),
                own_tickets.where(_t.state == TicketState.WAITING),
            ]
        case Shows.DONE:
            # a failure is not done; an Automated one was nobody's work
            done = own_requests.where(_q.answered_at >= query.since, _is_one_of(_SETTLED))
            found = [
                done.where(_q.handled_in.is_not(None)),
                own_tickets.where(_t.state == TicketState.CLOSED, _t.moved_at >= query.since),
            ]
    return [part for part in found if not refunds_only or "currency" in part.selected_columns]


def _requests(query: BoardQuery) -> Select[Any]:
    at = _q.answered_at if query.shows is Shows.DONE else _q.asked_at
    return select(_REQUEST.label("what"), _q.id, at.label("at"), *_money(query))


def _money(query: BoardQuery) -> tuple[ColumnElement[Any], ...]:
    if query.shows is not Shows.DONE:
        return _q.currency, _q.amount_minor.label("minor")
    # of what was decided today, what goes back
    approved = func.coalesce(_q.approved_minor, _q.amount_minor)
    return _q.currency, case((_is_one_of(_DECIDED), approved)).label("minor")


def _questions() -> Select[Any]:
    return select(_TICKET.label("what"), _t.id, _t.moved_at.label("at")).where(QUESTION)


def _mine(own_requests: Select[Any], own_tickets: Select[Any], query: BoardQuery) -> list[Select[Any]]:
    whose = [_q.assignee_id == query.staff_id]
    whose_question: ColumnElement[bool] = _t.assignee_id == query.staff_id
    if query.may_decide:
        whose.append(and_(_q.assignee_id.is_(None), *_within(query.limit)))
        whose_question = or_(whose_question, _t.assignee_id.is_(None))
    found = [
        own_requests.where(_q.state == state, each, ~_ON_CUSTOMER) for state in _UNSETTLED for each in whose
    ]
    return [*found, own_tickets.where(_t.state == TicketState.OPEN, whose_question)]


def _within(limit: Money | None) -> list[ColumnElement[bool]]:
    """Limits bind refunds only; other money is above every limit."""
    if limit is None:
        return []
    is_within = and_(_q.amount_minor <= limit.minor, _q.currency == limit.currency.code)
    return [or_(_q.amount_minor.is_(None), is_within)]


def _is_one_of(states: Sequence[RequestState]) -> ColumnElement[bool]:
    return or_(*(_q.state == state for state in states))
