"""The ledger of money and agreements: plan, try, doubt, and record what came of it."""

from datetime import datetime, timedelta
from typing import assert_never

from billing import telling
from billing.actors import Actor, SystemActor
from billing.context import Context
from billing.errors import AlreadyDecided
from billing.ids import OperationId, new_id
from billing.messages import OperationPlanned
from billing.outcomes import fail, hold_operation, operation_subject, record, reopen_ticket, request_facts
from billing.ports import UnitOfWork
from billing.processing.alerts import raise_alert, settle_alert
from billing.processor import ProcessorAnswer
from billing.records import Operation, Request
from billing.states import (
    DISPUTED,
    OPEN_OPERATION,
    AlertKind,
    CancelWhen,
    OperationKind,
    OperationState,
    RequestKind,
)

# Processors forget idempotency keys after 24 hours: past this an old key is never sent again.
KEY_LIVES = timedelta(hours=23)
# So long after its last byte an operation that left no trace did not happen.
ABSENCE_PROVEN = timedelta(minutes=10)
# Unknown for so long, it is people's business.
LONG = timedelta(hours=1)


async def plan_operation(work: UnitOfWork, request: Request, *, by: Actor, at: datetime) -> Operation:
    """What an approved request does at the processor. Its one key is committed before any byte goes out."""
    await _looked_at(work, request, by=by, at=at)
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


async def _looked_at(work: UnitOfWork, request: Request, *, by: Actor, at: datetime) -> None:
    """Somebody tries again what was taken back: nobody need look at that any more."""
    if request.failure is None:
        return
    before = await work.operations.find_latest(request.id)
    made_there = telling.request_subject(request)
    for subject in [made_there, *([operation_subject(before)] if before is not None else [])]:
        await settle_alert(work, AlertKind.REVERSED, subject, by=by, at=at)


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
            operation = await hold_operation(work, operation_id)
            if operation.state not in OPEN_OPERATION:
                return None
            if operation.state is OperationState.PLANNED and await _is_disputed(work, operation):
                await fail(work, operation, "charge_disputed", by=by, at=ctx.now())
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
    """By the disputes themselves: of a payment that is wholly reserved nothing counts as disputed."""
    if operation.payment_id is None:
        return False
    if any(each.state in DISPUTED for each in await work.disputes.list_of(operation.payment_id)):
        return True
    return bool((await work.purchases.get_payment(operation.payment_id)).disputed)


async def mark_unknown(
    ctx: Context, operation_id: OperationId, *, by: SystemActor, is_mismatch: bool = False
) -> None:
    """The answer was lost: it may have happened, or not. It is read back, never guessed.

    After an hour, or where the processor knows the key with other contents, people are called.
    """
    try:
        async with ctx.begin(by.account_id) as work:
            operation = await hold_operation(work, operation_id)
            if operation.state not in {OperationState.SENT, OperationState.UNKNOWN}:
                return
            await _doubt(work, operation, by=by, at=ctx.now())
            if is_mismatch:
                await _call_people(work, operation, AlertKind.KEY_MISMATCH, by=by, at=ctx.now())
            elif operation.first_sent_at is not None and ctx.now() - operation.first_sent_at >= LONG:
                await _call_people(work, operation, AlertKind.UNKNOWN_FOR_LONG, by=by, at=ctx.now())
    except AlreadyDecided:
        # Whoever sent it at the same time got an answer.
        return


async def _doubt(work: UnitOfWork, operation: Operation, *, by: SystemActor, at: datetime) -> None:
    if operation.state is not OperationState.SENT:
        return
    await work.operations.move(operation.id, OperationState.SENT, OperationState.UNKNOWN, at=at)
    request = await work.requests.get(operation.request_id)
    await telling.tell_step(work, request, "operation.unknown", by=by, by_name="", at=at)


async def note_no_permission(
    ctx: Context, operation_id: OperationId, permission: str, *, by: SystemActor
) -> None:
    """The key may not do this, so nothing was done: it waits, and whoever looks is told why, once."""
    verb = "operation.not_permitted"
    async with ctx.begin(by.account_id) as work:
        operation = await hold_operation(work, operation_id)
        request = await work.requests.get(operation.request_id)
        lines = await work.journal.list_of(telling.request_subject(request))
        if operation.state in OPEN_OPERATION and all(line.verb != verb for line in lines):
            facts = {"permission": permission}
            await telling.tell_step(work, request, verb, by=by, by_name="", at=ctx.now(), facts=facts)


async def _call_people(
    work: UnitOfWork, operation: Operation, why: AlertKind, *, by: SystemActor, at: datetime
) -> None:
    """An alert, the ticket open again, and the customer told; once, while the alert is open."""
    request = await work.requests.get(operation.request_id)
    subject, facts = operation_subject(operation), request_facts(request)
    is_new = await work.alerts.find_last_mailed(why, subject) is None
    await raise_alert(work, why, subject, facts, by=by, at=at)
    if is_new:
        await reopen_ticket(work, request, at=at)
        await telling.tell_step(work, request, f"operation.{why}", by=by, by_name="", at=at)
        await telling.mail_outcome(work, request, by=by, at=at, turn=operation.id.hex + why)


async def record_outcome(
    ctx: Context, operation_id: OperationId, answer: ProcessorAnswer, *, by: SystemActor
) -> None:
    """What the processor said, once: a repeat and a late doubt change nothing."""
    try:
        async with ctx.begin(by.account_id) as work:
            operation = await hold_operation(work, operation_id)
            await record(work, operation, answer, by=by, at=ctx.now())
    except AlreadyDecided:
        # Two readers of one answer: the first has recorded it, and this one rolled back whole.
        return
