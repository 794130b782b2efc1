"""Cancelling at the processor: at the period's end, now, undone, or already so."""

from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import update

from billing import asking
from billing.errors import (
    NotOffered,
)
from billing.policy import Blocked
from billing.states import (
    CancelWhen,
    OperationState,
    RequestState,
    SubscriptionState,
)
from selfbill.sandbox.processor.resources.subscriptions import end_subscription
from storage.tables.sales import subscriptions
from tests.billing.bench import Bench


async def test_cancelling_ends_with_the_period_and_can_be_undone(bench_on_each: Bench) -> None:
    bench = bench_on_each
    request = await bench.ask_cancel()
    await bench.settle()
    assert (await bench.request(request.id)).state is RequestState.DONE
    subscription = await bench.subscription()
    assert subscription.state is SubscriptionState.CANCEL_SCHEDULED
    assert subscription.period_ends_at == bench.clock() + timedelta(days=26)
    with pytest.raises(NotOffered) as refused:
        await bench.ask_cancel()
    assert refused.value.data == {"why": Blocked.ALREADY_ENDING}
    undo = partial(asking.undo_cancel, bench.ctx, bench.world.alices_subscription, by=bench.customer())
    undone = await undo(once_key="undo")
    await bench.settle()
    assert (await bench.request(undone.id)).state is RequestState.DONE
    assert (await bench.subscription()).state is SubscriptionState.ACTIVE
    with pytest.raises(NotOffered):
        await undo(once_key="undo again")
    assert await bench.mails() == ["request-outcome pending", "request-outcome done"] * 2


async def test_in_trial_cancelling_takes_effect_now(bench: Bench) -> None:
    await bench.change(update(subscriptions).values(state=SubscriptionState.TRIALING))
    await bench.ask_cancel()
    await bench.settle()
    subscription = await bench.subscription()
    assert (subscription.state, subscription.ended_at) == (SubscriptionState.CANCELED, bench.clock())


@pytest.mark.parametrize("when", ["period_end", "now"])
async def test_what_is_canceled_already_is_a_success(bench: Bench, when: str) -> None:
    await bench.put_settings(replace(await bench.settings(), cancel_when=CancelWhen(when)))
    request = await bench.ask_cancel()
    state = bench.processor.state
    end_subscription(state, state.get("subscription", bench.world.processor_subscription))
    await bench.settle()
    operation = await bench.operation(request.id)
    assert (operation.state, operation.failure) == (OperationState.SUCCEEDED, None)
    assert (await bench.subscription()).state is SubscriptionState.CANCELED
    bench.clock.turn(days=1)
    before = await bench.subscription()
    await bench.hear("subscription", bench.world.processor_subscription)
    assert await bench.subscription() == before


async def test_an_undo_that_comes_too_late_fails(bench: Bench) -> None:
    await bench.ask_cancel()
    await bench.settle()
    undone = await asking.undo_cancel(
        bench.ctx, bench.world.alices_subscription, by=bench.customer(), once_key="undo"
    )
    state = bench.processor.state
    end_subscription(state, state.get("subscription", bench.world.processor_subscription))
    await bench.settle()
    assert (await bench.request(undone.id)).state is RequestState.FAILED


@pytest.mark.parametrize("kind", ["lost_after", "lost_before", "status_after"])
async def test_a_cancellation_whose_answer_was_lost_is_read_back(bench: Bench, kind: str) -> None:
    request = await bench.ask_cancel()
    bench.processor.state.faults.add(kind, method="POST", path="/v1/subscriptions/*")
    await bench.settle()
    assert (await bench.operation(request.id)).state is OperationState.UNKNOWN
    await bench.settle(seconds=5)
    assert (await bench.operation(request.id)).state is OperationState.SUCCEEDED
    assert (await bench.subscription()).state is SubscriptionState.CANCEL_SCHEDULED
