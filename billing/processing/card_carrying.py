"""The delivery of a card step: intent first, a lost answer is unknown, read back before anything is repeated.

The same rules as an operation's (`billing/sending.py`): no byte before the key is committed, the same key on
every try, none past its life at the processor. The bank may want the customer's yes to a payment: then the
step stays sent, with a link, and is only read.
"""

from datetime import datetime, timedelta

from billing.actors import SystemActor
from billing.agreements import take_in_subscriptions
from billing.context import Context
from billing.edges import Envelope
from billing.errors import DeliveryFailed
from billing.messages import read_message
from billing.operations import ABSENCE_PROVEN, KEY_LIVES
from billing.processing.card_steps import begin_try, mark_unknown, may_drop, record
from billing.processing.messages import CardStepDue
from billing.processing.records import CardChange, CardStep
from billing.processor import AnswerLost, Outcome, PaymentProvider, StepAnswer, TryLater
from billing.states import OPEN_OPERATION, CardStepKind
from billing.waits import read_again, wait_for

# How often a payment that waits for the bank is read: the customer looks at their page meanwhile.
_BANK = (
    (timedelta(minutes=2), timedelta(seconds=10)),
    (timedelta(minutes=10), timedelta(seconds=30)),
    (timedelta(hours=1), timedelta(minutes=5)),
)


async def carry_out_step(ctx: Context, provider: PaymentProvider, envelope: Envelope) -> None:
    """Put a new card to use, one call. Raises `DeliveryFailed` until what became of it is known."""
    message = read_message(CardStepDue, envelope.payload)
    by = SystemActor(envelope.account_id, "relay", envelope.trace_id)
    async with ctx.read(by.account_id) as work:
        step = await work.cards.get_step(message.step_id)
        change = await work.cards.get(step.change_id)
    if step.state not in OPEN_OPERATION:
        return
    try:
        is_closed = await look_at_step(ctx, provider, change, step, by=by)
    except AnswerLost as lost:
        await mark_unknown(ctx, step, by=by)
        began = step.first_sent_at or ctx.now()
        raise read_again("the answer was lost", envelope, began=began, now=ctx.now()) from lost
    except TryLater as busy:
        raise DeliveryFailed(str(busy), after=wait_for(envelope, busy)) from busy
    if not is_closed:
        raise DeliveryFailed("it waits for the bank", after=_bank_wait(step, now=ctx.now()))


async def look_at_step(
    ctx: Context, provider: PaymentProvider, change: CardChange, step: CardStep, *, by: SystemActor
) -> bool:
    """Carry it out, or read what became of it, and record that. Returns whether it is closed."""
    answer = await _ask(ctx, provider, change, step, by=by)
    if answer is None:
        return True
    is_closed = await record(ctx, step, answer, by=by)
    if is_closed and step.kind is CardStepKind.PAY_INVOICE:
        await _read_agreements(ctx, provider, change, by=by)
    return is_closed


async def _ask(
    ctx: Context, provider: PaymentProvider, change: CardChange, step: CardStep, *, by: SystemActor
) -> StepAnswer | None:
    """Read back first if anything was sent before. None: somebody else has closed it."""
    if step.first_sent_at is not None:
        found = await provider.find_step(change, step)
        if found is not None and found.outcome is not Outcome.PENDING:
            return found
        if step.link is not None:
            return _judge_bank(change, found, now=ctx.now())
        if found is not None:
            return found
        if ctx.now() - step.first_sent_at >= KEY_LIVES:
            return _judge_absence(step, now=ctx.now())
    # A card that is there still may pay something new by now; what an invoice comes to is judged at each try.
    if step.first_sent_at is None or step.kind is CardStepKind.DROP_CARD:
        failure = await _is_untrue(ctx, provider, change, step)
        if failure is not None:
            return StepAnswer(Outcome.FAILED, failure=failure)
    tried = await begin_try(ctx, step, by=by)
    return None if tried is None else await provider.carry_out_step(change, tried)


def _judge_bank(change: CardChange, found: StepAnswer | None, *, now: datetime) -> StepAnswer:
    """The customer has not said yes so far; the bank does not wait for ever, and they may have given up."""
    if change.expires_at is not None and now >= change.expires_at:
        return StepAnswer(Outcome.FAILED, failure="not_confirmed")
    return found or StepAnswer(Outcome.PENDING)


def _judge_absence(step: CardStep, *, now: datetime) -> StepAnswer:
    assert step.last_sent_at is not None
    if now - step.last_sent_at < ABSENCE_PROVEN:
        raise AnswerLost
    return StepAnswer(Outcome.FAILED, failure="never_arrived")


async def _is_untrue(
    ctx: Context, provider: PaymentProvider, change: CardChange, step: CardStep
) -> str | None:
    """Why it must not be sent, because things are no longer as the customer agreed to; a stable code."""
    if step.kind is CardStepKind.PAY_INVOICE:
        return await _payment_is_untrue(provider, change, step)
    if step.kind is CardStepKind.DROP_CARD:
        return await _drop_is_untrue(ctx, provider, change, step)
    return None


async def _payment_is_untrue(provider: PaymentProvider, change: CardChange, step: CardStep) -> str | None:
    """Never more than was shown, nor for anybody else; one that is paid by now the processor says itself."""
    invoice = await provider.read_invoice(step.target)
    if invoice is None or invoice.customer != change.processor_customer:
        return "not_payable"
    assert step.amount is not None
    is_more = invoice.due.currency != step.amount.currency or invoice.due > step.amount
    return "amount_changed" if invoice.is_open and is_more else None


async def _drop_is_untrue(
    ctx: Context, provider: PaymentProvider, change: CardChange, step: CardStep
) -> str | None:
    async with ctx.read(change.account_id) as work:
        if not await may_drop(work, change):
            return "card_still_used"
    uses = await provider.read_card_uses(change.processor_customer)
    pays = {uses.default_method, *(each.method for each in uses.subscriptions)}
    return "card_still_used" if step.target in pays else None


async def _read_agreements(
    ctx: Context, provider: PaymentProvider, change: CardChange, *, by: SystemActor
) -> None:
    """What was overdue is paid, or not: how the subscriptions stand now, the processor says."""
    read = [await provider.read_subscription(each) for each in change.moves]
    await take_in_subscriptions(ctx, [each for each in read if each is not None], by=by)


def _bank_wait(step: CardStep, *, now: datetime) -> timedelta:
    since = now - (step.first_sent_at or now)
    return next((after for until, after in _BANK if since < until), timedelta(hours=1))
