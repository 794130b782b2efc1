"""The walk through the processor's lists: linked to an export, made once, gone on with, refused to two."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select

from billing.actors import SystemActor
from billing.auditing import audit_account
from billing.ids import ConnectionId, new_id
from billing.ports.processing_syncs import WalkLost, WalkRunning
from billing.processing.records import Connection, SyncMark
from billing.processing.syncing import EACH, OVERLAP, WORKER, begin_sync, claim
from billing.processing.walking import Pace, Stage, Walk, take_page, walk_through
from billing.providers.stripe import StripeProvider
from billing.states import ConnectionState
from selfbill.past import SAMPLE, list_processor_past
from selfbill.sandbox.processor import ProcessorSandbox
from selfbill.sandbox.processor.past import write_books
from selfbill.stripe_import import Taken, take_in
from selfbill.stripe_report import report_lines
from selfbill.vault import SettingsVault
from storage.bound import Bound
from storage.store import SqlStore
from storage.tables.processing import sync_runs
from storage.tables.sales import customers, payments, products, purchases, refunds, subscriptions
from tests.billing.bench import Bench
from tests.billing.imports.shop import NOW, Shop, open_shop

QUICK = Pace(100_000)
NEW_YORK = ZoneInfo("America/New_York")
SOLD = (customers, products, purchases, subscriptions, payments, refunds)


@dataclass(frozen=True)
class Books:
    """A merchant, the processor's books, and the key between them."""

    shop: Shop
    processor: ProcessorSandbox
    provider: StripeProvider
    connection: Connection

    async def take_in(self) -> Taken:
        return await take_in(self.shop.ctx, self.shop.account, self.connection, self.provider, pace=QUICK)

    def begin(self, holder: str) -> Walk:
        """A walk that is taken page by page."""
        by = SystemActor(self.shop.account.id, "import", "trace-test")
        return Walk(self.shop.ctx, self.provider, holder, by, QUICK, lambda _: None)

    async def count(self) -> list[int]:
        """How many customers, products, purchases, subscriptions, payments and refunds there are."""
        async with self.shop.ctx.read(self.shop.account.id) as work:
            assert isinstance(work.accounts, Bound)
            connection = work.accounts.connection
            return [
                int((await connection.execute(select(func.count()).select_from(table))).scalar_one())
                for table in SOLD
            ]

    async def must_agree(self) -> None:
        pages = [page async for page in audit_account(self.shop.ctx, self.shop.account.id)]
        assert [finding for page in pages for finding in page.findings] == []


@asynccontextmanager
async def open_books(url: str, folder: Path) -> AsyncIterator[Books]:
    vault = SettingsVault("a secret of at least thirty-two characters")
    async with SqlStore(url, 20.0) as store, ProcessorSandbox() as processor:
        shop = await open_shop(store, vault, folder)
        connection = Connection(
            id=new_id(ConnectionId),
            account_id=shop.account.id,
            provider="stripe",
            state=ConnectionState.LIVE,
            key=vault.seal(processor.secret_key),
            key_hint="sk_test_…dbox",
            processor_account="acct_1",
            processor_name="Shop",
            livemode=False,
            missing=(),
            problem="",
            webhook_id="",
            webhook_secret=None,
            asked_by="system:test",
            asked_at=NOW,
        )
        async with shop.ctx.begin(shop.account.id) as work:
            await work.connections.add(connection)
        provider = StripeProvider(processor.secret_key, api=processor.url)
        try:
            yield Books(shop, processor, provider, connection)
        finally:
            await provider.close()


@pytest.fixture
async def books(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Books]:
    async with open_books(sqlite_url, tmp_path) as books:
        yield books


@pytest.fixture
async def books_on_each(database_url: str, tmp_path: Path) -> AsyncIterator[Books]:
    async with open_books(database_url, tmp_path) as books:
        yield books


def made(taken: Taken) -> dict[str, int]:
    return {mark.what: mark.made for mark in taken.marks}


def marks_of(taken: Taken) -> dict[str, SyncMark]:
    return {mark.what: mark for mark in taken.marks}


async def test_what_an_export_brought_is_linked_and_only_the_newer_is_made(books: Books) -> None:
    await books.shop.take_in_file(SAMPLE)
    past = list(list_processor_past(SAMPLE, zone=NEW_YORK, now=NOW))
    # A part is enough: what is left out belongs to other customers.
    some = {line["id"] for line in past if line["object"] == "customer"}
    some = {each for each in some if each[4] == "0"}
    books.processor.seed(line for line in past if line["id"] in some or line.get("customer") in some)
    before = await books.count()
    taken = await books.take_in()
    marks = marks_of(taken)
    assert made(taken) == {
        "customers": 0,
        "subscriptions": 0,
        "invoices": marks["invoices"].read,
        "charges": 0,
        "order_ids": 0,
        "refunds": 0,
        "disputes": marks["disputes"].read,
    }
    assert marks["charges"].linked == marks["charges"].read > 100
    assert marks["refunds"].linked == marks["refunds"].read > 0
    assert await books.count() == before
    subscription = next(
        line
        for line in past
        if line["object"] == "subscription" and line["customer"] in some and line["status"] == "active"
    )
    async with books.shop.ctx.read(books.shop.account.id) as work:
        ours = await work.purchases.find_subscription_by_processor(subscription["id"])
    assert ours is not None
    assert ours.card is not None
    assert ours.period_ends_at is not None

    books.processor.renew(subscription["id"])
    again = await books.take_in()
    assert (made(again)["charges"], made(again)["order_ids"], made(again)["customers"]) == (1, 1, 0)
    async with books.shop.ctx.read(books.shop.account.id) as work:
        view = await work.purchases.get_view(ours.purchase_id)
    newest = view.payments[0]
    assert newest.order_id == "000001"
    assert newest.number == len([each for each in view.payments if each.order_id])
    await books.must_agree()


