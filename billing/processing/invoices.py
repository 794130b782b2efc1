"""What invoices say of the charges that pay them: which subscription, which product, how much tax."""

from collections.abc import Iterable, Sequence

from billing.ids import AccountId
from billing.ports import UnitOfWork
from billing.processing.records import KnownInvoice
from billing.processing.tally import Skip, Tally
from billing.processor_facts import ProcessorInvoice


def known_invoices(account_id: AccountId, facts: Iterable[ProcessorInvoice]) -> list[KnownInvoice]:
    """One for each payment of an invoice."""
    return [
        KnownInvoice(
            account_id=account_id,
            payment_intent=intent,
            invoice=fact.id,
            subscription=fact.subscription,
            product=fact.product,
            price_point=fact.price_point,
            number=fact.number,
            total=fact.total,
            tax=fact.tax,
            lines=fact.lines,
        )
        for fact in facts
        for intent in fact.payment_intents
        if intent
    ]


async def take_in_invoices(work: UnitOfWork, facts: Sequence[ProcessorInvoice]) -> Tally:
    """A page of them, kept for the charges that follow."""
    known = known_invoices(work.account_id, facts)
    new = await work.synced.keep_invoices(known)
    settled = {each.invoice for each in known}
    tally = Tally(made=new, known=len(known) - new)
    if unpaid := sum(fact.id not in settled for fact in facts):
        tally.skipped[Skip.UNPAID] = unpaid
    return tally
