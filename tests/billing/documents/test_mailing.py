"""What the processor tells of a new payment: what was sold is kept, its invoice issued and mailed at once."""

from dataclasses import replace

from sqlalchemy import select

from billing.documents.records import PaidBy, Snapshot
from billing.documents.settings import change_business, show_business
from billing.records import Document
from storage.tables.documents import documents
from tests.billing.bench import Bench
from tests.people import alice, dana


async def mail_at_once(bench: Bench) -> None:
    by = bench.staff(dana)
    business = await show_business(bench.ctx, by=by)
    await change_business(bench.ctx, replace(business, mail_invoices=True), by=by)


async def renew(bench: Bench) -> None:
    """Alice's subscription is paid once more, and an event says so, twice."""
    bench.processor.change_card_elsewhere("cus_alice")
    billed = bench.processor.renew(bench.world.processor_subscription)
    for _ in range(2):
        await bench.hear("invoice", billed["latest_invoice"])


async def newest(bench: Bench) -> tuple[Snapshot | None, list[Document]]:
    """What was sold with alice's newest payment, and its documents."""
    async with bench.ctx.read(bench.lumen.id) as work:
        views = await work.purchases.list_views(bench.world.customers[alice.name])
        paid = max((p for view in views for p in view.payments), key=lambda payment: payment.paid_at)
        issued = await work.documents.list_of_payment(paid.id)
        return await work.papers.find_snapshot(paid.id), list(issued)


async def test_a_new_payment_keeps_its_lines_and_the_card_that_paid(bench: Bench) -> None:
    await renew(bench)
    snapshot, issued = await newest(bench)
    assert snapshot is not None
    assert [(e.product, e.quantity, e.net_minor) for e in snapshot.lines] == [("Membership Gold", 1, 3900)]
    assert snapshot.paid_by == PaidBy("mastercard", "4444")
    assert issued == []


async def test_its_invoice_is_issued_and_mailed_once(bench: Bench) -> None:
    await mail_at_once(bench)
    await renew(bench)
    _, (invoice,) = await newest(bench)
    assert invoice.number == "INV-000001"
    assert (await bench.mails()).count("invoice") == 1


async def test_what_was_paid_long_ago_is_not_mailed(bench: Bench) -> None:
    await mail_at_once(bench)
    charge = bench.processor.sell(1900, email=alice.email, description="Workbook")
    bench.clock.turn(days=4)
    await bench.hear("charge", str(charge["id"]))
    assert "invoice" not in await bench.mails()
    assert await bench.rows(select(documents.c.id)) == []
