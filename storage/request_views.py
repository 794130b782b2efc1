"""Requests with all that a card, a page or a mail needs: a few statements, however many they are."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import bindparam, func, select

from billing import records as r
from billing.errors import NotFound
from billing.ids import RequestId
from billing.ports import InboxQuery
from billing.states import RequestState
from billing.views import RequestView
from storage.bound import ACCOUNT, Bound, Shape, SideBySide
from storage.disputes import HOLD
from storage.inbox_queries import count_of, page_of
from storage.shapes import (
    ACCOUNT as ACCOUNT_SHAPE,
)
from storage.shapes import (
    CUSTOMER,
    HELPDESK,
    OPERATION,
    PAYMENT,
    PRODUCT,
    PURCHASE,
    REQUEST,
    STAFF,
    SUBSCRIPTION,
    TICKET,
    money_of,
)
from storage.tables.accounts import accounts, staff
from storage.tables.helpdesks import helpdesks, tickets
from storage.tables.processing import request_holds
from storage.tables.requests import approvals, operations, requests
from storage.tables.sales import customers, payments, products, purchases, subscriptions
from storage.tables.timing import helpdesk_hours, snoozes
from storage.timing import HOURS, SNOOZE, due_of

# How far back a decider is told of this customer's earlier requests.
_EARLIER = timedelta(days=365)
_q, _o, _a = requests.c, operations.c, approvals.c
_WIDE = SideBySide(
    REQUEST,
    ACCOUNT_SHAPE,
    CUSTOMER,
    PRODUCT,
    PURCHASE,
    PAYMENT,
    SUBSCRIPTION,
    OPERATION,
    TICKET,
    HELPDESK,
    HOURS,
    SNOOZE,
    STAFF,
    HOLD,
)
_later = operations.alias("later")
_LATEST = (
    select(func.max(_later.c.place))
    .where(_later.c.account_id == _q.account_id, _later.c.request_id == _q.id)
    .scalar_subquery()
)
_VIEWS = (
    select(*_WIDE.columns)
    .select_from(requests)
    .join(accounts, accounts.c.account_id == _q.account_id)
    .join(customers, (customers.c.account_id == _q.account_id) & (customers.c.id == _q.customer_id))
    .join(purchases, (purchases.c.account_id == _q.account_id) & (purchases.c.id == _q.purchase_id))
    .join(products, (products.c.account_id == _q.account_id) & (products.c.id == purchases.c.product_id))
    .outerjoin(payments, (payments.c.account_id == _q.account_id) & (payments.c.id == _q.payment_id))
    .outerjoin(
        subscriptions,
        (subscriptions.c.account_id == _q.account_id) & (subscriptions.c.id == _q.subscription_id),
    )
    .outerjoin(
        operations,
        (_o.account_id == _q.account_id) & (_o.request_id == _q.id) & (_o.place == _LATEST),
    )
    .outerjoin(tickets, (tickets.c.account_id == _q.account_id) & (tickets.c.id == _q.ticket_id))
    .outerjoin(
        helpdesks,
        (helpdesks.c.account_id == tickets.c.account_id) & (helpdesks.c.id == tickets.c.helpdesk_id),
    )
    .outerjoin(
        helpdesk_hours,
        (helpdesk_hours.c.account_id == tickets.c.account_id)
        & (helpdesk_hours.c.helpdesk_id == tickets.c.helpdesk_id),
    )
    .outerjoin(
        snoozes, (snoozes.c.account_id == tickets.c.account_id) & (snoozes.c.ticket_id == tickets.c.id)
    )
    .outerjoin(staff, (staff.c.account_id == tickets.c.account_id) & (staff.c.id == tickets.c.assignee_id))
    .outerjoin(
        request_holds,
        (request_holds.c.account_id == _q.account_id) & (request_holds.c.request_id == _q.id),
    )
    .where(_q.account_id == ACCOUNT)
)
_VIEW = _VIEWS.where(_q.id == bindparam("request_id"))
_LISTED = _VIEWS.where(_q.id.in_(bindparam("listed", expanding=True)))


def _approval(*values: Any) -> r.Approval:
    *before, by_name, answer, minor, code = values
    return r.Approval(*(*before, money_of(minor, code), by_name, answer))


APPROVAL = Shape(
    (
        _a.id,
        _a.account_id,
        _a.request_id,
        _a.by,
        _a.says,
        _a.at,
        _a.by_name,
        _a.answer,
        _a.amount_minor,
        _q.currency,
    ),
    _approval,
)
APPROVALS = (
    select(*APPROVAL.columns)
    .join(requests, (_q.account_id == _a.account_id) & (_q.id == _a.request_id))
    .where(_a.account_id == ACCOUNT, _a.request_id.in_(bindparam("the_requests", expanding=True)))
    .order_by(_a.at, _a.place)
)
_SAME_CUSTOMERS = (
    select(_q.id, _q.customer_id, _q.kind, _q.asked_at, _q.state)
    .where(
        _q.account_id == ACCOUNT,
        _q.customer_id.in_(bindparam("the_customers", expanding=True)),
        _q.asked_at >= bindparam("since"),
    )
    .order_by(_q.asked_at.desc(), _q.id)
)


class RequestViews(Bound):
    """The reading half of `billing.ports.Requests`."""

    async def get_view(self, request_id: RequestId) -> RequestView:
        """Raises `NotFound`."""
        views = await self._views(await self._rows(_VIEW, request_id=request_id))
        if not views:
            raise NotFound
        return views[0]

    async def list_views(self, query: InboxQuery, *, limit: int) -> list[RequestView]:
        """Waiting oldest first, all others newest first."""
        found = (await self.connection.execute(page_of(self.account_id, query, limit))).all()
        of_id = {view.request.id: view for view in await self.list_views_of([row.id for row in found])}
        return [of_id[row.id] for row in found]

    async def list_views_of(self, request_ids: Sequence[RequestId]) -> list[RequestView]:
        """In no order."""
        return await self._views(await self._rows(_LISTED, listed=list(request_ids)))

    async def count_states(self, query: InboxQuery, *, most: int) -> Mapping[RequestState, int]:
        """Each of the states."""
        rows = (await self.connection.execute(count_of(self.account_id, query, most))).all()
        return {RequestState(row.state): int(row.found) for row in rows}

    async def _views(self, rows: Sequence[Sequence[Any]]) -> list[RequestView]:
        read = [_WIDE.read(row) for row in rows]
        if not read:
            return []
        asked: list[r.Request] = [parts[0] for parts in read]
        same = await self._rows(
            _SAME_CUSTOMERS,
            the_customers=list({request.customer_id for request in asked}),
            since=min(request.asked_at for request in asked) - _EARLIER,
        )
        said = await self._said_so_far(asked)
        became = [_became(request, same) for request in asked]
        return [
            _view(parts, said.get(parts[0].id, ()), states)
            for parts, states in zip(read, became, strict=True)
        ]

    async def _said_so_far(self, asked: Sequence[r.Request]) -> dict[RequestId, tuple[r.Approval, ...]]:
        """The approvals of those that wait for a second person."""
        halves = [each.id for each in asked if each.approved_amount and each.state is RequestState.PENDING]
        if not halves:
            return {}
        listed = await self._list(APPROVAL, APPROVALS, the_requests=halves)
        return {one: tuple(each for each in listed if each.request_id == one) for one in halves}


def _view(
    parts: Sequence[Any], said: tuple[r.Approval, ...], became: tuple[RequestState, ...]
) -> RequestView:
    *shown, chosen, snooze, assignee, hold = parts
    request, account, *_, ticket, _ = shown
    due_at = due_of(account, ticket, request, chosen)
    return RequestView(*(*shown, len(became), said, became, due_at, snooze, assignee, hold))


def _became(request: r.Request, others: Sequence[Any]) -> tuple[RequestState, ...]:
    """Where this customer's earlier requests of the same kind stand, newest first."""
    return tuple(
        other.state
        for other in others
        if other.customer_id == request.customer_id
        and other.kind is request.kind
        and other.id != request.id
        and request.asked_at - _EARLIER <= other.asked_at <= request.asked_at
    )
