"""Refunds made elsewhere, doubled, late or lost: our books say what the processor says, requests follow."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from billing.actors import SystemActor
from billing.deciding import approve_request, retry_request
from billing.errors import AlreadyDecided, OnHold, Refusal
from billing.money import Currency, Money
from billing.processing.refunds import TakenIn, take_in_refund
from billing.providers.stripe import StripeProvider
from billing.providers.stripe_client import OPERATION_MARK
from billing.records import Request
from billing.states import AlertKind, OperationState, RequestState, Surface, TicketState
from billing.waits import READ_AGAIN
from storage.tables.processing import alerts
from tests.billing.bench import Bench, patiently
from tests.people import alice, dana, erin

FULL = 14900
MANUAL = Surface.HELPDESK


def charge_of(bench: Bench, order_id: str = alice.order_id) -> str:
    return bench.world.charges[order_id]


def refund_there(bench: Bench, amount: int | None = None, **fields: Any) -> str:
    """Somebody refunds in the processor's own dashboard; the refund's id."""
    return str(bench.processor.refund_elsewhere(charge_of(bench), amount, **fields)["id"])


async def open_alerts(bench: Bench) -> list[tuple[str, str]]:
    rows = await bench.rows(
        select(alerts.c.kind, alerts.c.subject).where(alerts.c.closed_at.is_(None)).order_by(alerts.c.kind)
    )
    return [(row.kind, row.subject) for row in rows]


async def ticket_state(bench: Bench, request: Request) -> TicketState:
    assert request.ticket_id is not None
    async with bench.ctx.read(bench.lumen.id) as work:
        return (await work.tickets.get(request.ticket_id)).state


async def test_a_refund_made_elsewhere_is_kept_once(bench_on_each: Bench) -> None:
    bench = bench_on_each
    refund = refund_there(bench, 4900)
    for _ in range(3):
        await bench.hear("refund", refund)
    await bench.hear("charge", charge_of(bench))
    assert await bench.sums() == (0, 4900)
    assert "refund.made_elsewhere" in await bench.journal_verbs()
    payment = await bench.payment()
    assert len(await bench.lines(f"payment:{payment.id.hex}")) == 1
    rest = await bench.ask_refund()
    await bench.settle()
    assert (await bench.request(rest.id)).state is RequestState.DONE
    assert await bench.sums() == (0, FULL)


async def test_a_charge_tells_of_refunds_whose_own_events_were_lost(bench: Bench) -> None:
    refund_there(bench, 4900)
    refund_there(bench, 100)
    await bench.hear("charge", charge_of(bench))
    assert await bench.sums() == (0, 5000)


async def test_one_that_fits_beside_leaves_the_request_open(bench: Bench) -> None:
    first = await bench.ask_refund(surface=MANUAL)
    await bench.settle()
    await approve_request(bench.ctx, first.id, by=bench.staff(dana), amount=first.amount)
    await bench.settle()
    assert await bench.sums() == (0, FULL)
    refund = (await bench.operation(first.id)).processor_id
    assert refund is not None
    bench.processor.settle_refund(refund, "failed")
    await bench.hear("refund", refund)
    assert await bench.sums() == (0, 0)
    refund_there(bench, 4900)
    asked = await bench.ask_refund(surface=MANUAL)  # before we hear of the other
    await bench.hear("charge", charge_of(bench))
    done = await bench.request(asked.id)
    assert (done.state, done.approved_amount and done.approved_amount.minor) == (RequestState.DONE, 4900)
    again = await bench.ask_refund(surface=MANUAL)
    assert again.amount is not None
    assert again.amount.minor == FULL - 4900


@pytest.mark.parametrize("part", [None, 4900], ids=["whole", "part"])
@pytest.mark.parametrize("surface", list(Surface))
async def test_a_request_that_was_overtaken_is_closed_as_done(
    bench_on_each: Bench, surface: Surface, part: int | None
) -> None:
    """Pending, or approved with nothing sent yet: no second refund leaves the house."""
    bench = bench_on_each
    request = await bench.ask_refund(surface=surface)
    refund = refund_there(bench, part)
    await bench.hear("refund", refund)
    await bench.settle(seconds=5)  # where ours went out beside, it was refused, and this is read again
    done = await bench.request(request.id)
    assert (done.state, done.is_partial) == (RequestState.DONE, part is not None)
    assert bench.refunds() == [(part or FULL, "succeeded")]
    assert await bench.sums() == (0, part or FULL)
    assert (await bench.mails())[-1] == "request-outcome done"
    verbs = await bench.verbs(request.id)
    assert verbs.count("request.done_elsewhere") == 1
    if surface is MANUAL:
        assert await ticket_state(bench, done) is TicketState.CLOSED
        with pytest.raises(AlreadyDecided):
            await approve_request(bench.ctx, request.id, by=bench.staff(dana))
    await bench.hear("refund", refund)
    assert await bench.verbs(request.id) == verbs


async def test_what_had_closed_a_request_and_is_taken_back_reopens_it(bench: Bench) -> None:
    request = await bench.ask_refund(surface=MANUAL)
    refund = refund_there(bench)
    await bench.hear("refund", refund)
    bench.processor.settle_refund(refund, "failed", "lost_or_stolen_card")
    for _ in range(2):
        await bench.hear("refund", refund)
    failed = await bench.request(request.id)
    assert (failed.state, failed.failure) == (RequestState.FAILED, "lost_or_stolen_card")
    assert await ticket_state(bench, failed) is TicketState.OPEN
    assert await bench.sums() == (0, 0)
    await retry_request(bench.ctx, request.id, by=bench.staff(dana))
    await bench.settle()
    assert (await bench.request(request.id)).state is RequestState.DONE
    assert await bench.sums() == (0, FULL)


async def test_without_a_ticket_that_stands_as_an_alert_until_it_is_tried_again(bench: Bench) -> None:
    request = await bench.ask_refund()
    refund = refund_there(bench)
    for wait in (0, 5):
        await bench.hear("refund", refund)
        await bench.settle(seconds=wait)
    assert (await bench.request(request.id)).state is RequestState.DONE
    bench.processor.settle_refund(refund, "failed")
    await bench.hear("refund", refund)
    assert await open_alerts(bench) == [(AlertKind.REVERSED, f"request:{request.id.hex}")]
    await retry_request(bench.ctx, request.id, by=bench.staff(dana))
    assert await open_alerts(bench) == []
    await bench.settle()
    assert await bench.sums() == (0, FULL)


async def test_a_foreign_refund_waits_while_ours_is_under_way(bench: Bench) -> None:
    """Ours is refused then, and the request is done all the same, by what went back."""
    request = await bench.ask_refund()
    faults = bench.processor.state.faults
    faults.add("lost_before", method="POST", path="/v1/refunds")
    await bench.settle()
    refund = refund_there(bench)
    await bench.hear("refund", refund)
    assert (await bench.request(request.id)).state is RequestState.APPROVED
    assert await bench.sums() == (FULL, 0)
    await bench.settle(seconds=5)
    operation = await bench.operation(request.id)
    assert (operation.state, operation.failure) == (OperationState.FAILED, "charge_already_refunded")
    await bench.settle(seconds=30)
    assert (await bench.request(request.id)).state is RequestState.DONE
    assert await bench.sums() == (0, FULL)


async def test_a_refund_found_by_its_mark_counts_although_its_answer_was_lost(bench: Bench) -> None:
    request = await bench.ask_refund()
    bench.processor.state.faults.add("lost_after", method="POST", path="/v1/refunds")
    await bench.settle()
    (there,) = bench.processor.refunds(charge_of(bench))
    await bench.hear("refund", there["id"])
    operation = await bench.operation(request.id)
    assert (operation.state, operation.processor_id) == (OperationState.SUCCEEDED, there["id"])
    assert await bench.sums() == (0, FULL)


async def test_of_two_refunds_with_one_mark_the_first_counts_and_people_are_called(bench: Bench) -> None:
    order = "40001003"
    request = await bench.ask_refund(order)
    await bench.settle()
    operation = await bench.operation(request.id)
    (there,) = bench.processor.refunds(charge_of(bench, order))
    bench.processor.settle_refund(there["id"], "failed")  # there is money again, to be refunded once more
    await bench.hear("refund", there["id"])
    mark = {"selfbill_operation": operation.id.hex}
    second = bench.processor.refund_elsewhere(charge_of(bench, order), metadata=mark)["id"]
    for _ in range(2):
        await bench.hear("refund", second)
    assert await bench.sums(order) == (0, 3900)
    assert (AlertKind.REFUNDED_ELSEWHERE, f"refund:{second}") in await open_alerts(bench)
    assert (await bench.operation(request.id)).state is OperationState.REVERSED


async def test_a_mark_on_what_we_would_not_have_done_is_none_of_ours(bench: Bench) -> None:
    request = await bench.ask_refund("40001003")
    operation = await bench.operation(request.id)
    refund = refund_there(bench, 100, metadata={"selfbill_operation": operation.id.hex})
    await bench.hear("refund", refund)
    await bench.settle()
    assert await bench.sums() == (0, 100)
    assert await bench.sums("40001003") == (0, 3900)


async def test_what_was_given_up_and_arrives_later_is_counted_once(bench: Bench) -> None:
    """A day was not enough to see it: the request is done, and nothing is refunded again."""
    request = await bench.ask_refund()
    bench.processor.state.faults.add("lost_before", method="POST", path="/v1/refunds", times=None)
    await bench.settle()
    await bench.settle(hours=23)
    operation = await bench.operation(request.id)
    assert operation.failure == "never_arrived"
    refund = refund_there(bench, metadata={"selfbill_operation": operation.id.hex})
    await bench.hear("refund", refund)
    assert (await bench.request(request.id)).state is RequestState.DONE
    assert await bench.sums() == (0, FULL)


async def test_a_refund_that_does_not_fit_calls_people(bench: Bench) -> None:
    await bench.set_payment(captured_minor=100)
    refund = refund_there(bench)
    for _ in range(2):
        await bench.hear("refund", refund)
    assert await bench.sums() == (0, 0)
    assert await open_alerts(bench) == [(AlertKind.REFUNDED_ELSEWHERE, f"refund:{refund}")]
    await bench.set_payment(captured_minor=FULL)
    await bench.hear("refund", refund)
    assert await bench.sums() == (0, FULL)
    assert await open_alerts(bench) == []


async def test_a_foreign_refund_and_an_approval_at_once_give_money_back_once(
    bench_on_each: Bench,
) -> None:
    bench = bench_on_each
    for order in ("40001001", "40001003"):
        request = await bench.ask_refund(order, surface=MANUAL)
        refund = str(bench.processor.refund_elsewhere(charge_of(bench, order))["id"])

        async def say_yes(person: Any, asked: Request = request) -> None:
            try:
                await patiently(lambda: approve_request(bench.ctx, asked.id, by=bench.staff(person)))
            except (AlreadyDecided, OnHold):
                return

        came = await asyncio.gather(
            say_yes(dana), bench.hear("refund", refund), say_yes(erin), return_exceptions=True
        )
        assert [each for each in came if isinstance(each, Exception | Refusal)] == []
        for wait in (5, 30, 300):
            await bench.settle(seconds=wait)
        payment = await bench.payment(order)
        assert (await bench.request(request.id)).state is RequestState.DONE
        assert (payment.refunded, payment.reserved.minor) == (payment.captured, 0)
        assert len(bench.processor.refunds(charge_of(bench, order))) == 1


async def take_in_now(bench: Bench, refund: str) -> None:
    """Before the relay delivers anything else."""
    provider = StripeProvider(bench.processor.secret_key, api=bench.processor.url)
    fact = await provider.read_refund(refund)
    await provider.close()
    assert fact is not None
    async with bench.ctx.begin(bench.lumen.id) as work:
        by = SystemActor(bench.lumen.id, "processor", "trace-test")
        assert await take_in_refund(work, fact, by=by, at=bench.ctx.now()) is TakenIn.NEWS


async def approved_by_hand(bench: Bench, amount: int | None = None) -> Request:
    """Planned, and not sent yet."""
    request = await bench.ask_refund(surface=MANUAL)
    part = None if amount is None else Money(amount, Currency("USD"))
    return await approve_request(bench.ctx, request.id, by=bench.staff(dana), amount=part)


async def test_one_with_our_mark_settles_what_our_books_had_not_sent(bench: Bench) -> None:
    """As after a backup was restored: the processor knows better, and nothing goes out again."""
    request = await approved_by_hand(bench)
    operation = await bench.operation(request.id)
    refund = refund_there(bench, FULL, metadata={OPERATION_MARK: operation.id.hex})
    await take_in_now(bench, refund)
    await bench.settle()
    assert (await bench.request(request.id)).state is RequestState.DONE
    assert bench.refunds() == [(FULL, "succeeded")]


async def test_one_that_came_late_is_never_beside_what_was_tried_again(bench: Bench) -> None:
    """A part would fit twice; it is the same money all the same."""
    request = await approved_by_hand(bench, 3000)
    bench.processor.state.faults.add("lost_before", method="POST", path="/v1/refunds", times=None)
    for wait in (timedelta(), *READ_AGAIN[:5]):
        await bench.settle(seconds=wait.total_seconds())
    late = await bench.operation(request.id)
    assert late.failure == "never_arrived"
    bench.processor.state.faults.clear()
    await retry_request(bench.ctx, request.id, by=bench.staff(dana))
    refund = refund_there(bench, 3000, metadata={OPERATION_MARK: late.id.hex})
    await bench.hear("refund", refund)
    await bench.settle(seconds=5)
    if len(bench.refunds()) > 1:  # the second try had gone out already: then people are called
        assert (AlertKind.REFUNDED_ELSEWHERE, f"refund:{refund}") in await open_alerts(bench)
    assert (await bench.request(request.id)).state is RequestState.DONE


async def test_one_that_came_late_stops_the_second_try(bench: Bench) -> None:
    request = await approved_by_hand(bench, 3000)
    bench.processor.state.faults.add("lost_before", method="POST", path="/v1/refunds", times=None)
    for wait in (timedelta(), *READ_AGAIN[:5]):
        await bench.settle(seconds=wait.total_seconds())
    late = await bench.operation(request.id)
    bench.processor.state.faults.clear()
    refund = refund_there(bench, 3000, metadata={OPERATION_MARK: late.id.hex})
    await retry_request(bench.ctx, request.id, by=bench.staff(dana))
    await take_in_now(bench, refund)
    await bench.settle(seconds=5)
    assert bench.refunds() == [(3000, "succeeded")]
    assert (await bench.request(request.id)).state is RequestState.DONE
    assert await bench.sums() == (0, 3000)
