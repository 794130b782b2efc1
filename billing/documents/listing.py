"""All documents of a payment, as its page lists them."""

from __future__ import annotations

from dataclasses import dataclass

from billing.context import Context
from billing.documents.correcting import is_correctable
from billing.documents.issuing import Reader, may_have, may_take_numbers
from billing.ids import PaymentId
from billing.records import Document, Payment, Product, Refund


@dataclass(frozen=True, slots=True)
class PaymentDocuments:
    """What was issued, oldest first, and what may be; `refunds` are those with a credit note to have."""

    payment: Payment
    product: Product
    issued: tuple[Document, ...]
    refunds: tuple[Refund, ...]
    may_issue: bool
    may_correct: bool


async def list_documents(ctx: Context, payment_id: PaymentId, *, by: Reader) -> PaymentDocuments:
    """Raises what `issue_invoice` would; nothing is issued."""
    async with ctx.read(by.account_id) as work:
        payment = await may_have(work, payment_id, by=by)
        view = await work.purchases.get_view(payment.purchase_id)
        issued = tuple(await work.documents.list_of_payment(payment_id))
        return PaymentDocuments(
            payment=payment,
            product=view.product,
            issued=issued,
            refunds=tuple(e for e in view.refunds if e.payment_id == payment_id and e.reversed_at is None),
            may_issue=await may_take_numbers(work, by),
            may_correct=await is_correctable(work, payment, by=by),
        )
