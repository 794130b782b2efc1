"""Running portals for tests."""

from collections.abc import AsyncIterator

import pytest

from tests.engines import Engines
from tests.portal.site import Site, open_site


@pytest.fixture
async def site(sqlite_url: str) -> AsyncIterator[Site]:
    """Nobody signed in, nothing asked yet."""
    async with open_site(sqlite_url) as opened:
        yield opened


@pytest.fixture(scope="module")
async def shared_site(new_database: Engines, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    """One for all tests of a module, which must leave nothing behind that another could notice."""
    async with open_site(new_database.new_sqlite(tmp_path_factory.mktemp("site"))) as opened:
        yield opened
