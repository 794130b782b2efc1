"""A store on each engine, and in it one shop with something sold."""

from collections.abc import AsyncIterator

import pytest

from storage.store import SqlStore, open_store
from tests.storage.shop import Shop, open_shop


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[SqlStore]:
    """The test runs once on each engine."""
    async with open_store(database_url, 20.0) as store:
        yield store


@pytest.fixture
async def shop(store: SqlStore) -> Shop:
    """An account with a customer, her course and her membership."""
    return await open_shop(store, "lumen")
