"""Bringing a database to the newest schema, forward only, in one transaction on either engine."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from storage.engine import open_for_migration, with_driver

# Two processes that start at once must not both create the tables.
_ONE_AT_A_TIME = 7_355_608_314
_Work = Callable[[Connection], None]


class DatabaseIsNewer(Exception):
    """The database has a revision that this version of Selfbill does not know: install the newer one."""

    def __init__(self, revision: str) -> None:
        super().__init__(f"the database is at revision {revision}, which this version does not know")
        self.revision = revision


def upgrade(url: str, *, to: str = "head") -> None:
    """Migrate to this revision; raises `DatabaseIsNewer`. Works with an event loop running or not."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(_run, url, partial(upgrade_on, to=to)).result()


def must_not_be_newer(url: str) -> None:
    """Raises `DatabaseIsNewer`; changes nothing."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(_run, url, _must_be_known).result()


def head() -> str:
    """The newest revision that this code knows."""
    revision = ScriptDirectory.from_config(_config()).get_current_head()
    assert revision is not None
    return revision


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", "storage:migrations")
    config.set_main_option("path_separator", "os")
    return config


def _run(url: str, work: _Work) -> None:
    parsed = with_driver(url)
    if parsed.get_backend_name() == "postgresql":
        asyncio.run(_run_on_postgresql(url, work))
        return
    engine = open_for_migration(parsed)
    try:
        with engine.begin() as connection:
            work(connection)
    finally:
        engine.dispose()


async def _run_on_postgresql(url: str, work: _Work) -> None:
    engine = create_async_engine(with_driver(url), poolclass=NullPool)
    try:
        async with engine.begin() as connection:
            await connection.execute(text(f"SELECT pg_advisory_xact_lock({_ONE_AT_A_TIME})"))
            await connection.run_sync(work)
    finally:
        await engine.dispose()


def upgrade_on(connection: Connection, *, to: str = "head") -> None:
    """The same on a connection whose transaction the caller ends."""
    _must_be_known(connection)
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, to)


def _must_be_known(connection: Connection) -> None:
    known = {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}
    for revision in MigrationContext.configure(connection).get_current_heads():
        if revision not in known:
            raise DatabaseIsNewer(revision)
