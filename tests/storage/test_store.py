"""Transactions: all or nothing, views that cannot be written in, and an end to waiting."""

import asyncio
import time
from datetime import datetime, timedelta, timezone

import pytest
from sqlalchemy import text, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from billing.errors import NotFound, Unavailable
from billing.ids import AccountId, PaymentId, new_id
from billing.ports import UnitOfWork
from storage import rows
from storage.store import open_store
from storage.tables import sales
from storage.types import NaiveTime
from tests.engines import execute
from tests.storage.shop import NOW, Shop, connection_of, open_shop, payment_of, usd


async def test_an_exception_leaves_nothing_behind(shop: Shop) -> None:
    request = shop.refund_request()

    async def write_and_fail(work: UnitOfWork) -> None:
        await work.requests.add(request)
        await work.purchases.reserve(shop.paid.id, usd(1))
        raise KeyError

    with pytest.raises(KeyError):
        await shop.write(write_and_fail)
    async with shop.store.read(shop.id) as work:
        with pytest.raises(NotFound):
            await work.requests.get(request.id)
        assert (await work.purchases.get_payment(shop.paid.id)).reserved == usd(0)


async def test_a_view_cannot_be_written_in(shop: Shop) -> None:
    with pytest.raises(DBAPIError):
        async with shop.store.read(shop.id) as work:
            await work.purchases.reserve(shop.paid.id, usd(1))
    assert (await shop.left()).reserved == usd(0)


async def test_a_view_stays_as_it_was(shop: Shop) -> None:
    async with shop.store.read(shop.id) as work:
        before = await work.purchases.get_payment(shop.paid.id)
        async with shop.store.begin(shop.id) as other:
            await other.purchases.reserve(shop.paid.id, usd(500))
        assert await work.purchases.get_payment(shop.paid.id) == before
    assert (await shop.left()).reserved == usd(500)


async def test_a_naive_time_is_refused(shop: Shop) -> None:
    request = shop.refund_request(asked_at=NOW.replace(tzinfo=None))
    with pytest.raises(NaiveTime):
        await shop.write(lambda work: work.requests.add(request))


async def test_times_of_any_zone_come_back_in_utc_and_in_order(shop: Shop) -> None:
    zone = timezone(timedelta(hours=9, minutes=30))
    far = [
        datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=zone),
        NOW.astimezone(zone),
        NOW + timedelta(microseconds=1),
        datetime(2186, 1, 1, tzinfo=zone),
    ]
    paid = [payment_of(shop.course_bought, f"9{n}", 1, at) for n, at in enumerate(far)]
    async with shop.store.begin(shop.id) as work:
        await connection_of(work).execute(sales.payments.insert(), [rows.payment_values(one) for one in paid])
        view = await work.purchases.get_view(shop.course_bought.id)
    ids = [one.id for one in paid]
    stored = [payment.paid_at for payment in reversed(view.payments) if payment.id in ids]
    assert stored == far
    assert {at.utcoffset() for at in stored} == {timedelta(0)}


async def test_another_accounts_rows_are_absent(shop: Shop) -> None:
    rival = await open_shop(shop.store, "rival")
    async with shop.store.begin(rival.id) as work:
        with pytest.raises(NotFound):
            await work.purchases.get_payment(shop.paid.id)
        with pytest.raises(NotFound):
            await work.purchases.reserve(shop.paid.id, usd(1))
        with pytest.raises(NotFound):
            await work.helpdesks.get(shop.helpdesk.id)
        assert await work.purchases.list_views(shop.alice.id) == []
        assert await work.customers.find_by_pair("nothing", "alice@example.com") is None


async def test_a_row_of_another_account_is_refused(shop: Shop) -> None:
    rival = await open_shop(shop.store, "rival")
    with pytest.raises(ValueError, match="another account"):
        await rival.write(lambda work: work.requests.add(shop.refund_request()))


async def test_nothing_can_point_into_another_account(shop: Shop) -> None:
    rival = await open_shop(shop.store, "rival")
    request = rival.refund_request(payment_id=shop.paid.id)
    with pytest.raises(IntegrityError):
        await rival.write(lambda work: work.requests.add(request))


@pytest.mark.parametrize(
    "wrong",
    [
        {"reserved_minor": 10_001},
        {"refunded_minor": 5_000, "reserved_minor": 5_000, "disputed_minor": 1},
        {"refunded_minor": -1},
        {"state": "lost"},
    ],
    ids=str,
)
async def test_the_database_itself_refuses_what_cannot_be(shop: Shop, wrong: dict[str, int]) -> None:
    sums = ", ".join(f"{name} = {value!r}" for name, value in wrong.items())
    with pytest.raises(IntegrityError):
        async with shop.store.begin(shop.id) as work:
            await connection_of(work).execute(text(f"UPDATE payments SET {sums} WHERE order_id = '1001'"))


