"""All documents of a year: who may ask, what is issued, and that a step is counted once whoever takes it."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from billing.actors import CustomerActor, StaffActor, SystemActor
from billing.documents.bundle_steps import find_step, issue_due
from billing.documents.bundles import (
    ask_bundle,
    open_bundle,
    preview_issuing,
    show_bundles,
    show_issued,
    show_years,
)
from billing.documents.issuing import issue_invoice, issue_receipt
from billing.documents.records import Bundle
from billing.edges import Envelope
from billing.errors import CodeNeeded, Forbidden, NotFound, Repeated, Stale, SwitchedOff, TooMany
from billing.messages import BundleDue, Destination, read_message
from billing.ports.bundles import Member, Year
from billing.relay import HOLD, Relay
from billing.states import BundleForm, BundleState, DocumentKind, PaymentState
from portal.documents.gathering import MOST_TRIES, document_deliveries, gather
from tests.billing.documents.shop import Shop
from tests.make import START, sell_many
from tests.people import alice, bob, dana, erin, frank, grace

YEAR = START.year


async def ask(
    shop: Shop, by: CustomerActor | StaffActor, *, missing: bool = True, year: int = YEAR, key: str = ""
) -> Bundle:
    """A ZIP of all documents of the year."""
    shop.clock.turn(seconds=1)
    key = key or f"{by.key}:{shop.clock()}"
    return await ask_bundle(
        shop.ctx, year, BundleForm.ZIP, by=by, issue_missing=missing, locale="en", once_key=key
    )


async def lease(shop: Shop) -> Sequence[Envelope]:
    """What the worker would take up now."""
    return await shop.ctx.store.lease(Destination.DOCUMENTS, at=shop.clock(), hold=HOLD, limit=20)


async def drain(shop: Shop) -> int:
    """The worker, until there is nothing left."""
    return await Relay(shop.ctx, {Destination.DOCUMENTS: document_deliveries()}).drain()


async def newest(shop: Shop, by: CustomerActor | StaffActor) -> Bundle:
    return (await show_bundles(shop.ctx, by=by))[0]


async def members(shop: Shop) -> Sequence[Member]:
    """All documents that lumen ever issued."""
    ever = Year(START - timedelta(days=9999), START + timedelta(days=9999), None)
    async with shop.ctx.read(shop.lumen) as work:
        return await work.years.list_members(ever, until=ever.until)


async def test_a_year_is_gathered_in_steps_of_25(shop_on_each: Shop) -> None:
    shop, by = shop_on_each, shop_on_each.world.customer(bob)
    await sell_many(shop.ctx, shop.world, 59)
    bundle = await ask(shop, by)
    assert (bundle.state, bundle.total, bundle.done) == (BundleState.GATHERING, 60, 0)
    seen = []
    while envelopes := await lease(shop):
        for each in envelopes:
            await gather(shop.ctx, each)
            await shop.ctx.store.mark_delivered(each.id, at=shop.clock())
        seen.append((await newest(shop, by)).done)
    assert seen == [25, 50, 60, 60]
    ready = await newest(shop, by)
    assert (ready.state, ready.total, ready.ready_at) == (BundleState.READY, 60, shop.clock())
    issued = await members(shop)
    assert [each.number for each in issued] == [f"INV-{number:06d}" for number in range(1, 61)]


async def test_a_step_that_was_killed_is_taken_again_and_counted_once(shop_on_each: Shop) -> None:
    shop, by = shop_on_each, shop_on_each.world.customer(bob)
    await sell_many(shop.ctx, shop.world, 29)
    await ask(shop, by)
    (envelope,) = await lease(shop)
    system = SystemActor(shop.lumen, "documents", "trace")
    step = await find_step(shop.ctx, read_message(BundleDue, envelope.payload), by=system)
    assert step is not None
    for due in step.dues[:7]:  # and then the worker is killed
        await issue_due(shop.ctx, due, by=system)
    assert (await newest(shop, by)).done == 0
    shop.clock.turn(seconds=HOLD.total_seconds() + 1)
    await drain(shop)
    assert (await newest(shop, by)).state is BundleState.READY
    assert [each.number for each in await members(shop)] == [f"INV-{number:06d}" for number in range(1, 31)]


async def test_a_step_taken_by_two_workers_is_counted_once(shop_on_each: Shop) -> None:
    shop, by = shop_on_each, shop_on_each.world.customer(bob)
    await sell_many(shop.ctx, shop.world, 29)
    await ask(shop, by)
    (envelope,) = await lease(shop)
    await asyncio.gather(gather(shop.ctx, envelope), gather(shop.ctx, envelope))
    await gather(shop.ctx, envelope)  # and once more, when its lease had ended
    assert (await newest(shop, by)).done == 25
    assert len(await lease(shop)) == 1


async def test_of_many_who_ask_at_once_one_is_under_way(shop_on_each: Shop) -> None:
    shop, by = shop_on_each, shop_on_each.world.customer(bob)
    answers = await asyncio.gather(*(ask(shop, by, key=f"key {n}") for n in range(5)), return_exceptions=True)
    (bundle,) = (each for each in answers if isinstance(each, Bundle))
    refused = [each for each in answers if isinstance(each, Repeated)]
    assert [each.data["first"] for each in refused] == [bundle.id] * 4
    await drain(shop)
    assert (await ask(shop, by)).id != bundle.id  # that one is over


async def test_ten_a_day_are_enough(shop: Shop) -> None:
    by = shop.world.customer(bob)
    for _ in range(10):
        await ask(shop, by)
        await drain(shop)
    with pytest.raises(TooMany):
        await ask(shop, by)
    await ask(shop, shop.world.customer(alice))
    shop.clock.turn(days=1)
    await ask(shop, by)


async def test_it_is_there_for_a_week_for_its_customer_alone(shop: Shop) -> None:
    by = shop.world.customer(bob)
    bundle = await ask(shop, by)
    with pytest.raises(NotFound):  # not ready yet
        await open_bundle(shop.ctx, bundle.id, by=by)
    await drain(shop)
    for stranger in (shop.world.customer(alice), shop.world.member(dana)):
        with pytest.raises(NotFound):
            await open_bundle(shop.ctx, bundle.id, by=stranger)
    _, opened = await open_bundle(shop.ctx, bundle.id, by=by)
    assert opened.id == bundle.id
    shop.clock.turn(days=7)
    with pytest.raises(NotFound):
        await open_bundle(shop.ctx, bundle.id, by=by)
    assert await show_bundles(shop.ctx, by=by) == []


async def test_the_accounts_are_for_owners_and_managers(shop: Shop) -> None:
    bundle = await ask(shop, shop.world.member(dana))
    await drain(shop)
    assert (await open_bundle(shop.ctx, bundle.id, by=shop.world.member(erin)))[1].id == bundle.id
    for person in (frank, grace):
        by = shop.world.member(person)
        with pytest.raises(Forbidden):
            await ask(shop, by)
        with pytest.raises(Forbidden):
            await open_bundle(shop.ctx, bundle.id, by=by)
    with pytest.raises(NotFound):
        await open_bundle(shop.ctx, bundle.id, by=shop.world.customer(bob))


async def test_it_stands_behind_the_code_and_goes_with_invoices(shop: Shop) -> None:
    with pytest.raises(CodeNeeded):
        await ask(shop, shop.world.customer(bob, proved=False))
    with pytest.raises(CodeNeeded):
        await show_years(shop.ctx, by=shop.world.customer(bob, proved=False))
    await shop.set_portal(invoices=False)
    with pytest.raises(SwitchedOff):
        await ask(shop, shop.world.customer(bob))


async def test_a_merchant_gets_what_was_issued_unless_they_want_more(shop_on_each: Shop) -> None:
    shop, by = shop_on_each, shop_on_each.world.member(dana)
    await issue_invoice(shop.ctx, shop.payment("40001001"), by=by)
    await issue_receipt(shop.ctx, shop.payment("40001001"), by=by)
    await ask(shop, by, missing=False)
    await drain(shop)
    ready = await newest(shop, by)
    assert (ready.state, ready.total) == (BundleState.READY, 2)
    assert [each.number for each in await members(shop)] == ["INV-000001", "REC-000001"]
    await ask(shop, by, missing=True)
    await drain(shop)
    assert (await newest(shop, by)).total == 5  # three more invoices, and no receipt that nobody wanted


async def test_numbers_that_were_agreed_to_are_those_that_are_taken(shop: Shop) -> None:
    by = shop.world.member(dana)
    line = await preview_issuing(shop.ctx, YEAR, by=by)
    assert (line.count.issued, line.count.missing, line.count.numbers) == (0, 4, 4)
    await issue_invoice(shop.ctx, shop.payment("40001001"), by=by)
    with pytest.raises(Stale):
        await ask_bundle(
            shop.ctx,
            YEAR,
            BundleForm.ZIP,
            by=by,
            issue_missing=True,
            numbers=4,
            locale="en",
            once_key="a key",
        )


async def test_a_refund_belongs_to_the_year_in_which_it_was_made(shop_on_each: Shop) -> None:
    shop, by = shop_on_each, shop_on_each.world.customer(alice)
    shop.clock.turn(days=365)
    refund_id = await shop.refund("40001001", 100)
    years = await show_years(shop.ctx, by=by)
    assert [(each.year, each.count.missing, each.count.older) for each in years.years] == [
        (YEAR + 1, 1, 1),
        (YEAR, 3, 0),
    ]
    await ask(shop, by, year=YEAR + 1)
    await drain(shop)
    assert (await newest(shop, by)).total == 1
    assert [each.number for each in await members(shop)] == ["INV-000001", "CN-000001"]
    await shop.reverse(refund_id)
    years = await show_years(shop.ctx, by=by)
    assert [each.count.total for each in years.years] == [1, 3]  # what was issued stays


async def test_years_begin_in_the_accounts_zone(shop: Shop) -> None:
    by = shop.world.customer(bob)
    midnight = datetime(YEAR, 1, 1, tzinfo=UTC)
    await shop.change_payment("40002001", paid_at=midnight - timedelta(minutes=30))
    assert [each.year for each in (await show_years(shop.ctx, by=by)).years] == [YEAR - 1]
    await shop.set_business(time_zone="Europe/Berlin")
    assert [each.year for each in (await show_years(shop.ctx, by=by)).years] == [YEAR]


async def test_what_failed_has_no_documents_and_a_year_without_any_is_absent(shop: Shop) -> None:
    by = shop.world.customer(bob)
    await shop.change_payment("40002001", state=PaymentState.FAILED, order_id=None)
    assert (await show_years(shop.ctx, by=by)).years == ()
    for year in (YEAR, YEAR - 1, 1970):
        with pytest.raises(NotFound):
            await ask(shop, by, year=year)


async def test_a_payment_that_fails_meanwhile_keeps_nobody_waiting(shop: Shop) -> None:
    by = shop.world.customer(bob)
    await sell_many(shop.ctx, shop.world, 3)
    await ask(shop, by)
    await shop.change_payment("40002001", state=PaymentState.FAILED, order_id=None)
    await drain(shop)
    ready = await newest(shop, by)
    assert (ready.state, ready.total, ready.done) == (BundleState.READY, 3, 3)


async def test_what_cannot_be_gathered_fails_after_some_tries(shop: Shop) -> None:
    by = shop.world.customer(bob)
    await ask(shop, by)
    (envelope,) = await lease(shop)
    tried = Envelope(
        envelope.id,
        envelope.account_id,
        envelope.destination,
        envelope.kind,
        envelope.payload,
        MOST_TRIES + 1,
        envelope.put_at,
        envelope.trace_id,
    )
    await gather(shop.ctx, tried)
    assert (await newest(shop, by)).state is BundleState.FAILED
    assert (await ask(shop, by)).state is BundleState.GATHERING


async def test_the_journal_says_who_asked(shop: Shop) -> None:
    bundle = await ask(shop, shop.world.member(dana))
    await drain(shop)
    async with shop.ctx.read(shop.lumen) as work:
        (line,) = await work.journal.list_of(f"bundle:{bundle.id.hex}")
        (first, *_) = [each for each in await members(shop) if each.kind is DocumentKind.INVOICE]
        (issued,) = await work.journal.list_of(f"document:{first.id.hex}")
    assert (line.verb, line.by, line.facts["numbers"]) == (
        "bundle.asked",
        shop.world.member(dana).key,
        4,
    )
    assert (issued.verb, issued.by) == ("document.issued", "system:documents")


@pytest.mark.parametrize("words", ["INV-000001\x00", "\x00", "\ud800"], ids=ascii)
async def test_what_nobody_can_type_is_not_looked_for(shop_on_each: Shop, words: str) -> None:
    shop, by = shop_on_each, shop_on_each.world.member(dana)
    issued = await issue_invoice(shop.ctx, shop.payment(bob.order_id), by=by)
    found = await show_issued(shop.ctx, DocumentKind.INVOICE, by=by, year=None, words=words, number=1)
    assert found.documents == (issued,)
