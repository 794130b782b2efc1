"""Which payment a reversal is about: by the processor's id, else by customer, product and amount."""

from collections.abc import Sequence

from billing.ids import CustomerId, ProductId
from billing.imports.drafts import PaymentDraft
from billing.imports.rows import Cause, PastRow, RowKind


def match_charge(
    row: PastRow,
    charged: Sequence[PaymentDraft],
    customer_id: CustomerId | None,
    product_id: ProductId | None,
) -> PaymentDraft | Cause:
    """The payment among those `charged` under the row's processor id, at least one; or why it is none."""
    mine = [p for p in charged if p.customer_id == customer_id and p.currency == row.currency]
    if not mine:
        return Cause.OTHER_CUSTOMER
    if len(mine) > 1:  # several products in one charge
        mine = [p for p in mine if p.product_id == product_id]
    if len(mine) != 1:
        return Cause.SEVERAL_PAYMENTS
    return _within(row, mine[0])


def match_amount(
    row: PastRow, paid: Sequence[PaymentDraft], product_id: ProductId | None
) -> PaymentDraft | Cause:
    """The one of the customer's payments that the row can be about; or why it is none."""
    fits = [
        p
        for p in paid
        if p.product_id == product_id and p.currency == row.currency and p.paid_at <= row.at
        if _takes(row, p)
    ]
    if not fits:
        return Cause.NO_PAYMENT
    if len(fits) > 1:
        return Cause.SEVERAL_PAYMENTS
    return _within(row, fits[0])


def _takes(row: PastRow, payment: PaymentDraft) -> bool:
    """A part fits what is left; all else is about the whole of a payment that nothing was taken from."""
    if row.kind is RowKind.PARTIAL_REFUND:
        return payment.left_minor >= row.amount_minor
    return payment.captured_minor == payment.left_minor == row.amount_minor


def _within(row: PastRow, payment: PaymentDraft) -> PaymentDraft | Cause:
    if payment.refunded_here:
        return Cause.REFUNDED_HERE  # the row may well be the echo of our own refund
    return payment if row.amount_minor <= payment.left_minor else Cause.MORE_THAN_PAID
