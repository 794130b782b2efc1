"""Slack in the desk: added by way of Slack's own page, channels picked and tried, disconnected, lost."""

import re
from pathlib import Path
from typing import Any

from billing.plan_changes import change_plan
from billing.slack.records import Installation
from billing.states import PlanName
from tests.make import CHANNEL, system
from tests.people import dana, erin, frank, heidi
from tests.site import Browser, Page, Site

SLACK = "/lumen/desk/slack"


async def go_to_slack(browser: Browser) -> tuple[Page, str]:
    """Begun: the page with the link, and the link."""
    page = await browser.fill(f"{SLACK}/add", "slack/add")
    found = re.search(r'href="([^"]+/oauth/v2/authorize[^"]+)"', page.html)
    assert found, page.text
    return page, found[1].replace("&amp;", "&")


def read_all(folder: Path) -> bytes:
    """The database's file, and what was written beside it."""
    return b"".join(each.read_bytes() for each in folder.glob("world.sqlite3*"))


async def find_live(site: Site) -> Installation | None:
    async with site.ctx.read(site.world.accounts["lumen"].id) as work:
        return await work.installations.find_live()


async def is_theirs(site: Site) -> bool:
    """Connected by somebody, not by the settings."""
    live = await find_live(site)
    return live is not None and live.installed_by.startswith("staff:")


async def test_an_owner_adds_the_app_and_sees_it_connected(site: Site) -> None:
    browser = await site.sign_in_staff(dana)
    waiting, address = await go_to_slack(browser)
    page = await browser.get(site.slack.authorize(dana.slack, address))
    assert "Connecting" in page.text
    assert page.url == waiting.url
    await site.settle()
    page = await browser.get(page.url)
    assert page.url.split("?")[0].endswith(SLACK)
    assert "Slack is connected." in page.text
    assert await is_theirs(site)


async def test_no_token_lies_open_in_the_database(site: Site, tmp_path: Path) -> None:
    browser = await site.sign_in_staff(dana)
    _, address = await go_to_slack(browser)
    await browser.get(site.slack.authorize(dana.slack, address))
    await site.settle()
    live = await find_live(site)
    assert live is not None
    assert site.ctx.vault.unseal(live.bot_token).startswith("xoxe.xoxb-")
    held = read_all(tmp_path)
    assert live.bot_token.encode() in held
    assert b"xoxb-" not in held
    assert b"xoxe" not in held


async def test_a_state_counts_once_and_in_its_own_visit(site: Site) -> None:
    browser, other = await site.sign_in_staff(dana), await site.sign_in_staff(dana)
    _, address = await go_to_slack(browser)
    back = site.slack.authorize(dana.slack, address)
    assert "in another browser" in (await other.get(back)).text
    assert "in another browser" in (await browser.get(back)).text
    await site.settle()
    assert not await is_theirs(site)


async def test_the_same_way_back_twice_connects_once(site: Site) -> None:
    browser = await site.sign_in_staff(dana)
    _, address = await go_to_slack(browser)
    back = site.slack.authorize(dana.slack, address)
    await browser.get(back)
    assert "another browser" in (await browser.get(back)).text
    await site.settle()
    assert await is_theirs(site)


async def test_what_went_wrong_at_slack_is_told(site: Site) -> None:
    browser = await site.sign_in_staff(dana)
    _, address = await go_to_slack(browser)
    page = await browser.get(site.slack.authorize(dana.slack, address, allow=False))
    assert "somebody chose Cancel" in page.text
    _, address = await go_to_slack(browser)
    back = re.sub(r"code=[^&]+", "code=made-up", site.slack.authorize(dana.slack, address))
    page = await browser.get(back)
    await site.settle()
    site.slack.refused.clear()  # meant
    assert "used or is too old" in (await browser.get(page.url)).text


async def test_less_than_the_app_needs_is_not_connected(site: Site) -> None:
    browser = await site.sign_in_staff(dana)
    _, address = await go_to_slack(browser)
    page = await browser.get(site.slack.authorize(dana.slack, address.replace("users%3Aread%2C", "")))
    await site.settle()
    assert "granted less" in (await browser.get(page.url)).text
    assert not await is_theirs(site)


