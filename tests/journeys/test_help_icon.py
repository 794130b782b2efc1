"""The help icon on other people's pages, in a real browser: under a strict policy, among hostile globals."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from aiohttp import web

from billing.memberships import MembershipDraft, create_membership
from billing.merchant import Membership
from billing.states import Support
from portal.keys import STATIC
from portal.views.widget import Snippet, make_snippet
from selfbill.sandbox.members import MemberSite, MembersSandbox
from tests.journeys.conftest import OpenPage
from tests.make import system
from tests.site import Site

if TYPE_CHECKING:
    from playwright.async_api import Page

LABEL = "Help (opens in a new tab)"
# Half of 52 pixels away from the corner, and 16 more.
MIDDLE = 16 + 26
# What a careless, a clever and a broken page do to a script that trusts them.
HOSTILE = """<!doctype html><html dir="rtl" lang="ar"><title>Hostile</title>
<style>div, a, svg { display: none !important; position: static !important; opacity: 0 !important }</style>
<script>
  const no = () => { throw new Error("hostile") };
  for (const name of ["slotAssignment", "delegatesFocus", "serializable", "clonable", "mode", "is"])
    Object.defineProperty(Object.prototype, name, { get: no, configurable: true });
  for (const name of ["push", "map", "forEach", "slice", "concat"]) Array.prototype[name] = no;
  for (const name of ["startsWith", "slice", "replace"]) String.prototype[name] = no;
  Document.prototype.createElement = no;
  document.createElement = () => null;
  document.createElementNS = () => ({});
  window.customElements = { define: no, get: no, whenDefined: no };
  window.href = window.host = window.script = no;
  Array.prototype[Symbol.iterator] = no; // last, since this script itself needs it
</script>
<body><img name="currentScript" alt=""><form name="body"></form><form name="documentElement"></form>
<p>A lesson.</p>
"""


async def membership_of(site: Site) -> tuple[Membership, Snippet]:
    """A member site whose support is lumen's helpdesk."""
    lumen = site.world.accounts["lumen"]
    draft = MembershipDraft("Campus", "", Support.HELPDESK, site.world.desk.id, "", "")
    membership = await create_membership(site.ctx, draft, by=system(lumen), once_key="icon")
    snippet = make_snippet(lumen, membership, site.service.app[STATIC], site.ctx.addresses)
    return membership, snippet


@asynccontextmanager
async def serving(pages: dict[str, str]) -> AsyncIterator[str]:
    """A site of its own on another origin, with nothing but these pages."""

    async def show(http: web.Request) -> web.Response:
        if http.path not in pages:
            return web.Response(status=204)
        return web.Response(text=pages[http.path], content_type="text/html")

    app = web.Application()
    app.router.add_get("/{rest:.*}", show)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def icons(page: "Page") -> list[str]:
    """The names of links that are on no page of the host: only the browser itself sees into a closed root."""
    session = await page.context.new_cdp_session(page)
    nodes = (await session.send("Accessibility.getFullAXTree"))["nodes"]
    links = [node for node in nodes if node.get("role", {}).get("value") == "link"]
    return [node["name"]["value"] for node in links]


async def must_open_helpdesk(page: "Page", site: Site, *, by_mouse: bool) -> None:
    """In a page of its own, which knows nothing of the one it was opened from."""
    async with page.context.expect_page() as opened:
        if by_mouse:
            is_rtl, size = page.url.endswith("/hostile"), page.viewport_size
            assert size is not None
            x = MIDDLE if is_rtl else size["width"] - MIDDLE
            await page.mouse.click(x, size["height"] - MIDDLE)
        else:
            await page.keyboard.press("Tab")
            await page.keyboard.press("Enter")
    helpdesk = await opened.value
    await helpdesk.wait_for_url(f"{site.url}/lumen/help/support/sign-in**")
    assert await helpdesk.evaluate("[window.opener, document.referrer]") == [None, ""]


async def test_it_works_under_a_strict_policy(site: Site, open_page: OpenPage) -> None:
    _, snippet = await membership_of(site)
    policy = f"{snippet.policy}; require-trusted-types-for 'script'"
    async with MembersSandbox(site=MemberSite("Campus", snippet.text, policy)) as members:
        page = await open_page()
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        await page.goto(members.url, wait_until="networkidle")
        assert await icons(page) == [LABEL]
        ours = [url for url in asked if not url.startswith(members.url)]
        assert ours == [snippet.source]
        assert await page.context.cookies() == []
        assert await page.evaluate("document.body.lastElementChild.shadowRoot") is None
        assert await page.locator("[style]").count() == 0
        box = await page.locator("body > div").last.bounding_box()
        assert box == {"x": 1280 - 16 - 52, "y": 900 - 16 - 52, "width": 52, "height": 52}
        await must_open_helpdesk(page, site, by_mouse=False)
        await must_open_helpdesk(page, site, by_mouse=True)


async def test_it_survives_hostile_globals(site: Site, open_page: OpenPage) -> None:
    _, snippet = await membership_of(site)
    async with serving({"/hostile": HOSTILE + snippet.text}) as host:
        page = await open_page()
        await page.goto(f"{host}/hostile", wait_until="networkidle")
        assert await icons(page) == [LABEL]
        await must_open_helpdesk(page, site, by_mouse=True)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: text.replace("data-href=", "data-other="),
        lambda text: text.replace('data-href="http', 'data-href="javascript:alert(1)//'),
        lambda text: "<script>window.CSSStyleSheet = undefined</script>" + text,
    ],
    ids=["nowhere", "a script", "too old"],
)
async def test_it_fails_without_a_word(site: Site, open_page: OpenPage, spoil) -> None:
    _, snippet = await membership_of(site)
    async with serving({"/": f"<!doctype html><body><p>A lesson.</p>{spoil(snippet.text)}"}) as host:
        page = await open_page()
        await page.goto(host, wait_until="networkidle")
        assert await icons(page) == []
        assert await page.locator("body > div").count() == 0


async def test_without_javascript_there_is_a_link(site: Site, open_page: OpenPage) -> None:
    _, snippet = await membership_of(site)
    async with serving({"/": f"<!doctype html><body><p>A lesson.</p>{snippet.text}"}) as host:
        page = await open_page(java_script_enabled=False)
        await page.goto(host)
        async with page.context.expect_page() as opened:
            await page.get_by_role("link", name=LABEL).click()
        await (await opened.value).wait_for_url(f"{site.url}/lumen/help/support/sign-in**")
