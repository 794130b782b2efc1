"""The sums of a payment, each moved by one conditional UPDATE: whoever changes no row has lost."""

from sqlalchemy import Update, case, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from billing import records as r
from billing.errors import RefundTooLarge
from billing.ids import AccountId, PaymentId
from billing.money import CurrencyMismatch, Money
from storage.disputes import HAS_DISPUTES, fit, fitting
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
    """Whether so much was held, and is free now: what is disputed may take it up."""
    released = await _changed(
        connection,
        _of(account_id, payment_id, amount)
        .where(_p.reserved_minor >= amount.minor)
        .values(reserved_minor=_p.reserved_minor - amount.minor),
    )
    # A statement of its own: on PostgreSQL it sees the disputes that were written while this one waited.
    await fit(connection, account_id, payment_id)
    return released


async def settle(connection: AsyncConnection, refund: r.Refund) -> bool:
    """Whether the amount was held for this refund's operation, or free if it has none; it is refunded now.

    Money that a bank took as well has gone back twice: that is so, whoever learns of which first, and the
    books say so. Only what an export called disputed, of which no dispute is known, stands in the way.
    """
    minor = refund.amount.minor
    held = minor if refund.operation_id is not None else 0
    # Whoever writes a dispute holds this row too: below, all disputes are seen.
    await connection.execute(
        select(_p.id)
        .where(_p.account_id == refund.account_id, _p.id == refund.payment_id)
        .with_for_update(key_share=True)
    )
    room = _p.captured_minor - _p.refunded_minor - minor - _p.reserved_minor + held
    disputed = case((HAS_DISPUTES, fitting(room)), else_=_p.disputed_minor)
    return await _changed(
        connection,
        _of(refund.account_id, refund.payment_id, refund.amount)
        .where(_p.reserved_minor >= held, room >= case((HAS_DISPUTES, 0), else_=_p.disputed_minor))
        .values(
            reserved_minor=_p.reserved_minor - held,
            refunded_minor=_p.refunded_minor + minor,
            disputed_minor=disputed,
        ),
    )


async def take_back(connection: AsyncConnection, refund: r.Refund) -> None:
    """The refund did not stay: its amount is the merchant's again, or the bank's."""
    minor = refund.amount.minor
    statement = _of(refund.account_id, refund.payment_id, refund.amount)
    taken = await _changed(connection, statement.values(refunded_minor=_p.refunded_minor - minor))
    assert taken, "a refund always has its payment"
    await fit(connection, refund.account_id, refund.payment_id)


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
