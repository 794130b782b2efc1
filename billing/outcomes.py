"""What came of an operation, in the books: settled, failed, taken back later; within a transaction."""

from datetime import datetime
from typing import assert_never

from billing import telling
from billing.actors import SystemActor
from billing.ids import OperationId, RefundId, new_id
from billing.messages import ProcessorHint
from billing.ports import UnitOfWork
from billing.processing.alerts import raise_alert, settle_alert
from billing.processing.crossing import watch_crossing
from billing.processor import Outcome, ProcessorAnswer
from billing.records import Facts, Operation, Refund, Request, Subscription
from billing.reminding import watch_ticket
from billing.states import (
    OPEN_OPERATION,
    AlertKind,
    OperationKind,
    OperationState,
    RequestState,
    SubscriptionState,
    TicketState,
)

# The processor says so of money that went back without us: its own books are read then.
_WENT_BACK_ALREADY = frozenset({"charge_already_refunded", "amount_too_large"})


def operation_subject(operation: Operation) -> str:
    """How journal and alerts name an operation."""
    return f"operation:{operation.id.hex}"


def request_facts(request: Request) -> Facts:
    """What an alert about a request leads to, and its money."""
    money = telling.money_facts(request.refund_amount, request.refund_amount)
    return {
        "request": request.id.hex,
        "customer": request.customer_id.hex,
        "reference": request.reference,
        **money,
    }


async def hold_operation(work: UnitOfWork, operation_id: OperationId) -> Operation:
    """As it is while its request is held: whoever closes either waits. Raises `NotFound`."""
    operation = await work.operations.get(operation_id)
    await work.requests.hold(operation.request_id)
    return await work.operations.get(operation_id)


async def record(
    work: UnitOfWork, operation: Operation, answer: ProcessorAnswer, *, by: SystemActor, at: datetime
) -> None:
    """What the processor said of a held operation, once: a repeat, an old answer and a late doubt do nothing.

    Raises `AlreadyDecided` where another has recorded it, which the caller's transaction rolls back for.
    """
    if operation.state in OPEN_OPERATION:
        await settle_alert(work, AlertKind.UNKNOWN_FOR_LONG, operation_subject(operation), by=by, at=at)
    match answer.outcome:
        case Outcome.PENDING:
            await _keep_pending(work, operation, answer)
        case Outcome.SUCCEEDED:
            await _succeed(work, operation, answer, by=by, at=at)
        case Outcome.FAILED:
            await _fail_or_reverse(work, operation, answer, by=by, at=at)
        case _:
            assert_never(answer.outcome)


async def _keep_pending(work: UnitOfWork, operation: Operation, answer: ProcessorAnswer) -> None:
    if operation.state in OPEN_OPERATION and answer.processor_id and operation.processor_id is None:
        await work.operations.note_processor_id(operation.id, answer.processor_id)


async def _succeed(
    work: UnitOfWork, operation: Operation, answer: ProcessorAnswer, *, by: SystemActor, at: datetime
) -> None:
    if operation.state not in OPEN_OPERATION:
        return
    await work.operations.move(
        operation.id,
        operation.state,
        OperationState.SUCCEEDED,
        at=at,
        processor_id=answer.processor_id,
    )
    if operation.kind is OperationKind.REFUND:
        await _keep_refund(work, operation, answer, by=by, at=at)
    else:
        await _keep_agreement(work, operation, answer, at=at)
    request = await work.requests.move(
        operation.request_id, RequestState.APPROVED, RequestState.DONE, at=at, by=by
    )
    facts = {"processor_id": answer.processor_id}
    await telling.tell_step(work, request, "operation.succeeded", by=by, by_name="", at=at, facts=facts)
    await telling.move_ticket(work, request, TicketState.CLOSED, at=at)
    await telling.mail_outcome(work, request, by=by, at=at, turn=operation.id.hex)


async def _keep_refund(
    work: UnitOfWork, operation: Operation, answer: ProcessorAnswer, *, by: SystemActor, at: datetime
) -> None:
    assert operation.payment_id is not None
    assert operation.amount is not None
    refund = Refund(
        id=new_id(RefundId),
        account_id=operation.account_id,
        payment_id=operation.payment_id,
        operation_id=operation.id,
        amount=operation.amount,
        processor_id=answer.processor_id,
        refunded_at=at,
        reversed_at=None,
    )
    if not await work.purchases.settle_refund(refund):
        await work.purchases.adopt_refund(refund)
    await watch_crossing(work, operation.payment_id, by=by, at=at)


