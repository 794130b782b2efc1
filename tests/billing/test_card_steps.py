"""What is done with a new card when answers are lost: read back, once each, told when it stays unknown."""

import pytest
from sqlalchemy import select

from billing.states import AlertKind, CardChangeState, CardStepKind, OperationState
from storage.tables.processing import alerts
from tests.billing.bench import Bench
from tests.billing.cards import FAILS_LATER, open_desk

_S, _O, _K = CardChangeState, OperationState, CardStepKind
_CALLS = {
    "page": "/v1/billing_portal/sessions",
    _K.MOVE_SUBSCRIPTION: "/v1/subscriptions/sub_alice",
    _K.SET_DEFAULT: "/v1/customers/cus_alice",
    _K.PAY_INVOICE: "/v1/invoices/*",
    _K.DROP_CARD: "/v1/payment_methods/*",
}


@pytest.mark.parametrize("fault", ["lost_before", "lost_after"])
@pytest.mark.parametrize("call", _CALLS)
async def test_a_lost_answer_is_read_back_and_nothing_is_done_twice(
    bench: Bench, call: str, fault: str
) -> None:
    desk = open_desk(bench, FAILS_LATER)
    invoice = desk.fall_behind()
    before = bench.processor.state.store.count("charge")
    bench.processor.state.faults.add(fault, method="POST", path=_CALLS[call])
    change = await desk.ask(pays_overdue=True)
    await bench.settle(seconds=5)
    await desk.enter(change)
    await desk.come_back(change)
    for _ in range(2):
        await bench.settle(minutes=1)
    done = await desk.change(change)
    assert bench.processor.state.faults.as_json()[0]["met"] == 1
    assert done.state is _S.DONE
    assert {each.state for each in await desk.steps(change)} == {_O.SUCCEEDED}
    assert (desk.pays_with(), desk.there(desk.old)["customer"]) == (done.method, None)
    assert desk.there(invoice)["amount_paid"] == 3900
    assert bench.processor.state.store.count("charge") == before + 1


async def test_what_stays_unknown_is_told_and_settled(bench: Bench) -> None:
    desk = open_desk(bench)
    change = await desk.ask()
    await desk.enter(change)
    faults = bench.processor.state.faults
    faults.add("lost_after", method="POST", path=_CALLS[_K.MOVE_SUBSCRIPTION])
    faults.add("lost_before", method="GET", path=_CALLS[_K.MOVE_SUBSCRIPTION], times=None)
    await desk.come_back(change)
    for _ in range(4):
        await bench.settle(minutes=20)
    assert (await desk.step(change, _K.MOVE_SUBSCRIPTION)).state is _O.UNKNOWN
    assert (await desk.change(change)).state is _S.MOVING
    assert await _open_alerts(bench) == [AlertKind.CARD_STEP_UNKNOWN]
    assert "card-change changed" not in await bench.mails()
    faults.clear()
    await bench.settle(hours=1)
    assert (await desk.change(change)).state is _S.DONE
    assert await _open_alerts(bench) == []


async def test_past_its_keys_life_nothing_is_sent_again(bench: Bench) -> None:
    desk = open_desk(bench)
    change = await desk.ask()
    await desk.enter(change)
    faults = bench.processor.state.faults
    faults.add("lost_before", path="/v1/subscriptions/*", times=None)
    await desk.come_back(change)
    bench.clock.turn(hours=24)
    faults.clear()
    for _ in range(2):
        await bench.settle(hours=1)
    moving = await desk.step(change, _K.MOVE_SUBSCRIPTION)
    assert (moving.state, moving.failure) == (_O.FAILED, "never_arrived")
    dropping = await desk.step(change, _K.DROP_CARD)
    assert (dropping.state, dropping.failure) == (_O.FAILED, "card_still_used")
    assert (await desk.change(change)).state is _S.PARTLY
    assert desk.pays_with() == desk.old
    assert desk.there(desk.old)["customer"] == "cus_alice"


async def test_an_old_card_that_pays_something_else_stays(bench: Bench) -> None:
    desk = open_desk(bench, own=False)
    other = {**desk.there(desk.subscription), "id": "sub_other", "default_payment_method": desk.old}
    bench.processor.state.store.put(other)
    change = await desk.ask()
    await desk.enter(change)
    assert (await desk.come_back(change)).state is _S.DONE
    assert _K.DROP_CARD not in {each.kind for each in await desk.steps(change)}
    assert desk.there("sub_other")["default_payment_method"] == desk.old


async def test_an_old_card_that_pays_something_else_by_the_second_try_stays(bench: Bench) -> None:
    desk = open_desk(bench)
    change = await desk.ask()
    await desk.enter(change)
    bench.processor.state.faults.add("lost_before", method="POST", path=_CALLS[_K.DROP_CARD])
    await desk.come_back(change)
    assert (await desk.step(change, _K.DROP_CARD)).state is _O.UNKNOWN
    other = {**desk.there(desk.subscription), "id": "sub_other", "default_payment_method": desk.old}
    bench.processor.state.store.put(other)
    await bench.settle(minutes=1)
    dropping = await desk.step(change, _K.DROP_CARD)
    assert (dropping.state, dropping.failure) == (_O.FAILED, "card_still_used")
    assert desk.there(desk.old)["customer"] == "cus_alice"


async def _open_alerts(bench: Bench) -> list[AlertKind]:
    rows = await bench.rows(select(alerts.c.kind).where(alerts.c.closed_at.is_(None)))
    return [row[0] for row in rows]
