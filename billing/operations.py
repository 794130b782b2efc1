"""The ledger of money and agreements: plan, try, record what came of it, and read back what is unknown."""

from datetime import datetime, timedelta
from typing import assert_never

from billing import telling
from billing.actors import Actor, SystemActor
from billing.context import Context
from billing.errors import AlreadyDecided
from billing.ids import OperationId, RefundId, new_id
from billing.messages import OperationPlanned
from billing.ports import UnitOfWork
from billing.processor import Outcome, ProcessorAnswer
from billing.records import Operation, Refund, Request, Subscription
from billing.reminding import watch_ticket
from billing.states import (
    OPEN_OPERATION,
    CancelWhen,
    OperationKind,
    OperationState,
    RequestKind,
    RequestState,
    SubscriptionState,
    TicketState,
)

# Processors forget idempotency keys after 24 hours: past this an old key is never sent again.
KEY_LIVES = timedelta(hours=23)
# So long after its last byte an operation that left no trace did not happen.
ABSENCE_PROVEN = timedelta(minutes=10)


async def plan_operation(work: UnitOfWork, request: Request, *, by: Actor, at: datetime) -> Operation:
    """What an approved request does at the processor. Its one key is committed before any byte goes out."""
    operation = Operation(
        id=(operation_id := new_id(OperationId)),
        account_id=request.account_id,
        request_id=request.id,
        kind=_kind_of(request),
        state=OperationState.PLANNED,
        key=f"selfbill-{new_id(OperationId).hex}",
        payment_id=request.payment_id,
        subscription_id=request.subscription_id,
        processor_target=await _target_of(work, request),
        amount=request.refund_amount,
        tries=0,
        first_sent_at=None,
        last_sent_at=None,
        processor_id=None,
        failure=None,
        moved_at=at,
    )
    await work.operations.add(operation)
    message = OperationPlanned(operation_id)
    await work.outbox.put(message, at=at, trace_id=by.trace_id, dedupe=f"operation:{operation_id.hex}")
    return operation


def _kind_of(request: Request) -> OperationKind:
    match request.kind:
        case RequestKind.REFUND:
            return OperationKind.REFUND
        case RequestKind.UNDO_CANCEL:
            return OperationKind.UNDO_CANCEL
        case RequestKind.CANCEL if request.policy.cancel_when is CancelWhen.NOW:
            return OperationKind.CANCEL_NOW
        case RequestKind.CANCEL:
            return OperationKind.CANCEL_AT_PERIOD_END
        case _:
            assert_never(request.kind)


async def _target_of(work: UnitOfWork, request: Request) -> str:
    """The processor's id, from the stored chain alone: nothing a browser or a button said."""
    if request.payment_id is not None:
        target = (await work.purchases.get_payment(request.payment_id)).processor_id
    else:
        assert request.subscription_id is not None
        target = (await work.purchases.get_subscription(request.subscription_id)).processor_id
    assert target is not None, "policy offers nothing without a processor's id"
    return target


async def begin_try(ctx: Context, operation_id: OperationId, *, by: SystemActor) -> Operation | None:
    """Commit that a byte may go out now. None: it is closed, or a dispute came first and it has failed."""
    try:
        async with ctx.begin(by.account_id) as work:
            operation = await work.operations.get(operation_id)
            if operation.state not in OPEN_OPERATION:
                return None
            if operation.state is OperationState.PLANNED and await _is_disputed(work, operation):
                await _fail(work, operation, "charge_disputed", by=by, at=ctx.now())
                return None
            tried = await work.operations.begin_try(operation_id, at=ctx.now())
            if operation.state is OperationState.PLANNED:
                request = await work.requests.get(operation.request_id)
                await telling.tell_step(work, request, "operation.sent", by=by, by_name="", at=ctx.now())
            return tried
    except AlreadyDecided:
        # Another worker, whose lease on the same envelope overlaps with ours, has closed it just now.
        return None


async def _is_disputed(work: UnitOfWork, operation: Operation) -> bool:
    if operation.payment_id is None:
        return False
    return bool((await work.purchases.get_payment(operation.payment_id)).disputed)


