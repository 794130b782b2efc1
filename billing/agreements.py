"""Subscriptions as the processor says they are now: what events hint at, and what no export knows."""

from collections.abc import Sequence
from datetime import datetime

from billing.actors import SystemActor
from billing.context import Context
from billing.ports import UnitOfWork
from billing.processing.elsewhere import follow_agreement
from billing.processing.records import CardChange
from billing.processor_facts import ProcessorSubscription
from billing.records import Card, Subscription
from billing.states import OPEN_CARD_CHANGE, SubscriptionState


async def take_in_subscriptions(
    ctx: Context, facts: Sequence[ProcessorSubscription], *, by: SystemActor
) -> Sequence[ProcessorSubscription]:
    """State, period end and card of those that are ours, all in one transaction; returns the others."""
    async with ctx.begin(by.account_id) as work:
        taken = [(fact, await take_in_subscription(work, fact, by=by, at=ctx.now())) for fact in facts]
        return [fact for fact, is_ours in taken if not is_ours]


async def take_in_subscription(
    work: UnitOfWork, fact: ProcessorSubscription, *, by: SystemActor, at: datetime
) -> bool:
    """One of them, within a transaction, and what it means for an open cancellation. False: not ours."""
    known = await work.purchases.find_subscription_by_processor(fact.id)
    if known is None:
        return False
    request = await work.requests.find_open_cancel(known.id)
    if request is not None:
        request = await work.requests.hold(request.id)
    changed = await _take_in(work, known, fact, by=by, at=at)
    if request is not None:
        # Whoever reads it, in a walk or after a step: what it closes is closed by the processor's word.
        said_by = SystemActor(by.account_id, "processor", by.trace_id)
        await follow_agreement(work, request, changed, by=said_by, at=at)
    return True


async def _take_in(
    work: UnitOfWork, known: Subscription, fact: ProcessorSubscription, *, by: SystemActor, at: datetime
) -> Subscription:
    is_new, card = _says_something_new(known, fact), _new_card(known, fact)
    if not is_new and card is None:
        return known
    state = fact.state if is_new else known.state
    ended_at = (fact.ended_at or known.ended_at or at) if state is SubscriptionState.CANCELED else None
    await work.purchases.set_subscription(
        known.id,
        state,
        period_ends_at=fact.period_ends_at if is_new else None,
        ended_at=ended_at if is_new else known.ended_at,
        card=card,
    )
    subject = f"subscription:{known.id.hex}"
    if is_new:
        facts = {"before": known.state.value, "after": state.value}
        await work.journal.write(by, "subscription.changed", subject, at=at, facts=facts)
    if card is not None and known.card is not None and not await _is_ours(work, known, card):
        told = {"before": known.card.last_four, "after": card.last_four}
        await work.journal.write(by, "card.changed_elsewhere", subject, at=at, facts=told)
    return await work.purchases.get_subscription(known.id)


def _says_something_new(known: Subscription, fact: ProcessorSubscription) -> bool:
    """A payment plan that is paid off is ended at the processor too, and stays completed here."""
    if known.state is SubscriptionState.COMPLETED:
        return fact.state is not SubscriptionState.CANCELED
    ends = fact.period_ends_at or known.period_ends_at
    return (known.state, known.period_ends_at) != (fact.state, ends)


def _new_card(known: Subscription, fact: ProcessorSubscription) -> Card | None:
    """None: not told, or as it was."""
    return None if fact.card == known.card else fact.card


async def _is_ours(work: UnitOfWork, known: Subscription, card: Card) -> bool:
    """Whether a customer is changing, or has changed, to it here: then it is no news."""
    changes = await work.cards.list_of_customer(known.customer_id)
    return any(each.card == card or _may_move(each, known) for each in changes)


def _may_move(change: CardChange, known: Subscription) -> bool:
    concerned = known.id == change.subscription_id or known.processor_id in change.moves
    return concerned and change.state in OPEN_CARD_CHANGE
