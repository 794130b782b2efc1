"""What is in doubt: read back, called people about, and settled once it is known; never sent twice."""

import pytest
from sqlalchemy import select, update

from billing.deciding import approve_request, retry_request
from billing.processing.alerts import close_alert
from billing.states import AlertKind, OperationState, RequestState, Surface
from billing.waits import READ_AGAIN
from storage.tables.processing import alerts
from storage.tables.requests import operations
from tests.billing.bench import Bench
from tests.people import dana

FULL = 14900
RECEIVED, DONE, FAILED = (f"request-outcome {state}" for state in ("pending", "done", "failed"))


async def open_alerts(bench: Bench) -> list[str]:
    rows = await bench.rows(select(alerts.c.kind).where(alerts.c.closed_at.is_(None)))
    return [row.kind for row in rows]


def keys(bench: Bench) -> list[str]:
    """The idempotency keys of the refunds that were asked for."""
    seen = bench.processor.state.seen
    return [each.key for each in seen if (each.method, each.path) == ("POST", "/v1/refunds")]


async def test_a_key_that_may_not_refund_waits_and_says_so_once(bench: Bench) -> None:
    request = await bench.ask_refund()
    bench.processor.state.faults.add("status_before", path="/v1/refunds", status=403, times=None)
    for _ in range(3):
        await bench.settle(hours=1)
    assert (await bench.operation(request.id)).state is OperationState.SENT
    assert (await bench.verbs(request.id)).count("operation.not_permitted") == 1
    assert await bench.mails() == [RECEIVED]
    bench.processor.state.faults.clear()
    await bench.settle(hours=1)
    assert (await bench.operation(request.id)).state is OperationState.SUCCEEDED
    assert bench.refunds() == [(FULL, "succeeded")]


@pytest.mark.parametrize("has_happened", [True, False], ids=["effect", "none"])
async def test_a_stored_500_is_settled_by_reading_back_alone(bench: Bench, has_happened: bool) -> None:
    """Its key answers 500 for a day; then it is never sent again, and what is not there has failed."""
    request = await bench.ask_refund()
    faults = bench.processor.state.faults
    faults.add("status_after" if has_happened else "status_before", path="/v1/refunds", status=500)
    faults.add("lost_before", method="GET", path="/v1/refunds", times=3)
    await bench.settle()
    for wait in READ_AGAIN[:4]:
        await bench.settle(seconds=wait.total_seconds())
    assert len(set(keys(bench))) == 1
    if has_happened:
        assert (await bench.operation(request.id)).state is OperationState.SUCCEEDED
        return
    assert (await bench.operation(request.id)).state is OperationState.UNKNOWN
    tried = len(keys(bench))
    await bench.settle(days=1)
    assert len(keys(bench)) == tried
    assert (await bench.operation(request.id)).failure == "never_arrived"


async def test_what_is_unknown_for_an_hour_calls_people_once_until_it_is_known(bench: Bench) -> None:
    request = await bench.ask_refund(surface=Surface.HELPDESK)
    await approve_request(bench.ctx, request.id, by=bench.staff(dana))
    faults = bench.processor.state.faults
    faults.add("lost_after", method="POST", path="/v1/refunds")
    faults.add("lost_before", method="GET", path="/v1/refunds", times=None)
    await bench.settle()
    for wait in READ_AGAIN[:6]:
        await bench.settle(seconds=wait.total_seconds())
    assert (await bench.operation(request.id)).state is OperationState.UNKNOWN
    verbs = await bench.verbs(request.id)
    assert verbs.count("operation.unknown_for_long") == 1
    assert (await bench.mails()).count("request-outcome approved") == 1
    assert await open_alerts(bench) == [AlertKind.UNKNOWN_FOR_LONG]
    faults.clear()
    await bench.settle(days=1)
    assert (await bench.request(request.id)).state is RequestState.DONE
    assert await open_alerts(bench) == []
    assert len(keys(bench)) == 1


@pytest.mark.parametrize("has_happened", [True, False], ids=["effect", "none"])
async def test_a_key_known_with_other_contents_is_never_sent_again(bench: Bench, has_happened: bool) -> None:
    """Until people have looked only what is found counts; then what is not there has failed."""
    request = await bench.ask_refund("40001003")
    operation = await bench.operation(request.id)
    other = await bench.ask_refund()
    await bench.change(update(operations).where(operations.c.id == operation.id).values(key="the-same"))
    state = bench.processor.state
    with state.store.begin():
        state.store.keep_key("the-same", "of something else", 200, "{}", state.now())
    await bench.settle()
    assert (await bench.operation(other.id)).state is OperationState.SUCCEEDED
    assert (await bench.operation(request.id)).state is OperationState.UNKNOWN
    assert await open_alerts(bench) == [AlertKind.KEY_MISMATCH]
    tried = len(keys(bench))
    if has_happened:
        mark = {"selfbill_operation": operation.id.hex}
        bench.processor.refund_elsewhere(bench.world.charges["40001003"], metadata=mark)
        await bench.settle(seconds=5)
        assert (await bench.operation(request.id)).state is OperationState.SUCCEEDED
        return
    for _ in range(12):
        await bench.settle(days=1)
    assert (await bench.operation(request.id)).state is OperationState.UNKNOWN
    (alert,) = await bench.rows(select(alerts.c.id).where(alerts.c.kind == AlertKind.KEY_MISMATCH))
    await close_alert(bench.ctx, alert.id, by=bench.staff(dana))
    await bench.settle(days=1)
    assert (await bench.operation(request.id)).failure == "never_arrived"
    assert len(keys(bench)) == tried


async def test_a_refund_taken_back_without_a_ticket_stands_as_an_alert_until_it_is_tried_again(
    bench: Bench,
) -> None:
    request = await bench.ask_refund()
    await bench.settle()
    refund = (await bench.operation(request.id)).processor_id
    assert refund is not None
    bench.processor.settle_refund(refund, "failed")
    await bench.hear("refund", refund)
    assert await open_alerts(bench) == [AlertKind.REVERSED]
    assert await bench.mails() == [RECEIVED, DONE, FAILED, "alert"]
    await retry_request(bench.ctx, request.id, by=bench.staff(dana))
    assert await open_alerts(bench) == []
    await bench.settle()
    await bench.hear("refund", refund)  # old news
    assert await bench.sums() == (0, FULL)