async def mark_unknown(ctx: Context, operation_id: OperationId, *, by: SystemActor) -> None:
    """The answer was lost: it may have happened, or not. It is read back, never guessed."""
    try:
        async with ctx.begin(by.account_id) as work:
            operation = await work.operations.get(operation_id)
            if operation.state is not OperationState.SENT:
                return
            await work.operations.move(
                operation_id, OperationState.SENT, OperationState.UNKNOWN, at=ctx.now()
            )
            request = await work.requests.get(operation.request_id)
            await telling.tell_step(work, request, "operation.unknown", by=by, by_name="", at=ctx.now())
    except AlreadyDecided:
        # Whoever sent it at the same time got an answer.
        return


async def record_outcome(
    ctx: Context, operation_id: OperationId, answer: ProcessorAnswer, *, by: SystemActor
) -> None:
    """What the processor said, once: a repeat and a late doubt change nothing."""
    try:
        async with ctx.begin(by.account_id) as work:
            operation = await work.operations.get(operation_id)
            match answer.outcome:
                case Outcome.PENDING:
                    await _keep_pending(work, operation, answer)
                case Outcome.SUCCEEDED:
                    await _succeed(work, operation, answer, by=by, at=ctx.now())
                case Outcome.FAILED:
                    await _fail_or_reverse(work, operation, answer, by=by, at=ctx.now())
                case _:
                    assert_never(answer.outcome)
    except AlreadyDecided:
        # Two readers of one answer: the first has recorded it, and this one rolled back whole.
        return


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
        await _keep_refund(work, operation, answer, at=at)
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
    work: UnitOfWork, operation: Operation, answer: ProcessorAnswer, *, at: datetime
) -> None:
    assert operation.payment_id is not None
    assert operation.amount is not None
    await work.purchases.settle_refund(
        Refund(
            id=new_id(RefundId),
            account_id=operation.account_id,
            payment_id=operation.payment_id,
            operation_id=operation.id,
            amount=operation.amount,
            processor_id=answer.processor_id,
            refunded_at=at,
            reversed_at=None,
        )
    )


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
        ended_at=at if state is SubscriptionState.CANCELED else None,
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
        await _fail(work, operation, failure, by=by, at=at)
    elif operation.state is OperationState.SUCCEEDED and operation.kind is OperationKind.REFUND:
        await _reverse(work, operation, failure, by=by, at=at)


async def _fail(
    work: UnitOfWork, operation: Operation, failure: str, *, by: SystemActor, at: datetime
) -> None:
    await work.operations.move(operation.id, operation.state, OperationState.FAILED, at=at, failure=failure)
    if operation.payment_id is not None and operation.amount is not None:
        await work.purchases.release(operation.payment_id, operation.amount)
    await _tell_failed(work, operation, RequestState.APPROVED, "operation.failed", failure, by=by, at=at)


async def _reverse(
    work: UnitOfWork, operation: Operation, failure: str, *, by: SystemActor, at: datetime
) -> None:
    await work.operations.move(
        operation.id, OperationState.SUCCEEDED, OperationState.REVERSED, at=at, failure=failure
    )
    refund = await work.purchases.find_refund_by_operation(operation.id)
    if refund is not None:
        await work.purchases.reverse_refund(refund.id, at)
    await _tell_failed(work, operation, RequestState.DONE, "operation.reversed", failure, by=by, at=at)


async def _tell_failed(
    work: UnitOfWork,
    operation: Operation,
    expected: RequestState,
    verb: str,
    failure: str,
    *,
    by: SystemActor,
    at: datetime,
) -> None:
    request = await work.requests.move(
        operation.request_id, expected, RequestState.FAILED, at=at, by=by, failure=failure
    )
    await telling.move_ticket(work, request, TicketState.OPEN, at=at)
    if request.ticket_id is not None:
        await watch_ticket(work, request.ticket_id, at)
    facts = {"failure": failure}
    await telling.tell_step(work, request, verb, by=by, by_name="", at=at, facts=facts)
    await telling.mail_outcome(work, request, by=by, at=at, turn=operation.id.hex + verb)
