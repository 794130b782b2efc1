"""Operations under the processor's faults: one effect, told truly, whatever becomes of the answer."""

import pytest

from billing.deciding import approve_request, retry_request
from billing.operations import KEY_LIVES
from billing.providers.connected import ConnectedProviders
from billing.records import Operation
from billing.states import OperationState, RequestState, Surface, TicketState
from billing.waits import READ_AGAIN
from selfbill.sandbox.processor.resources.disputes import open_dispute
from selfbill.sandbox.processor.resources.refunds import settle_refund
from tests.billing.bench import Bench, open_bench, relay_of
from tests.people import alice, dana

FULL = 14900
RECEIVED, DONE, FAILED = (f"request-outcome {state}" for state in ("pending", "done", "failed"))


def keys(bench: Bench) -> set[str]:
    """The idempotency keys that refunds were sent with."""
    seen = bench.processor.state.seen
    return {each.key for each in seen if (each.method, each.path) == ("POST", "/v1/refunds")}


def sent(bench: Bench) -> int:
    """How many refunds were asked for at the processor."""
    seen = bench.processor.state.seen
    return sum((each.method, each.path) == ("POST", "/v1/refunds") for each in seen)


async def states(bench: Bench, operation: Operation) -> tuple[OperationState, RequestState]:
    latest = await bench.operation(operation.request_id)
    return latest.state, (await bench.request(operation.request_id)).state


async def test_a_refund_succeeds_and_all_are_told(bench_on_each: Bench) -> None:
    bench = bench_on_each
    request = await bench.ask_refund()
    assert request.state is RequestState.APPROVED
    planned = await bench.operation(request.id)
    assert (planned.state, planned.tries) == (OperationState.PLANNED, 0)
    assert await bench.sums() == (FULL, 0)
    await bench.settle()
    done = await bench.operation(request.id)
    assert await states(bench, done) == (OperationState.SUCCEEDED, RequestState.DONE)
    assert (done.key, done.tries) == (planned.key, 1)
    assert keys(bench) == {planned.key}
    assert await bench.sums() == (0, FULL)
    assert bench.refunds() == [(FULL, "succeeded")]
    assert await bench.mails() == [RECEIVED, DONE]
    assert await bench.verbs(request.id) == [
        "request.asked",
        "request.approved",
        "operation.sent",
        "operation.succeeded",
    ]


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        ("status_before", {"status": 500}),
        ("status_after", {"status": 500}),
        ("status_before", {"status": 503}),
        ("lost_before", {}),
        ("lost_after", {}),
        ("hang", {}),
        ("slow", {"seconds": 2.0}),
    ],
    ids=lambda value: value if isinstance(value, str) else str(value.get("status", "")),
)
async def test_a_lost_answer_is_unknown_and_then_read_back(
    hasty_bench: Bench, kind: str, more: dict[str, int]
) -> None:
    bench = hasty_bench
    request = await bench.ask_refund()
    bench.processor.state.faults.add(kind, method="POST", path="/v1/refunds", **more)
    await bench.settle()
    operation = await bench.operation(request.id)
    assert await states(bench, operation) == (OperationState.UNKNOWN, RequestState.APPROVED)
    assert await bench.sums() == (FULL, 0)
    assert await bench.mails() == [RECEIVED]
    bench.processor.state.faults.clear()
    for wait in READ_AGAIN[:5]:
        await bench.settle(seconds=wait.total_seconds())
    found = await bench.operation(request.id)
    assert len(bench.refunds()) <= 1
    assert len(keys(bench)) == 1
    if bench.refunds():
        assert found.state is OperationState.SUCCEEDED
        assert await bench.sums() == (0, FULL)
        assert await bench.mails() == [RECEIVED, DONE]
    else:  # the key answers its stored 500 for ever: nothing happened, and a day proves it
        assert (kind, found.failure) == ("status_before", "never_arrived")
        assert await bench.sums() == (0, 0)
        # after an hour people were called, and the customer was told that it is not known yet
        assert await bench.mails() == [RECEIVED, "alert", "request-outcome approved", FAILED]


async def test_an_effect_whose_answer_was_lost_is_not_sent_again(bench: Bench) -> None:
    request = await bench.ask_refund()
    bench.processor.state.faults.add("lost_after", method="POST", path="/v1/refunds")
    await bench.settle()
    assert bench.refunds() == [(FULL, "succeeded")]
    assert (await bench.operation(request.id)).state is OperationState.UNKNOWN
    await bench.settle(seconds=5)
    assert (await bench.operation(request.id)).state is OperationState.SUCCEEDED
    assert sent(bench) == 1
    assert "operation.unknown" in await bench.verbs(request.id)


async def test_a_processor_that_asks_to_wait_gets_the_same_key_later(bench: Bench) -> None:
    request = await bench.ask_refund()
    bench.processor.state.faults.add("status_before", path="/v1/refunds", status=429, retry_after=20)
    await bench.settle()
    assert (await bench.operation(request.id)).state is OperationState.SENT
    await bench.settle(seconds=19)
    assert sent(bench) == 1
    await bench.settle(seconds=1)
    assert (await bench.operation(request.id)).state is OperationState.SUCCEEDED
    assert len(keys(bench)) == 1
    assert bench.refunds() == [(FULL, "succeeded")]
    assert "operation.unknown" not in await bench.verbs(request.id)


