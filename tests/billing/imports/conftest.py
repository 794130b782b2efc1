"""A shop on each engine."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from selfbill.vault import SettingsVault
from storage.store import SqlStore
from tests.billing.imports.shop import Shop, open_shop


@pytest.fixture(scope="session")
def vault() -> SettingsVault:
    return SettingsVault("a secret of at least thirty-two characters")


@pytest.fixture
async def shop(database_url: str, vault: SettingsVault, tmp_path: Path) -> AsyncIterator[Shop]:
    async with SqlStore(database_url, 20.0) as store:
        yield await open_shop(store, vault, tmp_path)


@pytest.fixture
async def small_shop(sqlite_url: str, vault: SettingsVault, tmp_path: Path) -> AsyncIterator[Shop]:
    """For what does not depend on the engine."""
    async with SqlStore(sqlite_url, 20.0) as store:
        yield await open_shop(store, vault, tmp_path)
