"""Every customer page: whose it is, and what it answers to everybody and everything else."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from billing.states import RequestState, Surface
from tests.people import alice, bob, charlie
from tests.portal.customer.things import Things, make_things
from tests.site import Browser, Page, Site, running_site
from tests.worlds import Template, check_told, copy_sqlite

HELPDESK = "/lumen/help/support"
READ = ("refund", "cancel", "request", "ticket")  # and `invoice`, which shows nothing but a button
DONE = ("refund", "cancel", "keep", "withdraw", "invoice", "reply")
FILLED = {
    "refund": {"reason": "other", "message": ""},
    "cancel": {"reason": "", "message": ""},
    "reply": {"text": "Hello"},
}


@dataclass(frozen=True)
class Scene:
    """A site with alice's things, and who is signed in there; no test changes anything in it."""

    site: Site
    things: Things
    alice: Browser
    bob: Browser
    charlie: Browser


@pytest.fixture(scope="module")
async def scene(sqlite_template: Template, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Scene]:
    """One for all tests of this module."""
    url = copy_sqlite(sqlite_template, tmp_path_factory.mktemp("litany"))
    async with running_site(url, sqlite_template.world) as site:
        things = await make_things(site)
        at_helpdesk = [await site.sign_in(person, Surface.HELPDESK) for person in (alice, bob)]
        await site.prove(at_helpdesk[1], Surface.HELPDESK)
        yield Scene(site, things, *at_helpdesk, await site.sign_in(charlie))
        check_told(site)


async def forge(
    browser: Browser, path: str, name: str, *, token: str = "", origin: str | None = None
) -> Page:
    """POST what the page `name` would send, with this token."""
    fields = {**FILLED.get(name, {}), "once": "once-forged"}
    return await browser.post(path, {**fields, "csrf": token} if token else fields, origin=origin)


async def token_of(browser: Browser) -> str:
    return (await browser.get(f"{HELPDESK}/ask")).forms()[0].fields["csrf"]


async def test_alice_reads_all_that_is_hers(site: Site) -> None:
    things = await make_things(site)
    browser = await site.sign_in(alice, Surface.HELPDESK)
    await site.prove(browser, Surface.HELPDESK)
    for path in ["", "/tickets", "/ask", *(things.paths[name] for name in READ)]:
        page = await browser.get(HELPDESK + path)
        assert (page.status, page.url) == (200, site.url + HELPDESK + path)


@pytest.mark.parametrize("path", ["", "/tickets", "/ask"])
async def test_who_is_signed_out_is_led_to_sign_in(scene: Scene, path: str) -> None:
    page = await scene.site.browser().get(HELPDESK + path, follow=False)
    assert page.status == 303
    assert page.headers["Location"].startswith(f"{HELPDESK}/sign-in")


async def test_what_is_alices_leads_who_is_signed_out_to_sign_in_and_then_there(site: Site) -> None:
    things = await make_things(site)
    browser = site.browser()
    wanted = HELPDESK + things.paths["request"]
    page = await browser.submit(
        await browser.get(wanted), "sign-in", order_id=alice.order_id, email=alice.email
    )
    assert page.url == site.url + wanted


@pytest.mark.parametrize("name", [*READ, "events", "keep"])
async def test_bob_finds_nothing_of_alices(scene: Scene, name: str) -> None:
    assert (await scene.bob.get(HELPDESK + scene.things.paths[name])).status == 404


@pytest.mark.parametrize("name", ["refund", "cancel", "request", "events", "keep"])
async def test_charlie_finds_nothing_of_alices_though_the_e_mail_is_the_same(scene: Scene, name: str) -> None:
    assert (await scene.charlie.get("/rival" + scene.things.paths[name])).status == 404


@pytest.mark.parametrize("name", DONE)
async def test_bob_does_nothing_with_what_is_alices(scene: Scene, name: str) -> None:
    site, things = scene.site, scene.things
    token = await token_of(scene.bob)
    assert (await forge(scene.bob, HELPDESK + things.paths[name], name, token=token)).status == 404
    async with site.ctx.read(site.world.accounts["lumen"].id) as work:
        assert (await work.requests.get(things.request_id)).state is RequestState.PENDING


@pytest.mark.parametrize("name", DONE)
async def test_nothing_is_done_without_a_token_of_ours(scene: Scene, name: str) -> None:
    assert (await forge(scene.alice, HELPDESK + scene.things.paths[name], name)).status == 403


@pytest.mark.parametrize("name", DONE)
async def test_nothing_is_done_for_another_site(scene: Scene, name: str) -> None:
    token = await token_of(scene.alice)
    path = HELPDESK + scene.things.paths[name]
    assert (
        await forge(scene.alice, path, name, token=token, origin="https://elsewhere.example")
    ).status == 403


@pytest.mark.parametrize(
    "path", ["payments/{}/refund", "subscriptions/{}/cancel", "requests/{}", "tickets/{}"]
)
@pytest.mark.parametrize("bad", ["0" * 32, "x", "-1", "g" * 32])
async def test_a_bad_id_is_not_found(scene: Scene, path: str, bad: str) -> None:
    assert (await scene.alice.get(f"{HELPDESK}/{path.format(bad)}")).status == 404


@pytest.mark.parametrize("name", ["withdraw", "reply"])
async def test_what_only_does_cannot_be_read(scene: Scene, name: str) -> None:
    assert (await scene.alice.get(HELPDESK + scene.things.paths[name])).status == 405


@pytest.mark.parametrize("path", ["/tickets", "/ask"])
async def test_the_portal_has_no_tickets(scene: Scene, path: str) -> None:
    browser = await scene.site.sign_in(alice)
    assert (await browser.get(f"/lumen{path}")).status == 404
