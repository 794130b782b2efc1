"""Invoices and credit notes: issued once, numbered in series, frozen, for those who may have them."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import make_url, update

from billing.addresses import Addresses
from billing.context import Context
from billing.documents.issuing import find_tax_rate, issue_credit_note, issue_invoice, show_document
from billing.errors import CodeNeeded, NotFound, NotOffered, SwitchedOff
from billing.ids import PaymentId, RefundId, new_id
from billing.money import Currency, Money
from billing.records import Refund
from billing.states import AskCode, DocumentKind, PaymentState, Surface
from storage.bound import Bound
from storage.store import open_store
from storage.tables import sales
from tests.engines import Engines
from tests.make import TurnedClock, World
from tests.people import alice, bob, charlie, dana
from tests.site import QUICK_VAULT
from tests.worlds import Template

USD = Currency("USD")


@dataclass
class Shop:
    """The cast's world in a database of its own."""

    ctx: Context
    clock: TurnedClock
    world: World

    def payment(self, order_id: str) -> PaymentId:
        return self.world.payments[order_id]

    async def change_payment(self, which: str, **values: object) -> None:
        """What an import would have written otherwise."""
        async with self.ctx.begin(self.world.accounts["lumen"].id) as work:
            assert isinstance(work.accounts, Bound)
            row = sales.payments.c.id == self.payment(which)
            await work.accounts.connection.execute(update(sales.payments).where(row).values(**values))

    async def refund(self, order_id: str, minor: int) -> RefundId:
        """Money that went back for a payment of lumen."""
        refund = Refund(
            id=new_id(RefundId),
            account_id=self.world.accounts["lumen"].id,
            payment_id=self.payment(order_id),
            operation_id=None,
            amount=Money(minor, USD),
            processor_id=f"re_{order_id}_{minor}",
            refunded_at=self.clock(),
            reversed_at=None,
        )
        async with self.ctx.begin(refund.account_id) as work:
            await work.purchases.reserve(refund.payment_id, refund.amount)
            assert await work.purchases.settle_refund(refund)
        return refund.id

    async def set_portal(self, **changes: object) -> None:
        """Other Self billing settings for lumen's portal."""
        async with self.ctx.begin(self.world.accounts["lumen"].id) as work:
            settings = await work.helpdesks.get_self_billing(Surface.PORTAL, None)
            await work.helpdesks.put_self_billing(replace(settings, **changes))  # type: ignore[arg-type]


@pytest.fixture(params=["sqlite", "postgresql"])
def world_copy(
    request: pytest.FixtureRequest, new_database: Engines, tmp_path: Path
) -> Iterator[tuple[str, World]]:
    """The URL of a database with the cast's world in it, once on each engine."""
    template: Template = request.getfixturevalue(f"{request.param}_template")
    if request.param == "sqlite":
        copy = tmp_path / "shop.sqlite3"
        shutil.copyfile(make_url(template.url).database or "", copy)
        yield f"sqlite+aiosqlite:///{copy}", template.world
    else:
        url = new_database.copy_postgresql(template.url)
        yield url, template.world
        new_database.drop(url)


@pytest.fixture
async def shop(world_copy: tuple[str, World]) -> AsyncIterator[Shop]:
    url, world = world_copy
    clock = TurnedClock()
    async with open_store(url, 20.0) as store:
        yield Shop(Context(store, QUICK_VAULT, Addresses("http://127.0.0.1"), clock), clock, world)


async def test_an_invoice_is_issued_once(shop: Shop):
    by = shop.world.customer(alice)
    first = await issue_invoice(shop.ctx, shop.payment("40001001"), by=by)
    shop.clock.turn(days=2)
    again = await issue_invoice(shop.ctx, shop.payment("40001001"), by=by)
    assert again == first
    assert (first.kind, first.number) == (DocumentKind.INVOICE, "INV-000001")
    assert await show_document(shop.ctx, first.id, by=by) == first


