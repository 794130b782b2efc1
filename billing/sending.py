"""The delivery of an operation to the processor: intent first, and a lost answer is unknown."""

from datetime import timedelta

from billing.actors import SystemActor
from billing.context import Context
from billing.edges import Envelope
from billing.errors import DeliveryFailed
from billing.messages import OperationPlanned, ProcessorHint, read_message
from billing.operations import ABSENCE_PROVEN, KEY_LIVES, begin_try, mark_unknown, record_outcome
from billing.processor import AnswerLost, Outcome, PaymentProvider, ProcessorAnswer, TryLater
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


def _after(envelope: Envelope) -> timedelta | None:
    return READ_AGAIN[envelope.tries - 1] if envelope.tries <= len(READ_AGAIN) else None


async def send_operation(ctx: Context, provider: PaymentProvider, envelope: Envelope) -> None:
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
        raise _again("the answer was lost", envelope) from lost
    except TryLater as busy:
        raise DeliveryFailed(str(busy), after=busy.after or _after(envelope)) from busy
    if answer is None:
        return
    await record_outcome(ctx, operation.id, answer, by=by)
    if answer.outcome is Outcome.PENDING:
        raise _again("accepted, not final yet", envelope)


async def _ask(
    ctx: Context, provider: PaymentProvider, operation: Operation, *, by: SystemActor
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


def _again(why: str, envelope: Envelope) -> DeliveryFailed:
    after = _after(envelope)
    return DeliveryFailed(why, permanent=after is None, after=after)


async def read_hint(ctx: Context, provider: PaymentProvider, envelope: Envelope) -> None:
    """An event said that something changed: read the object it names, and take in what it says now."""
    message = read_message(ProcessorHint, envelope.payload)
    by = SystemActor(envelope.account_id, "processor", envelope.trace_id)
    try:
        if message.object_kind == "subscription":
            await _read_subscription(ctx, provider, message.object_id, by=by)
        else:
            await _read_refund(ctx, provider, message.object_id, by=by)
    except (AnswerLost, TryLater) as failure:
        raise DeliveryFailed(str(failure), after=_after(envelope)) from failure


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
    if answer is None or answer.subscription_state is None:
        return
    async with ctx.begin(by.account_id) as work:
        subscription = await work.purchases.find_subscription_by_processor(processor_id)
        known = subscription and (subscription.state, subscription.period_ends_at)
        if subscription is None or known == (answer.subscription_state, answer.period_ends_at):
            return
        await work.purchases.set_subscription(
            subscription.id, answer.subscription_state, period_ends_at=answer.period_ends_at, ended_at=None
        )
        facts = {"before": subscription.state.value, "after": answer.subscription_state.value}
        subject = f"subscription:{subscription.id.hex}"
        await work.journal.write(by, "subscription.changed", subject, at=ctx.now(), facts=facts)