async def test_a_long_busy_spell_uses_up_no_reading_back(bench: Bench) -> None:
    request = await bench.ask_refund()
    faults = bench.processor.state.faults
    busy = faults.add("status_before", path="/v1/refunds", status=429, retry_after=1, times=None)
    for _ in range(12):
        await bench.settle(seconds=1)
    assert busy.met == 12
    faults.clear()
    faults.add("lost_after", method="POST", path="/v1/refunds")
    await bench.settle(seconds=1)
    assert (await bench.operation(request.id)).state is OperationState.UNKNOWN
    await bench.settle(days=1)
    assert (await bench.operation(request.id)).state is OperationState.SUCCEEDED


async def test_a_key_in_use_waits(hasty_bench: Bench) -> None:
    bench = hasty_bench
    request = await bench.ask_refund()
    slow = bench.processor.state.faults.add("slow", method="POST", path="/v1/refunds", seconds=60.0)
    await bench.settle()
    assert slow.met == 1
    assert (await bench.operation(request.id)).state is OperationState.UNKNOWN
    await bench.settle(seconds=5)  # the first is still going through there
    assert 409 in {each.status for each in bench.processor.state.seen}
    bench.processor.state.faults.clear()
    assert bench.refunds() in ([], [(FULL, "succeeded")])
    await bench.settle(minutes=1)
    await bench.settle(minutes=5)
    assert (await bench.operation(request.id)).state is OperationState.SUCCEEDED
    assert bench.refunds() == [(FULL, "succeeded")]


async def test_a_definite_no_fails_and_a_retry_has_a_new_key(bench_on_each: Bench) -> None:
    bench = bench_on_each
    request = await bench.ask_refund()
    bench.processor.state.faults.add("refund_unfunded")
    await bench.settle()
    first = await bench.operation(request.id)
    assert (first.state, first.failure) == (OperationState.FAILED, "balance_insufficient")
    failed = await bench.request(request.id)
    assert (failed.state, failed.failure) == (RequestState.FAILED, "balance_insufficient")
    assert await bench.sums() == (0, 0)
    assert await bench.mails() == [RECEIVED, FAILED]
    again = await retry_request(bench.ctx, request.id, by=bench.staff(dana))
    assert again.state is RequestState.APPROVED
    assert await bench.sums() == (FULL, 0)
    await bench.settle()
    second = await bench.operation(request.id)
    assert second.id != first.id
    assert keys(bench) == {first.key, second.key}
    assert await states(bench, second) == (OperationState.SUCCEEDED, RequestState.DONE)
    assert (await bench.request(request.id)).failure is None
    assert bench.refunds() == [(FULL, "succeeded")]
    assert await bench.mails() == [RECEIVED, FAILED, DONE]
    assert "request.retried" in await bench.verbs(request.id)


@pytest.mark.parametrize("by_event", [True, False], ids=["event", "clock"])
async def test_a_pending_refund_is_told_as_refunded_only_when_it_is(bench: Bench, by_event: bool) -> None:
    request = await bench.ask_refund()
    bench.processor.state.faults.add("refund_pending", seconds=20.0)
    await bench.settle()
    await bench.settle(seconds=5)
    operation = await bench.operation(request.id)
    assert await states(bench, operation) == (OperationState.SENT, RequestState.APPROVED)
    assert operation.processor_id is not None
    assert bench.refunds() == [(FULL, "pending")]
    assert await bench.mails() == [RECEIVED]
    assert await bench.sums() == (FULL, 0)
    if by_event:
        bench.clock.turn(seconds=20)
        await bench.hear("refund", operation.processor_id)
    else:
        await bench.settle(seconds=30)
    assert await states(bench, operation) == (OperationState.SUCCEEDED, RequestState.DONE)
    assert await bench.mails() == [RECEIVED, DONE]
    assert sent(bench) == 1
    await bench.settle(days=6)
    assert await bench.ctx.store.count_waiting("processor") == 0


async def test_a_pending_refund_that_fails_frees_the_money(bench: Bench) -> None:
    request = await bench.ask_refund()
    bench.processor.state.faults.add("refund_fails", seconds=20.0)
    await bench.settle()
    await bench.settle(seconds=30)
    operation = await bench.operation(request.id)
    assert await states(bench, operation) == (OperationState.FAILED, RequestState.FAILED)
    assert operation.failure == "expired_or_canceled_card"
    assert await bench.sums() == (0, 0)
    assert await bench.mails() == [RECEIVED, FAILED]