async def test_invoice_freezes_all_that_is_printed(shop: Shop):
    await shop.change_payment("40001001", tax_minor=2379)
    document = await issue_invoice(shop.ctx, shop.payment("40001001"), by=shop.world.customer(alice))
    frozen = document.frozen
    assert frozen["order_id"] == "40001001"
    assert frozen["currency"] == "USD"
    assert (frozen["net_minor"], frozen["tax_minor"], frozen["gross_minor"]) == (12521, 2379, 14900)
    assert frozen["tax_rate"] == "19"
    assert frozen["lines"] == [
        {
            "product": "Photography Masterclass",
            "price_point": "Standard",
            "quantity": 1,
            "net_minor": 12521,
            "tax_minor": 2379,
            "gross_minor": 14900,
        }
    ]
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


async def test_numbers_of_a_series_have_no_gap_and_none_twice(shop: Shop):
    by = shop.world.customer(alice)
    payments = [shop.payment(order_id) for order_id in ("40001001", "40001002", "40001003")]
    issued = await asyncio.gather(*(issue_invoice(shop.ctx, p, by=by) for p in payments * 2))
    assert {document.number for document in issued} == {"INV-000001", "INV-000002", "INV-000003"}
    assert len({document.id for document in issued}) == 3


async def test_accounts_have_series_of_their_own(shop: Shop):
    ours = await issue_invoice(shop.ctx, shop.payment("40001001"), by=shop.world.customer(alice))
    theirs = await issue_invoice(shop.ctx, shop.payment("40003001"), by=shop.world.customer(charlie))
    assert ours.number == theirs.number == "INV-000001"


async def test_credit_note_names_its_invoice_and_shares_the_tax(shop: Shop):
    await shop.change_payment("40001001", tax_minor=2379)
    refund_id = await shop.refund("40001001", 7450)
    by = shop.world.customer(alice)
    note = await issue_credit_note(shop.ctx, refund_id, by=by)
    invoice = await issue_invoice(shop.ctx, shop.payment("40001001"), by=by)
    assert (note.number, invoice.number) == ("CN-000001", "INV-000001")
    assert note.refund_id == refund_id
    assert note.frozen["invoice_number"] == invoice.number
    assert (note.frozen["gross_minor"], note.frozen["tax_minor"]) == (7450, 1189)
    assert note.frozen["tax_rate"] == "19"
    assert await issue_credit_note(shop.ctx, refund_id, by=by) == note


async def test_many_who_want_one_credit_note_get_one(shop: Shop):
    refund_id = await shop.refund("40001001", 100)
    by = shop.world.customer(alice)
    notes = await asyncio.gather(*(issue_credit_note(shop.ctx, refund_id, by=by) for _ in range(6)))
    assert {note.number for note in notes} == {"CN-000001"}
    invoice = await issue_invoice(shop.ctx, shop.payment("40001001"), by=by)
    assert invoice.number == "INV-000001"


async def test_a_reversed_refund_has_no_credit_note(shop: Shop):
    refund_id = await shop.refund("40001001", 100)
    async with shop.ctx.begin(shop.world.accounts["lumen"].id) as work:
        assert await work.purchases.reverse_refund(refund_id, shop.clock())
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


async def test_issuing_is_in_the_journal(shop: Shop):
    document = await issue_invoice(shop.ctx, shop.payment("40001001"), by=shop.world.customer(alice))
    async with shop.ctx.read(document.account_id) as work:
        lines = await work.journal.list_of(f"document:{document.id.hex}")
    assert [line.verb for line in lines] == ["document.issued"]
    assert lines[0].facts["number"] == "INV-000001"
    assert UUID(hex=str(lines[0].facts["about"])) == document.payment_id


@pytest.mark.parametrize(
    ("net", "tax", "rate"),
    [
        (10000, 1900, "19"),
        (5900, 454, "7.7"),
        (99999, 8875, None),
        (100000, 8880, "8.88"),
        (100, 19, "19"),
        (100, 0, "0"),
        (3, 1, None),
        (30, 6, None),
        (0, 5, None),
    ],
)
def test_a_tax_rate_is_claimed_where_it_is_the_only_one(net, tax, rate):
    assert find_tax_rate(Money(net, USD), Money(tax, USD)) == rate


@given(st.integers(10_000, 10**9), st.sampled_from([5, 7, 19, 20, 21, 25]))
def test_whole_rates_are_found_again(net, rate):
    tax = (net * rate + 50) // 100
    assert find_tax_rate(Money(net, USD), Money(tax, USD)) == str(rate)
