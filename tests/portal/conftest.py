"""Running portals for tests."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import make_url

from tests.engines import Engines
from tests.portal.post_office import PostOffice, open_post_office
from tests.portal.site import Filled, Site, fill, open_site
from tests.worlds import Template


@pytest.fixture(scope="session")
async def filled(new_database: Engines, tmp_path_factory: pytest.TempPathFactory) -> Filled:
    """Everybody, once a process; each site has a copy."""
    return await fill(new_database.new_sqlite(tmp_path_factory.mktemp("filled")))


@pytest.fixture
async def site(filled: Filled, tmp_path: Path) -> AsyncIterator[Site]:
    """Nobody signed in, nothing asked yet."""
    async with open_site(filled, tmp_path) as opened:
        yield opened


@pytest.fixture(scope="module")
async def shared_site(filled: Filled, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    """One for all tests of a module, which must leave nothing behind that another could notice."""
    async with open_site(filled, tmp_path_factory.mktemp("site")) as opened:
        yield opened


@pytest.fixture
async def office(sqlite_template: Template, tmp_path: Path) -> AsyncIterator[PostOffice]:
    """Mail goes out from a copy of the cast's world, and ends in a mailbox."""
    copy = tmp_path / "office.sqlite3"
    shutil.copyfile(make_url(sqlite_template.url).database or "", copy)
    async with open_post_office(f"sqlite+aiosqlite:///{copy}", sqlite_template.world) as opened:
        yield opened
