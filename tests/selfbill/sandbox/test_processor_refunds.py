"""The sandbox's processor gives money back as Stripe does, by the real SDK."""

from __future__ import annotations

import asyncio

import pytest
import stripe

from tests.selfbill.sandbox.processor_bench import open_bench, open_control


async def test_a_refund_leaves_less_on_the_charge() -> None:
    async with open_bench() as bench:
        asked = {
            "charge": "ch_once",
            "amount": 400,
            "reason": "requested_by_customer",
            "metadata": {"operation": "o-1"},
        }
        refund = await bench.v1.refunds.create_async(asked)
        charge = await bench.v1.charges.retrieve_async("ch_once")
        assert (refund.status, refund.amount, refund.metadata["operation"]) == ("succeeded", 400, "o-1")
        assert (charge.amount_refunded, charge.refunded) == (400, False)


async def test_a_refund_without_amount_gives_back_what_is_left() -> None:
    async with open_bench() as bench:
        await bench.v1.refunds.create_async({"charge": "ch_once", "amount": 300})
        rest = await bench.v1.refunds.create_async({"payment_intent": "pi_once"})
        charge = await bench.v1.charges.retrieve_async("ch_once")
        assert rest.amount == 700
        assert charge.refunded is True


async def test_more_than_is_left_is_refused() -> None:
    async with open_bench() as bench:
        await bench.v1.refunds.create_async({"charge": "ch_once", "amount": 300})
        with pytest.raises(
            stripe.InvalidRequestError, match=r"\(\$73.00\) is greater than unrefunded"
        ) as refused:
            await bench.v1.refunds.create_async({"charge": "ch_once", "amount": 7300})
        assert (refused.value.http_status, refused.value.param) == (400, "amount")
        assert [each["amount"] for each in bench.sandbox.refunds("ch_once")] == [300]


async def test_a_charge_given_back_whole_is_refused_with_its_code() -> None:
    async with open_bench() as bench:
        await bench.v1.refunds.create_async({"charge": "ch_once"})
        with pytest.raises(stripe.InvalidRequestError) as refused:
            await bench.v1.refunds.create_async({"charge": "ch_once"})
        assert refused.value.code == "charge_already_refunded"


async def test_a_disputed_charge_is_not_refunded_until_the_dispute_is_won() -> None:
    async with open_bench() as bench, open_control(bench) as control:
        dispute = await control("disputes", {"charge": "ch_once"})
        with pytest.raises(stripe.InvalidRequestError) as refused:
            await bench.v1.refunds.create_async({"charge": "ch_once"})
        assert refused.value.code == "charge_disputed"
        listed = await bench.v1.disputes.list_async({"charge": "ch_once"})
        assert [each.id for each in listed.data] == [dispute["id"]]
        await control(f"disputes/{dispute['id']}/close", {"status": "won"})
        assert (await bench.v1.refunds.create_async({"charge": "ch_once"})).status == "succeeded"


@pytest.mark.parametrize(
    ("asked", "code", "status"),
    [
        ({"amount": 100}, "parameter_missing", 400),
        ({"charge": "ch_none"}, "resource_missing", 404),
        ({"charge": "ch_once", "amount": 0}, "parameter_invalid_integer", 400),
        ({"charge": "ch_once", "amount": "1.5"}, "parameter_invalid_integer", 400),
        ({"charge": "ch_once", "colour": "red"}, "parameter_unknown", 400),
    ],
)
async def test_a_wrong_refund_is_refused_with_stripes_code(asked: object, code: str, status: int) -> None:
    async with open_bench() as bench:
        with pytest.raises(stripe.InvalidRequestError) as refused:
            await bench.v1.refunds.create_async(asked)
        assert (refused.value.code, refused.value.http_status) == (code, status)
        assert bench.sandbox.refunds("ch_once") == []


async def test_refunds_of_a_charge_are_listed_in_pages() -> None:
    async with open_bench() as bench:
        made = [
            (await bench.v1.refunds.create_async({"charge": "ch_once", "amount": 100})).id for _ in range(5)
        ]
        first = await bench.v1.refunds.list_async({"charge": "ch_once", "limit": 2})
        second = await bench.v1.refunds.list_async(
            {"charge": "ch_once", "limit": 2, "starting_after": first.data[-1].id}
        )
        assert first.has_more
        assert [each.id for each in [*first.data, *second.data]] == made[::-1][:4]
        every = [each.id async for each in first.auto_paging_iter()]
        assert every == made[::-1]


async def test_a_pending_refund_succeeds_when_its_time_has_come() -> None:
    async with open_bench() as bench:
        bench.sandbox.state.faults.add("refund_pending", seconds=60)
        refund = await bench.v1.refunds.create_async({"charge": "ch_once", "amount": 400})
        assert (refund.status, refund.pending_reason) == ("pending", "processing")
        bench.clock.turn(seconds=61)
        assert (await bench.v1.refunds.retrieve_async(refund.id)).status == "succeeded"


async def test_a_refund_that_fails_later_frees_its_amount() -> None:
    async with open_bench() as bench:
        bench.sandbox.state.faults.add("refund_fails", seconds=60)
        refund = await bench.v1.refunds.create_async({"charge": "ch_once"})
        bench.clock.turn(seconds=61)
        failed = await bench.v1.refunds.retrieve_async(refund.id)
        charge = await bench.v1.charges.retrieve_async("ch_once")
        assert (failed.status, failed.failure_reason) == ("failed", "expired_or_canceled_card")
        assert (charge.amount_refunded, charge.refunded) == (0, False)


async def test_a_succeeded_refund_can_be_taken_back_by_hand() -> None:
    async with open_bench() as bench, open_control(bench) as control:
        refund = await bench.v1.refunds.create_async({"charge": "ch_once", "amount": 400})
        await control(f"refunds/{refund.id}/settle", {"status": "failed", "reason": "lost_or_stolen_card"})
        charge = await bench.v1.charges.retrieve_async("ch_once", {"expand": ["refunds"]})
        assert charge.amount_refunded == 0
        assert charge.refunds.data[0].failure_reason == "lost_or_stolen_card"


async def test_a_listing_may_lag_behind() -> None:
    async with open_bench() as bench:
        refund = await bench.v1.refunds.create_async({"charge": "ch_once", "amount": 400})
        bench.sandbox.state.faults.add("listing_lag", seconds=30)
        assert (await bench.v1.refunds.list_async({"charge": "ch_once"})).data == []
        again = await bench.v1.refunds.list_async({"charge": "ch_once"})
        assert [each.id for each in again.data] == [refund.id]


async def test_twenty_at_once_give_back_no_more_than_there_is() -> None:
    async with open_bench() as bench:
        tries = [bench.v1.refunds.create_async({"charge": "ch_once", "amount": 300}) for _ in range(20)]
        outcomes = await asyncio.gather(*tries, return_exceptions=True)
        assert sum(not isinstance(each, BaseException) for each in outcomes) == 3
        assert sum(each["amount"] for each in bench.sandbox.refunds("ch_once")) == 900
