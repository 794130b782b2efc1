"""Both engines come to the newest schema, once, and only forward."""

import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Column, Integer, MetaData, make_url

from storage.check import compare_postgresql, compare_sqlite
from storage.migrate import DatabaseIsNewer, must_not_be_newer, upgrade
from storage.store import SqlStore, open_store
from storage.tables import metadata
from tests.engines import Engines, execute


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, new_database: Engines, tmp_path: Path) -> Iterator[str]:
    """A database with nothing in it."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.sqlite3'}"
        return
    url = new_database.new_empty_postgresql()
    yield url
    new_database.drop(url)


async def test_an_empty_database_is_not_ready_until_it_is_migrated(empty_url: str) -> None:
    async with open_store(empty_url) as store:
        assert not await store.is_ready()
        upgrade(empty_url)  # with an event loop running
        assert await store.is_ready()


def test_a_second_upgrade_changes_nothing(empty_url: str) -> None:
    upgrade(empty_url)
    upgrade(empty_url)
    must_not_be_newer(empty_url)


def test_two_processes_that_start_at_once_migrate_once(empty_url: str) -> None:
    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(upgrade, empty_url) for _ in range(2)]:
            done.result()


def test_a_database_that_is_newer_than_the_code_is_refused(database_url: str) -> None:
    statement = "UPDATE alembic_version SET version_num = '9999'"
    if database_url.startswith("sqlite"):
        with closing(sqlite3.connect(str(make_url(database_url).database))) as connection:
            connection.execute(statement)
            connection.commit()
    else:
        execute(database_url, statement)
    for call in (upgrade, must_not_be_newer):
        with pytest.raises(DatabaseIsNewer, match="9999"):
            call(database_url)


async def test_a_newer_database_is_not_ready(store: SqlStore, database_url: str) -> None:
    assert await store.is_ready()
    if database_url.startswith("postgresql"):
        execute(database_url, "UPDATE alembic_version SET version_num = '9999'")
        assert not await store.is_ready()


def test_an_interrupted_upgrade_leaves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "half.sqlite3"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE journal (in_the_way INTEGER)")  # stops it half-way
    with pytest.raises(Exception, match="journal"):
        upgrade(f"sqlite:///{path}")
    with closing(sqlite3.connect(path)) as connection:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master")]
    assert tables == ["journal"]


def test_migrations_and_tables_agree_on_sqlite() -> None:
    assert compare_sqlite() == []


async def test_migrations_and_tables_agree_on_postgresql(postgresql_url: str) -> None:
    assert await compare_postgresql(postgresql_url) == []
    assert await compare_postgresql(postgresql_url) == []  # the first left nothing behind


async def test_a_column_without_a_migration_is_noticed(postgresql_url: str) -> None:
    changed = MetaData(naming_convention=metadata.naming_convention)
    for table in metadata.sorted_tables:
        table.to_metadata(changed)
    changed.tables["codes"].append_column(Column("mood", Integer))
    # triggers stay behind in a copy
    assert "+ codes: mood INTEGER" in compare_sqlite(changed)
    assert "+ codes: mood integer" in await compare_postgresql(postgresql_url, changed)


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "mysql://there/it"])
def test_other_databases_are_refused(url: str) -> None:
    with pytest.raises(ValueError, match="SQLite"):
        open_store(url)
