"""The client in the browser: without a script by plain forms, and with it in a real Chromium."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from selfbill.sandbox.slack import SlackSandbox
from tests.selfbill.sandbox.bolt_app import CARD, DENY_MODAL, BoltApp, Json, over_http

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

DANA, ERIN, STRANGER = "U0DANA0001", "U0ERIN0002", "U0STRANGE6"
SUPPORT = "C0SUPPORT1"
APPROVE, DENY = "press:decide.request:approve", "press:decide.request:deny"


@pytest.fixture
async def bolt() -> AsyncIterator[BoltApp]:
    async with SlackSandbox() as slack, over_http(slack) as app:
        yield app
        assert not slack.refused


@pytest.fixture
async def site(bolt: BoltApp) -> AsyncIterator[aiohttp.ClientSession]:
    """A browser without a script."""
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(base_url=bolt.slack.url, cookie_jar=jar) as session:
        yield session


@pytest.fixture
async def page(bolt: BoltApp, browser: Browser) -> AsyncIterator[Page]:
    context = await browser.new_context()
    tab = await context.new_page()
    problems: list[str] = []
    tab.on("pageerror", lambda error: problems.append(str(error)))
    tab.on("console", lambda said: problems.append(said.text) if said.type == "error" else None)
    await tab.goto(bolt.slack.url)
    yield tab
    await context.close()
    assert problems == []


async def text(answer: Any) -> str:
    async with answer as response:
        assert response.status == 200
        return str(await response.text())


def press(ts: str, name: str, **more: str) -> dict[str, str]:
    return {"holder": ts, "back": f"/c/{SUPPORT}", name: "r1", **more}


async def test_a_button_with_a_confirm_asks_on_a_page_first(
    bolt: BoltApp, site: aiohttp.ClientSession
) -> None:
    ts = await bolt.post_card()
    asked = await text(site.post("/act", data=press(ts, APPROVE)))
    assert "Approve this refund?" in asked
    assert "Yes, approve" in asked
    assert bolt.heard == []

    shown = await text(site.post("/act", data=press(ts, APPROVE, confirmed="yes")))

    assert 'Approved by <span class="mention">@Dana Whitfield</span>' in shown
    assert "You approved it." in shown
    assert "Only visible to you" in shown


async def test_another_person_does_not_see_what_one_was_told(
    bolt: BoltApp, site: aiohttp.ClientSession
) -> None:
    await bolt.client.chat_postEphemeral(channel=SUPPORT, user=DANA, text="psst")
    assert "psst" in await text(site.get("/"))
    assert "psst" not in await text(site.post("/as", data={"person": ERIN}))


async def test_a_person_sees_their_own_channels(bolt: BoltApp, site: aiohttp.ClientSession) -> None:
    assert "founders" in await text(site.get("/"))
    assert "founders" not in await text(site.post("/as", data={"person": ERIN}))
    async with site.get("/c/C0FOUNDER4") as foreign:
        assert foreign.status == 404


async def test_a_modal_is_filled_in_without_a_script(bolt: BoltApp, site: aiohttp.ClientSession) -> None:
    ts = await bolt.post_card()
    shown = await text(site.post("/act", data=press(ts, DENY)))
    assert 'name="reason.text"' in shown
    (modal,) = bolt.slack.modals
    where = {"back": f"/c/{SUPPORT}"}

    shown = await text(site.post(f"/modal/{modal.id}", data=where | {"reason.text": "no"}))
    assert "Say a little more." in shown
    assert 'aria-invalid="true"' in shown
    shown = await text(site.post(f"/modal/{modal.id}", data=where | {"reason.text": "Line 1\r\nLine 2"}))
    assert "<dialog class=" not in shown
    assert bolt.heard[-1]["state"]["values"]["reason"]["text"]["value"] == "Line 1\nLine 2"
    async with site.post(f"/modal/{modal.id}", data=where) as gone:
        assert gone.status == 404


async def test_an_app_that_fails_is_warned_of_beside_the_button(
    bolt: BoltApp, site: aiohttp.ClientSession
) -> None:
    ts = await bolt.post_card()
    bolt.slack.request_url = f"{bolt.slack.url}/nothing-here"
    shown = await text(site.post("/act", data=press(ts, DENY)))
    assert "The app answered with status code 404." in shown


async def test_a_form_of_another_site_is_refused(bolt: BoltApp, site: aiohttp.ClientSession) -> None:
    ts = await bolt.post_card()
    headers = {"Origin": "http://evil.example"}
    async with site.post("/act", data=press(ts, DENY), headers=headers) as answer:
        assert answer.status == 403
    async with site.post("/act", data=press("1.0", DENY)) as answer:
        assert answer.status == 409
    assert bolt.heard == []


async def test_the_home_tab_and_a_permalink(bolt: BoltApp, site: aiohttp.ClientSession) -> None:
    assert "Alice asks for" in await text(site.get("/home"))
    ts = await bolt.post_card()
    link = await bolt.client.chat_getPermalink(channel=SUPPORT, message_ts=ts)
    assert f'id="m{ts}"' in await text(site.get(link["permalink"].removeprefix(bolt.slack.url)))


async def test_every_kind_of_block_and_element_is_drawn(bolt: BoltApp, site: aiohttp.ClientSession) -> None:
    plain = {"type": "plain_text", "text": "Words & <more>"}
    options = [{"text": plain, "value": "1"}, {"text": plain, "value": "2"}]
    kinds = ("static_select", "radio_buttons", "checkboxes", "overflow")
    menus: list[Json] = [{"type": kind, "action_id": kind, "options": options} for kind in kinds]
    pickers = [
        {"type": kind, "action_id": kind} for kind in ("users_select", "channels_select", "datepicker")
    ]
    picture = {"type": "image", "image_url": "http://elsewhere.example/a.png", "alt_text": "A chart"}
    blocks: list[Json] = [
        {"type": "header", "text": plain},
        {"type": "divider"},
        {"type": "section", "fields": [plain], "accessory": picture},
        {"type": "context", "elements": [plain, picture]},
        {"type": "actions", "elements": [*menus, *pickers]},
        picture,
    ]
    inputs = [*menus[:3], *pickers]
    inputs += [{"type": kind, "action_id": kind} for kind in ("plain_text_input", "email_text_input")]
    modal = DENY_MODAL | {
        "blocks": [
            {"type": "alert", "text": plain, "level": "info"},
            *({"type": "input", "label": plain, "hint": plain, "element": each} for each in inputs),
        ]
    }
    await bolt.client.chat_postMessage(channel=SUPPORT, text="x", blocks=blocks)
    await bolt.client.views_open(trigger_id=bolt.slack.access.new_trigger(DANA), view=modal)

    shown = await text(site.get("/"))

    assert "Words &amp; &lt;more&gt;" in shown
    assert "elsewhere.example" not in shown
    assert shown.count('role="img" aria-label="A chart"') == 3


async def test_a_person_writes_and_replies(bolt: BoltApp, site: aiohttp.ClientSession) -> None:
    ts = await bolt.post_card()
    where = {"channel": SUPPORT, "back": f"/c/{SUPPORT}/{ts}"}
    await text(site.post("/write", data=where | {"text": "Seen *it*, a < b"}))
    shown = await text(site.post("/write", data=where | {"text": "In the thread", "thread_ts": ts}))
    assert "Seen <strong>it</strong>, a &lt; b" in shown
    assert "1 reply" in shown


async def test_previews_and_the_apps_messages_are_drawn(bolt: BoltApp, site: aiohttp.ClientSession) -> None:
    bolt.slack.request_url = f"{bolt.slack.url}/apps"  # Bolt has no listener for these events
    link = "https://desk.example/1"
    message = await bolt.slack.share_link(DANA, "support", link)
    await bolt.client.chat_unfurl(channel=SUPPORT, ts=message.ts, unfurls={link: {"blocks": CARD[:1]}})
    assert f'data-unfurl="{link}"' in await text(site.get("/"))
    await bolt.client.chat_postMessage(channel=DANA, text="To you alone")
    assert "To you alone" in await text(site.get("/messages"))
    assert "To you alone" not in await text(site.post("/as", data={"person": ERIN}))


async def test_an_administrator_changes_people_channels_and_tokens(
    bolt: BoltApp, site: aiohttp.ClientSession
) -> None:
    slack = bolt.slack
    slack.request_url = f"{slack.url}/apps"

    async def do(path: str) -> str:
        return await text(site.post(path, data={"back": "/apps"}, headers={"X-Scripted": "1"}))

    shown = await text(site.get("/apps"))
    assert "Send messages" in shown
    assert "Erin Castellanos" in shown
    await do(f"/people/{ERIN}/deactivate")
    assert slack.people[ERIN].deleted
    for act, app_is_in in (("remove", False), ("invite", True)):
        await do(f"/channels/{SUPPORT}/{act}")
        assert (slack.workspace.seed.bot_user_id in slack.channels[SUPPORT].members) is app_is_in
    for act, is_archived in (("archive", True), ("unarchive", False)):
        await do(f"/channels/{SUPPORT}/{act}")
        assert slack.channels[SUPPORT].is_archived is is_archived
    async with site.post(f"/channels/{SUPPORT}/invite", data={"back": "/apps"}) as twice:
        assert twice.status == 404
    assert "expired" in await do("/apps/expire")
    assert "Not installed" in await do("/apps/uninstall")


async def test_a_person_of_another_workspace_sees_that_one(
    bolt: BoltApp, site: aiohttp.ClientSession
) -> None:
    other = bolt.slack.add_workspace()
    shown = await text(site.post("/as", data={"person": next(iter(other.people))}))
    assert '<p class="team">Workspace 1</p>' in shown
    assert f"/c/{next(iter(other.channels))}" in shown


async def test_approving_in_the_browser_with_its_confirm_dialog(bolt: BoltApp, page: Page) -> None:
    ts = await bolt.post_card()  # the open page shows it by itself
    card = page.locator(f'[data-ts="{ts}"]')
    await card.get_by_role("button", name="Approve").click()
    dialog = page.get_by_role("dialog", name="Approve this refund?")
    await dialog.get_by_role("button", name="Not yet").click()
    assert bolt.heard == []

    await card.get_by_role("button", name="Approve").click()
    await dialog.get_by_role("button", name="Yes, approve").click()

    await card.get_by_text("Approved by @Dana Whitfield").wait_for()
    assert await card.get_by_role("button").count() == 0
    await page.locator("[data-ephemeral]").get_by_text("You approved it.").wait_for()


async def test_denying_in_the_browser_with_its_modal(bolt: BoltApp, page: Page) -> None:
    await bolt.post_card()
    await page.get_by_role("button", name="Deny").click()
    modal = page.get_by_role("dialog", name="Deny the refund")
    await modal.get_by_role("button", name="Deny").click()
    await modal.get_by_text("Please complete this required field.").wait_for()
    await modal.get_by_label("Reason").fill("no")
    await modal.get_by_role("button", name="Deny").click()
    await modal.get_by_text("Say a little more.").wait_for()
    await modal.get_by_label("Reason").fill("Bought a year ago")
    await modal.get_by_role("button", name="Deny").click()
    await modal.wait_for(state="detached")
    assert bolt.heard[-1]["state"]["values"]["reason"]["text"]["value"] == "Bought a year ago"


async def test_choosing_a_person_and_closing_a_modal_by_keyboard(bolt: BoltApp, page: Page) -> None:
    await page.get_by_label("You are").select_option(label="Erin Castellanos")
    await bolt.post_card()
    await page.get_by_role("button", name="Deny").click()
    await page.get_by_role("dialog", name="Deny the refund").wait_for()
    assert bolt.heard[-1]["user"]["id"] == ERIN
    await page.keyboard.press("Escape")
    await page.get_by_role("dialog", name="Deny the refund").wait_for(state="detached")
    assert bolt.slack.modals == []