async def _keep_agreement(
    work: UnitOfWork, operation: Operation, answer: ProcessorAnswer, *, at: datetime
) -> None:
    assert operation.subscription_id is not None
    subscription = await work.purchases.get_subscription(operation.subscription_id)
    state = answer.subscription_state or _state_after(operation.kind, subscription)
    await work.purchases.set_subscription(
        subscription.id,
        state,
        period_ends_at=answer.period_ends_at,
        ended_at=(subscription.ended_at or at) if state is SubscriptionState.CANCELED else None,
    )


def _state_after(kind: OperationKind, subscription: Subscription) -> SubscriptionState:
    match kind:
        case OperationKind.CANCEL_AT_PERIOD_END:
            return SubscriptionState.CANCEL_SCHEDULED
        case OperationKind.CANCEL_NOW:
            return SubscriptionState.CANCELED
        case OperationKind.UNDO_CANCEL:
            return SubscriptionState.ACTIVE
        case OperationKind.REFUND:
            return subscription.state
        case _:
            assert_never(kind)


async def _fail_or_reverse(
    work: UnitOfWork, operation: Operation, answer: ProcessorAnswer, *, by: SystemActor, at: datetime
) -> None:
    failure = answer.failure or "unknown"
    if operation.state in OPEN_OPERATION:
        await fail(work, operation, failure, by=by, at=at, processor_id=answer.processor_id)
        return
    is_its_own = answer.processor_id in {None, operation.processor_id}
    was_refunded = operation.state is OperationState.SUCCEEDED and operation.kind is OperationKind.REFUND
    if was_refunded and is_its_own:
        await _reverse(work, operation, failure, by=by, at=at)


async def fail(
    work: UnitOfWork,
    operation: Operation,
    failure: str,
    *,
    by: SystemActor,
    at: datetime,
    processor_id: str | None = None,
) -> None:
    """An open one will not happen: what it held is free, and all are told. Raises `AlreadyDecided`."""
    await drop(work, operation, failure, at=at, processor_id=processor_id)
    request = await work.requests.move(
        operation.request_id, RequestState.APPROVED, RequestState.FAILED, at=at, by=by, failure=failure
    )
    await tell_failed(work, request, "operation.failed", failure, by=by, at=at, turn=operation.id.hex)
    if failure in _WENT_BACK_ALREADY:
        hint = ProcessorHint("charge", operation.processor_target)
        await work.outbox.put(hint, at=at, trace_id=by.trace_id)


async def drop(
    work: UnitOfWork, operation: Operation, failure: str, *, at: datetime, processor_id: str | None = None
) -> None:
    """An open one will not happen, and what it held is free; the caller tells what that means."""
    await work.operations.move(
        operation.id,
        operation.state,
        OperationState.FAILED,
        at=at,
        failure=failure,
        processor_id=processor_id,
    )
    if operation.payment_id is not None and operation.amount is not None:
        await work.purchases.release(operation.payment_id, operation.amount)


async def _reverse(
    work: UnitOfWork, operation: Operation, failure: str, *, by: SystemActor, at: datetime
) -> None:
    await work.operations.move(
        operation.id, OperationState.SUCCEEDED, OperationState.REVERSED, at=at, failure=failure
    )
    refund = await work.purchases.find_refund_by_operation(operation.id)
    if refund is not None:
        await work.purchases.reverse_refund(refund.id, at)
        await watch_crossing(work, refund.payment_id, by=by, at=at)
    request = await work.requests.move(
        operation.request_id, RequestState.DONE, RequestState.FAILED, at=at, by=by, failure=failure
    )
    await tell_failed(work, request, "operation.reversed", failure, by=by, at=at, turn=operation.id.hex)
    if request.ticket_id is None:
        facts = {**request_facts(request), "failure": failure, "processor_id": operation.processor_id}
        await raise_alert(work, AlertKind.REVERSED, operation_subject(operation), facts, by=by, at=at)


async def tell_failed(
    work: UnitOfWork, request: Request, verb: str, failure: str, *, by: SystemActor, at: datetime, turn: str
) -> None:
    """What was approved is not so: the ticket is open again, and merchant and customer are told."""
    await reopen_ticket(work, request, at=at)
    facts = {"failure": failure}
    await telling.tell_step(work, request, verb, by=by, by_name="", at=at, facts=facts)
    await telling.mail_outcome(work, request, by=by, at=at, turn=turn + verb)


async def reopen_ticket(work: UnitOfWork, request: Request, *, at: datetime) -> None:
    """It is our turn again; without a ticket nothing happens."""
    await telling.move_ticket(work, request, TicketState.OPEN, at=at)
    if request.ticket_id is not None:
        await watch_ticket(work, request.ticket_id, at)
