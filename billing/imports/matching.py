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
    """The payment among those `charged` under the row's processor id, at least one; or why it is none.

    Of what the processor brought, it knows better than the row whose it is.
    """
    mine = [p for p in charged if p.customer_id == customer_id or p.is_processors]
    mine = [p for p in mine if p.currency == row.currency]
    if not mine:
        return Cause.OTHER_CUSTOMER
    if len(mine) > 1:  # several products in one charge
        mine = [p for p in mine if p.product_id == product_id]
    if len(mine) != 1:
        return Cause.SEVERAL_PAYMENTS
    return mine[0]


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
    return fits[0]


def _takes(row: PastRow, payment: PaymentDraft) -> bool:
    """A part fits what is left; all else is about the whole of a payment that nothing was taken from."""
    if row.kind is RowKind.PARTIAL_REFUND:
        return payment.left_minor >= row.amount_minor
    return payment.captured_minor == payment.left_minor == row.amount_minor


def is_known(row: PastRow, payment: PaymentDraft) -> bool:
    """Whether the processor, or we ourselves, gave this back already; each refund answers for one row."""
    if row.kind is RowKind.CHARGEBACK:
        return payment.is_disputed
    if row.amount_minor not in payment.known_refunds:
        return False
    payment.known_refunds.remove(row.amount_minor)
    return True


def why_not(row: PastRow, payment: PaymentDraft) -> Cause | None:
    """Why the payment cannot give this back."""
    if payment.refunded_here or (payment.known_refunds and row.kind is not RowKind.CHARGEBACK):
        return Cause.REFUNDED_HERE  # the row may well be the echo of that refund, in other words
    return None if row.amount_minor <= payment.left_minor else Cause.MORE_THAN_PAID
