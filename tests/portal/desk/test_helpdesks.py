"""The wizard of a helpdesk without JavaScript: each step, what was typed, both values of a stale form."""

import re
from dataclasses import replace
from typing import Any

import pytest

from billing.helpdesks import Details, set_details
from billing.states import PlanName, Surface
from tests.people import alice, dana, erin, grace, heidi
from tests.portal.files import FORM_TYPE, form, picture
from tests.site import Browser, Page, Site

DESK = "/lumen/desk"


@pytest.fixture
async def browser(sqlite_site: Site) -> Browser:
    return await sqlite_site.sign_in_staff(erin)


async def make(browser: Browser, name: str = "Press") -> str:
    """The path of a new helpdesk's wizard."""
    page = await browser.fill(f"{DESK}/helpdesks/new", "helpdesks/new", name=name)
    assert page.status == 200, page.text
    found = re.search(r"/lumen/desk/helpdesks/[0-9a-f]{32}", page.url)
    assert found, page.url
    return found[0]


async def save(browser: Browser, path: str, **typed: Any) -> Page:
    """GET a step and press Save."""
    return await browser.fill(path, path.rpartition("/")[2], **typed)


async def test_the_wizard_from_its_first_step_to_its_last(sqlite_site: Site, browser: Browser) -> None:
    page = await browser.fill(f"{DESK}/helpdesks/new", "helpdesks/new", name="Press & Media")
    assert page.url.endswith("/departments")
    for step in ("Details", "Departments", "Self Billing", "Team &amp; Slack", "Appearance", "Install"):
        assert step in page.html
    one = page.url.removesuffix("/departments").removeprefix(sqlite_site.url)
    page = await browser.submit(page, "departments", department="Journalists")
    assert page.status == 200
    assert "Journalists" in page.html
    page = await save(
        browser, f"{one}/self-billing", shown="yes", refund="yes", refund_how="automated", then="next"
    )
    assert page.url.endswith("/team")
    page = await save(browser, f"{one}/team", slack_channel="C0PRESS001", then="next")
    assert page.url.endswith("/appearance")
    page = await save(browser, f"{one}/appearance", welcome="Hello <b>you</b>", colour="#AA3300", then="next")
    assert page.url.endswith("/install")
    assert f"{sqlite_site.url}/lumen/help/press-media" in page.html
    assert "&lt;a href=" in page.html
    assert f"{DESK}/memberships" in page.html
    customer = sqlite_site.browser()
    page = await customer.fill(
        "/lumen/help/press-media/sign-in", "sign-in", order_id=alice.order_id, email=alice.email
    )
    assert "Hello &lt;b&gt;you&lt;/b&gt;" in page.html
    assert "My Orders" in page.text
    assert "aa3300.css" in page.html
    page = await customer.get("/lumen/help/press-media/ask")
    assert "Journalists" in page.text
    assert "Press &amp; Media" in (await browser.get(f"{DESK}/helpdesks")).html


async def test_each_choice_of_self_billing_changes_the_customers_page(
    sqlite_site: Site, browser: Browser
) -> None:
    path = f"{DESK}/helpdesks/{sqlite_site.world.desk.id.hex}/self-billing"
    customer = await sqlite_site.sign_in(alice, Surface.HELPDESK)
    root = sqlite_site.root(Surface.HELPDESK)
    assert "Request refund" in (await customer.get(root)).text
    page = await browser.get(path)
    for words in ("Yes, display the billing section", "Allow refund requests", "Allow cancel requests"):
        assert words in page.text
    form = next(each for each in page.forms() if each.action.endswith("/self-billing"))
    without = {name: value for name, value in form.fields.items() if name != "refund"}
    await browser.post(form.action, without)
    assert "Request refund" not in (await customer.get(root)).text
    assert "Cancel subscription" in (await customer.get(root)).text
    form = next(each for each in (await browser.get(path)).forms() if each.action.endswith("/self-billing"))
    await browser.post(form.action, {name: value for name, value in form.fields.items() if name != "shown"})
    assert "My Orders" not in (await customer.get(root)).text


async def test_what_was_typed_stays_beside_what_is_wrong(browser: Browser) -> None:
    one = await make(browser)
    page = await save(browser, one, name="", slug="Not An Address")
    assert page.status == 422
    assert 'id="name-problem"' in page.html
    page = await save(browser, one, name="Kept", slug="not an address")
    assert page.status == 422
    assert 'value="Kept"' in page.html
    assert 'value="not an address"' in page.html
    assert "autofocus" in page.html
    page = await save(browser, f"{one}/appearance", colour="red", welcome="Kept too")
    assert (page.status, "Kept too" in page.html, 'id="colour-problem"' in page.html) == (422, True, True)
    page = await save(browser, f"{one}/team", slack_channel="#press")
    assert (page.status, 'value="#press"' in page.html) == (422, True)
    page = await browser.fill(f"{DESK}/helpdesks/new", "helpdesks/new", name="Again", slug="press")
    assert (page.status, "Somebody already has this one" in page.text) == (422, True)
    page = await save(browser, f"{one}/self-billing", refund="yes", refund_how="manual", tickets="")
    assert (page.status, 'id="tickets-problem"' in page.html) == (422, True)
    page = await browser.submit(await browser.get(f"{one}/departments"), "departments", department="general")
    assert (page.status, 'value="general"' in page.html) == (422, True)


