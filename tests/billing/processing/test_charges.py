"""Charges that an event names: a payment each, of its own purchase, with an Order ID, told often or not."""

import asyncio
from typing import Any

from billing.inbox import ProcessorEvent, take_in_event
from billing.money import Currency, Money
from billing.processing.order_ids import set_order_ids
from billing.records import Payment
from billing.states import PaymentState
from billing.views import PurchaseView
from tests.billing.bench import Bench
from tests.people import alice, bob

USD = Currency("USD")


async def paid(bench: Bench, charge: str) -> Payment | None:
    async with bench.ctx.read(bench.lumen.id) as work:
        return await work.purchases.find_payment_by_processor(charge)


async def views(bench: Bench, name: str) -> list[PurchaseView]:
    async with bench.ctx.read(bench.lumen.id) as work:
        return list(await work.purchases.list_views(bench.world.customers[name]))


async def sold(bench: Bench, amount: int, **fields: Any) -> str:
    """A charge made at the processor, told by an event."""
    charge = str(bench.processor.sell(amount, **fields)["id"])
    await bench.hear("charge", charge)
    return charge


async def test_a_renewal_is_the_next_payment_of_its_subscription(bench: Bench) -> None:
    before = {each.id for view in await views(bench, alice.name) for each in view.payments}
    bench.processor.change_card_elsewhere("cus_alice")
    billed = bench.processor.renew(bench.world.processor_subscription)
    for _ in range(3):
        await bench.hear("invoice", billed["latest_invoice"])
    (view,) = [view for view in await views(bench, alice.name) if view.subscription]
    (new,) = [each for each in view.payments if each.id not in before]
    assert (new.order_id, new.number, new.captured) == ("000001", 3, Money(3900, USD))
    async with bench.ctx.read(bench.lumen.id) as work:
        customer = await work.customers.find_by_pair("000001", alice.email)
    assert customer is not None
    assert "payment.taken_in" in await bench.journal_verbs()


async def test_a_guest_with_a_known_email_is_that_customer(bench: Bench) -> None:
    charge = await sold(bench, 1900, email=f" {bob.email.upper()}", name="Bob", description="Workbook")
    payment = await paid(bench, charge)
    assert payment is not None
    assert payment.customer_id == bench.world.customers[bob.name]
    (view,) = [view for view in await views(bench, bob.name) if view.product.name == "Workbook"]
    assert [each.id for each in view.payments] == [payment.id]


async def test_of_nobody_with_an_email_nothing_is_made(bench: Bench) -> None:
    assert await paid(bench, await sold(bench, 1900)) is None


async def test_a_charge_that_failed_is_a_failed_payment_without_an_order_id(bench: Bench) -> None:
    charge = await sold(bench, 1900, email=bob.email, status="failed")
    payment = await paid(bench, charge)
    assert payment is not None
    assert (payment.state, payment.order_id, payment.captured.minor) == (PaymentState.FAILED, None, 0)


async def test_another_currency_is_taken_as_it_is(bench: Bench) -> None:
    payment = await paid(bench, await sold(bench, 1900, currency="jpy", email=bob.email))
    assert payment is not None
    assert payment.captured == Money(1900, Currency("JPY"))


async def test_an_order_id_that_is_taken_is_passed_over(bench: Bench) -> None:
    """Bob's came with an export; changing the format changes none that was given."""
    by = bench.system(bench.lumen.id)
    first = await paid(bench, await sold(bench, 1000, email=bob.email))
    await set_order_ids(bench.ctx, template="{number}", width=1, start=int(bob.order_id), by=by)
    second = await paid(bench, await sold(bench, 1000, email=bob.email))
    await set_order_ids(bench.ctx, template="x-{year}/{month}-{number}", width=3, start=7, by=by)
    third = await paid(bench, await sold(bench, 1000, email=bob.email))
    given = [each.order_id for each in (first, second, third) if each]
    assert given == ["000001", str(int(bob.order_id) + 1), "X-2026/11-007"]


async def test_many_events_at_once_make_one_payment(bench_on_each: Bench) -> None:
    bench = bench_on_each
    charge = str(bench.processor.sell(2500, email="new@example.com", name="New")["id"])
    for number in range(6):
        event = ProcessorEvent("stripe", f"evt_{number}", "charge.updated", "charge", charge)
        await take_in_event(bench.ctx, bench.lumen.id, event, trace_id="trace")
    await asyncio.gather(*(bench.relay.drain() for _ in range(3)))
    await bench.settle(seconds=60)
    async with bench.ctx.read(bench.lumen.id) as work:
        (customer,) = await work.customers.list_by_email("new@example.com")
        (view,) = await work.purchases.list_views(customer.id)
    assert [each.order_id for each in view.payments] == ["000001"]
