"""Refunds at the processor: once for a key, marked, found again, and refused with a reason."""

import asyncio
from dataclasses import replace

import pytest

from billing.processor import AnswerLost, KeyMismatch, Outcome, TryLater
from billing.providers.stripe_client import OPERATION_MARK
from tests.billing.providers.making import refund
from tests.billing.providers.processors import Processor, SmallStripe

REFUNDS = {"method": "POST", "path": "/v1/refunds"}


async def amounts(processor: Processor, charge: str) -> list[int]:
    return [each.amount.minor for each in await processor.provider.list_refunds(charge)]


async def test_a_refund_is_made_marked_and_found(processor: Processor) -> None:
    charge = await processor.charge(await processor.customer())
    asked = refund(charge, 1000)
    assert await processor.provider.find(asked) is None
    answer = await processor.provider.carry_out(asked)
    assert (answer.outcome, answer.failure) == (Outcome.SUCCEEDED, None)
    assert await processor.provider.find(asked) == answer
    assert answer.processor_id is not None
    made = await processor.provider.read_refund(answer.processor_id)
    assert made is not None
    assert (made.amount, made.charge, made.operation_id) == (asked.amount, charge, asked.id)
    assert (made.is_final, made.has_failed, made.failure) == (True, False, None)
    there = await processor.provider.read_charge(charge)
    assert there is not None
    assert there.refunded == asked.amount


async def test_two_equal_parts_are_two_refunds(processor: Processor) -> None:
    charge = await processor.charge(await processor.customer())
    answers = [await processor.provider.carry_out(refund(charge, 400)) for _ in range(2)]
    assert answers[0].processor_id != answers[1].processor_id
    assert await amounts(processor, charge) == [400, 400]


async def test_the_same_key_is_the_same_refund(processor: Processor) -> None:
    charge = await processor.charge(await processor.customer())
    asked = refund(charge, 400)
    assert await processor.provider.carry_out(asked) == await processor.provider.carry_out(asked)
    assert await amounts(processor, charge) == [400]


async def test_a_key_that_went_out_with_another_amount_is_a_mismatch(processor: Processor) -> None:
    charge = await processor.charge(await processor.customer())
    asked = refund(charge, 400)
    await processor.provider.carry_out(asked)
    with pytest.raises(KeyMismatch):
        await processor.provider.carry_out(replace(refund(charge, 401), key=asked.key))
    assert await amounts(processor, charge) == [400]


async def test_what_cannot_be_given_back_is_refused(processor: Processor) -> None:
    charge = await processor.charge(await processor.customer())
    too_much = await processor.provider.carry_out(refund(charge, 1001))
    assert (too_much.outcome, too_much.failure) == (Outcome.FAILED, "amount_too_large")
    await processor.provider.carry_out(refund(charge, 1000))
    again = await processor.provider.carry_out(refund(charge, 1000))
    assert (again.outcome, again.failure) == (Outcome.FAILED, "charge_already_refunded")
    nowhere = await processor.provider.carry_out(refund("ch_of_nobody", 1000))
    assert (nowhere.outcome, nowhere.failure) == (Outcome.FAILED, "resource_missing")
    assert await processor.provider.find(refund("ch_of_nobody", 1000)) is None


async def test_a_payment_may_be_known_by_its_intent(processor: Processor) -> None:
    there = await processor.provider.read_charge(await processor.charge(await processor.customer()))
    assert there is not None
    asked = refund(there.payment_intent, 300)
    answer = await processor.provider.carry_out(asked)
    assert answer.outcome is Outcome.SUCCEEDED
    assert await processor.provider.find(asked) == answer
    assert await amounts(processor, there.payment_intent) == [300]


async def test_whole_units_go_back_as_whole_units(processor: Processor) -> None:
    charge = await processor.charge(await processor.customer(), 700, "jpy")
    await processor.provider.carry_out(refund(charge, 500, "JPY"))
    there = await processor.provider.read_charge(charge)
    assert there is not None
    assert (there.captured.decimal, there.refunded.decimal) == (700, 500)


async def test_an_amount_that_cannot_be_moved_fails_before_it_is_sent(small: SmallStripe) -> None:
    charge = await small.charge(await small.customer(), 9000, "kwd")
    answer = await small.provider.carry_out(refund(charge, 5124, "KWD"))
    assert (answer.outcome, answer.failure) == (Outcome.FAILED, "amount_not_possible")
    assert small.sandbox.refunds(charge) == []


async def test_a_refund_is_found_behind_a_hundred_others(processor: Processor) -> None:
    charge = await processor.charge(await processor.customer(), 12_000)
    first = refund(charge, 100)
    answer = await processor.provider.carry_out(first)
    for _ in range(101):
        await processor.refund_elsewhere(charge, 100)
    assert await processor.provider.find(first) == answer
    assert len(await processor.provider.list_refunds(charge)) == 102


