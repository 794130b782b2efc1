"""Disputes and the requests that they hold; and how much of a payment is disputed, in one UPDATE."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, case, delete, exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from billing.ids import AccountId, PaymentId, RequestId
from billing.processing.records import Dispute, Hold
from billing.states import DISPUTED
from storage.bound import ACCOUNT, Bound, Shape
from storage.rows import plain_values
from storage.shapes import money_of
from storage.tables.processing import disputes, request_holds
from storage.tables.sales import payments

_d, _h, _p = disputes.c, request_holds.c, payments.c


def _dispute(*values: Any) -> Dispute:
    account_id, processor_id, payment_id, minor, code, *rest = values
    amount = money_of(minor, code)
    assert amount is not None
    return Dispute(account_id, processor_id, payment_id, amount, *rest)


DISPUTE = Shape(
    (
        _d.account_id,
        _d.processor_id,
        _d.payment_id,
        _d.amount_minor,
        _d.currency,
        _d.state,
        _d.reason,
        _d.opened_at,
        _d.moved_at,
    ),
    _dispute,
)
HOLD = Shape((_h.account_id, _h.request_id, _h.payment_id, _h.since), Hold)
_ALL = select(*DISPUTE.columns).where(_d.account_id == ACCOUNT)
_ONE = _ALL.where(_d.processor_id == bindparam("processor"))
_OF_PAYMENT = _ALL.where(_d.payment_id == bindparam("payment")).order_by(_d.opened_at, _d.processor_id)
_HELD = select(*HOLD.columns).where(_h.account_id == ACCOUNT, _h.request_id == bindparam("request"))

_OF_THIS = and_(_d.account_id == _p.account_id, _d.payment_id == _p.id)
HAS_DISPUTES = exists(select(_d.processor_id).where(_OF_THIS)).correlate(payments)
_SUM = (
    select(func.coalesce(func.sum(_d.amount_minor), 0))
    .where(_OF_THIS, _d.state.in_(sorted(DISPUTED)))
    .correlate(payments)
    .scalar_subquery()
)


def fitting(room: ColumnElement[int]) -> ColumnElement[int]:
    """The sum of a payment's disputes, or the `room` beside all else, if that is less."""
    return case((room < _SUM, room), else_=_SUM)


async def fit(connection: AsyncConnection, account_id: AccountId, payment_id: PaymentId) -> None:
    """A payment without disputes stays as it is: an export may have told of a chargeback alone."""
    room = _p.captured_minor - _p.refunded_minor - _p.reserved_minor
    await connection.execute(
        update(payments)
        .where(_p.account_id == account_id, _p.id == payment_id, HAS_DISPUTES)
        .values(disputed_minor=fitting(room))
    )


class StoredDisputes(Bound):
    """`billing.ports.Disputes`."""

    async def find(self, processor_id: str) -> Dispute | None:
        """By the processor's id."""
        return await self._find(DISPUTE, _ONE, processor=processor_id)

    async def put(self, dispute: Dispute) -> None:
        """Instead of what it said before."""
        amount = {"amount_minor": dispute.amount.minor, "currency": dispute.amount.currency.code}
        await self._put(disputes, {**plain_values(dispute, "amount"), **amount})

    async def list_of(self, payment_id: PaymentId) -> Sequence[Dispute]:
        """Oldest first."""
        return await self._list(DISPUTE, _OF_PAYMENT, payment=payment_id)

    async def fit(self, payment_id: PaymentId) -> None:
        """After anything that moved one of the sums."""
        await fit(self.connection, self.account_id, payment_id)

    async def put_hold(self, hold: Hold) -> bool:
        """False: it was held before."""
        return await self._insert_once(request_holds, plain_values(hold))

    async def find_hold(self, request_id: RequestId) -> Hold | None:
        """Since when, if it waits for a bank."""
        return await self._find(HOLD, _HELD, request=request_id)

    async def drop_hold(self, request_id: RequestId) -> bool:
        """False: nothing held it."""
        dropped = delete(request_holds).where(_h.account_id == self.account_id, _h.request_id == request_id)
        return await self._change(dropped.returning(_h.request_id)) is not None
