"""Fixtures of the use cases' tests: a bench on a copy of the cast's world."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.billing.bench import Bench, open_bench
from tests.engines import Engines
from tests.worlds import Template, copy_sqlite


@pytest.fixture
def copied_url(sqlite_template: Template, tmp_path: Path) -> str:
    return copy_sqlite(sqlite_template, tmp_path)


@pytest.fixture
async def sqlite_bench(copied_url: str, sqlite_template: Template) -> AsyncIterator[Bench]:
    async with open_bench(copied_url, sqlite_template.world) as bench:
        yield bench


@pytest.fixture
async def hasty_bench(copied_url: str, sqlite_template: Template) -> AsyncIterator[Bench]:
    """Gives a processor that hangs up at once: for tests in which one does."""
    async with open_bench(copied_url, sqlite_template.world, patience=0.5) as bench:
        yield bench


@pytest.fixture
async def postgresql_bench(postgresql_template: Template, new_database: Engines) -> AsyncIterator[Bench]:
    url = new_database.copy_postgresql(postgresql_template.url)
    async with open_bench(url, postgresql_template.world) as bench:
        yield bench
    new_database.drop(url)


@pytest.fixture
def bench(sqlite_bench: Bench) -> Bench:
    """For tests that do not care which engine."""
    return sqlite_bench


@pytest.fixture(params=["sqlite", "postgresql"])
def bench_on_each(request: pytest.FixtureRequest) -> Bench:
    """The test runs once on each engine."""
    found: Bench = request.getfixturevalue(f"{request.param}_bench")
    return found
