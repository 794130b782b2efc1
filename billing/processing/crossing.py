"""Money that went back twice: by a refund, and by a bank that took it in a dispute."""

from datetime import datetime

from billing.actors import SystemActor
from billing.ids import PaymentId
from billing.money import Money
from billing.ports import UnitOfWork
from billing.processing.alerts import raise_alert, settle_alert
from billing.processing.records import Dispute
from billing.processor_facts import ProcessorDispute, ProcessorRefund
from billing.records import Facts, Payment
from billing.states import DISPUTED, AlertKind


def dispute_subject(dispute: Dispute) -> str:
    """How journal and alerts name a dispute."""
    return f"dispute:{dispute.processor_id}"


def payment_facts(payment: Payment, amount: Money, processor_id: str) -> Facts:
    """What an alert about a payment names."""
    return {
        "customer": payment.customer_id.hex,
        "order_id": payment.order_id,
        "amount_minor": amount.minor,
        "currency": amount.currency.code,
        "processor_id": processor_id,
    }


async def find_payment(work: UnitOfWork, fact: ProcessorRefund | ProcessorDispute) -> Payment | None:
    """The payment that the processor speaks of, by the charge or by its payment intent."""
    for name in filter(None, (fact.charge, fact.payment_intent)):
        if (payment := await work.purchases.find_payment_by_processor(name)) is not None:
            return payment
    return None


async def watch_crossing(work: UnitOfWork, payment_id: PaymentId, *, by: SystemActor, at: datetime) -> None:
    """An alert for each dispute of a payment of which more went back than was ever paid, while that is so.

    By the sums alone, so that it does not matter whether the refund or the dispute was heard of first.
    """
    disputes = await work.disputes.list_of(payment_id)
    if not disputes:
        return
    payment = await work.purchases.get_payment(payment_id)
    nothing = payment.captured - payment.captured
    taken = [each for each in disputes if each.state in DISPUTED]
    went_back = sum((each.amount for each in taken), payment.refunded)
    is_twice = bool(taken) and bool(payment.refunded) and went_back - payment.captured > nothing
    for dispute in disputes:
        subject = dispute_subject(dispute)
        if is_twice and dispute in taken:
            facts = payment_facts(payment, payment.refunded, dispute.processor_id)
            await raise_alert(work, AlertKind.REFUND_CROSSED_DISPUTE, subject, facts, by=by, at=at)
        else:
            await settle_alert(work, AlertKind.REFUND_CROSSED_DISPUTE, subject, by=by, at=at)