async def test_a_stale_form_shows_both_values_and_saves_neither_unasked(
    sqlite_site: Site, browser: Browser
) -> None:
    desk = sqlite_site.world.desk
    path = f"{DESK}/helpdesks/{desk.id.hex}"
    mine = await browser.get(path)
    theirs = Details("Theirs", desk.slug)
    await set_details(sqlite_site.ctx, desk.id, theirs, by=sqlite_site.world.member(dana))
    page = await browser.submit(mine, desk.id.hex, name="Mine")
    assert page.status == 409
    assert "Somebody saved meanwhile." in page.text
    assert "Theirs" in page.text
    assert 'value="Mine"' in page.html
    page = await browser.submit(page, desk.id.hex)
    assert (page.status, page.url.endswith("saved=yes")) == (200, True)
    same = await browser.submit(mine, desk.id.hex, name="Mine")
    assert same.status == 200, "what they saved is what was chosen"
    step = await browser.get(f"{path}/self-billing")
    await browser.submit(step, "self-billing", cancel_how="automated")
    page = await browser.submit(step, "self-billing", refund_how="automated")
    assert page.status == 409
    assert "How refund requests are handled" in page.text


async def test_departments_are_renamed_and_archived_but_not_under_manual_tickets(
    sqlite_site: Site, browser: Browser
) -> None:
    path = f"{DESK}/helpdesks/{sqlite_site.world.desk.id.hex}"
    page = await browser.get(f"{path}/departments")
    rename = next(each for each in page.forms() if each.action.endswith("/rename"))
    field = next(name for name in rename.fields if name.startswith("name-"))
    renamed: dict[str, Any] = {field: "Money"}
    page = await browser.submit(page, "rename", **renamed)
    assert 'value="Money"' in page.html
    page = await browser.submit(page, "rename", **(renamed | {field: ""}))
    assert (page.status, f'id="{field}-problem"' in page.html) == (422, True)
    page = await browser.submit(await browser.get(f"{path}/departments"), "archive")
    assert page.status == 409
    assert "Money cannot be archived yet." in page.text
    assert f"{path}/self-billing" in page.html
    await browser.submit(
        await browser.get(f"{path}/self-billing"), "self-billing", tickets=sqlite_site.world.desk.id.hex
    )
    page = await browser.submit(await browser.get(f"{path}/departments"), "archive")
    assert (page.status, "Money" in page.text) == (200, False)


async def test_an_archived_helpdesk_is_gone_for_customers_and_comes_back(
    sqlite_site: Site, browser: Browser
) -> None:
    customer = await sqlite_site.sign_in(alice, Surface.HELPDESK)
    root = sqlite_site.root(Surface.HELPDESK)
    await customer.fill(f"{root}/ask", "ask", subject="Old", text="Still there?")
    page = await browser.submit(await browser.get(f"{DESK}/helpdesks"), "archive")
    assert "is archived" in page.text
    assert (await customer.get(root)).status == 404
    assert "Old" in (await browser.get(DESK)).text
    await browser.submit(page, "restore")
    assert (await customer.get(root)).status == 200


async def test_manual_tickets_keep_a_helpdesk_from_being_archived(
    sqlite_site: Site, browser: Browser
) -> None:
    desk = sqlite_site.world.desk
    listed = await browser.get(f"{DESK}/helpdesks")
    await browser.fill(
        f"{DESK}/products/self-billing", "self-billing", refund_how="manual", tickets=desk.id.hex
    )
    page = await browser.submit(listed, "archive")
    assert page.status == 409
    assert "cannot be archived yet" in page.text
    assert "Portal" in page.text
    assert (await sqlite_site.browser().get(sqlite_site.root(Surface.HELPDESK))).status == 200


async def test_a_logo_is_shown_and_what_is_none_is_refused(sqlite_site: Site, browser: Browser) -> None:
    path = f"{DESK}/helpdesks/{sqlite_site.world.desk.id.hex}"
    for person in (grace, heidi):
        stranger = await sqlite_site.sign_in_staff(person)
        for step in ("", "/departments", "/self-billing", "/team", "/appearance", "/install", "/logo"):
            own = f"{path}{step}".replace("/lumen", f"/{person.account}")
            assert (await stranger.get(own)).status == (403 if person is grace else 404)
    assert (await browser.get(f"{path}/logo")).status == 404
    assert (await sqlite_site.browser().get(f"{sqlite_site.root(Surface.HELPDESK)}/logo")).status == 404
    sent = {"seen": "", "welcome": "", "colour": ""}
    token = next(each for each in (await browser.get(f"{path}/appearance")).forms() if "seen" in each.fields)
    for name, content, status in (("logo.svg", b"<svg/>", 422), ("logo.gif", picture("GIF"), 200)):
        fields = {**sent, **{key: token.fields[key] for key in ("csrf", "once", "seen")}}
        page = await browser.send(
            f"{path}/appearance", form(fields, ("logo", name, content)), content_type=FORM_TYPE
        )
        assert page.status == status, page.text
    customer = sqlite_site.browser()
    page = await customer.get(f"{sqlite_site.root(Surface.HELPDESK)}/sign-in")
    address = re.search(r'<img src="([^"]+)"', page.html)
    assert address
    logo = await customer.get(address[1])
    assert (logo.status, logo.headers["Content-Type"]) == (200, "image/png")
    assert (await browser.get(f"{path}/logo")).status == 200


async def test_a_plan_without_helpdesks_says_why_and_what_to_do(sqlite_site: Site, browser: Browser) -> None:
    account = sqlite_site.world.accounts["lumen"]
    async with sqlite_site.ctx.begin(account.id) as work:
        await work.accounts.save(replace(account, plan=PlanName.STARTER))
    page = await browser.get(f"{DESK}/helpdesks")
    assert "The plan Starter has no helpdesks." in page.text
    assert f"{DESK}/plan" in page.html
    assert "Create a helpdesk" not in page.text
    assert (await browser.get(f"{DESK}/helpdesks/new")).status == 403
