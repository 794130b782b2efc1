"""Subscriptions changed at the processor itself: what waits here is closed, carried out, or fails."""

from sqlalchemy import select

from billing.asking import undo_cancel
from billing.states import OperationState, RequestState, SubscriptionState, Surface
from storage.tables.ledger import journal
from tests.billing.bench import Bench

MANUAL = Surface.HELPDESK


def there(bench: Bench) -> str:
    return bench.world.processor_subscription


async def test_an_end_elsewhere_closes_a_cancellation_that_waits(bench_on_each: Bench) -> None:
    bench = bench_on_each
    request = await bench.ask_cancel(surface=MANUAL)
    bench.processor.cancel_elsewhere(there(bench), at_period_end=True)
    for _ in range(2):
        await bench.hear("subscription", there(bench))
    done = await bench.request(request.id)
    assert (done.state, done.decided_by) == (RequestState.DONE, "system:processor")
    assert (await bench.subscription()).state is SubscriptionState.CANCEL_SCHEDULED
    assert (await bench.verbs(request.id)).count("request.done_elsewhere") == 1
    assert (await bench.mails())[-1] == "request-outcome done"


async def test_what_is_canceled_already_is_a_success(bench: Bench) -> None:
    request = await bench.ask_cancel()
    bench.processor.cancel_elsewhere(there(bench))
    await bench.settle()
    assert (await bench.operation(request.id)).state is OperationState.SUCCEEDED
    assert (await bench.request(request.id)).state is RequestState.DONE
    assert (await bench.subscription()).state is SubscriptionState.CANCELED


async def test_taking_back_what_has_ended_fails_with_words(bench: Bench) -> None:
    await bench.ask_cancel()
    await bench.settle()
    undo = await undo_cancel(
        bench.ctx, bench.world.alices_subscription, by=bench.customer(), once_key="undo-it"
    )
    bench.processor.cancel_elsewhere(there(bench))
    await bench.hear("subscription", there(bench))
    failed = await bench.request(undo.id)
    assert (failed.state, failed.failure) == (RequestState.FAILED, "already_canceled")


async def test_a_period_that_ends_ends_what_was_to_end_with_it(bench: Bench) -> None:
    request = await bench.ask_cancel()
    await bench.settle()
    bench.processor.cancel_elsewhere(there(bench))
    await bench.hear("subscription", there(bench))
    assert (await bench.subscription()).state is SubscriptionState.CANCELED
    assert (await bench.request(request.id)).state is RequestState.DONE


async def test_a_card_changed_elsewhere_follows_and_is_said_once(bench: Bench) -> None:
    for number in ("4242424242424242", "5555555555554444"):
        bench.processor.change_card_elsewhere("cus_alice", number, subscription=there(bench))
        for _ in range(2):
            await bench.hear("subscription", there(bench))
    card = (await bench.subscription()).card
    assert card is not None
    assert card.last_four == "4444"
    lines = await bench.rows(
        select(journal.c.facts).where(journal.c.verb == "card.changed_elsewhere").order_by(journal.c.place)
    )
    assert lines[-1].facts == {"before": "4242", "after": "4444"}
