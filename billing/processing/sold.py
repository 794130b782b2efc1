"""What was sold with a charge of the processor's, and how it was paid: kept once, for its documents."""

from billing.documents.records import PaidBy, Snapshot
from billing.processing.records import KnownInvoice
from billing.processor_facts import ProcessorCharge
from billing.records import Payment


def snapshot_of(charge: ProcessorCharge, invoice: KnownInvoice | None, payment: Payment) -> Snapshot:
    """With the invoice's lines, if they come to what was captured; several charges may have paid it."""
    lines = invoice.lines if invoice is not None and invoice.total == payment.captured else ()
    card = charge.card
    paid_by = PaidBy(card.brand, card.last_four) if card is not None else PaidBy()
    return Snapshot(payment.id, payment.account_id, lines, paid_by)
