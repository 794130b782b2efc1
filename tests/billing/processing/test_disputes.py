"""Disputes: what they take, whom they hold, and what the end of one means; in any order with refunds."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import select

from billing.asking import preview_refund, withdraw_request
from billing.deciding import approve_request, deny_request, retry_request
from billing.errors import AlreadyDecided, NotOffered, OnHold, Refusal
from billing.ids import RefundId, new_id
from billing.money import Money
from billing.processing.disputes import take_in_dispute
from billing.processing.refunds import TakenIn
from billing.processor_facts import ProcessorDispute
from billing.records import Refund, Request
from billing.states import AlertKind, DisputeState, OperationState, RequestState, Surface, TicketState
from storage.tables.processing import alerts, request_holds
from tests.billing.bench import Bench, patiently
from tests.people import alice, dana, erin

FULL = 14900
MANUAL = Surface.HELPDESK


def dispute_there(bench: Bench, amount: int | None = None, **kind: Any) -> str:
    """The customer goes to their bank; the dispute's id."""
    return str(bench.processor.open_dispute(bench.world.charges[alice.order_id], amount, **kind)["id"])


async def disputed(bench: Bench) -> tuple[int, int, int]:
    """Disputed, reserved and refunded, in minor units."""
    payment = await bench.payment()
    return payment.disputed.minor, payment.reserved.minor, payment.refunded.minor


async def open_alerts(bench: Bench) -> list[str]:
    rows = await bench.rows(select(alerts.c.kind).where(alerts.c.closed_at.is_(None)).order_by(alerts.c.kind))
    return [row.kind for row in rows]


async def is_held(bench: Bench) -> bool:
    return bool(await bench.rows(select(request_holds.c.request_id)))


async def held(bench: Bench) -> tuple[Request, str]:
    request = await bench.ask_refund(surface=MANUAL)
    dispute = dispute_there(bench)
    for _ in range(2):
        await bench.hear("dispute", dispute)
    assert await is_held(bench)
    return request, dispute


async def test_disputed_money_is_not_offered_and_people_are_called(bench_on_each: Bench) -> None:
    bench = bench_on_each
    dispute = dispute_there(bench)
    for _ in range(3):
        await bench.hear("dispute", dispute)
    assert await disputed(bench) == (FULL, 0, 0)
    with pytest.raises(NotOffered) as refused:
        await preview_refund(bench.ctx, bench.world.payments[alice.order_id], by=bench.customer())
    assert refused.value.data["why"] == "disputed"
    assert await open_alerts(bench) == [AlertKind.DISPUTED]
    assert [line.verb for line in await bench.lines(f"dispute:{dispute}")] == ["dispute.open"]
    bench.processor.close_dispute(dispute, "won")
    await bench.hear("dispute", dispute)
    assert await disputed(bench) == (0, 0, 0)
    assert await open_alerts(bench) == []
    await bench.ask_refund()
    await bench.settle()
    assert await disputed(bench) == (0, 0, FULL)


async def test_an_inquiry_takes_nothing_until_it_grows(bench: Bench) -> None:
    dispute = dispute_there(bench, is_inquiry=True)
    await bench.hear("dispute", dispute)
    assert await disputed(bench) == (0, 0, 0)
    assert await open_alerts(bench) == [AlertKind.DISPUTED]
    request = await bench.ask_refund(surface=MANUAL)
    bench.processor.escalate_dispute(dispute)
    await bench.hear("dispute", dispute)
    assert await disputed(bench) == (FULL, 0, 0)
    assert (await bench.verbs(request.id))[-1] == "request.held"


async def test_a_pending_request_waits_for_the_bank(bench_on_each: Bench) -> None:
    bench = bench_on_each
    request, dispute = await held(bench)
    assert await disputed(bench) == (FULL, 0, 0)
    with pytest.raises(OnHold) as refused:
        await approve_request(bench.ctx, request.id, by=bench.staff(dana))
    assert refused.value.data["dispute"] == dispute
    assert (await bench.request(request.id)).state is RequestState.PENDING
    assert (await bench.verbs(request.id)).count("request.held") == 1
    bench.processor.close_dispute(dispute, "won")
    for _ in range(2):
        await bench.hear("dispute", dispute)
    assert await disputed(bench) == (0, FULL, 0)
    assert not await is_held(bench)
    await approve_request(bench.ctx, request.id, by=bench.staff(dana))
    await bench.settle()
    assert await disputed(bench) == (0, 0, FULL)


