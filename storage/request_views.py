"""A request with all that a card, a page or a mail about it needs: two statements, however many requests."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, func, select

from billing import records as r
from billing.errors import NotFound
from billing.ids import RequestId
from billing.ports import RequestFilter
from billing.states import RequestState
from billing.views import RequestView
from storage.bound import ACCOUNT, Bound, SideBySide
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
    SUBSCRIPTION,
    TICKET,
)
from storage.tables.accounts import accounts
from storage.tables.helpdesks import helpdesks, tickets
from storage.tables.requests import operations, requests
from storage.tables.sales import customers, payments, products, purchases, subscriptions

# How far back a decider is told of this customer's earlier requests.
_EARLIER = timedelta(days=365)
_STATES: dict[RequestFilter, tuple[RequestState, ...]] = {
    RequestFilter.WAITING: (RequestState.PENDING,),
    RequestFilter.UNDER_WAY: (RequestState.APPROVED,),
    RequestFilter.FAILED: (RequestState.FAILED,),
    RequestFilter.CLOSED: (RequestState.DENIED, RequestState.WITHDRAWN, RequestState.DONE),
    RequestFilter.ALL: tuple(RequestState),
}
# Without `before`, the first page.
_FIRST = datetime(1970, 1, 1, tzinfo=UTC)
_LAST = datetime(9999, 1, 1, tzinfo=UTC)

_q, _o = requests.c, operations.c
_WIDE = SideBySide(
    REQUEST, ACCOUNT_SHAPE, CUSTOMER, PRODUCT, PURCHASE, PAYMENT, SUBSCRIPTION, OPERATION, TICKET, HELPDESK
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
    .where(_q.account_id == ACCOUNT)
)
_VIEW = _VIEWS.where(_q.id == bindparam("request_id"))
_INBOX = {
    which: _VIEWS.where(_q.state.in_(states), _q.asked_at < bindparam("before"))
    .order_by(_q.asked_at.desc(), _q.id)
    .limit(bindparam("at_most"))
    for which, states in _STATES.items()
}
# The one that is worked off from its oldest end: the next page is later.
_INBOX[RequestFilter.WAITING] = (
    _VIEWS.where(_q.state == RequestState.PENDING, _q.asked_at > bindparam("before"))
    .order_by(_q.asked_at, _q.id)
    .limit(bindparam("at_most"))
)
_COUNTS = {
    which: select(func.count()).select_from(requests).where(_q.account_id == ACCOUNT, _q.state.in_(states))
    for which, states in _STATES.items()
}
_SAME_CUSTOMERS = select(_q.id, _q.customer_id, _q.kind, _q.asked_at).where(
    _q.account_id == ACCOUNT,
    _q.customer_id.in_(bindparam("the_customers", expanding=True)),
    _q.asked_at >= bindparam("since"),
)


class RequestViews(Bound):
    """The reading half of `billing.ports.Requests`."""

    async def get_view(self, request_id: RequestId) -> RequestView:
        """Raises `NotFound`."""
        views = await self._with_earlier(await self._rows(_VIEW, request_id=request_id))
        if not views:
            raise NotFound
        return views[0]

    async def list_views(
        self, which: RequestFilter, *, before: datetime | None, limit: int
    ) -> list[RequestView]:
        """Waiting oldest first, where `before` is what the next page comes after; others newest first."""
        edge = _FIRST if which is RequestFilter.WAITING else _LAST
        return await self._with_earlier(await self._rows(_INBOX[which], before=before or edge, at_most=limit))

    async def count(self, which: RequestFilter) -> int:
        """How many there are."""
        return int((await self._rows(_COUNTS[which]))[0][0])

    async def _with_earlier(self, rows: Sequence[Sequence[Any]]) -> list[RequestView]:
        read = [_WIDE.read(row) for row in rows]
        if not read:
            return []
        asked: list[r.Request] = [parts[0] for parts in read]
        same = await self._rows(
            _SAME_CUSTOMERS,
            the_customers=list({request.customer_id for request in asked}),
            since=min(request.asked_at for request in asked) - _EARLIER,
        )
        return [RequestView(*(*parts, _count_earlier(parts[0], same))) for parts in read]


def _count_earlier(request: r.Request, others: Sequence[Any]) -> int:
    return sum(
        other.customer_id == request.customer_id
        and other.kind is request.kind
        and other.id != request.id
        and request.asked_at - _EARLIER <= other.asked_at <= request.asked_at
        for other in others
    )
