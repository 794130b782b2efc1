"""Invoices that are mailed at once: of payments that the processor tells of as new."""

from collections.abc import Collection
from datetime import datetime, timedelta

from billing.actors import SystemActor
from billing.documents.issuing import IssuedMeanwhile, invoice_of
from billing.errors import Unavailable
from billing.ids import PaymentId
from billing.messages import InvoiceMail
from billing.ports import UnitOfWork
from billing.states import PaymentState

# What is older was paid long before we heard of it: nobody waits for its invoice.
FRESH = timedelta(days=3)


async def mail_invoices(
    work: UnitOfWork, payment_ids: Collection[PaymentId], *, by: SystemActor, at: datetime
) -> None:
    """Where the merchant wants it, in the transaction that gave these payments their Order IDs."""
    if not payment_ids or not (await work.papers.get_settings()).mail_invoices:
        return
    for payment_id in payment_ids:
        payment = await work.purchases.get_payment(payment_id)
        is_fresh = payment.state is PaymentState.SUCCEEDED and at - payment.paid_at <= FRESH
        if is_fresh and await work.documents.find_invoice(payment_id) is None:
            try:
                document = await invoice_of(work, payment, by=by, at=at)
            except IssuedMeanwhile as first:
                raise Unavailable from first  # all of it once more
            await work.outbox.put(InvoiceMail(document.id), at=at, trace_id=by.trace_id)