@pytest.mark.parametrize("by", ["deny", "withdraw"])
async def test_what_waits_for_the_bank_can_still_be_ended(bench: Bench, by: str) -> None:
    request, dispute = await held(bench)
    if by == "deny":
        await deny_request(bench.ctx, request.id, by=bench.staff(dana), answer="Your bank decides.")
    else:
        await withdraw_request(bench.ctx, request.id, by=bench.customer(surface=MANUAL))
    assert not await is_held(bench)
    assert await disputed(bench) == (FULL, 0, 0)
    bench.processor.close_dispute(dispute, "won")
    await bench.hear("dispute", dispute)
    assert await disputed(bench) == (0, 0, 0)


async def test_a_lost_dispute_denies_what_waited_for_it(bench_on_each: Bench) -> None:
    bench = bench_on_each
    request, dispute = await held(bench)
    bench.processor.close_dispute(dispute, "lost")
    for _ in range(2):
        await bench.hear("dispute", dispute)
    denied = await bench.request(request.id)
    assert (denied.state, denied.decided_by) == (RequestState.DENIED, "system:processor")
    assert not await is_held(bench)
    assert await disputed(bench) == (FULL, 0, 0)
    assert (await bench.mails())[-1] == "request-outcome denied"
    assert denied.ticket_id is not None
    async with bench.ctx.read(bench.lumen.id) as work:
        assert (await work.tickets.get(denied.ticket_id)).state is TicketState.CLOSED


async def test_two_disputes_hold_until_both_are_won(bench: Bench) -> None:
    request = await bench.ask_refund(surface=MANUAL)
    first = dispute_there(bench, 4900)
    await bench.hear("dispute", first)
    assert await disputed(bench) == (4900, 0, 0)
    bench.processor.close_dispute(first, "won")
    second = dispute_there(bench, 10000)  # the bank takes up another part before we hear of the first's end
    await bench.hear("dispute", second)
    assert await disputed(bench) == (FULL, 0, 0)
    await bench.hear("dispute", first)
    assert await disputed(bench) == (10000, 0, 0)
    assert await is_held(bench)
    bench.processor.close_dispute(second, "won")
    await bench.hear("dispute", second)
    assert await disputed(bench) == (0, FULL, 0)
    assert (await bench.verbs(request.id)).count("request.held") == 1


async def test_what_was_approved_and_not_sent_is_not_sent(bench: Bench) -> None:
    request = await bench.ask_refund()
    bench.processor.state.faults.add("status_before", path="/v1/refunds", status=429, times=None)
    dispute = dispute_there(bench)
    async with bench.ctx.begin(bench.lumen.id) as work:
        payment = await work.purchases.get_payment(bench.world.payments[alice.order_id])
        charge = bench.world.charges[alice.order_id]
        opened = DisputeState.OPEN
        fact = ProcessorDispute(dispute, charge, "", payment.captured, opened, "fraudulent", bench.clock())
        await take_in_dispute(work, fact, by=bench.system(), at=bench.clock())
    operation = await bench.operation(request.id)
    assert (operation.state, operation.failure) == (OperationState.FAILED, "charge_disputed")
    await bench.settle()
    assert bench.refunds() == []
    assert await disputed(bench) == (FULL, 0, 0)
    with pytest.raises(NotOffered):
        await retry_request(bench.ctx, request.id, by=bench.staff(dana))
    bench.processor.close_dispute(dispute, "won")
    await bench.hear("dispute", dispute)
    bench.processor.state.faults.clear()
    await retry_request(bench.ctx, request.id, by=bench.staff(dana))
    await bench.settle(minutes=5)
    assert (await bench.request(request.id)).state is RequestState.DONE


@pytest.mark.parametrize("first", ["refund", "dispute"])
async def test_a_refund_and_a_dispute_that_cross_come_to_the_same_books(bench: Bench, first: str) -> None:
    """Money that went back twice is said so, whichever was heard of first; until the bank gives it back."""
    refund = str(bench.processor.refund_elsewhere(bench.world.charges[alice.order_id], 4900)["id"])
    dispute = dispute_there(bench, FULL)
    heard = [("refund", refund), ("dispute", dispute)]
    for kind, name in heard if first == "refund" else heard[::-1]:
        await bench.hear(kind, name)
    assert await disputed(bench) == (FULL - 4900, 0, 4900)
    assert await open_alerts(bench) == [AlertKind.DISPUTED, AlertKind.REFUND_CROSSED_DISPUTE]
    bench.processor.close_dispute(dispute, "won")
    await bench.hear("dispute", dispute)
    assert await disputed(bench) == (0, 0, 4900)
    assert await open_alerts(bench) == []


