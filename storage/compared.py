"""Our side of a comparison with the payment processor: found by its ids, or listed newest first."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Select, and_, bindparam, or_, select

from billing import records as r
from billing.ids import OperationId
from billing.ports.processing_compared import (
    HereDispute,
    HereOperation,
    HereRefund,
    HereSubscription,
    Place,
)
from billing.states import PaymentState, SubscriptionState
from storage.bound import ACCOUNT, Bound, SideBySide
from storage.disputes import DISPUTE
from storage.shapes import OPERATION, PAYMENT, REFUND, SUBSCRIPTION
from storage.tables.processing import disputes, processor_customers
from storage.tables.requests import operations, requests
from storage.tables.sales import payments, purchases, refunds, subscriptions
from storage.types import Id

_p, _f, _o, _q, _d, _s, _b = (
    payments.c,
    refunds.c,
    operations.c,
    requests.c,
    disputes.c,
    subscriptions.c,
    purchases.c,
)
_ENDED = (SubscriptionState.CANCELED, SubscriptionState.COMPLETED)
_NAMES: BindParameter[str] = bindparam("names", expanding=True)
_IDS = bindparam("ids", expanding=True, type_=Id())
_REFUND = SideBySide(REFUND, PAYMENT)
_DISPUTE = SideBySide(DISPUTE, PAYMENT)

_PAYMENTS = select(*PAYMENT.columns).where(_p.account_id == ACCOUNT)
_REFUNDS = (
    select(*_REFUND.columns)
    .join(payments, and_(_p.account_id == _f.account_id, _p.id == _f.payment_id))
    .where(_f.account_id == ACCOUNT)
)
_DISPUTES = (
    select(*_DISPUTE.columns)
    .join(payments, and_(_p.account_id == _d.account_id, _p.id == _d.payment_id))
    .where(_d.account_id == ACCOUNT)
)
_SUBSCRIPTIONS = (
    select(*SUBSCRIPTION.columns, _b.purchased_at)
    .join(purchases, and_(_b.account_id == _s.account_id, _b.id == _s.purchase_id))
    .where(_s.account_id == ACCOUNT)
)
_OPERATIONS = (
    select(*OPERATION.columns, _q.reference)
    .join(requests, and_(_q.account_id == _o.account_id, _q.id == _o.request_id))
    .where(_o.account_id == ACCOUNT, _o.id.in_(_IDS))
)
_LINKED = select(processor_customers.c.processor_id).where(
    processor_customers.c.account_id == ACCOUNT, processor_customers.c.processor_id.in_(_NAMES)
)


class StoredCompared(Bound):
    """`billing.ports.Compared`."""

    async def find_payments(self, ids: Collection[str]) -> list[r.Payment]:
        """By the processor's id of the charge or of its payment intent."""
        return await self._list(PAYMENT, _PAYMENTS.where(_p.processor_id.in_(_NAMES)), names=list(ids))

    async def list_payments(self, since: datetime, before: Place, *, limit: int) -> list[r.Payment]:
        """Those that were paid."""
        paid = _PAYMENTS.where(_p.state == PaymentState.SUCCEEDED, _p.processor_id.is_not(None))
        page = _page(paid, _p.paid_at, _p.id, since, before, limit=limit)
        return [PAYMENT.read(row) for row in await self._rows(page)]

    async def find_refunds(self, ids: Collection[str]) -> list[HereRefund]:
        """By the processor's id of the refund."""
        rows = await self._rows(_REFUNDS.where(_f.processor_id.in_(_NAMES)), names=list(ids))
        return [HereRefund(*_REFUND.read(row)) for row in rows]

    async def list_refunds(self, since: datetime, before: Place, *, limit: int) -> list[HereRefund]:
        """Those that stand."""
        standing = _REFUNDS.where(_f.processor_id.is_not(None), _f.reversed_at.is_(None))
        page = _page(standing, _f.refunded_at, _f.id, since, before, limit=limit)
        return [HereRefund(*_REFUND.read(row)) for row in await self._rows(page)]

    async def find_operations(self, ids: Collection[OperationId]) -> list[HereOperation]:
        """By our own ids, which their refunds carry as a mark."""
        rows = await self._rows(_OPERATIONS, ids=list(ids))
        return [HereOperation(OPERATION.read(row), row.reference) for row in rows]

    async def find_disputes(self, ids: Collection[str]) -> list[HereDispute]:
        """By the processor's id."""
        rows = await self._rows(_DISPUTES.where(_d.processor_id.in_(_NAMES)), names=list(ids))
        return [HereDispute(*_DISPUTE.read(row)) for row in rows]

    async def list_disputes(self, since: datetime, before: Place, *, limit: int) -> list[HereDispute]:
        """All of them."""
        page = _page(_DISPUTES, _d.opened_at, _d.processor_id, since, before, limit=limit)
        return [HereDispute(*_DISPUTE.read(row)) for row in await self._rows(page)]

    async def find_subscriptions(self, ids: Collection[str]) -> list[HereSubscription]:
        """By the processor's id."""
        rows = await self._rows(_SUBSCRIPTIONS.where(_s.processor_id.in_(_NAMES)), names=list(ids))
        return [HereSubscription(SUBSCRIPTION.read(row), row.purchased_at) for row in rows]

    async def list_subscriptions(
        self, since: datetime, before: Place, *, limit: int
    ) -> list[HereSubscription]:
        """Those that have not ended."""
        running = _SUBSCRIPTIONS.where(_s.processor_id.is_not(None), _s.state.not_in(_ENDED))
        page = _page(running, _b.purchased_at, _s.id, since, before, limit=limit)
        rows: Sequence[Any] = await self._rows(page)
        return [HereSubscription(SUBSCRIPTION.read(row), row.purchased_at) for row in rows]

    async def find_linked(self, customers: Collection[str]) -> frozenset[str]:
        """Which of the processor's customers are known here."""
        return frozenset(row.processor_id for row in await self._rows(_LINKED, names=list(customers)))


def _page(
    which: Select[Any],
    time: ColumnElement[datetime],
    own_id: ColumnElement[Any],
    since: datetime,
    before: Place,
    *,
    limit: int,
) -> Select[Any]:
    """Newest first, from a place on; the first bound alone is what an index can use."""
    at, last = before
    place = or_(time < at, and_(time == at, own_id < last))
    order = (time.desc(), own_id.desc())
    return which.where(time >= since, time <= at, place).order_by(*order).limit(limit)
