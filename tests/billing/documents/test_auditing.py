"""The audit of documents: all agrees after whatever was issued, and each planted fault is found."""

import pytest
from sqlalchemy import Executable, update

from billing.auditing import audit_account
from billing.auditing_words import Broken, Finding
from billing.documents.correcting import correct_invoice
from billing.documents.issuing import issue_credit_note, issue_receipt
from storage.bound import Bound
from storage.tables.documents import documents, series
from tests.billing.bench import take_guards_off
from tests.billing.documents.shop import Shop
from tests.people import alice, dana

ID = alice.order_id


async def audit(shop: Shop) -> list[Finding]:
    return [finding async for page in audit_account(shop.ctx, shop.lumen) for finding in page.findings]


async def issued(shop: Shop) -> None:
    """A correction, a receipt, and two credit notes of parts."""
    payment, by = shop.payment(ID), shop.world.customer(alice)
    boss = shop.world.member(dana)
    await correct_invoice(shop.ctx, payment, by=boss, name="A", company="", tax_id="")
    await issue_receipt(shop.ctx, payment, by=by)
    for minor in (4900, 10_000):
        await issue_credit_note(shop.ctx, await shop.refund(ID, minor), by=by)


async def test_what_was_issued_agrees(shop_on_each: Shop):
    await issued(shop_on_each)
    assert await audit(shop_on_each) == []


@pytest.mark.parametrize("fault", ["totals", "number"])
async def test_a_planted_fault_is_found(shop: Shop, fault: str):
    await issued(shop)
    planted: dict[str, Executable] = {
        "totals": update(documents)
        .where(documents.c.number == "CN-000002")
        .values(frozen={"lines": [], "net_minor": 1, "tax_minor": 0, "gross_minor": 1}),
        "number": update(series).where(series.c.kind == "invoice").values(last=7),
    }
    async with shop.ctx.begin(shop.lumen) as work:
        assert isinstance(work.accounts, Bound)
        await take_guards_off(work.accounts.connection)
        await work.accounts.connection.execute(planted[fault])
    found = {finding.what for finding in await audit(shop)}
    assert found == ({Broken.SERIES} if fault == "number" else {Broken.DOCUMENT_SUM, Broken.CREDIT_NOTES})
