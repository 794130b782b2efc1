"""Corrections of a buyer: a credit note and a new invoice, once by the customer, never over money."""

import asyncio

import pytest

from billing.documents.correcting import Lines, correct_invoice
from billing.documents.issuing import issue_credit_note, issue_invoice, issue_receipt
from billing.errors import CodeNeeded, Forbidden, Invalid, NotFound, NotOffered
from billing.records import Document
from billing.states import DocumentKind
from tests.billing.documents.shop import Shop
from tests.people import StaffPerson, alice, bob, dana, erin, frank, grace

ID = alice.order_id
_I, _C = DocumentKind.INVOICE, DocumentKind.CREDIT_NOTE


async def correct(shop: Shop, *, tax_id: str = "FR12345678901", company: str = "Moreau SARL") -> Document:
    by = shop.world.customer(alice)
    return await correct_invoice(
        shop.ctx, shop.payment(ID), by=by, name="Alice Moreau", company=company, tax_id=tax_id
    )


async def by_staff(shop: Shop, person: StaffPerson, city: str) -> Document:
    lines = Lines("12 rue de la Paix", city, "75002", "", "FR")
    by = shop.world.member(person)
    return await correct_invoice(
        shop.ctx, shop.payment(ID), by=by, name="Alice", company="", tax_id="", lines=lines
    )


async def test_a_correction_takes_the_invoice_back_and_stands_in_for_it(shop_on_each: Shop):
    shop = shop_on_each
    await shop.set_business(corrections=True)
    by = shop.world.customer(alice)
    before = await issue_invoice(shop.ctx, shop.payment(ID), by=by)
    after = await correct(shop)
    first, note, last = await shop.documents(ID)
    assert (first, last) == (before, after)
    assert [(e.kind, e.number, e.revision) for e in (note, last)] == [
        (_C, "CN-000001", 1),
        (_I, "INV-000002", 1),
    ]
    assert note.corrects_id == last.corrects_id == before.id
    assert note.frozen["why"] == "correction"
    assert note.frozen["invoice_number"] == last.frozen["replaces_number"] == "INV-000001"
    assert note.frozen["lines"] == before.frozen["lines"]
    assert note.frozen["buyer"] == before.frozen["buyer"]
    assert isinstance(last.frozen["buyer"], dict)
    assert last.frozen["buyer"]["company"] == "Moreau SARL"
    assert last.frozen["gross_minor"] == before.frozen["gross_minor"]
    assert await issue_invoice(shop.ctx, shop.payment(ID), by=by) == after
    receipt = await issue_receipt(shop.ctx, shop.payment(ID), by=by)
    assert receipt.frozen["buyer"] == last.frozen["buyer"]


async def test_a_vat_id_says_why_there_was_no_tax(shop: Shop):
    await shop.set_business(corrections=True)
    after = await correct(shop)
    assert after.frozen["taxes"] == [
        {"treatment": "reverse_charge", "rate": "0", "net_minor": 14900, "tax_minor": 0}
    ]


async def test_customers_correct_once_staff_any_number_of_times(shop: Shop):
    await shop.set_business(corrections=True)
    await correct(shop)
    with pytest.raises(NotOffered):
        await correct(shop, company="Another")
    for person, city in ((dana, "Lyon"), (erin, "Nice")):
        await by_staff(shop, person, city)
    numbers = [each.number for each in await shop.documents(ID)]
    assert numbers[-2:] == ["CN-000003", "INV-000004"]


async def test_many_who_correct_at_once_correct_once(shop_on_each: Shop):
    await shop_on_each.set_business(corrections=True)
    tries = await asyncio.gather(*(correct(shop_on_each) for _ in range(5)), return_exceptions=True)
    assert sum(isinstance(each, Document) for each in tries) == 1
    assert sum(isinstance(each, NotOffered) for each in tries) == 4
    assert len(await shop_on_each.documents(ID)) == 3


async def test_who_may_not(shop: Shop):
    with pytest.raises(NotOffered):  # the merchant does not allow it
        await correct(shop)
    await shop.set_business(corrections=True)
    given = {"name": "A", "company": "", "tax_id": ""}
    by = shop.world.customer(alice, proved=False)
    with pytest.raises(CodeNeeded):
        await correct_invoice(shop.ctx, shop.payment(ID), by=by, **given)
    with pytest.raises(NotFound):
        await correct_invoice(shop.ctx, shop.payment(ID), by=shop.world.customer(bob), **given)
    for person in (frank, grace):
        with pytest.raises(Forbidden):
            await by_staff(shop, person, "Lyon")


async def test_once_money_went_back_it_stays_as_it_is(shop: Shop):
    await shop.set_business(corrections=True)
    refund_id = await shop.refund(ID, 100)
    with pytest.raises(NotOffered):
        await correct(shop)
    await issue_credit_note(shop.ctx, refund_id, by=shop.world.customer(alice))
    await shop.reverse(refund_id)
    with pytest.raises(NotOffered):
        await by_staff(shop, dana, "Lyon")


async def test_nothing_different_and_nothing_at_all_are_refused(shop: Shop):
    await shop.set_business(corrections=True)
    for name, company, tax_id in ((alice.name, "", ""), ("", " ", ""), ("A", "", "DE1"), ("A" * 201, "", "")):
        with pytest.raises(Invalid):
            await correct_invoice(
                shop.ctx,
                shop.payment(ID),
                by=shop.world.customer(alice),
                name=name,
                company=company,
                tax_id=tax_id,
            )
    assert await shop.documents(ID) == []


async def test_a_refund_after_a_correction_names_the_invoice_that_holds(shop: Shop):
    await shop.set_business(corrections=True)
    holds = await correct(shop)
    note = await issue_credit_note(shop.ctx, await shop.refund(ID, 4900), by=shop.world.customer(alice))
    assert note.frozen["invoice_number"] == holds.number
    assert note.frozen["buyer"] == holds.frozen["buyer"]


async def test_amounts_stay_where_an_import_learned_the_tax_since(shop: Shop):
    before = await issue_invoice(shop.ctx, shop.payment(ID), by=shop.world.customer(alice))
    await shop.change_payment(ID, tax_minor=2379)
    after = await by_staff(shop, dana, "Lyon")
    for name in ("lines", "taxes", "net_minor", "tax_minor", "gross_minor"):
        assert after.frozen[name] == before.frozen[name]
    assert after.frozen["buyer"] != before.frozen["buyer"]
