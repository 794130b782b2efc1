"""Products › Self billing by clicking, without JavaScript, and what customers then see on the portal."""

import re

from sqlalchemy import update

from billing.ids import HelpdeskId, new_id
from billing.records import SelfBilling
from billing.states import Handling, PlanName, Surface
from storage.bound import Bound
from storage.tables.accounts import accounts
from storage.tables.helpdesks import helpdesks
from tests.people import alice, dana, erin, frank, grace
from tests.site import Browser, Page, Site

PATH = "/lumen/desk/products/self-billing"


def form_of(page: Page) -> dict[str, str]:
    """What the settings form would send."""
    return next(each.fields for each in page.forms() if each.action == PATH)


async def send(
    browser: Browser, page: Page, *, to: str = PATH, off: tuple[str, ...] = (), **typed: str
) -> Page:
    """The page's form, with these toggles off and this typed over its own values."""
    fields = {name: value for name, value in form_of(page).items() if name not in off}
    return await browser.post(to, {**fields, **typed})


async def settings(site: Site) -> SelfBilling:
    async with site.ctx.read(site.world.accounts["lumen"].id) as work:
        return await work.helpdesks.get_self_billing(Surface.PORTAL, None)


async def change(site: Site, table: object, **values: object) -> None:
    async with site.ctx.begin(site.world.accounts["lumen"].id) as work:
        assert isinstance(work.accounts, Bound)
        await work.accounts.connection.execute(update(table).values(**values))  # type: ignore[arg-type]


def part(page: Page, name: str) -> str:
    """What stands in the paragraph or list with this id."""
    found = re.search(rf'id="{name}"[^>]*>(.*?)</(?:p|dl)>', page.html, re.DOTALL)
    assert found, f"no {name}"
    return " ".join(re.sub("<[^>]+>", " ", found[1]).split())


def preview(page: Page) -> str:
    return Page(200, "", page.html.partition('id="preview"')[2], {}).text


async def test_each_toggle_changes_the_customers_page_at_once(sqlite_site: Site) -> None:
    erins, alices = await sqlite_site.sign_in_staff(erin), await sqlite_site.sign_in(alice)
    words = {"invoices": "Invoice", "refund": "Request refund", "cancel": "Cancel subscription"}
    for off in ((), ("invoices",), ("refund",), ("cancel",), tuple(words), ()):
        page = await erins.get(PATH)
        shown = await send(erins, page, off=off, **{each: "yes" for each in words if each not in off})
        assert "Saved. Customers see it from now on." in shown.text
        orders = (await alices.get("/lumen")).text
        for name, word in words.items():
            assert (word in orders) is (word in preview(shown)) is (name not in off), (off, word)


async def test_what_was_typed_is_kept_and_the_error_stands_beside_its_field(sqlite_site: Site) -> None:
    erins, before = await sqlite_site.sign_in_staff(erin), await settings(sqlite_site)
    page = await erins.get(PATH)
    for place in ("", "x", new_id(HelpdeskId).hex, f"{sqlite_site.world.desk.id.hex}.{'0' * 32}"):
        shown = await send(erins, page, off=("cancel",), refund_how="manual", tickets=place)
        assert shown.status == 422
        assert part(shown, "tickets-problem") in {"Please fill this in.", "Please choose one of these."}
        typed = form_of(shown)
        assert (typed["refund_how"], "cancel" in typed) == ("manual", False)
        assert typed["seen"] == form_of(page)["seen"]
    assert await settings(sqlite_site) == before


async def test_manual_names_a_department_and_customers_read_that_a_person_decides(sqlite_site: Site) -> None:
    erins = await sqlite_site.sign_in_staff(erin)
    page = await erins.get(PATH)
    found = re.search(r'value="([^"]+)">Lumen Support: Billing<', page.html)
    assert found
    shown = await send(erins, page, refund_how="manual", cancel_how="manual", tickets=found[1])
    assert shown.status == 200
    now = await settings(sqlite_site)
    assert (now.refund, now.cancel, now.ticket_helpdesk_id) == (
        Handling.MANUAL,
        Handling.MANUAL,
        sqlite_site.world.desk.id,
    )
    alices = await sqlite_site.sign_in(alice)
    cancel = await alices.get(f"/lumen/subscriptions/{sqlite_site.world.alices_subscription.hex}/cancel")
    sentence = "A person at Lumen Studio carries it out."
    assert sentence in cancel.text
    assert sentence in preview(shown)
    assert "A person at Lumen Studio reads your request and decides." in preview(shown)