async def test_ours_that_succeeds_although_disputed_calls_people(bench: Bench) -> None:
    request = await bench.ask_refund()
    bench.processor.state.faults.add("refund_pending", seconds=3600.0)
    await bench.settle()
    dispute = dispute_there(bench)
    await bench.hear("dispute", dispute)
    assert await disputed(bench) == (0, FULL, 0)
    refund = (await bench.operation(request.id)).processor_id
    assert refund is not None
    bench.processor.settle_refund(refund, "succeeded")
    await bench.hear("refund", refund)
    assert await disputed(bench) == (0, 0, FULL)
    assert AlertKind.REFUND_CROSSED_DISPUTE in await open_alerts(bench)
    bench.processor.settle_refund(refund, "failed")
    await bench.hear("refund", refund)
    assert await disputed(bench) == (FULL, 0, 0)
    assert AlertKind.REFUND_CROSSED_DISPUTE not in await open_alerts(bench)


async def test_a_held_request_that_is_refunded_elsewhere_is_done(bench: Bench) -> None:
    request, dispute = await held(bench)
    bench.processor.close_dispute(dispute, "won")
    refund = str(bench.processor.refund_elsewhere(bench.world.charges[alice.order_id])["id"])
    await bench.hear("refund", refund)  # before we hear that it was won
    assert (await bench.request(request.id)).state is RequestState.DONE
    assert not await is_held(bench)
    await bench.hear("dispute", dispute)
    assert await disputed(bench) == (0, 0, FULL)
    assert await open_alerts(bench) == []


async def test_a_dispute_an_approval_and_the_sending_at_once_come_to_one_end(bench_on_each: Bench) -> None:
    """Held, failed, or refunded before the bank was heard of: never both without an alert, nothing lost."""
    bench = bench_on_each
    request = await bench.ask_refund(surface=MANUAL)
    dispute = dispute_there(bench)

    async def say_yes(person: Any) -> None:
        try:
            await patiently(lambda: approve_request(bench.ctx, request.id, by=bench.staff(person)))
        except (AlreadyDecided, OnHold, NotOffered):
            return

    came = await asyncio.gather(
        say_yes(dana), bench.hear("dispute", dispute), say_yes(erin), return_exceptions=True
    )
    assert [each for each in came if isinstance(each, Exception | Refusal)] == []
    for wait in (5, 30, 300):
        await bench.settle(seconds=wait)
    state = (await bench.request(request.id)).state
    assert state in {RequestState.PENDING, RequestState.FAILED}
    assert await is_held(bench) is (state is RequestState.PENDING)
    assert bench.refunds() == []
    assert await disputed(bench) == (FULL, 0, 0)


async def test_asking_and_a_dispute_at_once_leave_nothing_reserved_of_disputed_money(
    bench_on_each: Bench,
) -> None:
    bench = bench_on_each
    dispute = dispute_there(bench)
    came = await asyncio.gather(
        bench.ask_refund(surface=MANUAL), bench.hear("dispute", dispute), return_exceptions=True
    )
    await bench.settle(seconds=5)
    assert await disputed(bench) == (FULL, 0, 0)
    assert await is_held(bench) is isinstance(came[0], Request)


async def test_a_request_whose_money_went_back_meanwhile_does_not_go_on(bench: Bench) -> None:
    """An export told of it; what is left does not hold the request any more."""
    request, dispute = await held(bench)
    payment = await bench.payment()
    told = Money(FULL, payment.captured.currency)
    refund = Refund(new_id(RefundId), payment.account_id, payment.id, None, told, None, bench.ctx.now(), None)
    async with bench.ctx.begin(bench.lumen.id) as work:
        assert await work.purchases.settle_refund(refund)
    bench.processor.close_dispute(dispute, "won")
    await bench.hear("dispute", dispute)
    done = await bench.request(request.id)
    assert (done.state, done.approved_amount) == (RequestState.DONE, told)
    assert await disputed(bench) == (0, 0, FULL)
    assert not await is_held(bench)


async def test_what_was_read_before_somebody_else_moved_it_is_read_again(bench: Bench) -> None:
    """Two deliveries read it at once, and the slower one had read the older state."""
    request, dispute = await held(bench)
    payment, before = await bench.payment(), bench.clock()
    opened = DisputeState.OPEN
    stale = ProcessorDispute(
        dispute, bench.world.charges[alice.order_id], "", payment.captured, opened, "slow", before
    )
    bench.processor.close_dispute(dispute, "won")
    bench.clock.turn(seconds=1)
    await bench.hear("dispute", dispute)
    async with bench.ctx.begin(bench.lumen.id) as work:
        came = await take_in_dispute(work, stale, by=bench.system(), at=bench.clock(), read_at=before)
    assert came is TakenIn.WAITS
    assert not await is_held(bench)
    assert await disputed(bench) == (0, FULL, 0)
    assert (await bench.request(request.id)).state is RequestState.PENDING
