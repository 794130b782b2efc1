"""What conftest promises: fresh databases on both engines, a clock far from UTC, nothing beyond loopback."""

import socket
import time
from pathlib import Path

import pytest
from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import create_async_engine

from tests import loopback
from tests.engines import Engines


async def tables(url: str) -> set[str]:
    """The names of the tables that somebody made."""
    lists = "information_schema.tables WHERE table_schema = 'public'"
    if make_url(url).get_backend_name() == "sqlite":
        lists = "(SELECT name AS table_name FROM sqlite_master WHERE type = 'table')"
    engine = create_async_engine(url)
    async with engine.begin() as connection:
        found = set(await connection.scalars(text(f"SELECT table_name FROM {lists}")))
    await engine.dispose()
    return found


async def test_a_database_is_migrated(database_url: str) -> None:
    assert "alembic_version" in await tables(database_url)


async def test_two_databases_share_nothing(new_database: Engines, tmp_path: Path) -> None:
    for make in (new_database.new_postgresql, lambda: new_database.new_sqlite(tmp_path)):
        one, other = make(), make()
        engine = create_async_engine(one)
        async with engine.begin() as connection:
            await connection.execute(text("CREATE TABLE only_here (id INTEGER)"))
        await engine.dispose()
        assert "only_here" in await tables(one)
        assert "only_here" not in await tables(other)
        for url in (one, other):
            if make_url(url).get_backend_name() == "postgresql":
                new_database.drop(url)


def test_a_naive_time_would_show() -> None:
    assert time.tzname == ("EST", "EDT")


@pytest.mark.parametrize("address", [("192.0.2.1", 80), ("2001:db8::1", 80, 0, 0)])
def test_no_connection_leaves_loopback(address: tuple[object, ...]) -> None:
    family = socket.AF_INET if len(address) == 2 else socket.AF_INET6
    with socket.socket(family) as outward, pytest.raises(loopback.ReachedOutside):
        outward.connect(address)
    loopback.reached.clear()  # meant


def test_no_name_is_looked_up_outside() -> None:
    with pytest.raises(loopback.ReachedOutside):
        socket.getaddrinfo("example.test", 443)
    loopback.reached.clear()  # meant


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.8.8.8", "::1", "localhost", "desk.localhost", b"127.0.0.1"]
)
def test_loopback_is_reached(host: object) -> None:
    assert loopback.is_loopback(host)
