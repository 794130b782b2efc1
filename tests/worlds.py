"""Fixtures: the world of the cast, made once an engine and copied for each test; the running site."""

import asyncio
import shutil
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import make_url

from billing.addresses import Addresses
from billing.context import Context
from storage.store import open_store
from tests.engines import Engines
from tests.make import TurnedClock, World, make_world
from tests.site import PATIENCE_S, QUICK_VAULT, Site, running_site
from tests.told import problems_of_calls


@dataclass(frozen=True)
class Template:
    """A database that holds the world; it is copied, never used."""

    url: str
    world: World


async def _fill(url: str) -> Template:
    async with open_store(url) as store:
        ctx = Context(store, QUICK_VAULT, Addresses("http://127.0.0.1"), TurnedClock())
        return Template(url, await make_world(ctx))


@pytest.fixture(scope="session")
async def sqlite_template(new_database: Engines, tmp_path_factory: pytest.TempPathFactory) -> Template:
    """The world on SQLite."""
    template = await _fill(new_database.new_sqlite(tmp_path_factory.mktemp("world")))
    with closing(sqlite3.connect(make_url(template.url).database or "")) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return template


@pytest.fixture(scope="session")
async def postgresql_template(new_database: Engines) -> AsyncIterator[Template]:
    """The world on PostgreSQL."""
    template = await _fill(new_database.new_postgresql())
    yield template
    new_database.drop(template.url)


def copy_sqlite(template: Template, folder: Path) -> str:
    """The URL of a copy of this world in `folder`."""
    copy = folder / "world.sqlite3"
    shutil.copyfile(make_url(template.url).database or "", copy)
    return f"sqlite+aiosqlite:///{copy}"


@pytest.fixture
async def sqlite_site(sqlite_template: Template, tmp_path: Path) -> AsyncIterator[Site]:
    """The whole product on SQLite."""
    async with running_site(copy_sqlite(sqlite_template, tmp_path), sqlite_template.world) as site:
        yield site
        check_told(site)


@pytest.fixture
async def socket_site(sqlite_template: Template, tmp_path: Path) -> AsyncIterator[Site]:
    """The same, with Slack over Socket Mode: the line is open."""
    url = copy_sqlite(sqlite_template, tmp_path)
    async with running_site(url, sqlite_template.world, socket_mode=True) as site, open_line(site):
        yield site
        check_told(site)


@pytest.fixture
async def live_site(sqlite_template: Template, tmp_path: Path) -> AsyncIterator[Site]:
    """The whole product with its relay running, for browsers that watch a page change by itself."""
    url = copy_sqlite(sqlite_template, tmp_path)
    async with running_site(url, sqlite_template.world, live=True) as site:
        yield site
        check_told(site)


@pytest.fixture
async def postgresql_site(postgresql_template: Template, new_database: Engines) -> AsyncIterator[Site]:
    """The whole product on PostgreSQL."""
    url = new_database.copy_postgresql(postgresql_template.url)
    async with running_site(url, postgresql_template.world) as site:
        yield site
        check_told(site)
    new_database.drop(url)


def check_told(site: Site) -> None:
    """Slack took all that the bot said (a test that means a refusal clears the list), and it is well made."""
    assert not site.slack.refused
    assert not problems_of_calls(site.slack.calls)


@asynccontextmanager
async def open_line(site: Site) -> AsyncIterator[None]:
    """The site's Socket Mode connection, open until the end of the block."""
    assert site.service.socket is not None
    line = asyncio.create_task(site.service.socket.run())
    try:
        await until(lambda: site.slack.sockets.connections)
        yield
    finally:
        line.cancel()
        await asyncio.gather(line, return_exceptions=True)


async def until(happened: Callable[[], Any]) -> None:
    """Give other tasks their turns until it has happened; an assertion when it takes too long."""
    async with asyncio.timeout(PATIENCE_S):
        while not happened():  # noqa: ASYNC110  what is waited for shares no event with us
            await asyncio.sleep(0.005)


@pytest.fixture
def site(sqlite_site: Site) -> Site:
    """For tests that do not care which engine."""
    return sqlite_site


@pytest.fixture(params=["sqlite", "postgresql"])
def site_on_each(request: pytest.FixtureRequest) -> Site:
    """The test runs once on each engine."""
    found: Site = request.getfixturevalue(f"{request.param}_site")
    return found
