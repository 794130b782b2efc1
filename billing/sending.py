"""The delivery of an operation to the processor: intent first, and a lost answer is unknown."""

from datetime import datetime, timedelta

from billing.actors import SystemActor
from billing.agreements import take_in_subscriptions
from billing.context import Context
from billing.edges import Envelope
from billing.errors import DeliveryFailed
from billing.messages import OperationPlanned, ProcessorHint, read_message
from billing.operations import ABSENCE_PROVEN, KEY_LIVES, begin_try, mark_unknown, record_outcome
from billing.processor import AnswerLost, CarriesOut, Outcome, PaymentProvider, ProcessorAnswer, TryLater
from billing.records import Operation
from billing.states import OPEN_OPERATION

# When what is unknown or pending is read again; then it stands as an alert.
READ_AGAIN = (
    timedelta(seconds=5),
    timedelta(seconds=30),
    timedelta(minutes=5),
    timedelta(hours=1),
    *[timedelta(days=1)] * 5,
)
LONGEST_WAIT = timedelta(hours=1)  # while the processor says that it is too busy, and does nothing


def _wait(envelope: Envelope, busy: TryLater | None = None) -> timedelta:
    """Until the next try of what surely was not done."""
    said = busy.after if busy else None
    return said or min(READ_AGAIN[min(envelope.tries, len(READ_AGAIN)) - 1], LONGEST_WAIT)


async def send_operation(ctx: Context, provider: CarriesOut, envelope: Envelope) -> None:
    """Carry an operation out, or find out what became of it. Raises `DeliveryFailed` until that is known."""
    message = read_message(OperationPlanned, envelope.payload)
    by = SystemActor(envelope.account_id, "relay", envelope.trace_id)
    async with ctx.read(envelope.account_id) as work:
        operation = await work.operations.get(message.operation_id)
    if operation.state not in OPEN_OPERATION:
        return
    try:
        answer = await _ask(ctx, provider, operation, by=by)
    except AnswerLost as lost:
        await mark_unknown(ctx, operation.id, by=by)
        raise _again("the answer was lost", envelope, operation, now=ctx.now()) from lost
    except TryLater as busy:
        raise DeliveryFailed(str(busy), after=_wait(envelope, busy)) from busy
    if answer is None:
        return
    await record_outcome(ctx, operation.id, answer, by=by)
    if answer.outcome is Outcome.PENDING:
        raise _again("accepted, not final yet", envelope, operation, now=ctx.now())


async def _ask(
    ctx: Context, provider: CarriesOut, operation: Operation, *, by: SystemActor
) -> ProcessorAnswer | None:
    """Read back first if anything was sent before; then, while its key lives, try with the same key."""
    if operation.first_sent_at is not None:
        found = await provider.find(operation)
        if found is not None:
            return found
        if ctx.now() - operation.first_sent_at >= KEY_LIVES:
            return _judge_absence(ctx, operation)
    tried = await begin_try(ctx, operation.id, by=by)
    return None if tried is None else await provider.carry_out(tried)


def _judge_absence(ctx: Context, operation: Operation) -> ProcessorAnswer:
    assert operation.last_sent_at is not None
    if ctx.now() - operation.last_sent_at < ABSENCE_PROVEN:
        raise AnswerLost
    return ProcessorAnswer(Outcome.FAILED, failure="never_arrived")


def _again(why: str, envelope: Envelope, operation: Operation, *, now: datetime) -> DeliveryFailed:
    """Read again by the schedule; it ends by time too, as waiting for a busy processor also counts tries."""
    began = operation.first_sent_at or now
    is_over = envelope.tries > len(READ_AGAIN) and now - began >= sum(READ_AGAIN, timedelta())
    return DeliveryFailed(why, permanent=is_over, after=READ_AGAIN[min(envelope.tries, len(READ_AGAIN)) - 1])


async def read_hint(ctx: Context, provider: PaymentProvider, envelope: Envelope) -> None:
    """An event said that something changed: read the object it names, and take in what it says now."""
    message = read_message(ProcessorHint, envelope.payload)
    by = SystemActor(envelope.account_id, "processor", envelope.trace_id)
    try:
        if message.object_kind == "subscription":
            await _read_subscription(ctx, provider, message.object_id, by=by)
        else:
            await _read_refund(ctx, provider, message.object_id, by=by)
    except AnswerLost as lost:
        raise DeliveryFailed(str(lost), after=_wait(envelope)) from lost
    except TryLater as busy:
        raise DeliveryFailed(str(busy), after=_wait(envelope, busy)) from busy


async def _read_refund(ctx: Context, provider: PaymentProvider, refund: str, *, by: SystemActor) -> None:
    async with ctx.read(by.account_id) as work:
        operation = await work.operations.find_by_processor(refund)
    if operation is None:
        return
    answer = await provider.find(operation)
    if answer is not None:
        await record_outcome(ctx, operation.id, answer, by=by)


async def _read_subscription(
    ctx: Context, provider: PaymentProvider, processor_id: str, *, by: SystemActor
) -> None:
    answer = await provider.read_subscription(processor_id)
    if answer is not None:
        await take_in_subscriptions(ctx, [answer], by=by)
