"""Rows about what the processor brought before: which payment that is, and what it learns from them."""

from collections.abc import Iterable
from dataclasses import fields, replace
from datetime import timedelta

from billing.imports.drafts import PaymentDraft
from billing.imports.rows import PastRow, RowKind
from billing.records import Address
from billing.states import PaymentState

# A try that failed has no Order ID to know it by; the next try of the same charge comes a day later or more.
SAME_TRY = timedelta(hours=12)
_BUYER = tuple(field.name for field in fields(Address))


def find_linked(row: PastRow, charged: Iterable[PaymentDraft], order_id: str | None) -> PaymentDraft | None:
    """The payment that the processor brought under the row's charge; None: the row makes one.

    One charge may pay for several rows: they all are about that one payment.
    """
    found = [p for p in charged if p.is_processors and _is_same_kind(row, p)]
    found.sort(key=lambda p: (p.order_id != order_id, p.paid_at))
    return found[0] if found else None


def _is_same_kind(row: PastRow, payment: PaymentDraft) -> bool:
    if row.kind is RowKind.FAILED:
        return payment.state is PaymentState.FAILED and abs(payment.paid_at - row.at) <= SAME_TRY
    return payment.state is PaymentState.SUCCEEDED


def fill(payment: PaymentDraft, row: PastRow) -> bool:
    """What the processor did not know: number, tax, buyer; True if that was something.

    What an issued document says of the payment stays as it is.
    """
    before = payment.number, payment.tax_minor, payment.buyer
    if payment.number is None and payment.state is PaymentState.SUCCEEDED:
        payment.number = row.payment_number
    if payment.has_document:
        return before[0] != payment.number
    is_whole = (row.currency, row.amount_minor) == (payment.currency, payment.captured_minor)
    if is_whole and not payment.tax_minor and row.tax_minor <= payment.captured_minor:
        payment.tax_minor = row.tax_minor
    if payment.buyer is not None:
        unknown = {name: getattr(row.buyer, name) for name in _BUYER if not getattr(payment.buyer, name)}
        payment.buyer = replace(payment.buyer, **unknown)
    return before != (payment.number, payment.tax_minor, payment.buyer)
