"""Walking the processor's lists: every object once, newest first, over any number of pages."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from billing.processor import AnswerLost, Listed
from billing.processor_facts import ProcessorFact
from billing.providers.stripe import StripeProvider
from billing.states import SubscriptionState
from selfbill.sandbox.processor.past import write_books
from tests.billing.providers.processors import Processor, SmallStripe

KINDS = {
    Listed.CUSTOMERS: "customer",
    Listed.SUBSCRIPTIONS: "subscription",
    Listed.INVOICES: "invoice",
    Listed.CHARGES: "charge",
    Listed.REFUNDS: "refund",
    Listed.DISPUTES: "dispute",
}


async def walk(
    provider: StripeProvider, what: Listed, since: datetime | None = None, until: datetime | None = None
) -> list[Sequence[ProcessorFact]]:
    """All pages."""
    pages, after = [], None
    while not pages or after is not None:
        page = await provider.list_page(what, after=after, since=since, until=until)
        pages.append(page.facts)
        after = page.after
    return pages


def seed_customers(small: SmallStripe, count: int) -> None:
    now = small.sandbox.state.now()
    small.sandbox.seed(
        {"object": "customer", "id": f"cus_{number:04}", "email": "a@example.net", "created": now - number}
        for number in range(count)
    )


async def test_each_list_tells_its_own(processor: Processor) -> None:
    customer = await processor.customer()
    subscription = await processor.subscription(customer)
    charge = await processor.charge(customer)
    refund = await processor.refund_elsewhere(charge, 300)
    made = {
        Listed.CUSTOMERS: customer,
        Listed.SUBSCRIPTIONS: subscription,
        Listed.CHARGES: charge,
        Listed.REFUNDS: refund,
    }
    for what, name in made.items():
        page = await processor.provider.list_page(what)
        assert name in {each.id for each in page.facts}, what
    [subscribed] = [
        each
        for each in (await processor.provider.list_page(Listed.SUBSCRIPTIONS)).facts
        if each.id == subscription
    ]
    assert subscribed == await processor.provider.read_subscription(subscription)
    invoices = (await processor.provider.list_page(Listed.INVOICES)).facts
    [invoice] = [each for each in invoices if getattr(each, "subscription", "") == subscription]
    assert invoice == await processor.provider.read_invoice(invoice.id)


async def test_a_walk_over_pages_tells_each_once_newest_first(small: SmallStripe) -> None:
    seed_customers(small, 250)
    pages = await walk(small.provider, Listed.CUSTOMERS)
    assert [len(page) for page in pages] == [100, 100, 50]
    assert [each.id for page in pages for each in page] == [f"cus_{number:04}" for number in range(250)]


async def test_books_of_some_years_are_walked_whole(small: SmallStripe) -> None:
    small.sandbox.seed(write_books(400, now=small.sandbox.state.now()))
    for what, kind in KINDS.items():
        walked = [each.id for page in await walk(small.provider, what) for each in page]
        assert len(walked) == len(set(walked)) == small.sandbox.state.store.count(kind), what
        assert len(walked) > (100 if what in (Listed.INVOICES, Listed.CHARGES) else 0)


async def test_a_sale_with_an_invoice_says_what_was_sold_and_the_tax(small: SmallStripe) -> None:
    customer, now = await small.customer(), small.sandbox.state.now()
    price = {"object": "price", "id": "price_print", "product": "prod_print"}
    charge = {"object": "charge", "id": "ch_print", "customer": customer, "price": "price_print", "tax": 190}
    small.sandbox.seed(
        [
            {"object": "product", "id": "prod_print", "name": "A print", "created": now},
            {**price, "unit_amount": 1190, "currency": "eur", "created": now},
            {**charge, "amount": 1190, "currency": "eur", "created": now, "invoice_number": "A-0001"},
        ]
    )
    there = await small.provider.read_charge("ch_print")
    assert there is not None
    assert there.invoice is not None
    assert (there.invoice.product, there.invoice.price_point) == ("A print", "11.90 EUR")
    assert (there.invoice.subscription, there.invoice.number) == ("", "A-0001")
    assert (there.invoice.total.minor, there.invoice.tax.minor) == (1190, 190)
    assert (await small.provider.list_page(Listed.INVOICES)).facts == [there.invoice]


async def test_a_list_that_is_refused_is_no_answer(small: SmallStripe) -> None:
    small.sandbox.state.faults.add("status_before", path="/v1/customers", status=400)
    with pytest.raises(AnswerLost):
        await small.provider.list_page(Listed.CUSTOMERS)


async def test_a_page_that_is_just_full_is_the_last(small: SmallStripe) -> None:
    seed_customers(small, 100)
    assert [len(page) for page in await walk(small.provider, Listed.CUSTOMERS)] == [100]
    assert await walk(small.provider, Listed.DISPUTES) == [[]]


async def test_a_span_begins_with_its_first_second_and_ends_before_its_last(small: SmallStripe) -> None:
    seed_customers(small, 10)
    now = small.clock()
    pages = await walk(
        small.provider, Listed.CUSTOMERS, now - timedelta(seconds=7), now - timedelta(seconds=3)
    )
    assert [each.id for each in pages[0]] == ["cus_0004", "cus_0005", "cus_0006", "cus_0007"]


async def test_what_was_deleted_on_the_way_loses_nothing(small: SmallStripe) -> None:
    seed_customers(small, 250)
    first = await small.provider.list_page(Listed.CUSTOMERS)
    small.sandbox.state.store.remove("cus_0099")
    assert first.after is not None
    second = await small.provider.list_page(Listed.CUSTOMERS, after=first.after)
    assert [each.id for each in second.facts][:2] == ["cus_0100", "cus_0101"]


async def test_subscriptions_that_have_ended_are_listed(small: SmallStripe) -> None:
    name = await small.subscription(await small.customer())
    small.sandbox.cancel_elsewhere(name)
    [there] = (await small.provider.list_page(Listed.SUBSCRIPTIONS)).facts
    assert there.state is SubscriptionState.CANCELED


async def test_a_currency_that_nobody_knows_is_left_out_and_counted(small: SmallStripe) -> None:
    customer = await small.customer()
    await small.charge(customer)
    await small.charge(customer, 5, "usdc")
    page = await small.provider.list_page(Listed.CHARGES)
    assert (len(page.facts), page.left_out) == (1, 1)


async def test_what_was_not_captured_has_paid_nothing(small: SmallStripe) -> None:
    name = await small.charge(await small.customer())
    with small.sandbox.state.by_hand(name):
        waits = {"captured": False, "amount_captured": 0}
        small.sandbox.state.store.put({**small.sandbox.state.get("charge", name), **waits})
    [charge] = (await small.provider.list_page(Listed.CHARGES)).facts
    assert not charge.captured


async def test_a_charge_without_an_intent_stands_for_itself(small: SmallStripe) -> None:
    small.sandbox.sell(500, customer=await small.customer(), payment_intent=None, id=uuid4().hex)
    [charge] = (await small.provider.list_page(Listed.CHARGES)).facts
    assert charge.payment_intent == charge.id


async def test_names_of_wares_are_asked_for_once_a_page(small: SmallStripe) -> None:
    for product in ("Gold", "Silver", "Gold"):
        await small.subscription(await small.customer(), product)
    seen = small.sandbox.state.seen
    seen.clear()
    page = await small.provider.list_page(Listed.SUBSCRIPTIONS)
    assert sorted(each.product for each in page.facts) == ["Gold", "Gold", "Silver"]
    assert [each.path for each in seen] == ["/v1/subscriptions", "/v1/products"]
    await small.provider.list_page(Listed.SUBSCRIPTIONS)
    assert [each.path for each in seen][2:] == ["/v1/subscriptions"]


@pytest.mark.parametrize("what", list(Listed))
async def test_an_empty_list_is_one_empty_page(small: SmallStripe, what: Listed) -> None:
    page = await small.provider.list_page(what)
    assert (list(page.facts), page.after, page.left_out) == ([], None, 0)
