"""A running portal for each test that asks for one."""

from collections.abc import AsyncIterator

import pytest

from tests.portal.site import Site, open_site


@pytest.fixture
async def site(sqlite_url: str) -> AsyncIterator[Site]:
    """Two merchants, nobody signed in, nothing asked yet."""
    async with open_site(sqlite_url) as opened:
        yield opened
