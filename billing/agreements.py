"""Subscriptions as the processor says they are now: what events hint at, and what no export knows."""

from collections.abc import Sequence

from billing.actors import SystemActor
from billing.context import Context
from billing.ports import UnitOfWork
from billing.processor import ProcessorAnswer
from billing.records import Subscription
from billing.states import SubscriptionState


async def take_in_subscriptions(ctx: Context, answers: Sequence[ProcessorAnswer], *, by: SystemActor) -> None:
    """State and period end of those that are ours, all in one transaction; unknown ones are left alone."""
    async with ctx.begin(by.account_id) as work:
        for answer in answers:
            await _take_in(ctx, work, answer, by=by)


async def _take_in(ctx: Context, work: UnitOfWork, answer: ProcessorAnswer, *, by: SystemActor) -> None:
    if answer.processor_id is None or answer.subscription_state is None:
        return
    subscription = await work.purchases.find_subscription_by_processor(answer.processor_id)
    if subscription is None or _says_nothing_new(subscription, answer):
        return
    has_ended = answer.subscription_state is SubscriptionState.CANCELED
    await work.purchases.set_subscription(
        subscription.id,
        answer.subscription_state,
        period_ends_at=answer.period_ends_at,
        ended_at=(subscription.ended_at or ctx.now()) if has_ended else None,
    )
    facts = {"before": subscription.state.value, "after": answer.subscription_state.value}
    subject = f"subscription:{subscription.id.hex}"
    await work.journal.write(by, "subscription.changed", subject, at=ctx.now(), facts=facts)


def _says_nothing_new(subscription: Subscription, answer: ProcessorAnswer) -> bool:
    """A payment plan that is paid off is ended at the processor too, and stays completed here."""
    if subscription.state is SubscriptionState.COMPLETED:
        return answer.subscription_state is SubscriptionState.CANCELED
    known = (subscription.state, subscription.period_ends_at)
    return known == (answer.subscription_state, answer.period_ends_at)