async def test_a_link_that_is_too_old_says_so(site: Site) -> None:
    browser = await site.sign_in_staff(dana)
    page, address = await go_to_slack(browser)
    site.clock.turn(minutes=11)
    assert "too old" in (await browser.get(page.url)).text
    assert "Not connected" not in (await browser.get(site.slack.authorize(dana.slack, address))).text


async def test_only_owners_add_and_only_with_a_fresh_proof(site: Site) -> None:
    browser = await site.sign_in_staff(dana)
    site.clock.turn(minutes=6)
    assert "/prove" in (await browser.get(f"{SLACK}/add")).url
    manager = await site.sign_in_staff(erin)
    assert (await manager.get(SLACK)).status == 200
    assert (await manager.get(f"{SLACK}/add")).status == 403
    agent = await site.sign_in_staff(frank)
    assert (await agent.get(SLACK)).status == 403


async def test_a_way_back_that_nobody_began_leads_nowhere(site: Site) -> None:
    browser = await site.sign_in_staff(dana)
    assert (await browser.get("/hooks/slack/callback?state=made-up&code=x")).status == 404
    assert (await browser.get("/hooks/slack/callback")).status == 404


async def test_a_channel_is_picked_by_its_name_and_tried(site: Site) -> None:
    browser = await site.sign_in_staff(erin)
    await browser.fill(SLACK, "slack/channels")
    await site.settle()
    page = await browser.get(SLACK)
    assert "#billing" in page.html
    helpdesk = site.world.desk.id.hex
    typed: Any = {f"channel-{helpdesk}": "#nowhere"}
    page = await browser.submit(page, f"{helpdesk}/channel", **typed)
    assert page.status == 422
    assert "Slack listed no channel nowhere" in page.text
    typed = {f"channel-{helpdesk}": "billing"}
    page = await browser.submit(page, f"{helpdesk}/channel", **typed)
    assert "Saved." in page.text
    page = await browser.submit(page, f"{helpdesk}/test")
    await site.settle()
    assert "A test message arrived in #billing" in (await browser.get(SLACK)).text


async def test_a_test_that_does_not_arrive_says_why_and_mails_the_owner(site: Site) -> None:
    browser = await site.sign_in_staff(erin)
    await site.slack.archive(CHANNEL, by=dana.slack)
    await browser.fill(SLACK, f"{site.world.desk.id.hex}/test")
    await site.settle()
    site.slack.refused.clear()  # meant
    assert "is archived" in (await browser.get(SLACK)).text
    assert "is archived" in site.mails()[-1]["text"]
    assert site.mails()[-1]["to"] == dana.email
    assert "Slack is lost" in (await browser.get("/lumen/desk")).text


async def test_disconnecting_ends_it_at_once_and_revokes_the_token(site: Site) -> None:
    browser = await site.sign_in_staff(dana)
    page = await browser.fill(f"{SLACK}/disconnect", "slack/disconnect")
    assert "was disconnected here" in page.text
    assert "Slack is lost" not in (await browser.get("/lumen/desk")).text
    assert await find_live(site) is None
    await site.settle()
    assert site.slack.access.tokens[site.slack.bot_token].ended == "token_revoked"


async def test_the_app_removed_in_slack_is_mailed_and_shown_above_the_inbox(site: Site) -> None:
    await site.slack.uninstall()
    await site.settle()
    site.slack.refused.clear()  # what was due with the old token
    assert await find_live(site) is None
    mail = site.mails()[-1]
    assert mail["to"] == dana.email
    assert "removed the app" in " ".join(mail["text"].split())
    browser = await site.sign_in_staff(erin)
    assert "Slack is lost" in (await browser.get("/lumen/desk")).text
    assert "removed the app" in (await browser.get(SLACK)).text


async def test_a_plan_without_slack_has_no_way_there(site: Site) -> None:
    await change_plan(site.ctx, PlanName.STARTER, by=system(site.world.accounts["rival"]), seen=None)
    browser = await site.sign_in_staff(heidi)
    for path in ("", "/add"):
        page = await browser.get(f"/rival/desk/slack{path}")
        assert page.status == 403
        assert "plan" in page.text