async def test_a_refund_that_is_taken_back_later_is_reversed_and_reopens_the_ticket(
    bench_on_each: Bench,
) -> None:
    bench = bench_on_each
    request = await bench.ask_refund(surface=Surface.HELPDESK)
    await approve_request(bench.ctx, request.id, by=bench.staff(dana))
    await bench.settle()
    assert request.ticket_id is not None
    async with bench.ctx.read(bench.lumen.id) as work:
        assert (await work.tickets.get(request.ticket_id)).state is TicketState.CLOSED
    operation = await bench.operation(request.id)
    assert operation.processor_id is not None
    settle_refund(bench.processor.state, operation.processor_id, "failed", "lost_or_stolen_card")
    for _ in range(3):  # an event that comes again changes nothing
        await bench.hear("refund", operation.processor_id)
    assert await states(bench, operation) == (OperationState.REVERSED, RequestState.FAILED)
    assert (await bench.request(request.id)).failure == "lost_or_stolen_card"
    assert await bench.sums() == (0, 0)
    async with bench.ctx.read(bench.lumen.id) as work:
        assert (await work.tickets.get(request.ticket_id)).state is TicketState.OPEN
    assert await bench.mails() == [RECEIVED, DONE, FAILED]
    assert (await bench.verbs(request.id)).count("operation.reversed") == 1
    await retry_request(bench.ctx, request.id, by=bench.staff(dana))
    await bench.settle()
    assert bench.refunds() == [(FULL, "succeeded"), (FULL, "failed")]
    assert await bench.sums() == (0, FULL)


async def test_an_old_key_is_never_sent_again(bench: Bench) -> None:
    request = await bench.ask_refund()
    bench.processor.state.faults.add("lost_before", method="POST", path="/v1/refunds", times=None)
    await bench.settle()
    await bench.settle(hours=KEY_LIVES.total_seconds() / 3600)
    operation = await bench.operation(request.id)
    assert sent(bench) == 1
    assert await states(bench, operation) == (OperationState.FAILED, RequestState.FAILED)
    assert operation.failure == "never_arrived"
    assert await bench.sums() == (0, 0)
    assert bench.refunds() == []


async def test_an_old_key_whose_effect_is_there_is_found(bench: Bench) -> None:
    request = await bench.ask_refund()
    faults = bench.processor.state.faults
    faults.add("lost_after", method="POST", path="/v1/refunds")
    faults.add("lost_before", method="GET", path="/v1/refunds", times=None)
    for hours in (0, 1, 8, 8, 8):
        await bench.settle(hours=hours)
    faults.clear()
    assert (await bench.operation(request.id)).state is OperationState.UNKNOWN
    await bench.settle(days=1)
    assert (await bench.operation(request.id)).state is OperationState.SUCCEEDED
    assert sent(bench) == 1


async def test_a_dispute_before_the_first_byte_fails_the_operation(bench: Bench) -> None:
    request = await bench.ask_refund("40001003")
    # The database holds reserved + disputed within captured: a dispute of what is free beside it.
    await bench.set_payment("40001003", captured_minor=3901, disputed_minor=1)
    await bench.settle()
    operation = await bench.operation(request.id)
    assert (operation.state, operation.failure) == (OperationState.FAILED, "charge_disputed")
    assert sent(bench) == 0
    assert (await bench.sums("40001003"))[0] == 0


async def test_a_dispute_at_the_processor_fails_the_operation(bench: Bench) -> None:
    request = await bench.ask_refund()
    open_dispute(bench.processor.state, bench.world.charges[alice.order_id], None, "fraudulent")
    await bench.settle()
    operation = await bench.operation(request.id)
    assert (operation.state, operation.failure) == (OperationState.FAILED, "charge_disputed")
    assert bench.refunds() == []


async def test_an_hour_without_a_processor_loses_nothing_and_tells_nothing_untrue(bench: Bench) -> None:
    request = await bench.ask_refund()
    other = await bench.ask_refund("40001003")
    bench.processor.state.faults.add("lost_before", times=None)
    for _ in range(60):
        await bench.settle(minutes=1)
        assert await bench.mails() == [RECEIVED, RECEIVED]
    bench.processor.state.faults.clear()
    await bench.settle(hours=1)
    for asked in (request, other):
        assert (await bench.operation(asked.id)).state is OperationState.SUCCEEDED
    assert bench.refunds() == [(FULL, "succeeded")]
    assert bench.refunds("40001003") == [(3900, "succeeded")]


async def test_a_crash_between_effect_and_record_refunds_once(bench: Bench) -> None:
    request = await bench.ask_refund()
    bench.processor.state.faults.add("lost_after", method="POST", path="/v1/refunds")
    await bench.settle()
    assert bench.refunds() == [(FULL, "succeeded")]
    async with open_bench(bench.url, bench.world) as born_again:
        born_again.clock.at = bench.clock.at
        providers = ConnectedProviders(born_again.ctx, api=bench.processor.url)
        relay = relay_of(born_again.ctx, providers)
        born_again.clock.turn(minutes=1)
        await relay.drain()
        await providers.close()
    assert (await bench.operation(request.id)).state is OperationState.SUCCEEDED
    assert bench.refunds() == [(FULL, "succeeded")]
    assert sent(bench) == 1
