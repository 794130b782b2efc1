"""Invoices that wait for their money: a card that is declined, one whose bank asks, and one that works."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

from tests.selfbill.sandbox.processor_bench import Bench, open_bench

ASKS, ASKS_ONCE, FAILS, WORKS = "4000002760003184", "4000002500003155", "4000000000000341", "5555555555554444"


async def overdue(bench: Bench) -> Any:
    """The open invoice of Alice's membership, whose card was declined at its renewal."""
    bench.sandbox.change_card_elsewhere("cus_alice", FAILS)
    subscription = bench.sandbox.renew("sub_gold")
    assert subscription["status"] == "past_due"
    return await bench.v1.invoices.retrieve_async(subscription["latest_invoice"])


async def pay(bench: Bench, invoice_id: str, card: str) -> Any:
    return await bench.v1.invoices.pay_async(invoice_id, {"payment_method": card})


async def status_of(bench: Bench) -> str:
    return str((await bench.v1.subscriptions.retrieve_async("sub_gold")).status)


async def test_a_card_that_works_pays_what_is_overdue() -> None:
    async with open_bench() as bench:
        invoice = await overdue(bench)
        assert (invoice.status, invoice.amount_remaining, invoice.attempt_count) == ("open", 3900, 1)
        card = bench.sandbox.change_card_elsewhere("cus_alice", WORKS)
        paid = await pay(bench, invoice.id, card["id"])
        assert (paid.status, paid.amount_remaining, await status_of(bench)) == ("paid", 0, "active")
        with pytest.raises(stripe.InvalidRequestError, match="already paid"):
            await pay(bench, invoice.id, card["id"])


async def test_a_declined_card_leaves_it_open() -> None:
    async with open_bench() as bench:
        invoice = await overdue(bench)
        card = bench.sandbox.change_card_elsewhere("cus_alice", FAILS)
        with pytest.raises(stripe.CardError) as refused:
            await pay(bench, invoice.id, card["id"])
        assert (refused.value.code, refused.value.http_status) == ("card_declined", 402)
        again = await bench.v1.invoices.retrieve_async(invoice.id, {"expand": ["payments"]})
        assert (again.status, again.attempt_count, again.payments.data[0].status) == ("open", 2, "open")
        assert await status_of(bench) == "past_due"


async def test_a_bank_that_asks_is_answered_on_the_invoices_page() -> None:
    async with open_bench() as bench:
        invoice = await overdue(bench)
        card = bench.sandbox.change_card_elsewhere("cus_alice", ASKS)
        with pytest.raises(stripe.CardError) as refused:
            await pay(bench, invoice.id, card["id"])
        assert refused.value.code == "invoice_payment_intent_requires_action"
        path = "payments.data.payment.payment_intent"
        waiting = await bench.v1.invoices.retrieve_async(invoice.id, {"expand": ["payments", path]})
        assert waiting.payments.data[0].payment.payment_intent.status == "requires_action"
        failed = bench.sandbox.pay_with_saved_card(waiting.hosted_invoice_url, authenticate=False)
        assert "unable to authenticate" in failed.says
        assert await status_of(bench) == "past_due"
        assert bench.sandbox.pay_with_saved_card(waiting.hosted_invoice_url).worked
        assert (await bench.v1.invoices.retrieve_async(invoice.id)).status == "paid"
        assert await status_of(bench) == "active"


async def test_a_card_that_asks_each_time_leaves_a_renewal_behind_and_one_that_asks_once_does_not() -> None:
    async with open_bench() as bench:
        for number, status in ((ASKS, "past_due"), (ASKS_ONCE, "active")):
            bench.sandbox.change_card_elsewhere("cus_alice", number)
            assert bench.sandbox.renew("sub_gold")["status"] == status


async def test_another_card_pays_on_the_invoices_page() -> None:
    async with open_bench() as bench:
        invoice = await overdue(bench)
        url = invoice.hosted_invoice_url
        assert bench.sandbox.enter_card(url, FAILS).says == "Your card was declined."
        assert bench.sandbox.enter_card(url, "4000000000009995").says == "Your card has insufficient funds."
        assert bench.sandbox.enter_card(url, ASKS_ONCE).worked
        assert bench.sandbox.enter_card(url, WORKS).says == "This page is over."
        assert await status_of(bench) == "active"


async def test_each_subscription_pays_with_its_own_card_or_the_customers() -> None:
    async with open_bench() as bench:
        own = bench.sandbox.change_card_elsewhere("cus_alice", WORKS, subscription="sub_gold")
        bench.sandbox.change_card_elsewhere("cus_alice", FAILS)
        renewed = bench.sandbox.renew("sub_gold")
        charges = await bench.v1.charges.list_async({"customer": "cus_alice", "limit": 1})
        assert (renewed["status"], charges.data[0].payment_method) == ("active", own["id"])


async def test_an_invoice_names_what_it_is_for() -> None:
    async with open_bench() as bench:
        invoice_id = bench.sandbox.renew("sub_gold")["latest_invoice"]
        invoice = await bench.v1.invoices.retrieve_async(invoice_id)
        line = invoice.lines.data[0]
        price = await bench.v1.prices.retrieve_async(line.pricing.price_details.price)
        product = await bench.v1.products.retrieve_async(line.pricing.price_details.product)
        assert (product.name, price.unit_amount, line.description) == ("Gold", 3900, "1 × Gold")
        assert line.parent.subscription_item_details.subscription == "sub_gold"


async def test_a_portal_without_settings_opens_no_page() -> None:
    async with open_bench() as bench:
        bench.sandbox.allow_portal(yes=False)
        with pytest.raises(stripe.InvalidRequestError, match="default configuration has not been created"):
            await bench.v1.billing_portal.sessions.create_async({"customer": "cus_alice"})
