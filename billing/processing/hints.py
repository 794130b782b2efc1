"""Events are hints: read the object that one names, and take in what it says now, whatever it said then."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta

from billing.actors import SystemActor
from billing.agreements import take_in_subscriptions
from billing.context import Context
from billing.edges import Envelope
from billing.errors import DeliveryFailed
from billing.messages import ProcessorHint, read_message
from billing.processing.card_moving import look_at_customer, look_at_invoice, look_at_session
from billing.processing.charges import take_in_charge
from billing.processing.disputes import take_in_dispute
from billing.processing.refunds import TakenIn, take_in_refund
from billing.processor import AnswerLost, PaymentProvider, TryLater
from billing.processor_facts import ProcessorDispute, ProcessorRefund
from billing.waits import READ_AGAIN, read_again, wait_for

# What could not be read for so long is not asked for any more: walks and comparisons find what it was.
HOPELESS = timedelta(days=7)

_Follow = Callable[[Context, PaymentProvider, str, SystemActor], Awaitable[None]]


class _NotYet(Exception):
    """Something of ours is under way, or it is not final there: judged later."""


async def read_hint(ctx: Context, provider: PaymentProvider, envelope: Envelope) -> None:
    """Follow one. Raises `DeliveryFailed` while it cannot be read or judged."""
    message = read_message(ProcessorHint, envelope.payload)
    by = SystemActor(envelope.account_id, "processor", envelope.trace_id)
    follow = _FOLLOW.get(message.object_kind)
    if follow is None:
        return  # put by a newer version of ours
    try:
        await follow(ctx, provider, message.object_id, by)
    except AnswerLost as lost:
        is_hopeless = envelope.tries > len(READ_AGAIN) and ctx.now() - envelope.put_at >= HOPELESS
        raise DeliveryFailed(str(lost), permanent=is_hopeless, after=wait_for(envelope)) from lost
    except TryLater as busy:
        raise DeliveryFailed(str(busy), after=wait_for(envelope, busy)) from busy
    except _NotYet as later:
        raise read_again("it cannot be judged yet", envelope, began=envelope.put_at, now=ctx.now()) from later


async def _follow_refund(ctx: Context, provider: PaymentProvider, name: str, by: SystemActor) -> None:
    read_at, fact = ctx.now(), await provider.read_refund(name)
    if fact is not None:
        await _take_in(ctx, provider, fact, by=by, read_at=read_at)


async def _follow_dispute(ctx: Context, provider: PaymentProvider, name: str, by: SystemActor) -> None:
    read_at, fact = ctx.now(), await provider.read_dispute(name)
    if fact is not None:
        await _take_in(ctx, provider, fact, by=by, read_at=read_at)


async def _take_in(
    ctx: Context,
    provider: PaymentProvider,
    fact: ProcessorRefund | ProcessorDispute,
    *,
    by: SystemActor,
    read_at: datetime,
) -> None:
    """In a transaction of its own; about a charge that we do not know, that comes first."""
    came = await _once(ctx, fact, by=by, read_at=read_at)
    if came is TakenIn.NO_PAYMENT and (name := fact.charge or fact.payment_intent):
        charge = await provider.read_charge(name)
        if charge is not None and await take_in_charge(ctx, provider, charge, by=by) is not None:
            came = await _once(ctx, fact, by=by, read_at=read_at)
    if came is TakenIn.WAITS:
        raise _NotYet


async def _once(
    ctx: Context, fact: ProcessorRefund | ProcessorDispute, *, by: SystemActor, read_at: datetime
) -> TakenIn:
    async with ctx.begin(by.account_id) as work:
        if isinstance(fact, ProcessorDispute):
            return await take_in_dispute(work, fact, by=by, at=ctx.now(), read_at=read_at)
        return await take_in_refund(work, fact, by=by, at=ctx.now())


async def _follow_charge(ctx: Context, provider: PaymentProvider, name: str, by: SystemActor) -> None:
    """A charge, then its refunds: it may be told of before them, or instead of them."""
    charge = await provider.read_charge(name)
    if charge is None or await take_in_charge(ctx, provider, charge, by=by) is None:
        return
    if not charge.refunded:
        return
    waits, read_at = False, ctx.now()
    for fact in reversed(await provider.list_refunds(charge.id)):
        waits |= await _once(ctx, fact, by=by, read_at=read_at) is TakenIn.WAITS
    if waits:
        raise _NotYet


async def _follow_subscription(ctx: Context, provider: PaymentProvider, name: str, by: SystemActor) -> None:
    """One that is not ours yet comes with its first charge."""
    fact = await provider.read_subscription(name)
    if fact is not None:
        await take_in_subscriptions(ctx, [fact], by=by)


async def _follow_customer(ctx: Context, provider: PaymentProvider, name: str, by: SystemActor) -> None:
    """What pays their subscriptions may have changed; a customer of whom we know nothing is left alone."""
    async with ctx.read(by.account_id) as work:
        if not await work.synced.find_links({name}):
            return
    uses = await provider.read_card_uses(name)
    await take_in_subscriptions(ctx, uses.subscriptions, by=by)
    await look_at_customer(ctx, provider, name, by=by)


async def _follow_method(ctx: Context, provider: PaymentProvider, name: str, by: SystemActor) -> None:
    owner = await provider.read_method_customer(name)
    if owner is not None:
        await _follow_customer(ctx, provider, owner, by)


async def _follow_invoice(ctx: Context, provider: PaymentProvider, name: str, by: SystemActor) -> None:
    """The charges that paid it, or tried to; and a payment of it that waits for the customer's bank."""
    invoice = await provider.read_invoice(name)
    for intent in invoice.payment_intents if invoice is not None else ():
        charge = await provider.read_charge(intent)
        if charge is not None:
            await take_in_charge(ctx, provider, charge, by=by)
    await look_at_invoice(ctx, provider, name, by=by)


async def _follow_session(ctx: Context, provider: PaymentProvider, name: str, by: SystemActor) -> None:
    await look_at_session(ctx, provider, name, by=by)


_FOLLOW: Mapping[str, _Follow] = {
    "refund": _follow_refund,
    "charge": _follow_charge,
    "dispute": _follow_dispute,
    "subscription": _follow_subscription,
    "customer": _follow_customer,
    "payment_method": _follow_method,
    "invoice": _follow_invoice,
    "checkout_session": _follow_session,
}
