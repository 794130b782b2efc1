"""Reading one object at a time: in our words, and None for what is not there."""

from datetime import date

import pytest

from billing.processor import AnswerLost, KeyRefused, Listed
from billing.providers.stripe import StripeProvider
from billing.records import Card
from billing.states import DisputeState, PaymentState
from tests.billing.providers.processors import Processor, SmallStripe


async def test_a_customer_and_their_card(processor: Processor) -> None:
    name = await processor.customer()
    customer = await processor.provider.read_customer(name)
    assert customer is not None
    assert (customer.id, customer.name) == (name, "Alice")
    assert "@example" in customer.email
    assert customer.default_method.startswith("pm_")
    assert await processor.provider.read_method_customer(customer.default_method) == name


async def test_a_deleted_customer_is_none(processor: Processor) -> None:
    name = await processor.customer()
    await processor.forget(name)
    assert await processor.provider.read_customer(name) is None


async def test_a_subscription_with_its_ware_and_the_card_that_pays(processor: Processor) -> None:
    customer = await processor.customer()
    name = await processor.subscription(customer, "Gold", 3900)
    there = await processor.provider.read_subscription(name)
    assert there is not None
    assert (there.customer, there.product, there.price_point) == (customer, "Gold", "39.00 USD / month")
    assert there.method == ""
    assert there.card is not None
    assert (there.card.brand, there.card.last_four) == ("visa", "4242")
    assert there.period_ends_at is not None
    assert (there.period_ends_at - there.made_at).days >= 28


async def test_a_subscription_with_a_card_of_its_own(small: SmallStripe) -> None:
    customer = await small.customer()
    name = await small.subscription(customer)
    method = small.sandbox.change_card_elsewhere(customer, subscription=name, expires=(2, 2032))["id"]
    there = await small.provider.read_subscription(name)
    assert there is not None
    assert (there.method, there.card) == (method, Card("mastercard", "4444", date(2032, 2, 29)))


async def test_a_charge_by_its_id_and_by_its_intent(processor: Processor) -> None:
    customer = await processor.customer()
    name = await processor.charge(customer, 1234)
    charge = await processor.provider.read_charge(name)
    assert charge is not None
    assert (charge.id, charge.customer, charge.state) == (name, customer, PaymentState.SUCCEEDED)
    assert (charge.captured.minor, charge.refunded.minor, charge.description) == (1234, 0, "A print")
    assert charge.card is not None
    assert charge.card.last_four == "4242"
    assert charge.invoice is None
    assert await processor.provider.read_charge(charge.payment_intent) == charge


async def test_a_charge_of_a_subscription_names_its_invoice(processor: Processor) -> None:
    customer = await processor.customer()
    subscription = await processor.subscription(customer, "Gold", 3900)
    intent = next(
        each.payment_intents[0]
        for each in (await processor.provider.list_page(Listed.INVOICES)).facts
        if each.subscription == subscription and each.payment_intents
    )
    charge = await processor.provider.read_charge(intent)
    assert charge is not None
    assert charge.invoice is not None
    assert (charge.invoice.subscription, charge.invoice.customer) == (subscription, customer)
    assert (charge.invoice.product, charge.invoice.price_point) == ("Gold", "39.00 USD / month")
    assert (charge.invoice.total.minor, charge.invoice.due.minor, charge.invoice.tax.minor) == (3900, 0, 0)
    assert charge.invoice.payment_intents == (intent,)
    assert await processor.provider.read_invoice(charge.invoice.id) == charge.invoice


async def test_an_open_invoice_can_be_paid_at_its_link(processor: Processor) -> None:
    subscription = await processor.subscription(await processor.customer())
    invoice = await processor.provider.read_invoice(await processor.overdue(subscription))
    assert invoice is not None
    assert (invoice.is_open, invoice.due.minor, invoice.subscription) == (True, 3900, subscription)
    assert invoice.link.startswith("http")


async def test_nothing_is_read_of_what_is_not_there(processor: Processor) -> None:
    provider = processor.provider
    assert [
        await provider.read_customer("cus_of_nobody"),
        await provider.read_subscription("sub_of_nobody"),
        await provider.read_charge("ch_of_nobody"),
        await provider.read_charge("pi_of_nobody"),
        await provider.read_refund("re_of_nobody"),
        await provider.read_dispute("du_of_nobody"),
        await provider.read_invoice("in_of_nobody"),
        await provider.read_method_customer("pm_of_nobody"),
    ] == [None] * 8
    assert await provider.list_refunds("ch_of_nobody") == []


