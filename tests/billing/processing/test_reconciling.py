"""Comparing with the processor: each planted difference is found once, and nothing where there is none."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from billing.actors import SystemActor
from billing.addresses import Addresses
from billing.context import Context
from billing.processing.asking_again import NotCompared
from billing.processing.compared import DifferenceKind
from billing.processing.reconciling import Span, reconcile
from billing.processing.records import Alert
from billing.processing.walking import Pace
from billing.processor import Listed
from billing.providers.connected import ConnectedProviders
from billing.providers.stripe import StripeProvider
from billing.states import AlertKind
from selfbill.sandbox.processor import ProcessorSandbox
from selfbill.sandbox.processor.past import write_books
from selfbill.stripe_import import take_in
from storage.store import open_store
from storage.tables.processing import alerts, reconciliations
from storage.tables.sales import refunds
from tests.bench.import_stripe import KEY, connected
from tests.billing.bench import Bench
from tests.billing.processing.books import (
    PLANTED,
    Books,
    Plant,
    agree,
    charge_unknown_here,
    refund_of_another_amount,
    refund_unknown_here,
)
from tests.site import QUICK_VAULT


@pytest.fixture
async def books(bench: Bench) -> AsyncIterator[Books]:
    """Both sides, in agreement."""
    provider = StripeProvider(bench.processor.secret_key, api=bench.processor.url)
    made = Books(bench, provider)
    await agree(made)
    yield made
    await provider.close()


async def open_alerts(books: Books) -> list[Alert]:
    async with books.bench.ctx.read(books.bench.lumen.id) as work:
        found = await work.alerts.list_open(limit=100)
    return [each for each in found if each.kind is AlertKind.DIFFERENCE]


async def test_books_that_agree_show_no_difference_and_the_run_is_kept(books: Books) -> None:
    pages = await books.compare()
    assert [each for page in pages for each in page.differences] == []
    counted = {what: sum(page.count for page in pages if page.what is what) for what in Listed}
    assert counted[Listed.CHARGES] > 10
    assert counted[Listed.REFUNDS] == counted[Listed.DISPUTES] == counted[Listed.SUBSCRIPTIONS] == 2
    ((compared, differences),) = await books.bench.rows(
        select(reconciliations.c.compared, reconciliations.c.differences)
    )
    assert (compared, differences) == (sum(counted.values()), 0)


@pytest.mark.parametrize("plant", PLANTED, ids=lambda plant: plant.__name__)
async def test_a_planted_difference_is_found_once_and_alone(books: Books, plant: Plant) -> None:
    await plant(books)
    books.bench.clock.turn(minutes=20)
    assert await books.kinds() == [PLANTED[plant]]
    (alert,) = await open_alerts(books)
    assert alert.facts["difference"] == PLANTED[plant]


async def test_all_planted_at_once_are_found_once_each(books: Books) -> None:
    for plant in PLANTED:
        await plant(books)
    books.bench.clock.turn(minutes=20)
    assert await books.kinds() == sorted(PLANTED.values())
    assert await books.kinds() == sorted(PLANTED.values())
    assert len(await open_alerts(books)) == len(PLANTED)
    assert (await books.bench.mails()).count("alert") == 5  # of many, the others stand on the page


async def test_what_is_young_is_no_difference_yet(books: Books) -> None:
    for plant in (refund_unknown_here, charge_unknown_here):
        await plant(books)
    assert await books.kinds() == []


async def test_an_alert_is_settled_by_the_run_that_no_longer_finds_it(books: Books) -> None:
    await refund_of_another_amount(books)
    books.bench.clock.turn(minutes=20)
    assert await books.kinds() == [DifferenceKind.REFUND_AMOUNT]
    books.bench.clock.turn(days=3)
    mended = update(refunds).where(refunds.c.amount_minor == 231).values(amount_minor=230)
    await books.bench.change(mended)
    await books.compare(days=1)
    assert len(await open_alerts(books)) == 1, "that run did not look there"
    await books.compare(days=5)
    assert await open_alerts(books) == []
    assert "alert.settled" in await books.bench.journal_verbs()


async def waits(seconds: float) -> None:
    """As if so much time had passed."""
    assert seconds > 0


async def test_a_lost_answer_is_asked_for_again(books: Books) -> None:
    for kind in ("lost_before", "status_before"):
        books.hands.state.faults.add(kind, method="GET", path="/v1/refunds", times=2)
    assert await books.kinds(pause=waits) == []


async def test_a_processor_that_stays_away_ends_the_run_and_nothing_is_settled(books: Books) -> None:
    await charge_unknown_here(books)
    books.bench.clock.turn(minutes=20)
    assert await books.kinds() == [DifferenceKind.CHARGE_UNKNOWN_HERE]
    books.hands.state.faults.add("lost_before", method="GET", path="/v1/refunds", times=None)
    with pytest.raises(NotCompared):
        await books.compare(pause=waits)
    assert len(await open_alerts(books)) == 1
    assert len(await books.bench.rows(select(reconciliations.c.id))) == 1
    assert len(await books.bench.rows(select(alerts.c.id))) == 1


async def test_a_key_that_is_refused_is_not_tried_again(books: Books) -> None:
    provider = StripeProvider("sk_test_other", api=books.hands.url)
    with pytest.raises(NotCompared, match="key"):
        await books.compare(provider=provider)
    await provider.close()


async def test_books_that_were_imported_agree_with_where_they_came_from(sqlite_url: str) -> None:
    async with open_store(sqlite_url) as store, ProcessorSandbox(secret_key=KEY) as processor:
        processor.seed(write_books(200))
        later = datetime.now(UTC) + timedelta(days=400)
        ctx = Context(store, QUICK_VAULT, Addresses("http://127.0.0.1"), lambda: later)
        account = await connected(ctx)
        providers = ConnectedProviders(ctx, api=processor.url)
        serving = await providers.serving(account.id)
        assert serving is not None
        await take_in(ctx, account, *serving, pace=Pace(1000))
        by, span = SystemActor(account.id, "reconcile", "test"), Span(later - timedelta(days=9999), later)
        pages = [page async for page in reconcile(ctx, serving[1], span, by=by)]
        await providers.close()
    assert [each for page in pages for each in page.differences] == []
    assert sum(page.count for page in pages if page.what is Listed.CHARGES) > 300
