"""Documents: issued once, numbered in series, frozen, for those who may have them."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest

from billing.documents.issuing import issue_credit_note, issue_invoice, issue_receipt, show_document
from billing.documents.listing import list_documents
from billing.documents.records import SoldLine
from billing.errors import CodeNeeded, Forbidden, NotFound, NotOffered, SwitchedOff
from billing.states import AskCode, DocumentKind, PaymentState, Surface
from tests.billing.documents.shop import Shop
from tests.people import alice, bob, charlie, dana, frank, grace


async def test_an_invoice_is_issued_once(shop_on_each: Shop):
    by = shop_on_each.world.customer(alice)
    first = await issue_invoice(shop_on_each.ctx, shop_on_each.payment("40001001"), by=by)
    shop_on_each.clock.turn(days=2)
    again = await issue_invoice(shop_on_each.ctx, shop_on_each.payment("40001001"), by=by)
    assert again == first
    assert (first.kind, first.number) == (DocumentKind.INVOICE, "INV-000001")
    assert await show_document(shop_on_each.ctx, first.id, by=by) == first


async def test_invoice_freezes_all_that_is_printed(shop: Shop):
    await shop.change_payment("40001001", tax_minor=2379)
    document = await issue_invoice(shop.ctx, shop.payment("40001001"), by=shop.world.customer(alice))
    frozen = document.frozen
    assert frozen["order_id"] == "40001001"
    assert frozen["currency"] == "USD"
    assert (frozen["net_minor"], frozen["tax_minor"], frozen["gross_minor"]) == (12521, 2379, 14900)
    assert frozen["version"] == 2
    assert frozen["lines"] == [
        {
            "product": "Photography Masterclass",
            "price_point": "Standard",
            "quantity": 1,
            "discount_minor": 0,
            "net_minor": 12521,
            "tax_minor": 2379,
            "gross_minor": 14900,
            "tax_rate": "19",
            "treatment": "standard",
            "shipping": False,
            "place": 0,
        }
    ]
    assert frozen["taxes"] == [{"treatment": "standard", "rate": "19", "net_minor": 12521, "tax_minor": 2379}]
    assert frozen["paid_by"] == {"brand": "", "last_four": "", "through": ""}
    assert isinstance(frozen["buyer"], dict)
    assert isinstance(frozen["seller"], dict)
    assert frozen["buyer"]["name"] == alice.name
    assert frozen["seller"]["tax_id"] == "DE123456789"
    assert frozen["paid_at"] == (shop.clock() - timedelta(days=3)).isoformat()


async def test_later_changes_do_not_reach_an_issued_document(shop: Shop):
    by = shop.world.customer(alice)
    before = await issue_invoice(shop.ctx, shop.payment("40001001"), by=by)
    await shop.change_payment("40001001", captured_minor=99, buyer={"name": "Somebody else"})
    assert (await issue_invoice(shop.ctx, shop.payment("40001001"), by=by)).frozen == before.frozen


async def test_numbers_of_a_series_have_no_gap_and_none_twice(shop_on_each: Shop):
    """Fifty at once, for three payments."""
    by = shop_on_each.world.customer(alice)
    payments = [shop_on_each.payment(order_id) for order_id in ("40001001", "40001002", "40001003")]
    issued = await asyncio.gather(*(issue_invoice(shop_on_each.ctx, p, by=by) for p in (payments * 17)[:50]))
    assert {document.number for document in issued} == {"INV-000001", "INV-000002", "INV-000003"}
    assert len({document.id for document in issued}) == 3


async def test_accounts_have_series_of_their_own(shop: Shop):
    ours = await issue_invoice(shop.ctx, shop.payment("40001001"), by=shop.world.customer(alice))
    theirs = await issue_invoice(shop.ctx, shop.payment("40003001"), by=shop.world.customer(charlie))
    assert ours.number == theirs.number == "INV-000001"


async def test_credit_note_names_its_invoice_and_shares_the_tax(shop_on_each: Shop):
    await shop_on_each.change_payment("40001001", tax_minor=2379)
    refund_id = await shop_on_each.refund("40001001", 7450)
    by = shop_on_each.world.customer(alice)
    note = await issue_credit_note(shop_on_each.ctx, refund_id, by=by)
    invoice = await issue_invoice(shop_on_each.ctx, shop_on_each.payment("40001001"), by=by)
    assert (note.number, invoice.number) == ("CN-000001", "INV-000001")
    assert note.refund_id == refund_id
    assert note.frozen["invoice_number"] == invoice.number
    assert (note.frozen["gross_minor"], note.frozen["tax_minor"]) == (7450, 1189)
    assert note.frozen["taxes"] == [
        {"treatment": "standard", "rate": "19", "net_minor": 6261, "tax_minor": 1189}
    ]
    assert note.frozen["why"] == "refund"
    assert await issue_credit_note(shop_on_each.ctx, refund_id, by=by) == note


async def test_many_who_want_one_credit_note_get_one(shop_on_each: Shop):
    refund_id = await shop_on_each.refund("40001001", 100)
    by = shop_on_each.world.customer(alice)
    notes = await asyncio.gather(*(issue_credit_note(shop_on_each.ctx, refund_id, by=by) for _ in range(6)))
    assert {note.number for note in notes} == {"CN-000001"}
    invoice = await issue_invoice(shop_on_each.ctx, shop_on_each.payment("40001001"), by=by)
    assert invoice.number == "INV-000001"


async def test_a_reversed_refund_has_no_credit_note(shop: Shop):
    refund_id = await shop.refund("40001001", 100)
    await shop.reverse(refund_id)
    with pytest.raises(NotOffered):
        await issue_credit_note(shop.ctx, refund_id, by=shop.world.customer(alice))


@pytest.mark.parametrize("other", [bob, charlie], ids=["bob", "charlie"])
async def test_documents_of_others_are_not_found(shop: Shop, other):
    refund_id = await shop.refund("40001001", 100)
    invoice = await issue_invoice(shop.ctx, shop.payment("40001001"), by=shop.world.customer(alice))
    by = shop.world.customer(other)
    with pytest.raises(NotFound):
        await issue_invoice(shop.ctx, shop.payment("40001001"), by=by)
    with pytest.raises(NotFound):
        await issue_credit_note(shop.ctx, refund_id, by=by)
    with pytest.raises(NotFound):
        await show_document(shop.ctx, invoice.id, by=by)


async def test_the_code_comes_first(shop: Shop):
    by = shop.world.customer(alice, proved=False)
    with pytest.raises(CodeNeeded):
        await issue_invoice(shop.ctx, shop.payment("40001001"), by=by)
    await shop.set_portal(code_for_documents=AskCode.NEVER)
    assert await issue_invoice(shop.ctx, shop.payment("40001001"), by=by)


async def test_a_surface_without_invoices_issues_none(shop: Shop):
    await shop.set_portal(invoices=False)
    with pytest.raises(SwitchedOff):
        await issue_invoice(shop.ctx, shop.payment("40001001"), by=shop.world.customer(alice))
    on_helpdesk = shop.world.customer(alice, surface=Surface.HELPDESK)
    assert await issue_invoice(shop.ctx, shop.payment("40001001"), by=on_helpdesk)


async def test_a_failed_payment_has_no_invoice(shop: Shop):
    await shop.change_payment("40001001", state=PaymentState.FAILED, order_id=None)
    with pytest.raises(NotOffered):
        await issue_invoice(shop.ctx, shop.payment("40001001"), by=shop.world.customer(alice))


async def test_staff_issue_without_a_code(shop: Shop):
    document = await issue_invoice(shop.ctx, shop.payment("40001001"), by=shop.world.member(dana))
    assert await show_document(shop.ctx, document.id, by=shop.world.member(dana)) == document


async def test_who_only_reads_takes_no_number(shop: Shop):
    by = shop.world.member(grace)
    refund_id = await shop.refund("40001001", 100)
    for issue, what in (
        (issue_invoice, shop.payment("40001001")),
        (issue_receipt, shop.payment("40001001")),
        (issue_credit_note, refund_id),
    ):
        with pytest.raises(Forbidden):
            await issue(shop.ctx, what, by=by)
    assert not (await list_documents(shop.ctx, shop.payment("40001001"), by=by)).may_issue
    issued = await issue_invoice(shop.ctx, shop.payment("40001001"), by=shop.world.member(frank))
    assert await show_document(shop.ctx, issued.id, by=by) == issued


async def test_issuing_is_in_the_journal(shop: Shop):
    document = await issue_invoice(shop.ctx, shop.payment("40001001"), by=shop.world.customer(alice))
    async with shop.ctx.read(document.account_id) as work:
        lines = await work.journal.list_of(f"document:{document.id.hex}")
    assert [line.verb for line in lines] == ["document.issued"]
    assert lines[0].facts["number"] == "INV-000001"
    assert UUID(hex=str(lines[0].facts["about"])) == document.payment_id


async def test_lines_that_do_not_come_to_what_was_captured_are_not_billed(shop: Shop):
    await shop.sold("40001001", SoldLine("Told", "", 1, 0, 1000, 190))
    await shop.change_payment("40001001", captured_minor=5000, tax_minor=0)
    frozen = (await issue_invoice(shop.ctx, shop.payment("40001001"), by=shop.world.customer(alice))).frozen
    assert (frozen["net_minor"], frozen["tax_minor"], frozen["gross_minor"]) == (5000, 0, 5000)


async def test_more_tax_than_was_paid_makes_no_amount_below_nothing(shop: Shop):
    await shop.change_payment("40001001", captured_minor=1000, tax_minor=1500)
    frozen = (await issue_invoice(shop.ctx, shop.payment("40001001"), by=shop.world.customer(alice))).frozen
    assert (frozen["net_minor"], frozen["tax_minor"], frozen["gross_minor"]) == (1000, 0, 1000)
