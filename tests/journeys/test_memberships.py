"""Memberships and the plan by clicking, on a phone and without JavaScript, down to the member site."""

import re
from typing import TYPE_CHECKING

from playwright.async_api import expect

from selfbill.sandbox.members import MemberSite, MembersSandbox
from tests.journeys.conftest import OpenPage, Stage
from tests.journeys.test_access import is_accessible
from tests.people import dana, erin
from tests.site import Site

if TYPE_CHECKING:
    from playwright.async_api import Page

PHONE = {"viewport": {"width": 360, "height": 800}}


async def pressed(members: MembersSandbox, page: "Page") -> "Page":
    """What the help icon opens."""
    await page.goto(members.url, wait_until="networkidle")
    async with page.context.expect_page() as opened:
        await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")
    return await opened.value


async def choose(page: "Page", kind: str, label: str, value: str) -> None:
    """Another Customer support, saved."""
    await page.get_by_role("radio", name=kind, exact=True).check()
    await page.get_by_label(label, exact=True).fill(value)
    await page.get_by_role("button", name="Save").click()


async def test_the_icon_follows_what_the_desk_says(site: Site, open_page: OpenPage) -> None:
    desk = await Stage(site, open_page).desk(erin, java_script_enabled=False, **PHONE)
    page, member = desk.page, await open_page()
    await page.goto(f"{desk.places.desk}/memberships")
    await page.get_by_role("link", name="New membership").click()
    await page.get_by_label("Name").fill("Lumen Campus")
    await expect(page.get_by_label("E-mail address", exact=True)).to_be_hidden()
    await page.get_by_role("radio", name="Helpdesk", exact=True).check()
    await page.get_by_role("combobox", name="Helpdesk").select_option("Lumen Support")
    await page.get_by_role("button", name="Create the membership").click()
    snippet = await page.get_by_label("Snippet").input_value()
    await page.get_by_text("My site has a Content Security Policy").click()
    policy = await page.get_by_label("Let this through").input_value()
    async with MembersSandbox(site=MemberSite("Lumen Campus", snippet, policy)) as members:
        helpdesk = await pressed(members, member)
        await helpdesk.wait_for_url(f"{desk.places.helpdesk}/sign-in**")
        await choose(page, "E-mail only", "E-mail address", "help@lumen.example")
        await expect(page.get_by_text("Saved.")).to_be_visible()
        mail = await pressed(members, member)
        await expect(mail.get_by_role("heading", name="Help with Lumen Campus")).to_be_visible()
        address = await mail.get_by_role("link", name="Write an e-mail").get_attribute("href")
        assert address == "mailto:help@lumen.example"
        await is_accessible(mail)
        await choose(page, "External helpdesk", "Address of the external helpdesk", desk.places.portal)
        portal = await pressed(members, member)
        await portal.wait_for_url(f"{desk.places.portal}/sign-in**")


async def test_a_downgrade_that_would_leave_manual_alone_shows_both_ways_out(
    site: Site, open_page: OpenPage
) -> None:
    desk = await Stage(site, open_page).desk(dana)
    page = desk.page
    for path in ("start", "memberships", "memberships/new", "plan"):
        await page.goto(f"{desk.places.desk}/{path}")
        await is_accessible(page)
    await page.get_by_role("radio", name="Starter").check()
    await page.get_by_role("button", name="Change the plan").click()
    await expect(page.get_by_role("alert")).to_contain_text("Starter cannot be taken yet")
    await is_accessible(page)
    for way_out in ("Set refund and cancel to Automated", "Switch both off"):
        link = page.get_by_role("link", name=f"{way_out} – Lumen Support")
        await expect(link).to_have_attribute(
            "href", re.compile(f"/helpdesks/{site.world.desk.id.hex}/self-billing")
        )
    await page.get_by_role("link", name="Set refund and cancel to Automated").click()
    await expect(page.get_by_role("heading", name="Self Billing")).to_be_visible()
