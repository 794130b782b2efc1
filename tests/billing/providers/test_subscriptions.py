"""Subscriptions at the processor: each change is a wish for a state, and what is so already is a success."""

import pytest

from billing.processor import AnswerLost, Outcome
from billing.states import OperationKind, SubscriptionState
from tests.billing.providers.making import operation
from tests.billing.providers.processors import Processor, SmallStripe

AT_END, NOW, UNDO = OperationKind.CANCEL_AT_PERIOD_END, OperationKind.CANCEL_NOW, OperationKind.UNDO_CANCEL
_S = SubscriptionState


async def test_an_end_is_scheduled_and_taken_back(processor: Processor) -> None:
    subscription = await processor.subscription(await processor.customer())
    ends, stays = operation(AT_END, subscription), operation(UNDO, subscription)
    assert await processor.provider.find(ends) is None
    answer = await processor.provider.carry_out(ends)
    assert (answer.outcome, answer.subscription_state) == (Outcome.SUCCEEDED, _S.CANCEL_SCHEDULED)
    there = await processor.provider.read_subscription(subscription)
    assert there is not None
    assert (there.state, there.period_ends_at) == (_S.CANCEL_SCHEDULED, answer.period_ends_at)
    assert await processor.provider.find(ends) == answer
    assert await processor.provider.find(stays) is None
    undone = await processor.provider.carry_out(stays)
    assert (undone.outcome, undone.subscription_state) == (Outcome.SUCCEEDED, _S.ACTIVE)
    assert await processor.provider.find(stays) == undone


async def test_what_is_canceled_already_is_a_success(processor: Processor) -> None:
    subscription = await processor.subscription(await processor.customer())
    for kind in (NOW, NOW, AT_END):
        answer = await processor.provider.carry_out(operation(kind, subscription))
        assert (answer.outcome, answer.subscription_state) == (Outcome.SUCCEEDED, _S.CANCELED)
    there = await processor.provider.read_subscription(subscription)
    assert there is not None
    assert there.state is _S.CANCELED
    assert there.ended_at is not None


async def test_an_end_that_came_is_not_undone(processor: Processor) -> None:
    subscription = await processor.subscription(await processor.customer())
    await processor.provider.carry_out(operation(NOW, subscription))
    undo = operation(UNDO, subscription)
    answer = await processor.provider.carry_out(undo)
    assert (answer.outcome, answer.failure) == (Outcome.FAILED, "already_canceled")
    assert await processor.provider.find(undo) is None


async def test_a_subscription_of_nobody_is_refused(processor: Processor) -> None:
    for kind in (AT_END, NOW, UNDO):
        nowhere = operation(kind, "sub_of_nobody")
        answer = await processor.provider.carry_out(nowhere)
        assert (answer.outcome, answer.failure) == (Outcome.FAILED, "resource_missing")
        assert await processor.provider.find(nowhere) is None
    assert await processor.provider.read_subscription("sub_of_nobody") is None


async def test_a_lost_cancellation_is_found(small: SmallStripe) -> None:
    subscription = await small.subscription(await small.customer())
    ends = operation(AT_END, subscription)
    small.sandbox.state.faults.add("lost_after", path="/v1/subscriptions/*")
    with pytest.raises(AnswerLost):
        await small.provider.carry_out(ends)
    found = await small.provider.find(ends)
    assert found is not None
    assert found.subscription_state is _S.CANCEL_SCHEDULED


@pytest.mark.parametrize(
    ("fields", "state"),
    [
        ({"status": "trialing"}, _S.TRIALING),
        ({"status": "past_due"}, _S.PAST_DUE),
        ({"status": "unpaid"}, _S.PAST_DUE),
        ({"status": "paused"}, _S.PAUSED),
        ({"pause_collection": {"behavior": "void", "resumes_at": None}}, _S.PAUSED),
        ({"cancel_at": 1_900_000_000}, _S.CANCEL_SCHEDULED),
        ({"status": "incomplete_expired"}, _S.CANCELED),
        ({"status": "of the future"}, _S.ACTIVE),
    ],
)
async def test_each_state_in_our_words(
    small: SmallStripe, fields: dict[str, object], state: SubscriptionState
) -> None:
    subscription = await small.subscription(await small.customer())
    small.sandbox.set_subscription(subscription, **fields)
    there = await small.provider.read_subscription(subscription)
    assert there is not None
    assert there.state is state


async def test_an_end_at_a_date_of_the_merchants_own_is_not_undone_by_halves(small: SmallStripe) -> None:
    subscription = await small.subscription(await small.customer())
    small.sandbox.set_subscription(subscription, cancel_at=1_900_000_000, cancel_at_period_end=False)
    there = await small.provider.read_subscription(subscription)
    assert there is not None
    assert there.period_ends_at is not None
    assert there.period_ends_at.timestamp() == 1_900_000_000
    answer = await small.provider.carry_out(operation(UNDO, subscription))
    assert (answer.outcome, answer.failure) == (Outcome.FAILED, "not_as_asked")