async def test_a_failed_charge_tells_what_was_tried(small: SmallStripe) -> None:
    name = small.sandbox.sell(900, "eur", customer=await small.customer(), status="failed")["id"]
    charge = await small.provider.read_charge(name)
    assert charge is not None
    assert (charge.state, charge.captured.minor, charge.failure) == (
        PaymentState.FAILED,
        900,
        "card_declined",
    )


async def test_the_intent_of_several_tries_is_the_one_that_succeeded(small: SmallStripe) -> None:
    customer = await small.customer()
    for status in ("failed", "succeeded", "failed"):
        small.sandbox.sell(900, "eur", customer=customer, status=status, payment_intent="pi_tried")
        small.clock.turn(minutes=1)
    charge = await small.provider.read_charge("pi_tried")
    assert charge is not None
    assert charge.state is PaymentState.SUCCEEDED


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("needs_response", DisputeState.OPEN),
        ("under_review", DisputeState.OPEN),
        ("won", DisputeState.WON),
        ("lost", DisputeState.LOST),
        ("prevented", DisputeState.WON),
        ("warning_needs_response", DisputeState.INQUIRY),
        ("warning_under_review", DisputeState.INQUIRY),
        ("warning_closed", DisputeState.WON),
        ("of the future", DisputeState.OPEN),
    ],
)
async def test_each_state_of_a_dispute(small: SmallStripe, status: str, state: DisputeState) -> None:
    charge = await small.charge(await small.customer())
    made = small.sandbox.open_dispute(charge, 600)
    with small.sandbox.state.by_hand(charge):
        small.sandbox.state.store.put({**small.sandbox.state.get("dispute", made["id"]), "status": status})
    dispute = await small.provider.read_dispute(made["id"])
    assert dispute is not None
    assert (dispute.charge, dispute.amount.minor, dispute.state) == (charge, 600, state)
    assert dispute.payment_intent.startswith("pi_")


async def test_a_key_that_may_see_no_cards_reads_subscriptions_without(small: SmallStripe) -> None:
    name = await small.subscription(await small.customer())
    key = small.sandbox.add_key(permissions={"customer_read", "subscription_write"})
    provider = StripeProvider(key, api=small.sandbox.url)
    there = await provider.read_subscription(name)
    assert there is not None
    assert (there.card, there.product[:5]) == (None, "prod_")  # nor what products are called
    assert (await provider.list_page(Listed.SUBSCRIPTIONS)).facts == [there]
    await provider.close()


async def test_what_was_authorised_and_never_taken_is_no_refund(small: SmallStripe) -> None:
    name = await small.charge(await small.customer(), 1000)
    with small.sandbox.state.by_hand(name):
        there = small.sandbox.state.get("charge", name)
        small.sandbox.state.store.put({**there, "amount_captured": 400, "amount_refunded": 700})
    charge = await small.provider.read_charge(name)
    assert charge is not None
    assert (charge.captured.minor, charge.refunded.minor) == (400, 100)


async def test_a_currency_that_nobody_knows_is_none_of_ours(small: SmallStripe) -> None:
    charge = await small.charge(await small.customer(), 5, "usdc")
    refund = await small.refund_elsewhere(charge, 1)
    assert await small.provider.read_charge(charge) is None
    assert await small.provider.read_refund(refund) is None
    assert await small.provider.list_refunds(charge) == []


async def test_a_read_that_is_lost_is_no_answer(small: SmallStripe) -> None:
    # aiohttp itself repeats a read whose connection broke, once
    small.sandbox.state.faults.add("lost_before", path="/v1/charges/*", times=2)
    with pytest.raises(AnswerLost):
        await small.provider.read_charge("ch_of_nobody")


async def test_a_read_that_is_refused_is_no_answer(small: SmallStripe) -> None:
    small.sandbox.state.faults.add("status_before", path="/v1/charges/*", status=400)
    with pytest.raises(AnswerLost):
        await small.provider.read_charge("ch_of_nobody")


async def test_a_key_that_was_revoked_reads_nothing(small: SmallStripe) -> None:
    small.sandbox.revoke_key(small.sandbox.secret_key)
    with pytest.raises(KeyRefused, match="api_key_expired"):
        await small.provider.read_charge("ch_of_nobody")
