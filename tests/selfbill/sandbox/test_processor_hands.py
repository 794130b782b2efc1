"""What happens at the processor without the merchant's software: in its dashboard, at the bank, in time."""

from __future__ import annotations

import pytest

from selfbill.sandbox.processor.errors import ApiError
from tests.selfbill.sandbox.processor_bench import DAY, SECOND, Bench, open_bench


def kinds(bench: Bench) -> list[str]:
    """Of all events so far, the oldest first."""
    return [each["type"] for each in bench.sandbox.state.every("event")][::-1]


async def test_a_refund_elsewhere_counts_and_is_told() -> None:
    async with open_bench() as bench:
        refund = bench.sandbox.refund_elsewhere("ch_once", 300)
        charge = await bench.v1.charges.retrieve_async("ch_once")
        assert (refund["amount"], refund["metadata"], charge.amount_refunded) == (300, {}, 300)
        assert kinds(bench) == ["refund.created", "charge.refunded"]


async def test_a_refund_that_fails_after_success_is_told_and_freed() -> None:
    async with open_bench() as bench:
        refund = bench.sandbox.refund_elsewhere("ch_once")
        failed = bench.sandbox.settle_refund(refund["id"], "failed", "lost_or_stolen_card")
        charge = await bench.v1.charges.retrieve_async("ch_once")
        assert (failed["status"], charge.amount_refunded, charge.refunded) == ("failed", 0, False)
        assert kinds(bench)[-1] == "refund.failed"
        with pytest.raises(ApiError):
            bench.sandbox.settle_refund(refund["id"], "succeeded")


async def test_a_refund_may_wait_for_its_receiver_and_be_canceled() -> None:
    async with open_bench() as bench:
        bench.sandbox.state.faults.add("refund_asks", seconds=DAY)
        refund = await bench.v1.refunds.create_async({"charge": "ch_once"})
        assert refund.status == "requires_action"
        assert (await bench.v1.refunds.cancel_async(refund.id)).status == "canceled"
        assert (await bench.v1.charges.retrieve_async("ch_once")).amount_refunded == 0


async def test_a_subscription_ends_and_goes_on_elsewhere() -> None:
    async with open_bench() as bench:
        assert bench.sandbox.cancel_elsewhere("sub_gold", at_period_end=True)["cancel_at_period_end"]
        assert not bench.sandbox.undo_elsewhere("sub_gold")["cancel_at_period_end"]
        assert bench.sandbox.cancel_elsewhere("sub_gold")["status"] == "canceled"
        assert kinds(bench)[-1] == "customer.subscription.deleted"


async def test_a_card_changes_elsewhere() -> None:
    async with open_bench() as bench:
        default = bench.sandbox.change_card_elsewhere("cus_alice")
        own = bench.sandbox.change_card_elsewhere("cus_alice", "378282246310005", subscription="sub_gold")
        customer = await bench.v1.customers.retrieve_async("cus_alice")
        subscription = await bench.v1.subscriptions.retrieve_async("sub_gold")
        assert customer.invoice_settings.default_payment_method == default["id"]
        assert subscription.default_payment_method == own["id"]


async def test_an_inquiry_takes_no_money_until_it_becomes_a_dispute() -> None:
    async with open_bench() as bench:
        inquiry = bench.sandbox.open_dispute("ch_once", is_inquiry=True)
        assert (inquiry["status"], inquiry["balance_transactions"]) == ("warning_needs_response", [])
        await bench.v1.refunds.create_async({"charge": "ch_once", "amount": 100})
        dispute = bench.sandbox.escalate_dispute(inquiry["id"])
        assert [each["net"] for each in dispute["balance_transactions"]] == [-2500]
        with pytest.raises(ApiError, match="charged back"):
            bench.sandbox.refund_elsewhere("ch_once")


async def test_a_dispute_won_gives_its_money_back() -> None:
    async with open_bench() as bench:
        dispute = bench.sandbox.open_dispute("ch_once", 400)
        won = bench.sandbox.close_dispute(dispute["id"], "won")
        assert [each["amount"] for each in won["balance_transactions"]] == [-400, 400]
        assert kinds(bench) == [
            "charge.dispute.created",
            "charge.dispute.funds_withdrawn",
            "charge.dispute.funds_reinstated",
            "charge.dispute.closed",
        ]
        assert bench.sandbox.refund_elsewhere("ch_once")["amount"] == 1000


async def test_a_lost_dispute_stays_lost() -> None:
    async with open_bench() as bench:
        dispute = bench.sandbox.open_dispute("ch_once")
        bench.sandbox.close_dispute(dispute["id"], "lost")
        with pytest.raises(ApiError, match="already closed"):
            bench.sandbox.close_dispute(dispute["id"], "won")
        with pytest.raises(ApiError, match="charged back"):
            bench.sandbox.refund_elsewhere("ch_once")


async def test_the_merchant_may_give_in_or_answer() -> None:
    async with open_bench() as bench:
        first, second = bench.sandbox.open_dispute("ch_once"), bench.sandbox.open_dispute("ch_gold")
        evidence = {"evidence": {"uncategorized_text": "They came."}}
        assert (await bench.v1.disputes.update_async(first["id"], evidence)).status == "under_review"
        assert (await bench.v1.disputes.close_async(second["id"])).status == "lost"


async def test_a_sale_is_told() -> None:
    async with open_bench() as bench:
        charge = bench.sandbox.sell(700, customer="cus_alice", description="A book")
        found = await bench.v1.charges.retrieve_async(charge["id"])
        assert (found.amount, found.billing_details.email, found.created) == (
            700,
            "alice@example.net",
            SECOND,
        )
        assert kinds(bench) == ["charge.succeeded"]


async def test_a_deleted_customer_says_only_that() -> None:
    async with open_bench() as bench:
        assert (await bench.v1.customers.delete_async("cus_alice")).deleted
        gone = await bench.v1.customers.retrieve_async("cus_alice")
        assert gone.to_dict() == {"id": "cus_alice", "object": "customer", "deleted": True}
        assert (await bench.v1.customers.list_async()).data == []
        assert (await bench.v1.subscriptions.retrieve_async("sub_gold")).status == "canceled"
