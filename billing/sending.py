"""The delivery of an operation to the processor: intent first, and a lost answer is unknown.

What is unknown is settled by reading back, never by repeating. A processor stores the answer of a key, a 500
too, and gives it again to whoever repeats it: that says neither that the effect is there nor that it is not.

* Read back first, whenever a byte went out before. What is found counts, whatever the answer was.
* Nothing found, and the key lives (`KEY_LIVES` from its first byte): the same key again, with the same
  contents. If a 500 is stored for it this does nothing; if nothing was done before, it is done now.
* Nothing found, and the key is past its life: it is never sent again, since the processor has forgotten it
  and would do the thing a second time. Absence is proven once `ABSENCE_PROVEN` has passed since the last byte
  could have been under way, longer than any list lags behind; then it has failed, and may be tried anew.
* Absence is never concluded earlier: while the key lives, the processor may still be finishing what it
  answered with an error. A refund that is found later, by our mark, is taken in (`processing/refunds.py`).
* The processor knows the key with other contents: nothing is sent any more, people are called. Until they
  have looked only what is found counts; then absence is judged as above, whatever the key's age.
* Refused for want of a key or a permission, or told to wait: nothing was done. It waits as it is.
"""

from billing.actors import SystemActor
from billing.context import Context
from billing.edges import Envelope
from billing.errors import DeliveryFailed
from billing.messages import OperationPlanned, read_message
from billing.operations import (
    ABSENCE_PROVEN,
    KEY_LIVES,
    begin_try,
    mark_unknown,
    note_no_permission,
    record_outcome,
)
from billing.outcomes import operation_subject
from billing.processor import (
    AnswerLost,
    CarriesOut,
    KeyMismatch,
    NotPermitted,
    Outcome,
    ProcessorAnswer,
    TryLater,
)
from billing.records import Operation
from billing.states import OPEN_OPERATION, AlertKind
from billing.waits import next_read, read_again, wait_for


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
    except KeyMismatch as mismatch:
        await mark_unknown(ctx, operation.id, by=by, is_mismatch=True)
        raise DeliveryFailed("the key has other contents there", after=next_read(envelope)) from mismatch
    except AnswerLost as lost:
        await mark_unknown(ctx, operation.id, by=by)
        began = operation.first_sent_at or ctx.now()
        raise read_again("the answer was lost", envelope, began=began, now=ctx.now()) from lost
    except TryLater as busy:
        if isinstance(busy, NotPermitted):
            await note_no_permission(ctx, operation.id, busy.permission, by=by)
        raise DeliveryFailed(str(busy), after=wait_for(envelope, busy)) from busy
    if answer is None:
        return
    await record_outcome(ctx, operation.id, answer, by=by)
    if answer.outcome is Outcome.PENDING:
        began = operation.first_sent_at or ctx.now()
        raise read_again("accepted, not final yet", envelope, began=began, now=ctx.now())


async def _ask(
    ctx: Context, provider: CarriesOut, operation: Operation, *, by: SystemActor
) -> ProcessorAnswer | None:
    """Read back first if anything was sent before; then, while its key lives, try with the same key."""
    if operation.first_sent_at is not None:
        found = await provider.find(operation)
        if found is not None:
            return found
        if await _is_spent(ctx, operation) or ctx.now() - operation.first_sent_at >= KEY_LIVES:
            return _judge_absence(ctx, operation)
    tried = await begin_try(ctx, operation.id, by=by)
    return None if tried is None else await provider.carry_out(tried)


async def _is_spent(ctx: Context, operation: Operation) -> bool:
    """Whether the processor knew the key with other contents; raises `KeyMismatch` until they looked."""
    subject = operation_subject(operation)
    async with ctx.read(operation.account_id) as work:
        if await work.alerts.find_last_mailed(AlertKind.KEY_MISMATCH, subject) is None:
            return False
        waiting = await work.alerts.list_open_of(AlertKind.KEY_MISMATCH, None, limit=_MOST)
    if any(each.subject == subject for each in waiting):
        raise KeyMismatch("nobody has looked yet")
    return True


def _judge_absence(ctx: Context, operation: Operation) -> ProcessorAnswer:
    assert operation.last_sent_at is not None
    if ctx.now() - operation.last_sent_at < ABSENCE_PROVEN:
        raise AnswerLost("it may still be under way")
    return ProcessorAnswer(Outcome.FAILED, failure="never_arrived")


_MOST = 1000  # open at once, of the rarest kind