async def test_a_stale_form_shows_both_values_and_loses_neither(sqlite_site: Site) -> None:
    erins, danas = await sqlite_site.sign_in_staff(erin), await sqlite_site.sign_in_staff(dana)
    early = await erins.get(PATH)
    await send(danas, await danas.get(PATH), off=("refund",), cancel_when="now")
    theirs = await settings(sqlite_site)
    shown = await send(erins, early, off=("invoices",))
    assert shown.status == 409
    assert await settings(sqlite_site) == theirs
    assert "Somebody saved meanwhile." in shown.text
    assert part(shown, "refund-meanwhile") == "Saved meanwhile Off Yours On"
    assert part(shown, "invoices-meanwhile") == "Saved meanwhile On Yours Off"
    assert part(shown, "cancel_when-meanwhile").startswith("Saved meanwhile At once Yours At the end")
    assert "cancel-meanwhile" not in shown.html
    saved = await send(erins, shown)
    assert saved.status == 200
    now = await settings(sqlite_site)
    assert (now.invoices, now.refund, now.cancel_when.value) == (False, Handling.AUTOMATED, "period_end")


async def test_a_button_draws_the_preview_of_what_is_typed_and_saves_nothing(sqlite_site: Site) -> None:
    erins, before = await sqlite_site.sign_in_staff(erin), await settings(sqlite_site)
    page, to = await erins.get(PATH), f"{PATH}/preview"
    shown = await send(erins, page, to=to, off=("invoices", "refund"), code_documents="never")
    assert shown.status == 200
    assert "Request refund" not in preview(shown)
    assert "Invoice" not in preview(shown)
    assert "No code is asked for" in preview(shown)
    assert "invoices" not in form_of(shown)
    drawn = shown.html.partition('id="preview"')[2].partition("</section>")[0]
    assert "<form" not in drawn
    assert set(re.findall(r' (?:href|formaction)="([^"]*)"', drawn)) == {"#preview"}
    assert "needs a helpdesk" in preview(await send(erins, page, to=to, refund_how="manual", tickets=""))
    assert await settings(sqlite_site) == before


async def test_a_plan_without_helpdesks_says_why_nothing_is_manual_and_what_to_do(sqlite_site: Site) -> None:
    erins = await sqlite_site.sign_in_staff(erin)
    await change(sqlite_site, accounts, plan=PlanName.STARTER)
    page = await erins.get(PATH)
    assert "The plan Starter has no helpdesks, so nothing can be Manual." in page.text
    assert 'href="/lumen/desk/plan"' in page.html
    assert len(re.findall(r'value="manual" disabled', page.html)) == 2
    shown = await send(erins, page, refund_how="manual", tickets=sqlite_site.world.desk.id.hex)
    assert shown.status == 422
    assert part(shown, "refund_how-problem") == "The plan Starter does not include this."


async def test_without_a_helpdesk_there_is_a_link_to_create_one(sqlite_site: Site) -> None:
    erins = await sqlite_site.sign_in_staff(erin)
    await change(sqlite_site, helpdesks, archived_at=sqlite_site.clock())
    page = await erins.get(PATH)
    assert "Create a helpdesk" in page.text
    assert 'href="/lumen/desk/helpdesks"' in page.html
    shown = await send(erins, page, refund_how="manual")
    assert shown.status == 422
    assert 'href="#tickets"' in shown.html or 'id="tickets"' in shown.html


async def test_agents_and_viewers_find_no_line_that_leads_here(sqlite_site: Site) -> None:
    for person, sees in ((erin, True), (frank, False), (grace, False)):
        page = await (await sqlite_site.sign_in_staff(person)).get("/lumen/desk")
        assert ('href="/lumen/desk/products"' in page.html) is sees