async def test_of_two_refunds_with_one_mark_the_first_counts(processor: Processor) -> None:
    charge = await processor.charge(await processor.customer())
    asked = refund(charge, 400)
    first = await processor.provider.carry_out(asked)
    if isinstance(processor, SmallStripe):
        processor.clock.turn(minutes=1)
    await processor.refund_elsewhere(charge, 400, {OPERATION_MARK: asked.id.hex})
    assert await processor.provider.find(asked) == first


async def test_a_refund_made_elsewhere_has_no_mark(processor: Processor) -> None:
    charge = await processor.charge(await processor.customer())
    for mark in (None, {OPERATION_MARK: "none of ours"}):
        made = await processor.provider.read_refund(await processor.refund_elsewhere(charge, 200, mark))
        assert made is not None
        assert made.operation_id is None


async def test_a_pending_refund_stays_open_and_may_fail(small: SmallStripe) -> None:
    charge = await small.charge(await small.customer())
    asked = refund(charge, 400)
    small.sandbox.state.faults.add("refund_pending", **REFUNDS)
    answer = await small.provider.carry_out(asked)
    assert answer.outcome is Outcome.PENDING
    assert answer.processor_id is not None
    small.sandbox.settle_refund(answer.processor_id, "failed", "expired_or_canceled_card")
    found = await small.provider.find(asked)
    assert found is not None
    assert (found.outcome, found.failure) == (Outcome.FAILED, "expired_or_canceled_card")


async def test_a_refund_that_had_succeeded_fails_later(small: SmallStripe) -> None:
    asked = refund(await small.charge(await small.customer()), 400)
    answer = await small.provider.carry_out(asked)
    assert answer.processor_id is not None
    small.sandbox.settle_refund(answer.processor_id, "failed", "lost_or_stolen_card")
    found = await small.provider.find(asked)
    assert found is not None
    assert (found.outcome, found.failure) == (Outcome.FAILED, "lost_or_stolen_card")


async def test_disputed_money_is_refused(small: SmallStripe) -> None:
    charge = await small.charge(await small.customer())
    small.sandbox.open_dispute(charge)
    answer = await small.provider.carry_out(refund(charge, 400))
    assert (answer.outcome, answer.failure) == (Outcome.FAILED, "charge_disputed")


@pytest.mark.parametrize(("kind", "made"), [("lost_before", 0), ("lost_after", 1), ("status_after", 1)])
async def test_a_lost_answer_is_doubt_whatever_happened(small: SmallStripe, kind: str, made: int) -> None:
    asked = refund(await small.charge(await small.customer()), 400)
    small.sandbox.state.faults.add(kind, **REFUNDS)
    with pytest.raises(AnswerLost):
        await small.provider.carry_out(asked)
    assert (await small.provider.find(asked) is not None) == bool(made)


async def test_a_stored_500_is_replayed_and_reading_back_tells(small: SmallStripe) -> None:
    asked = refund(await small.charge(await small.customer()), 400)
    small.sandbox.state.faults.add("status_after", **REFUNDS)
    for _ in range(3):
        with pytest.raises(AnswerLost):
            await small.provider.carry_out(asked)
    found = await small.provider.find(asked)
    assert found is not None
    assert found.outcome is Outcome.SUCCEEDED
    assert len(small.sandbox.refunds(asked.processor_target)) == 1


async def test_being_asked_to_wait_did_nothing(small: SmallStripe) -> None:
    asked = refund(await small.charge(await small.customer()), 400)
    small.sandbox.state.faults.add("status_before", status=429, retry_after=7, **REFUNDS)
    with pytest.raises(TryLater) as busy:
        await small.provider.carry_out(asked)
    assert busy.value.after is not None
    assert busy.value.after.total_seconds() == 7
    assert small.sandbox.refunds(asked.processor_target) == []


async def test_a_key_in_use_waits(small: SmallStripe) -> None:
    asked = refund(await small.charge(await small.customer()), 400)
    slow = small.sandbox.state.faults.add("slow", **REFUNDS)
    first = asyncio.create_task(small.provider.carry_out(asked))
    await slow.arrived.wait()
    with pytest.raises(TryLater, match="in use"):
        await small.provider.carry_out(asked)
    small.sandbox.state.faults.clear()
    assert (await first).outcome is Outcome.SUCCEEDED
    assert len(small.sandbox.refunds(asked.processor_target)) == 1


async def test_a_list_that_lags_hides_no_refund_whose_id_is_known(small: SmallStripe) -> None:
    asked = refund(await small.charge(await small.customer()), 400)
    answer = await small.provider.carry_out(asked)
    small.sandbox.state.faults.add("listing_lag", path="/v1/refunds", seconds=60.0, times=None)
    assert await small.provider.find(asked) is None
    assert await small.provider.find(replace(asked, processor_id=answer.processor_id)) == answer
