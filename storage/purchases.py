"""What customers bought, read for My Orders in four statements, however much it is."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import BindParameter, ColumnElement, Select, bindparam, select, update

from billing import records as r
from billing.errors import NotFound
from billing.ids import CustomerId, OperationId, PaymentId, PurchaseId, RefundId, SubscriptionId
from billing.money import Money
from billing.states import SubscriptionState
from billing.views import PurchaseView
from storage import refunds as money
from storage.bound import ACCOUNT, Bound, SideBySide
from storage.rows import card_values, refund_values
from storage.shapes import PAYMENT, PRODUCT, PURCHASE, REFUND, REQUEST, SUBSCRIPTION
from storage.tables.requests import requests
from storage.tables.sales import payments, products, purchases, refunds, subscriptions
from storage.types import Id

_Record = TypeVar("_Record", r.Payment, r.Request)

_b, _d, _p, _s, _f, _q = purchases.c, products.c, payments.c, subscriptions.c, refunds.c, requests.c
_BOUGHT = SideBySide(PURCHASE, PRODUCT, SUBSCRIPTION)
_PURCHASES = (
    select(*_BOUGHT.columns)
    .join(products, (_d.account_id == _b.account_id) & (_d.id == _b.product_id))
    .outerjoin(subscriptions, (_s.account_id == _b.account_id) & (_s.id == _b.subscription_id))
    .where(_b.account_id == ACCOUNT)
    .order_by(_b.purchased_at.desc(), _b.id)
)
_PAYMENTS = select(*PAYMENT.columns).where(_p.account_id == ACCOUNT)
_NEWEST_PAYMENT = _PAYMENTS.order_by(_p.paid_at.desc(), _p.number.desc(), _p.id)
_REFUNDS = select(*REFUND.columns).where(_f.account_id == ACCOUNT)
_OWNER: BindParameter[UUID] = bindparam("the_owner", type_=Id())


def _refunds_of(owner: ColumnElement[Any]) -> Select[Any]:
    """By a list of payments, and unordered: else SQLite would rather walk all refunds of the account."""
    paid = select(_p.id).where(_p.account_id == ACCOUNT, owner == _OWNER)
    return _REFUNDS.where(_f.payment_id.in_(paid))


_REQUESTS = select(*REQUEST.columns).where(_q.account_id == ACCOUNT).order_by(_q.asked_at.desc(), _q.id)

_OF_CUSTOMER = (
    _PURCHASES.where(_b.customer_id == _OWNER),
    _NEWEST_PAYMENT.where(_p.customer_id == _OWNER),
    _refunds_of(_p.customer_id),
    _REQUESTS.where(_q.customer_id == _OWNER),
)
_OF_PURCHASE = (
    _PURCHASES.where(_b.id == _OWNER),
    _NEWEST_PAYMENT.where(_p.purchase_id == _OWNER),
    _refunds_of(_p.purchase_id),
    _REQUESTS.where(_q.purchase_id == _OWNER),
)
_PAYMENT = _PAYMENTS.where(_p.id == bindparam("payment_id"))
_PAYMENT_AT_PROCESSOR = _NEWEST_PAYMENT.where(_p.processor_id == bindparam("processor")).limit(1)
_SUBSCRIPTIONS = select(*SUBSCRIPTION.columns).where(_s.account_id == ACCOUNT)
_SUBSCRIPTION = _SUBSCRIPTIONS.where(_s.id == bindparam("subscription_id"))
_SUBSCRIPTION_AT_PROCESSOR = (
    _SUBSCRIPTIONS.where(_s.processor_id == bindparam("processor")).order_by(_s.id).limit(1)
)
_REFUND = _REFUNDS.where(_f.id == bindparam("refund_id"))
_REFUND_AT_PROCESSOR = _REFUNDS.where(_f.processor_id == bindparam("processor"))
_REFUND_OF_OPERATION = _REFUNDS.where(_f.operation_id == bindparam("the_operation"))
_ORDER_IDS = (
    select(_p.order_id, _p.paid_at, _d.name)
    .join(purchases, (_b.account_id == _p.account_id) & (_b.id == _p.purchase_id))
    .join(products, (_d.account_id == _b.account_id) & (_d.id == _b.product_id))
    .where(_p.account_id == ACCOUNT, _p.customer_id == bindparam("customer_id"), _p.order_id.is_not(None))
    .order_by(_p.paid_at.desc(), _p.id)
    .limit(100)
)


class StoredPurchases(Bound):
    """`billing.ports.Purchases`."""

    async def list_views(self, customer_id: CustomerId) -> list[PurchaseView]:
        """All that a customer bought, newest first."""
        return await self._views(_OF_CUSTOMER, customer_id)

    async def get_view(self, purchase_id: PurchaseId) -> PurchaseView:
        """One purchase; raises `NotFound`."""
        views = await self._views(_OF_PURCHASE, purchase_id)
        if not views:
            raise NotFound
        return views[0]

    async def _views(self, statements: Sequence[Select[Any]], owner: UUID) -> list[PurchaseView]:
        bought, paid, refunded, asked = statements
        rows = await self._rows(bought, the_owner=owner)
        if not rows:
            return []
        payments_of = _by_purchase(await self._list(PAYMENT, paid, the_owner=owner))
        returned = await self._list(REFUND, refunded, the_owner=owner)
        returned.sort(key=lambda refund: (refund.refunded_at, refund.id), reverse=True)
        requests_of = _by_purchase(await self._list(REQUEST, asked, the_owner=owner))
        views = []
        for row in rows:
            purchase, product, subscription = _BOUGHT.read(row)
            own = payments_of[purchase.id]
            ids = {payment.id for payment in own}
            refunds_of = tuple(refund for refund in returned if refund.payment_id in ids)
            asked_of = tuple(requests_of[purchase.id])
            views.append(PurchaseView(purchase, product, subscription, tuple(own), refunds_of, asked_of))
        return views

    async def get_payment(self, payment_id: PaymentId) -> r.Payment:
        """Raises `NotFound`."""
        return await self._get(PAYMENT, _PAYMENT, payment_id=payment_id)

    async def get_subscription(self, subscription_id: SubscriptionId) -> r.Subscription:
        """Raises `NotFound`."""
        return await self._get(SUBSCRIPTION, _SUBSCRIPTION, subscription_id=subscription_id)

    async def list_order_ids(self, customer_id: CustomerId) -> list[tuple[str, datetime, str]]:
        """Order ID, paid at, product name; newest first, at most 100."""
        rows = await self._rows(_ORDER_IDS, customer_id=customer_id)
        return [(row.order_id, row.paid_at, row.name) for row in rows]

    async def find_payment_by_processor(self, processor_id: str) -> r.Payment | None:
        """The payment that the processor calls so."""
        return await self._find(PAYMENT, _PAYMENT_AT_PROCESSOR, processor=processor_id)

    async def find_subscription_by_processor(self, processor_id: str) -> r.Subscription | None:
        """The subscription that the processor calls so."""
        return await self._find(SUBSCRIPTION, _SUBSCRIPTION_AT_PROCESSOR, processor=processor_id)

    async def reserve(self, payment_id: PaymentId, amount: Money) -> None:
        """Raises `RefundTooLarge`, or `NotFound`."""
        assert amount.minor > 0
        if not await money.reserve(self.connection, self.account_id, payment_id, amount):
            raise money.too_large(await self.get_payment(payment_id), amount)

    async def release(self, payment_id: PaymentId, amount: Money) -> None:
        """Give a reservation back; to give back more than is reserved is a bug."""
        if not await money.release(self.connection, self.account_id, payment_id, amount):
            reserved = (await self.get_payment(payment_id)).reserved
            raise RuntimeError(f"{amount} was to be released of {reserved}")

    async def settle_refund(self, refund: r.Refund) -> bool:
        """False if it is there already, by id, operation or processor's id.

        A refund without an operation was made elsewhere and reserved nothing. Raises `RefundTooLarge` where
        the payment does not hold the amount; the refund is not kept then.
        """
        if not await self._insert_once(refunds, refund_values(refund)):
            return False
        if not await money.settle(self.connection, refund):
            await self.connection.execute(
                refunds.delete().where(_f.account_id == self.account_id, _f.id == refund.id)
            )
            raise money.too_large(await self.get_payment(refund.payment_id), refund.amount)
        return True

    async def adopt_refund(self, refund: r.Refund) -> None:
        """Where it is the operation's already, or unknown, nothing happens."""
        adopted = await self._change(
            update(refunds)
            .where(
                _f.account_id == self.account_id,
                _f.processor_id == refund.processor_id,
                _f.operation_id.is_(None),
            )
            .values(operation_id=refund.operation_id)
            .returning(_f.id)
        )
        if adopted is not None:
            await self.release(refund.payment_id, refund.amount)

    async def name_refund(self, payment_id: PaymentId, amount: Money, processor_id: str) -> bool:
        """The oldest of them."""
        nameless = (
            select(_f.id)
            .where(
                _f.account_id == self.account_id,
                _f.payment_id == payment_id,
                _f.processor_id.is_(None),
                _f.operation_id.is_(None),
                _f.amount_minor == amount.minor,
                _f.currency == amount.currency.code,
            )
            .order_by(_f.refunded_at, _f.id)
            .limit(1)
        )
        named = (
            update(refunds)
            .where(_f.account_id == self.account_id, _f.id.in_(nameless), _f.processor_id.is_(None))
            .values(processor_id=processor_id)
        )
        return await self._change(named.returning(_f.id)) is not None

    async def reverse_refund(self, refund_id: RefundId, at: datetime) -> r.Refund | None:
        """None if it was reversed before; raises `NotFound`."""
        row = await self._change(
            update(refunds)
            .where(_f.account_id == self.account_id, _f.id == refund_id, _f.reversed_at.is_(None))
            .values(reversed_at=at)
            .returning(*REFUND.columns)
        )
        if row is None:
            await self.get_refund(refund_id)
            return None
        refund = REFUND.read(row)
        await money.take_back(self.connection, refund)
        return refund

    async def find_refund_by_operation(self, operation_id: OperationId) -> r.Refund | None:
        """What this operation gave back."""
        return await self._find(REFUND, _REFUND_OF_OPERATION, the_operation=operation_id)

    async def find_refund_by_processor(self, processor_id: str) -> r.Refund | None:
        """The refund that the processor calls so."""
        return await self._find(REFUND, _REFUND_AT_PROCESSOR, processor=processor_id)

    async def get_refund(self, refund_id: RefundId) -> r.Refund:
        """Raises `NotFound`."""
        return await self._get(REFUND, _REFUND, refund_id=refund_id)

    async def set_subscription(
        self,
        subscription_id: SubscriptionId,
        state: SubscriptionState,
        *,
        period_ends_at: datetime | None,
        ended_at: datetime | None,
        card: r.Card | None = None,
    ) -> None:
        """A period end or card of None keeps what is known; raises `NotFound`."""
        ends = _s.period_ends_at if period_ends_at is None else period_ends_at
        pays = {} if card is None else card_values(card)
        changed = await self._change(
            update(subscriptions)
            .where(_s.account_id == self.account_id, _s.id == subscription_id)
            .values(state=state, period_ends_at=ends, ended_at=ended_at, **pays)
            .returning(_s.id)
        )
        if changed is None:
            raise NotFound


def _by_purchase(records: Iterable[_Record]) -> dict[PurchaseId, list[_Record]]:
    groups: dict[PurchaseId, list[_Record]] = defaultdict(list)
    for record in records:
        groups[record.purchase_id].append(record)
    return groups
