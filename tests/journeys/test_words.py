"""Every page there is, in a real browser on a phone: no word outside the catalogues, nothing too wide."""

from collections.abc import AsyncIterator
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from locales.catalogues import AVAILABLE, PSEUDO, SOURCE
from portal.keys import PortalSettings
from tests.engines import Engines
from tests.journeys.conftest import OpenPage
from tests.journeys.every_page import Reader, make_readers
from tests.journeys.widths import open_all, too_wide
from tests.locales.known import WORLD
from tests.locales.marks import plain_words_of_pages
from tests.portal.site import Site, fill, open_site

if TYPE_CHECKING:
    from playwright.async_api import Page

# The narrowest that people hold; `locale` is what it asks for where nobody is known yet.
PHONE: dict[str, Any] = {
    "viewport": {"width": 360, "height": 740},
    "has_touch": True,
    "is_mobile": True,
    "locale": PSEUDO,
}
TRANSLATED = tuple(language for language in AVAILABLE if language != SOURCE)


@pytest.fixture
async def pseudo_site(new_database: Engines, tmp_path: Path) -> AsyncIterator[Site]:
    """A portal where the pseudo-language can be chosen."""
    filled = await fill(new_database.new_sqlite(tmp_path))
    async with open_site(filled, tmp_path, settings=PortalSettings(languages=(*AVAILABLE, PSEUDO))) as site:
        yield site


async def test_every_page_fits_a_phone_and_has_all_its_words_from_the_catalogues(
    pseudo_site: Site, open_page: OpenPage
) -> None:
    """All in the pseudo-language, which is longer than any, and some in each of the others too."""
    html: list[str] = []
    wide: dict[tuple[str, str], list[str]] = {}
    turns = cycle(turn for language in TRANSLATED for turn in ((PSEUDO,), (PSEUDO,), (language, PSEUDO)))
    for reader in await make_readers(pseudo_site):
        page = await open_page(**PHONE)
        for path in reader.paths:
            for language in next(turns):
                await open_in(language, page, pseudo_site, reader, path)
                if found := await too_wide(page):
                    wide[path, language] = found
            html.append(await page.content())
    assert plain_words_of_pages(html, WORLD) == set()
    assert wide == {}


async def open_in(language: str, page: "Page", site: Site, reader: Reader, path: str) -> None:
    await reader.enter(page.context, site, language)
    await page.goto(site.origin + path)
    assert await page.locator("h1").count() == 1, path
    await open_all(page)


async def test_what_is_too_wide_or_cut_off_is_found(open_page: OpenPage) -> None:
    page = await open_page(**PHONE)
    frame = '<meta name="viewport" content="width=device-width"><h1>Fits</h1><div style="{}">Wide words</div>'
    for style, is_found in (("", False), ("width: 500px", True), ("width: 9px; overflow: hidden", True)):
        await page.set_content(frame.format(style))
        assert any("Wide words" in each for each in await too_wide(page)) is is_found, style