async def test_a_second_walk_makes_nothing_and_the_first_says_what_it_skipped(books_on_each: Books) -> None:
    books = books_on_each
    books.processor.seed(write_books(120, seed=3))
    books.processor.seed([{"object": "customer", "id": "cus_nobody", "created": 1, "name": "Nobody"}])
    taken = await books.take_in()
    marks = marks_of(taken)
    assert marks["charges"].read == 120
    assert marks["charges"].made + marks["charges"].skipped == 120
    assert marks["customers"].skipped == taken.run.totals["customers:no_email"] > 0
    assert any("without an e-mail" in line for line in report_lines(taken.run))
    counted = await books.count()
    again = await books.take_in()
    assert set(made(again).values()) == {0}
    assert await books.count() == counted
    await books.must_agree()


async def test_order_ids_follow_time_and_pass_over_what_is_taken(books: Books) -> None:
    books.processor.seed(write_books(60, seed=4))
    await books.take_in()
    async with books.shop.ctx.read(books.shop.account.id) as work:
        assert isinstance(work.accounts, Bound)
        rows = (
            await work.accounts.connection.execute(
                select(payments.c.order_id)
                .where(payments.c.state == "succeeded")
                .order_by(payments.c.paid_at, payments.c.id)
            )
        ).scalars()
        given = [str(each) for each in rows]
    assert given == [f"{number:06d}" for number in range(1, len(given) + 1)]


async def test_one_that_stopped_goes_on_from_its_page(books: Books) -> None:
    books.processor.seed(write_books(60, seed=5))
    dead = books.begin("machine/0/0/dead")
    run, _ = await claim(books.shop.ctx, books.connection, holder=dead.holder, is_gone=is_dead, since=None)
    await walk_through(dead, run, up_to=Stage.INVOICES)
    mine = books.begin("me")
    run, _ = await claim(books.shop.ctx, books.connection, holder=mine.holder, is_gone=is_dead, since=None)
    read: list[str] = []
    mine = replace(mine, told=lambda mark: read.append(mark.what))
    await walk_through(mine, run)
    assert read[0] == Stage.CHARGES
    with pytest.raises(WalkLost):
        await take_page(dead, replace(run, holder=dead.holder))
    again = await books.take_in()
    assert set(made(again).values()) == {0}


def is_dead(holder: str) -> bool:
    return holder.endswith("/dead")


async def test_two_at_once_are_refused_and_the_running_sync_gives_way(books: Books) -> None:
    ctx, connection = books.shop.ctx, books.connection

    async def hold(holder: str) -> None:
        await claim(ctx, connection, holder=holder, is_gone=is_dead, since=None)

    await hold(WORKER)
    await hold("me")
    with pytest.raises(WalkRunning) as refused:
        await hold("somebody")
    assert (refused.value.run.holder, refused.value.seconds) == ("me", 60)
    with pytest.raises(WalkRunning):
        await hold(WORKER)


async def test_many_at_once_make_everything_once(books_on_each: Books) -> None:
    """The mark moves from the cursor that was expected, so a page is taken in by one of them."""
    books = books_on_each
    books.processor.seed(write_books(30, seed=6))
    walk = books.begin(WORKER)
    run, _ = await claim(books.shop.ctx, books.connection, holder=WORKER, is_gone=is_dead, since=None)
    lost = await asyncio.gather(*(walk_through(walk, run) for _ in range(4)), return_exceptions=True)
    assert {type(each) for each in lost if isinstance(each, BaseException)} <= {WalkLost}
    async with books.shop.ctx.read(books.shop.account.id) as work:
        marks = {mark.what: mark for mark in await work.walks.list_marks(run.id)}
        charges = marks["charges"]
    if not charges.is_done:
        await walk_through(walk, run)
    counted = await books.count()
    assert set(made(await books.take_in()).values()) == {0}
    assert await books.count() == counted


async def test_a_walk_each_hour_looks_at_what_is_new(bench: Bench) -> None:
    """Begun when the connection went live; each puts the next, and another chain of it ends in this one."""
    async with bench.ctx.begin(bench.lumen.id) as work:
        live = await work.connections.find_live()
        assert live is not None
        await begin_sync(work, live, at=bench.clock(), by=bench.system())
    await bench.settle()
    await bench.settle(seconds=EACH.total_seconds() + 1)
    await bench.settle(seconds=EACH.total_seconds() + 1)
    runs = await bench.rows(
        select(sync_runs.c.since, sync_runs.c.started_at).order_by(sync_runs.c.started_at)
    )
    assert [row.since for row in runs] == [None, *(row.started_at - OVERLAP for row in runs[:-1])]
    assert len(runs) == 3
