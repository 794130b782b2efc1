"""Every page there is, from the URL map itself, and somebody who may open it."""

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from portal.entries import Where
from portal.keys import URLS
from portal.place import Place
from portal.reader import language_cookie
from tests.portal.one_of_each import make_one_of_each
from tests.portal.site import Browser, Site
from tests.portal.test_matrix import customer, half_signed_in, proved

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext

# No pages: files, pictures, and what never ends.
NO_PAGES = re.compile(r"document|attachment|bundle|.*logo|address-(svg|png)|.*-(export|events)")
HELPDESK, PORTAL, DESK = "/acme/help/support", "/acme", "/acme/desk"


@dataclass(frozen=True)
class Reader:
    """Somebody at a browser, and the paths that they open."""

    browser: Browser
    paths: list[str] = field(default_factory=list)

    async def enter(self, context: "BrowserContext", site: Site, language: str) -> None:
        """Hand a real browser this one's visits, and the language as if it had been chosen."""
        # Chromium takes loopback for as safe as https, but cookies have to come from there.
        safe = site.origin.replace("http://", "https://", 1)
        values = {**self.browser.cookies, chosen_in(site): language}
        await context.add_cookies(
            [{"name": name, "value": value, "url": safe, "secure": True} for name, value in values.items()]
        )


def chosen_in(site: Site) -> str:
    """The cookie that holds the language."""
    return language_cookie(Place(site.acme.account, None, None, ""))


async def make_readers(site: Site) -> list[Reader]:
    """A stranger, staff between password and second factor, alice with the code given, and dana."""
    objects = await make_one_of_each(site)
    alice = await proved(site, await customer(site, "alice", "acme"))
    stranger = Reader(site.browser(), [PORTAL + "/sign-in", "/nowhere"])
    half = Reader(await half_signed_in(site, "dana"))
    inside, desk = Reader(alice), Reader(await site.staff("dana"), [DESK + "/nowhere"])
    for entry in site.app[URLS].entries:
        if entry.is_unsafe or entry.where is Where.SERVER or NO_PAGES.fullmatch(entry.name):
            continue
        root = DESK if entry.where is Where.DESK else HELPDESK
        path = objects.put_into(root + entry.path, entry.names)
        if entry.name.startswith("factor"):
            half.paths.append(path)
        elif entry.name in {"sign-in", "order-ids", "join"}:
            stranger.paths.append(path)
        else:
            (desk if entry.where is Where.DESK else inside).paths.append(path)
    return [stranger, half, inside, desk]