async def test_two_payments_with_one_order_id_are_refused(shop: Shop) -> None:
    twice = rows.payment_values(payment_of(shop.joined, "1001", 1, NOW))
    with pytest.raises(IntegrityError):
        async with shop.store.begin(shop.id) as work:
            await connection_of(work).execute(sales.payments.insert(), twice)


async def test_the_same_order_id_may_be_another_accounts_too(shop: Shop) -> None:
    rival = await open_shop(shop.store, "rival")
    async with shop.store.read(rival.id) as work:
        found = await work.customers.find_by_pair("1001", "alice@example.com")
    assert found == rival.alice


async def test_accounts_are_found_by_directory_and_slug(shop: Shop) -> None:
    assert await shop.store.find_account("lumen") == shop.account
    assert await shop.store.find_account_by_slug("lumen") == shop.account
    assert await shop.store.find_account("nobody") is None
    assert list(await shop.store.list_accounts()) == [shop.account]


async def test_who_waits_for_a_lock_is_told_in_time(shop: Shop, database_url: str) -> None:
    """As another process would hold it, so that no pool of ours is in between."""
    async with (
        open_store(database_url) as other,
        open_store(database_url) as waiting,
        other.begin(shop.id) as holding,
    ):
        await holding.purchases.reserve(shop.paid.id, usd(1))
        began = time.monotonic()
        with pytest.raises(Unavailable):
            async with waiting.begin(shop.id) as work:
                await work.purchases.reserve(shop.paid.id, usd(2))
        assert time.monotonic() - began < 10
    assert (await shop.left()).reserved == usd(1)


async def test_who_waits_for_a_connection_is_told_in_time(shop: Shop, sqlite_url: str) -> None:
    async with open_store(sqlite_url) as store, store.begin(shop.id):
        with pytest.raises(Unavailable):
            async with store.begin(shop.id):
                pass


async def test_more_patience_lengthens_the_limits_of_the_server(postgresql_url: str) -> None:
    limits = []
    for patience in (0.5, 30.0):
        async with open_store(postgresql_url, patience) as store, store.read(new_id(AccountId)) as work:
            for name in ("lock_timeout", "statement_timeout"):
                found = await connection_of(work).execute(text(f"SHOW {name}"))
                limits.append(str(found.scalar_one()))
    assert limits == ["800ms", "1200ms", "24s", "36s"]


async def test_a_slow_statement_is_ended(postgresql_url: str) -> None:
    async with open_store(postgresql_url) as store:
        shop = await open_shop(store, "lumen")
        with pytest.raises(Unavailable):
            async with store.begin(shop.id) as work:
                await connection_of(work).execute(text("SELECT pg_sleep(10)"))


async def test_a_lost_connection_is_unavailable_and_then_made_anew(postgresql_url: str) -> None:
    async with open_store(postgresql_url) as store:
        shop = await open_shop(store, "lumen")
        ended = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'selfbill'"

        async def cut_off(work: UnitOfWork) -> None:
            await work.purchases.reserve(shop.paid.id, usd(1))
            execute(postgresql_url, f"{ended} AND datname = current_database()")
            await work.purchases.reserve(shop.paid.id, usd(1))

        with pytest.raises(Unavailable):
            await shop.write(cut_off)
        assert (await shop.left()).reserved == usd(0)


async def test_a_server_that_is_away_is_unavailable() -> None:
    async with open_store("postgresql://nobody@127.0.0.1:1/none") as store:
        assert not await store.is_ready()
        with pytest.raises(Unavailable):
            await store.list_accounts()


async def test_a_deadlock_is_unavailable_for_one_of_two(postgresql_url: str) -> None:
    async with open_store(postgresql_url) as store:
        shop = await open_shop(store, "lumen")
        both = asyncio.Barrier(2)

        async def reserve(first: PaymentId, second: PaymentId) -> None:
            async with store.begin(shop.id) as work:
                await work.purchases.reserve(first, usd(1))
                await both.wait()
                await work.purchases.reserve(second, usd(1))

        one, two = shop.paid.id, shop.renewals[0].id
        results = await asyncio.gather(reserve(one, two), reserve(two, one), return_exceptions=True)
        assert {type(result) for result in results} <= {Unavailable, type(None)}
        reserved = (await shop.left()).reserved
        assert reserved == usd(sum(result is None for result in results))


async def test_sqlite_is_set_for_money(sqlite_url: str) -> None:
    async with open_store(sqlite_url) as store:
        shop = await open_shop(store, "lumen")
        async with store.begin(shop.id) as work:
            found = {
                name: (await connection_of(work).execute(text(f"PRAGMA {name}"))).scalar_one()
                for name in ("journal_mode", "synchronous", "foreign_keys")
            }
        assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


async def test_amounts_beyond_32_bits_are_kept(shop: Shop) -> None:
    async with shop.store.begin(shop.id) as work:
        await connection_of(work).execute(
            update(sales.payments).where(sales.payments.c.id == shop.paid.id).values(captured_minor=2**53)
        )
        await work.purchases.reserve(shop.paid.id, usd(2**40))
    assert (await shop.left()).reserved == usd(2**40)
