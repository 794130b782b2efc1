"""Subscriptions, cards on file, invoices: what the sandbox's processor does with them, by the real SDK."""

from __future__ import annotations

import pytest
import stripe

from tests.selfbill.sandbox.processor_bench import DAY, SECOND, open_bench, open_control

ENDS = SECOND + 20 * DAY


async def test_the_period_end_stands_on_the_item() -> None:
    async with open_bench() as bench:
        subscription = await bench.v1.subscriptions.retrieve_async("sub_gold")
        item = subscription["items"].data[0]
        assert (item.current_period_end, item.price.unit_amount) == (ENDS, 3900)
        assert "current_period_end" not in subscription
        product = await bench.v1.products.retrieve_async(item.price.product)
        assert product.name == "Gold"


async def test_a_cancellation_at_period_end_can_be_undone() -> None:
    async with open_bench() as bench:
        asked = {"cancel_at_period_end": True, "cancellation_details": {"feedback": "unused"}}
        scheduled = await bench.v1.subscriptions.update_async("sub_gold", asked)
        assert (scheduled.status, scheduled.cancel_at, scheduled.canceled_at) == ("active", ENDS, SECOND)
        assert scheduled.cancellation_details.feedback == "unused"
        undone = await bench.v1.subscriptions.update_async("sub_gold", {"cancel_at_period_end": False})
        assert (undone.cancel_at_period_end, undone.cancel_at, undone.canceled_at) == (False, None, None)
        bench.clock.turn(days=21)
        assert (await bench.v1.subscriptions.retrieve_async("sub_gold")).status == "active"


async def test_a_scheduled_cancellation_takes_effect_in_time() -> None:
    async with open_bench() as bench:
        await bench.v1.subscriptions.update_async("sub_gold", {"cancel_at_period_end": True})
        bench.clock.turn(days=20)
        ended = await bench.v1.subscriptions.retrieve_async("sub_gold")
        assert (ended.status, ended.canceled_at, ended.ended_at) == ("canceled", SECOND, ENDS)
        with pytest.raises(stripe.InvalidRequestError):
            await bench.v1.subscriptions.update_async("sub_gold", {"cancel_at_period_end": False})


async def test_a_subscription_canceled_now_is_gone_for_a_second_cancellation() -> None:
    async with open_bench() as bench:
        assert (await bench.v1.subscriptions.cancel_async("sub_gold")).status == "canceled"
        with pytest.raises(stripe.InvalidRequestError) as refused:
            await bench.v1.subscriptions.cancel_async("sub_gold")
        assert (refused.value.code, refused.value.http_status) == ("resource_missing", 404)
        running = await bench.v1.subscriptions.list_async({"customer": "cus_alice"})
        every = await bench.v1.subscriptions.list_async({"customer": "cus_alice", "status": "all"})
        assert (len(running.data), len(every.data)) == (0, 1)


async def test_only_a_card_of_the_customer_can_pay() -> None:
    async with open_bench() as bench:
        paying = await bench.v1.subscriptions.update_async("sub_gold", {"default_payment_method": "pm_alice"})
        assert paying.default_payment_method == "pm_alice"
        with pytest.raises(stripe.InvalidRequestError) as refused:
            await bench.v1.subscriptions.update_async("sub_gold", {"default_payment_method": "pm_nobody"})
        assert refused.value.code == "resource_missing"


async def test_a_detached_card_no_longer_pays_and_stays_off() -> None:
    async with open_bench() as bench:
        await bench.v1.payment_methods.detach_async("pm_alice")
        customer = await bench.v1.customers.retrieve_async("cus_alice")
        cards = await bench.v1.payment_methods.list_async({"customer": "cus_alice", "type": "card"})
        assert (customer.invoice_settings.default_payment_method, cards.data) == (None, [])
        with pytest.raises(stripe.InvalidRequestError, match="may not be used again"):
            await bench.v1.payment_methods.attach_async("pm_alice", {"customer": "cus_alice"})
        assert (await bench.v1.customers.payment_methods.list_async("cus_alice")).data == []


async def test_customers_are_found_by_email() -> None:
    async with open_bench() as bench:
        made = await bench.v1.customers.create_async({"email": "bob@example.net", "metadata": {"lead": "8"}})
        listed = await bench.v1.customers.list_async({"email": "bob@example.net"})
        searched = await bench.v1.customers.search_async({"query": "metadata['lead']:'8' AND email~'BOB'"})
        changed = await bench.v1.customers.update_async(made.id, {"name": "Bob", "metadata": {"lead": ""}})
        assert [each.id for each in [*listed.data, *searched.data]] == [made.id, made.id]
        assert (changed.name, changed.metadata.to_dict()) == ("Bob", {})


async def test_a_charge_names_its_intent_and_the_intent_its_charge() -> None:
    async with open_bench() as bench:
        charge = await bench.v1.charges.retrieve_async("ch_once", {"expand": ["payment_intent", "customer"]})
        intent = await bench.v1.payment_intents.retrieve_async("pi_once", {"expand": ["latest_charge"]})
        assert (charge.payment_intent.latest_charge, charge.customer.email) == (
            "ch_once",
            "alice@example.net",
        )
        assert intent.latest_charge.payment_method_details.card.last4 == "4242"


async def test_an_invoice_shows_its_payments_when_asked() -> None:
    async with open_bench() as bench:
        invoices = await bench.v1.invoices.list_async(
            {"subscription": "sub_gold", "expand": ["data.payments"]}
        )
        invoice = invoices.data[0]
        assert invoice.parent.subscription_details.subscription == "sub_gold"
        assert invoice.payments.data[0].payment.payment_intent == "pi_gold"
        assert "payments" not in await bench.v1.invoices.retrieve_async(invoice.id)


async def test_a_renewal_bills_the_next_period() -> None:
    async with open_bench() as bench, open_control(bench) as control:
        await control("subscriptions/sub_gold/renew")
        subscription = await bench.v1.subscriptions.retrieve_async("sub_gold", {"expand": ["latest_invoice"]})
        assert subscription["items"].data[0].current_period_start == ENDS
        assert (subscription.latest_invoice.status, subscription.latest_invoice.amount_paid) == ("paid", 3900)


async def test_lists_go_back_in_time_by_created() -> None:
    async with open_bench() as bench:
        young = await bench.v1.charges.list_async({"created": {"gte": SECOND - 5 * DAY}})
        old = await bench.v1.charges.list_async({"ending_before": "ch_gold", "customer": "cus_alice"})
        assert [each.id for each in young.data] == ["ch_once"]
        assert [each.id for each in old.data] == ["ch_once"]


@pytest.mark.parametrize("expand", [["colour"], ["data.customer"], ["customer.invoice_settings.x.y.z"]])
async def test_what_cannot_be_expanded_is_refused(expand: list[str]) -> None:
    async with open_bench() as bench:
        with pytest.raises(stripe.InvalidRequestError, match=r"expand"):
            await bench.v1.charges.retrieve_async("ch_once", {"expand": expand})


async def test_an_address_nobody_knows_is_404_in_json() -> None:
    async with open_bench() as bench:
        with pytest.raises(stripe.InvalidRequestError, match="Unrecognized request URL") as refused:
            await bench.v1.payouts.list_async()
        assert refused.value.http_status == 404


async def test_the_account_can_be_read() -> None:
    async with open_bench() as bench:
        assert (await bench.v1.accounts.retrieve_current_async()).charges_enabled
