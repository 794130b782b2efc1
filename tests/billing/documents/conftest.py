"""A shop on a copy of the cast's world, on SQLite or once on each engine."""

import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from sqlalchemy import make_url

from billing.addresses import Addresses
from billing.context import Context
from storage.store import open_store
from tests.billing.documents.shop import Shop
from tests.engines import Engines
from tests.make import TurnedClock, World
from tests.site import QUICK_VAULT
from tests.worlds import Template, copy_sqlite


@pytest.fixture
async def shop(sqlite_template: Template, tmp_path: Path) -> AsyncIterator[Shop]:
    """For what does not depend on the engine."""
    async for each in _open(copy_sqlite(sqlite_template, tmp_path), sqlite_template.world):
        yield each


@pytest.fixture(params=["sqlite", "postgresql"])
def world_copy(
    request: pytest.FixtureRequest, new_database: Engines, tmp_path: Path
) -> Iterator[tuple[str, World]]:
    """The URL of a database with the cast's world in it, once on each engine."""
    template: Template = request.getfixturevalue(f"{request.param}_template")
    if request.param == "sqlite":
        copy = tmp_path / "shop.sqlite3"
        shutil.copyfile(make_url(template.url).database or "", copy)
        yield f"sqlite+aiosqlite:///{copy}", template.world
    else:
        url = new_database.copy_postgresql(template.url)
        yield url, template.world
        new_database.drop(url)


@pytest.fixture
async def shop_on_each(world_copy: tuple[str, World]) -> AsyncIterator[Shop]:
    """The test runs once on each engine."""
    async for each in _open(*world_copy):
        yield each


async def _open(url: str, world: World) -> AsyncIterator[Shop]:
    clock = TurnedClock()
    async with open_store(url, 20.0) as store:
        yield Shop(Context(store, QUICK_VAULT, Addresses("http://127.0.0.1"), clock), clock, world)
