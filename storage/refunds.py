"""The sums of a payment, each moved by one conditional UPDATE: whoever changes no row has lost."""

from sqlalchemy import Update, update
from sqlalchemy.ext.asyncio import AsyncConnection

from billing import records as r
from billing.errors import RefundTooLarge
from billing.ids import AccountId, PaymentId
from billing.money import CurrencyMismatch, Money
from storage.tables.sales import payments

_p = payments.c


async def reserve(
    connection: AsyncConnection, account_id: AccountId, payment_id: PaymentId, amount: Money
) -> bool:
    """Whether so much was still free, and is held now."""
    return await _changed(
        connection,
        _of(account_id, payment_id, amount)
        .where(_p.refunded_minor + _p.reserved_minor + amount.minor <= _p.captured_minor - _p.disputed_minor)
        .values(reserved_minor=_p.reserved_minor + amount.minor),
    )


async def release(
    connection: AsyncConnection, account_id: AccountId, payment_id: PaymentId, amount: Money
) -> bool:
    """Whether so much was held, and is free now."""
    return await _changed(
        connection,
        _of(account_id, payment_id, amount)
        .where(_p.reserved_minor >= amount.minor)
        .values(reserved_minor=_p.reserved_minor - amount.minor),
    )


async def settle(connection: AsyncConnection, refund: r.Refund) -> bool:
    """Whether the amount was held for this refund's operation, or free if it has none; it is refunded now."""
    minor = refund.amount.minor
    held = minor if refund.operation_id is not None else 0
    return await _changed(
        connection,
        _of(refund.account_id, refund.payment_id, refund.amount)
        .where(
            _p.reserved_minor >= held,
            _p.refunded_minor + minor + _p.reserved_minor - held <= _p.captured_minor - _p.disputed_minor,
        )
        .values(reserved_minor=_p.reserved_minor - held, refunded_minor=_p.refunded_minor + minor),
    )


async def take_back(connection: AsyncConnection, refund: r.Refund) -> None:
    """The refund did not stay: its amount is the merchant's again."""
    minor = refund.amount.minor
    statement = _of(refund.account_id, refund.payment_id, refund.amount)
    taken = await _changed(connection, statement.values(refunded_minor=_p.refunded_minor - minor))
    assert taken, "a refund always has its payment"


def too_large(payment: r.Payment, asked: Money) -> RefundTooLarge:
    """Why `asked` was refused; raises `CurrencyMismatch` if it is other money altogether."""
    if asked.currency != payment.captured.currency:
        raise CurrencyMismatch(f"{asked.currency.code} met {payment.captured.currency.code}")
    return RefundTooLarge("amount", asked=asked, left=payment.left)


def _of(account_id: AccountId, payment_id: PaymentId, amount: Money) -> Update:
    return update(payments).where(
        _p.account_id == account_id, _p.id == payment_id, _p.currency == amount.currency.code
    )


async def _changed(connection: AsyncConnection, statement: Update) -> bool:
    return (await connection.execute(statement.returning(_p.id))).one_or_none() is not None
