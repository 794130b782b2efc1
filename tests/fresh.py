"""A fresh database with the world of the cast, for programmes that are no tests."""

import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from billing.addresses import Addresses
from billing.context import Context
from storage.store import open_store
from tests.engines import Engines
from tests.make import TurnedClock, World, make_world
from tests.site import QUICK_VAULT

ENGINES = ("sqlite", "postgresql")


@asynccontextmanager
async def fresh_world(name: str, databases: Engines) -> AsyncIterator[tuple[str, World]]:
    """Its URL and its world, on `sqlite` or `postgresql`; gone after the block."""
    folder = Path(tempfile.mkdtemp(prefix="selfbill-world-"))
    url = databases.new_sqlite(folder) if name == "sqlite" else databases.new_postgresql()
    try:
        yield url, await fill_world(url)
    finally:
        shutil.rmtree(folder)
        if name == "postgresql":
            databases.drop(url)


async def fill_world(url: str) -> World:
    """The cast and what they bought, in the migrated database at `url`."""
    async with open_store(url) as store:
        ctx = Context(store, QUICK_VAULT, Addresses("http://127.0.0.1"), TurnedClock())
        return await make_world(ctx)
