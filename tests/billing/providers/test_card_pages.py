"""A customer's way to another card: the hosted page, and what reading back believes."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from billing.processing.records import CardChange
from billing.processor import CardPage, CardPageState, KeyMismatch, Refused
from billing.providers.stripe import StripeProvider
from billing.states import CardPageKind
from tests.billing.providers.making import card_change
from tests.billing.providers.processors import CARDS, Processor, SmallStripe

BACK = "https://billing.example.com/lumen/cards/1"
WAITING, COMPLETE, EXPIRED = CardPageState.WAITING, CardPageState.COMPLETE, CardPageState.EXPIRED


def now_of(processor: Processor) -> datetime:
    return processor.clock() if isinstance(processor, SmallStripe) else datetime.now(UTC)


async def open_page(processor: Processor, change: CardChange, locale: str = "en") -> CardPage:
    return await processor.provider.open_card_page(
        change, processor_customer=change.processor_customer, return_url=BACK, locale=locale
    )


def opened(change: CardChange, page: CardPage) -> CardChange:
    return replace(change, page=page.kind, session=page.session, method_before=page.method_before)


async def begun(small: SmallStripe, *, portal: bool = True) -> tuple[CardChange, CardPage]:
    """A page is open for a customer with a card."""
    small.sandbox.allow_portal(yes=portal)
    change = card_change(await small.customer(), small.clock())
    page = await open_page(small, change)
    return opened(change, page), page


async def test_the_page_is_made_once_for_its_key(processor: Processor) -> None:
    customer = await processor.customer()
    change = card_change(customer, now_of(processor))
    page = await open_page(processor, change)
    assert page.link.startswith("http")
    there = await processor.provider.read_customer(customer)
    assert there is not None
    assert page.method_before == there.default_method
    assert await open_page(processor, change) == page
    with pytest.raises(KeyMismatch):
        await open_page(processor, replace(change, processor_customer=await processor.customer()))


async def test_a_new_default_card_is_believed(processor: Processor) -> None:
    customer = await processor.customer()
    change = card_change(customer, now_of(processor))
    page = await open_page(processor, change)
    change = replace(opened(change, page), page=CardPageKind.PORTAL)
    assert (await processor.provider.read_card_page(change)).state is WAITING
    method = await processor.another_card(customer)
    assert (await processor.provider.read_card_page(change)).state is WAITING
    await processor.make_default(customer, method)
    answer = await processor.provider.read_card_page(change)
    assert (answer.state, answer.method) == (COMPLETE, method)
    assert answer.card is not None
    assert (answer.card.brand, answer.card.last_four) == ("mastercard", "4444")


async def test_a_card_that_was_there_before_is_not_believed(small: SmallStripe) -> None:
    customer = await small.customer()
    older = await small.another_card(customer)
    small.clock.turn(hours=1)
    change = card_change(customer, small.clock())
    change = opened(change, await open_page(small, change))
    await small.make_default(customer, older)
    assert (await small.provider.read_card_page(change)).state is WAITING


async def test_a_customer_who_was_deleted_has_no_new_card(small: SmallStripe) -> None:
    change, _ = await begun(small)
    await small.forget(change.processor_customer)
    assert (await small.provider.read_card_page(change)).state is WAITING


async def test_nobody_gets_no_page(processor: Processor) -> None:
    with pytest.raises(Refused, match="no_customer"):
        await open_page(processor, card_change("cus_of_nobody", now_of(processor)))


async def test_the_portal_takes_the_card_and_leads_back(small: SmallStripe) -> None:
    change, page = await begun(small)
    assert page.kind is CardPageKind.PORTAL
    assert page.expires_at == small.clock() + timedelta(hours=1)
    assert small.sandbox.enter_card(page.link, CARDS["mastercard"][0]).location == BACK
    assert (await small.provider.read_card_page(change)).state is COMPLETE


async def test_without_portal_settings_checkout_takes_the_card(small: SmallStripe) -> None:
    change, page = await begun(small, portal=False)
    assert page.kind is CardPageKind.CHECKOUT
    assert page.expires_at > small.clock()
    assert (await small.provider.read_card_page(change)).state is WAITING
    assert small.sandbox.enter_card(page.link, CARDS["mastercard"][0]).location == BACK
    answer = await small.provider.read_card_page(change)
    assert answer.state is COMPLETE
    assert answer.card is not None
    assert answer.card.last_four == "4444"
    customer = await small.provider.read_customer(change.processor_customer)
    assert customer is not None
    assert answer.method not in ("", customer.default_method)  # Checkout saves it; the steps put it to use
    again = await open_page(small, change)
    assert (again.session, again.kind) == (page.session, CardPageKind.CHECKOUT)


@pytest.mark.parametrize("portal", [True, False])
async def test_a_declined_card_leaves_the_page_open(small: SmallStripe, portal: bool) -> None:
    change, page = await begun(small, portal=portal)
    assert small.sandbox.enter_card(page.link, "4000000000000002").says
    assert (await small.provider.read_card_page(change)).state is WAITING
    assert not small.sandbox.enter_card(page.link, CARDS["asks"][0], authenticate=False).worked
    assert (await small.provider.read_card_page(change)).state is WAITING
    assert small.sandbox.enter_card(page.link, CARDS["asks"][0]).worked
    assert (await small.provider.read_card_page(change)).state is COMPLETE


async def test_a_page_of_checkout_ends(small: SmallStripe) -> None:
    change, _ = await begun(small, portal=False)
    with small.sandbox.state.by_hand(change.session):
        there = small.sandbox.state.get("checkout.session", change.session)
        small.sandbox.state.store.put({**there, "status": "expired", "url": None})
    assert (await small.provider.read_card_page(change)).state is EXPIRED
    gone = replace(change, session="cs_of_nobody")
    assert (await small.provider.read_card_page(gone)).state is EXPIRED


async def test_checkout_is_asked_in_the_customers_currency(small: SmallStripe) -> None:
    small.sandbox.allow_portal(yes=False)
    customer = await small.customer()
    with small.sandbox.state.by_hand(customer):
        there = small.sandbox.state.get("customer", customer)
        small.sandbox.state.store.put({**there, "currency": "eur"})
    page = await open_page(small, card_change(customer, small.clock()))
    assert small.sandbox.state.get("checkout.session", page.session)["currency"] == "eur"


async def test_no_page_at_all_is_said(small: SmallStripe) -> None:
    small.sandbox.allow_portal(yes=False)
    small.sandbox.state.faults.add("status_before", path="/v1/checkout/sessions", status=400)
    with pytest.raises(Refused, match="no_card_page"):
        await open_page(small, card_change(await small.customer(), small.clock()))


async def test_a_key_without_the_portal_opens_checkout(small: SmallStripe) -> None:
    customer = await small.customer()
    key = small.sandbox.add_key(permissions={"customer_read", "checkout_session_write"})
    provider = StripeProvider(key, api=small.sandbox.url)
    page = await provider.open_card_page(
        card_change(customer, small.clock()), processor_customer=customer, return_url=BACK, locale="en"
    )
    assert page.kind is CardPageKind.CHECKOUT
    await provider.close()


async def test_a_session_whose_card_was_not_saved_waits(small: SmallStripe) -> None:
    change, page = await begun(small, portal=False)
    small.sandbox.enter_card(page.link, CARDS["visa"][0])
    with small.sandbox.state.by_hand(change.session):
        store = small.sandbox.state.store
        intent = small.sandbox.state.get("checkout.session", change.session)["setup_intent"]
        store.put({**small.sandbox.state.get("setup_intent", intent), "status": "processing"})
    assert (await small.provider.read_card_page(change)).state is WAITING


async def test_anothers_page_proves_nothing(small: SmallStripe) -> None:
    change, page = await begun(small, portal=False)
    small.sandbox.enter_card(page.link, CARDS["visa"][0])
    assert (await small.provider.read_card_page(change)).state is COMPLETE
    of_another = replace(change, processor_customer=await small.customer())
    assert (await small.provider.read_card_page(of_another)).state is WAITING
    another = card_change(change.processor_customer, small.clock())
    of_another_change = replace(another, page=CardPageKind.CHECKOUT, session=change.session)
    assert (await small.provider.read_card_page(of_another_change)).state is WAITING


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("de", "de"),
        ("de-AT", "de"),
        ("en-US", "en"),
        ("pt-BR", "pt-BR"),
        ("pt-PT", "pt"),
        ("zh-CN", "zh"),
        ("zh-Hans-CN", "zh"),
        ("zh-Hant-TW", "zh-TW"),
        ("tr", "tr"),
        ("ar", "auto"),
    ],
)
async def test_the_page_speaks_the_customers_language_if_it_can(
    small: SmallStripe, ours: str, theirs: str
) -> None:
    change = card_change(await small.customer(), small.clock())
    page = await open_page(small, change, ours)
    assert small.sandbox.state.get("billing_portal.session", page.session)["locale"] == theirs


async def test_what_a_customer_pays_with(processor: Processor) -> None:
    customer = await processor.customer()
    running, ended = [await processor.subscription(customer, each) for each in ("Gold", "Silver")]
    invoice = await processor.overdue(running)
    uses = await processor.provider.read_card_uses(customer)
    assert uses.default_method.startswith("pm_")
    assert {each.id for each in uses.subscriptions} == {running, ended}
    assert [(each.id, each.due.minor, each.subscription) for each in uses.overdue] == [
        (invoice, 3900, running)
    ]
    nobody = await processor.provider.read_card_uses("cus_of_nobody")
    assert (nobody.default_method, list(nobody.subscriptions), list(nobody.overdue)) == ("", [], [])


async def test_what_has_ended_is_paid_with_nothing(small: SmallStripe) -> None:
    customer = await small.customer()
    name = await small.subscription(customer)
    await small.overdue(name)
    small.sandbox.cancel_elsewhere(name)
    uses = await small.provider.read_card_uses(customer)
    assert (list(uses.subscriptions), list(uses.overdue)) == ([], [])
