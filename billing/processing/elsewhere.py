"""Requests that were met, or overtaken, at the processor itself: closed honestly, by what happened there."""

from datetime import datetime

from billing import telling
from billing.actors import SystemActor
from billing.money import Money
from billing.outcomes import fail, reopen_ticket, request_facts
from billing.ports import UnitOfWork
from billing.processing.alerts import raise_alert, settle_alert
from billing.records import Operation, Refund, Request, Subscription
from billing.reminding import unwatch
from billing.states import (
    AlertKind,
    CancelWhen,
    OperationState,
    RequestKind,
    RequestState,
    SubscriptionState,
    TicketState,
)

DONE_ELSEWHERE = "request.done_elsewhere"


async def close_as_done(
    work: UnitOfWork,
    request: Request,
    *,
    processor_id: str | None,
    by: SystemActor,
    at: datetime,
    went_back: Money | None = None,
) -> Request:
    """A held request becomes done, by the processor: what it asked for is so, and nothing of ours did it.

    `went_back`: of a refund, how much; never more than was asked for. Raises `AlreadyDecided`.
    """
    approved = None
    if went_back is not None and request.amount is not None:
        approved = min(went_back, request.amount)
    if request.state is not RequestState.APPROVED:
        request = await work.requests.move(
            request.id, request.state, RequestState.APPROVED, at=at, by=by, approved=approved
        )
        await unwatch(work, request.ticket_id)
        facts = {"reference": request.reference, "state": request.state.value}
        subject = telling.request_subject(request)
        await work.journal.write(by, "request.overtaken", subject, at=at, facts=facts)
    request = await work.requests.move(
        request.id, RequestState.APPROVED, RequestState.DONE, at=at, by=by, approved=approved
    )
    await work.disputes.drop_hold(request.id)
    told = {"processor_id": processor_id}
    await telling.tell_step(work, request, DONE_ELSEWHERE, by=by, by_name="", at=at, facts=told)
    await telling.move_ticket(work, request, TicketState.CLOSED, at=at)
    await telling.mail_outcome(work, request, by=by, at=at, turn=f"elsewhere:{processor_id}")
    return request


async def find_done_by(work: UnitOfWork, refund: Refund) -> Request | None:
    """The request that this refund, made elsewhere, had closed; held."""
    payment = await work.purchases.get_payment(refund.payment_id)
    view = await work.purchases.get_view(payment.purchase_id)
    for request in view.requests:
        if request.payment_id != payment.id or request.state is not RequestState.DONE:
            continue
        lines = await work.journal.list_of(telling.request_subject(request))
        done = [each for each in lines if each.verb == DONE_ELSEWHERE]
        if done and done[-1].facts.get("processor_id") == refund.processor_id:
            return await work.requests.hold(request.id)
    return None


async def reopen_as_failed(
    work: UnitOfWork, request: Request, refund: Refund, failure: str, *, by: SystemActor, at: datetime
) -> None:
    """The refund that had closed it was taken back: nobody may go on reading "refunded"."""
    if request.state is not RequestState.DONE:
        return
    request = await work.requests.move(
        request.id, RequestState.DONE, RequestState.FAILED, at=at, by=by, failure=failure
    )
    await reopen_ticket(work, request, at=at)
    facts = {"failure": failure, "processor_id": refund.processor_id}
    verb = "request.reversed_elsewhere"
    await telling.tell_step(work, request, verb, by=by, by_name="", at=at, facts=facts)
    await telling.mail_outcome(work, request, by=by, at=at, turn=f"elsewhere:{refund.id.hex}")
    if request.ticket_id is None:
        told = {**request_facts(request), **facts}
        subject = telling.request_subject(request)
        await raise_alert(work, AlertKind.REVERSED, subject, told, by=by, at=at)


async def follow_agreement(
    work: UnitOfWork, request: Request, subscription: Subscription, *, by: SystemActor, at: datetime
) -> None:
    """What a held cancellation, or the taking back of one, comes to now that the subscription stands so."""
    operation = await work.operations.find_latest(request.id)
    is_over = subscription.state is SubscriptionState.CANCELED
    if request.kind is RequestKind.UNDO_CANCEL:
        if is_over and request.state is RequestState.APPROVED and is_planned(operation):
            assert operation is not None
            await fail(work, operation, "already_canceled", by=by, at=at)
        return
    is_ending = is_over or subscription.state is SubscriptionState.CANCEL_SCHEDULED
    is_met = is_over if request.policy.cancel_when is CancelWhen.NOW else is_ending
    # What is approved already carries itself out, and finds that it is so.
    if is_met and request.state is RequestState.PENDING:
        processor_id = subscription.processor_id or ""
        await close_as_done(work, request, processor_id=processor_id, by=by, at=at)


def is_planned(operation: Operation | None) -> bool:
    """Nothing of it has left the house yet."""
    return operation is not None and operation.state is OperationState.PLANNED


async def settle_foreign_alert(work: UnitOfWork, processor_id: str, *, by: SystemActor, at: datetime) -> None:
    """A refund made elsewhere fits into the books by now."""
    await settle_alert(work, AlertKind.REFUNDED_ELSEWHERE, f"refund:{processor_id}", by=by, at=at)
