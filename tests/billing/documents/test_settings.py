"""Business details: who sells holds from now on, and documents of earlier payments keep who sold then."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from billing.documents.issuing import issue_credit_note, issue_invoice
from billing.documents.records import SoldLine
from billing.documents.settings import change_business, show_business
from billing.errors import Forbidden, Invalid, Stale
from billing.records import Document
from billing.versions import version_of
from tests.billing.documents.shop import Shop
from tests.people import StaffPerson, alice, dana, erin, frank

ID = alice.order_id


async def invoice(shop: Shop, order_id: str = ID) -> Mapping[str, Any]:
    document: Document = await issue_invoice(shop.ctx, shop.payment(order_id), by=shop.world.customer(alice))
    return document.frozen


async def test_a_changed_profile_does_not_change_documents_of_payments_before_it(shop_on_each: Shop):
    shop = shop_on_each
    by = shop.world.member(dana)
    before = await show_business(shop.ctx, by=by)
    await shop.set_business(city="Hamburg", colour="#112233", footer="HRB 1")
    await shop.set_business(city="Bremen", small_business=True)
    old = await invoice(shop)
    assert old["seller"]["city"] == before.seller.city
    assert (old["colour"], old["footer"]) == (before.colour, "")
    assert old["taxes"][0]["treatment"] == "zero"
    await shop.change_payment(alice.subscription_order_id, paid_at=shop.clock())
    new = await invoice(shop, alice.subscription_order_id)
    assert (new["seller"]["city"], new["colour"], new["footer"]) == ("Bremen", "#112233", "HRB 1")
    assert new["taxes"][0]["treatment"] == "small_business"


async def test_a_refund_is_by_the_seller_of_its_own_day(shop: Shop):
    await shop.set_business(city="Hamburg")
    refund_id = await shop.refund(ID, 100)
    await shop.set_business(city="Bremen")
    note: Any = (await issue_credit_note(shop.ctx, refund_id, by=shop.world.customer(alice))).frozen
    assert note["seller"]["city"] == "Hamburg"


async def test_who_never_said_where_they_are_leaves_nobody_behind(shop: Shop):
    await shop.set_business(street="", city="", tax_id="")
    shop.clock.turn(minutes=1)
    await shop.change_payment(ID, paid_at=shop.clock())
    await shop.set_business(city="Hamburg", street="Am Kai 1")
    assert (await invoice(shop))["seller"]["city"] == "Hamburg"


async def test_the_lines_that_were_sold_are_printed(shop: Shop):
    await shop.sold(
        ID,
        SoldLine("Course", "Standard", 2, 500, 10_000, 1900),
        SoldLine("Shipping", "", 1, 0, 500, 0, is_shipping=True),
    )
    frozen = await invoice(shop)
    assert [(e["quantity"], e["discount_minor"], e["treatment"], e["shipping"]) for e in frozen["lines"]] == [
        (2, 500, "standard", False),
        (1, 0, "zero", True),
    ]
    assert frozen["taxes"] == [
        {"treatment": "standard", "rate": "19", "net_minor": 10_000, "tax_minor": 1900},
        {"treatment": "zero", "rate": "0", "net_minor": 500, "tax_minor": 0},
    ]
    assert (frozen["net_minor"], frozen["tax_minor"], frozen["gross_minor"]) == (10_500, 1900, 12_400)


@pytest.mark.parametrize("seconds", [0, -30], ids=["at one moment", "by a clock that was set back"])
async def test_who_was_the_seller_for_no_time_is_on_no_document(shop_on_each: Shop, seconds: int):
    shop, by = shop_on_each, shop_on_each.world.member(dana)
    first = (await show_business(shop.ctx, by=by)).seller
    for name in ("A", "B", "C", "D", "E"):
        now = await show_business(shop.ctx, by=by)
        await change_business(shop.ctx, replace(now, seller=replace(now.seller, name=name)), by=by)
        shop.clock.turn(seconds=seconds)
    assert (await invoice(shop))["seller"]["name"] == first.name
    shop.clock.turn(minutes=5)
    await shop.change_payment(alice.subscription_order_id, paid_at=shop.clock())
    assert (await invoice(shop, alice.subscription_order_id))["seller"]["name"] == "E"


async def test_what_somebody_else_saved_is_not_overwritten(shop: Shop):
    by = shop.world.member(erin)
    early = await show_business(shop.ctx, by=by)
    await shop.set_business(city="Hamburg")
    with pytest.raises(Stale):
        await change_business(shop.ctx, early, by=by, seen=version_of(early))


@pytest.mark.parametrize("person", [frank], ids=["agent"])
async def test_owners_and_managers_alone_set_it(shop: Shop, person: StaffPerson):
    business = await show_business(shop.ctx, by=shop.world.member(dana))
    with pytest.raises(Forbidden):
        await change_business(shop.ctx, business, by=shop.world.member(person))


@pytest.mark.parametrize(
    "change",
    [
        {"colour": "red"},
        {"time_zone": "Moon/Base"},
        {"locale": "!"},
        {"tax_id": "DE1"},
        {"footer": "x" * 601},
    ],
    ids=str,
)
async def test_what_cannot_be_is_refused(shop: Shop, change: dict[str, str]):
    with pytest.raises(Invalid):
        await shop.set_business(**change)
