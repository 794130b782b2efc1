"""What every test can ask for, a database on either engine or a browser; no test leaves loopback."""

import gc
import os
import shutil
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest

from tests import engines, loopback, scratch
from tests.compiled import compile_once
from tests.engines import Engines

if TYPE_CHECKING:
    from playwright.async_api import Browser

pytest_plugins = ["tests.worlds"]

STRIPE_KEY = "SELFBILL_TEST_STRIPE_KEY"
ZONE = "America/New_York"  # far from UTC and with summer time, so that a naive time shows
RUN = pytest.StashKey[Path]()
# A worker takes a module at a time. What takes longest comes first, so that all workers end together.
LONGEST = (
    "tests/journeys/test_demo.py",
    "tests/journeys/",
    "tests/crash/",
    "tests/races/",
    "tests/model/",
    "tests/portal/test_matrix.py",
    "tests/bot/test_home.py",
    "tests/billing/imports/",
    "tests/billing/processing/",
    "tests/selfbill/",
)
# What a window of Chromium, even one that nobody sees, prepares for its user costs as much as our own pages.
# The last such list counts, so what Playwright switches off is in it too.
IDLE = (
    "AimEnabled,AutofillServerCommunication,AvoidCorsURLLoaderRestartOnRedirect,"
    "AvoidUnnecessaryBeforeUnloadCheckSync,DestroyProfileOnBrowserClose,GlobalMediaControls,HttpsUpgrades,"
    "HttpsFirstBalancedModeAutoEnable,LensOverlay,MediaRouter,NetworkTimeServiceQuerying,OptimizationHints,"
    "PaintHolding,PreconnectToSearch,PreloadTopChromeWebUI,SpareRendererForSitePerProcess,"
    "ThirdPartyStoragePartitioning,Translate,WebUIOmniboxAimPopup,WebUIOmniboxFullPopup,WebUIOmniboxPopup"
)


def pytest_configure(config: pytest.Config) -> None:
    os.environ["TZ"] = ZONE
    time.tzset()
    if not os.environ.get(STRIPE_KEY):  # with it the contract is tested at Stripe itself
        loopback.watch()
    scratch.write_in_memory()
    compile_once()
    config.stash[RUN] = engines.begin_run()
    # a shared machine is slow at times; what failed can be repeated from the printed line
    hypothesis.settings.register_profile("selfbill", deadline=None, print_blob=True)
    hypothesis.settings.load_profile("selfbill")


def pytest_unconfigure(config: pytest.Config) -> None:
    engines.end_run(config.stash[RUN])


def pytest_report_header(config: pytest.Config) -> list[str]:
    given = (config.stash[RUN] / engines.GIVEN).exists()
    return [
        "PostgreSQL: " + ("the server given" if given else "embedded, one for this run"),
        f"Written in: {tempfile.gettempdir()}",
        "Chromium: " + (find_chromium() or "none, so browser tests are skipped"),
        f"Stripe itself: {'asked' if os.environ.get(STRIPE_KEY) else f'not asked, {STRIPE_KEY} is not set'}",
    ]


@pytest.hookimpl(trylast=True)  # after the order was shuffled
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        fixtures = getattr(item, "fixturenames", ())
        if "postgresql_url" in fixtures or "postgresql" in item.name:
            item.add_marker(pytest.mark.postgresql)
        if "browser" in fixtures:
            item.add_marker(pytest.mark.browser)
    items.sort(key=_comes_after)


def pytest_collection_finish() -> None:
    # What modules and tests are made of stays to the end: looking through it for garbage, again and again,
    # was a sixth of the processor time.
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def _comes_after(item: pytest.Item) -> tuple[int, bool]:
    place = next((at for at, name in enumerate(LONGEST) if item.nodeid.startswith(name)), len(LONGEST))
    return place, item.get_closest_marker("browser") is None


@pytest.fixture(autouse=True)
def _loopback_only() -> Iterator[None]:
    """Fails a test whose code tried to leave the machine, even where the code swallowed the refusal."""
    loopback.reached.clear()
    yield
    tried, loopback.reached[:] = list(loopback.reached), []
    assert not tried


@pytest.fixture(autouse=True)
def _slack_takes_it_all() -> Iterator[None]:
    """Fails a test in which Slack got something malformed; one that means it clears `slack.refused`."""
    yield
    if "selfbill.sandbox.slack.core" in sys.modules:
        from tests.selfbill.sandbox.taken import malformed_since_last_asked

        assert not malformed_since_last_asked()


@pytest.fixture(scope="session")
def new_database(pytestconfig: pytest.Config) -> Engines:
    """Fresh, migrated databases on demand, for fixtures of a wider scope than one test."""
    return Engines(pytestconfig.stash[RUN])


@pytest.fixture
def sqlite_url(new_database: Engines, tmp_path: Path) -> str:
    """A fresh, migrated SQLite database: for tests that do not care which engine."""
    return new_database.new_sqlite(tmp_path)


@pytest.fixture
def postgresql_url(new_database: Engines) -> Iterator[str]:
    """A fresh, migrated PostgreSQL database."""
    url = new_database.new_postgresql()
    yield url
    new_database.drop(url)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """A fresh, migrated database; the test runs once on each engine."""
    return str(request.getfixturevalue(f"{request.param}_url"))


def find_chromium() -> str | None:
    """Where Chromium is, or None."""
    names = [os.environ.get("CHROMIUM", ""), "chromium", "chromium-browser", "google-chrome"]
    return next((found for name in names if (found := shutil.which(name))), None)


@pytest.fixture(scope="session")
async def browser() -> "AsyncIterator[Browser]":
    """A real Chromium that finds nothing but loopback; skipped without one, failed in CI."""
    path = find_chromium()
    if path is None:
        why = "no Chromium: `make browser` installs it"
        pytest.fail(why) if os.environ.get("CI") == "true" else pytest.skip(why)
    from playwright.async_api import async_playwright  # half a second, for browser tests alone

    from tests.journeys.faces import PATIENCE  # and with it what is expected has as much time

    async with async_playwright() as playwright:
        outside = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost"
        chromium = await playwright.chromium.launch(
            executable_path=path,
            args=["--no-sandbox", "--disable-dev-shm-usage", f"--disable-features={IDLE}", outside],
        )
        chromium.on("context", lambda context: context.set_default_timeout(PATIENCE * 1000))
        yield chromium
        await chromium.close()
