"""Disputes as the processor has them now: what they take from a payment, and who waits for them."""

from datetime import datetime

from billing import telling
from billing.actors import SystemActor
from billing.outcomes import reopen_ticket
from billing.ports import UnitOfWork
from billing.processing.alerts import raise_alert, settle_alert
from billing.processing.crossing import dispute_subject, find_payment, payment_facts, watch_crossing
from billing.processing.holds import follow_disputes
from billing.processing.records import Dispute
from billing.processing.refunds import TakenIn
from billing.processor_facts import ProcessorDispute
from billing.records import Payment, Request
from billing.states import DISPUTED, AlertKind, DisputeState

_WRITTEN = {
    DisputeState.INQUIRY: "dispute.inquiry",
    DisputeState.OPEN: "dispute.open",
    DisputeState.WON: "dispute.won",
    DisputeState.LOST: "dispute.lost",
}
# How the story of a request tells that a bank moved.
_TOLD = {
    DisputeState.INQUIRY: "request.dispute_inquiry",
    DisputeState.OPEN: "request.dispute_open",
    DisputeState.WON: "request.dispute_won",
    DisputeState.LOST: "request.dispute_lost",
}


async def take_in_dispute(
    work: UnitOfWork,
    fact: ProcessorDispute,
    *,
    by: SystemActor,
    at: datetime,
    read_at: datetime | None = None,
) -> TakenIn:
    """The dispute as it is now; a repeat changes nothing, nor does what was read before others moved it.

    What is disputed of the payment is fitted anew. A pending refund request on it is held and its money let
    go, one that is approved and not sent fails; won, the request goes on; lost, it is denied.
    """
    payment = await find_payment(work, fact)
    if payment is None:
        return TakenIn.NO_PAYMENT
    request = await _hold_concerned(work, payment)
    before = await work.disputes.find(fact.id)
    dispute = _dispute_of(fact, payment, at=at)
    if before is not None and _is_same(before, dispute):
        return TakenIn.KNOWN
    if before is not None and read_at is not None and before.moved_at > read_at:
        return TakenIn.WAITS
    await work.disputes.put(dispute)
    await work.disputes.fit(payment.id)
    await _tell(work, payment, dispute, before, by=by, at=at)
    is_told = False
    # Somebody may have asked in the meantime; now nobody can, since the payment is held.
    asked = await work.requests.find_open_refund(payment.id)
    if asked is not None:
        request = await work.requests.hold(asked.id)
        is_told = await follow_disputes(work, request, by=by, at=at)
        await work.disputes.fit(payment.id)
    if request is not None and not is_told:
        await _tell_request(work, request, dispute, by=by, at=at)
    await watch_crossing(work, payment.id, by=by, at=at)
    return TakenIn.NEWS


async def _hold_concerned(work: UnitOfWork, payment: Payment) -> Request | None:
    """The last refund request about this payment, open or not."""
    view = await work.purchases.get_view(payment.purchase_id)
    last = next((each for each in view.requests if each.payment_id == payment.id), None)
    return await work.requests.hold(last.id) if last is not None else None


def _dispute_of(fact: ProcessorDispute, payment: Payment, *, at: datetime) -> Dispute:
    """In other money than the payment's it is not known how much that is: then all of it."""
    is_comparable = fact.amount.currency == payment.captured.currency
    return Dispute(
        account_id=payment.account_id,
        processor_id=fact.id,
        payment_id=payment.id,
        amount=fact.amount if is_comparable else payment.captured,
        state=fact.state,
        reason=fact.reason[:64],
        opened_at=fact.made_at,
        moved_at=at,
    )


def _is_same(before: Dispute, now: Dispute) -> bool:
    return (before.state, before.amount, before.reason) == (now.state, now.amount, now.reason)


async def _tell(
    work: UnitOfWork,
    payment: Payment,
    dispute: Dispute,
    before: Dispute | None,
    *,
    by: SystemActor,
    at: datetime,
) -> None:
    """Journal and alert; each step calls people anew, but nobody for what was lost before we heard of it."""
    subject = dispute_subject(dispute)
    facts = payment_facts(payment, dispute.amount, dispute.processor_id)
    told = {**facts, "reason": dispute.reason, "before": before.state.value if before else ""}
    await work.journal.write(by, _WRITTEN[dispute.state], subject, at=at, facts=told)
    if before is not None and before.state is not dispute.state:
        await settle_alert(work, AlertKind.DISPUTED, subject, by=by, at=at)
    is_news = dispute.state is not DisputeState.LOST or before is not None
    if is_news and dispute.state is not DisputeState.WON:
        known = {**facts, "dispute": dispute.state.value}
        await raise_alert(work, AlertKind.DISPUTED, subject, known, by=by, at=at)


async def _tell_request(
    work: UnitOfWork, request: Request, dispute: Dispute, *, by: SystemActor, at: datetime
) -> None:
    """The ticket of the last request on the payment, so that whoever knows the case hears of it."""
    if dispute.state in DISPUTED:
        await reopen_ticket(work, request, at=at)
    facts = {**telling.money_facts(dispute.amount, dispute.amount), "processor_id": dispute.processor_id}
    verb = _TOLD[dispute.state]
    await telling.tell_step(work, request, verb, by=by, by_name="", at=at, facts=facts)
