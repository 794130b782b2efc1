"""The helpdesk wizard in a real browser, by keyboard on a small phone, and what customers see of it."""

from typing import Any

from playwright.async_api import Locator, Page, expect

from tests.journeys.conftest import Stage
from tests.journeys.widths import fits
from tests.people import erin

SMALL: dict[str, Any] = {"viewport": {"width": 360, "height": 740}}
MOST_TABS = 120


async def test_each_choice_is_saved_when_made_and_customers_see_it(stage: Stage) -> None:
    page = (await stage.desk(erin, **SMALL)).page
    await page.goto(f"{stage.places.desk}/helpdesks")
    await fits(page)
    await press(page, page.get_by_role("main").get_by_role("link", name="Create a helpdesk"))
    await write(page, page.get_by_label("Name"), "Press")
    await press(page, page.get_by_role("button", name="Save and next"))
    await stands_at(page, "Departments")
    await write(page, page.get_by_label("Name", exact=True), "Journalists")
    await page.keyboard.press("Enter")
    await expect(page.get_by_label("Name of department 2")).to_have_value("Journalists")
    await write(page, page.get_by_label("Name of department 2"), "The press")
    await page.keyboard.press("Tab")
    await says(page, "Saved.")
    await press(page, page.get_by_role("link", name="Next"))
    await stands_at(page, "Self Billing")
    await choose_self_billing(stage, page)
    await press(page, page.get_by_role("button", name="Save and next"))
    await stands_at(page, "Team & Slack")
    await staff_it(page)
    await press(page, page.get_by_role("button", name="Save and next"))
    await stands_at(page, "Appearance")
    await write(page, page.get_by_label("Welcome text"), "Hello, press!")
    # Enter in the next field sends what is just being saved: no conflict with oneself.
    await write(page, page.get_by_label("Colour"), "#8a1f5c")
    await page.keyboard.press("Enter")
    await stands_at(page, "Install")
    await expect(page.get_by_label("Address", exact=True)).to_have_value(f"{stage.places.portal}/help/press")
    customer = await stage.customer(f"{stage.places.portal}/help/press", **SMALL)
    await expect(customer.page.get_by_text("Hello, press!")).to_be_visible()
    await fits(customer.page)


async def choose_self_billing(stage: Stage, page: Page) -> None:
    """The article's step, with a customer looking on."""
    customer = (await stage.customer(f"{stage.places.portal}/help/press", **SMALL)).page
    refund, cancel = (
        customer.get_by_role("link", name=name) for name in ("Request refund", "Cancel subscription")
    )
    await expect(refund.first).to_be_visible()
    section = page.get_by_role("switch", name="Yes, display the billing section")
    await expect(section).to_be_checked()
    await press(page, page.get_by_role("switch", name="Allow refund requests"), "Space")
    await says(page, "Saved.")
    await customer.reload()
    await expect(refund).to_have_count(0)
    await expect(cancel.first).to_be_visible()
    await press(page, page.get_by_role("switch", name="Allow cancel requests"), "Space")
    await says(page, "Saved.")
    await customer.reload()
    await expect(cancel).to_have_count(0)
    await page.reload()  # leaving half way loses nothing
    await expect(page.get_by_role("switch", name="Allow refund requests")).not_to_be_checked()
    await press(page, page.get_by_role("switch", name="Allow refund requests"), "Space")
    await says(page, "Saved.")
    how = page.get_by_role("group", name="How refund requests are handled")
    await press(page, how.get_by_role("radio", name="Automated"), "Space")
    await says(page, "Saved.")
    await customer.reload()
    await expect(refund.first).to_be_visible()
    await press(page, section, "Space")
    await says(page, "Saved.")
    await customer.reload()
    await expect(customer.get_by_role("heading", name="Tickets")).to_be_visible()
    await expect(customer.get_by_text("My Orders")).to_have_count(0)
    await press(page, section, "Space")
    await says(page, "Saved.")


async def staff_it(page: Page) -> None:
    """What is wrong is said where it was typed, and nothing is lost."""
    await press(page, page.get_by_label("Dana Whitfield"), "Space")
    await says(page, "Saved.")
    channel = page.get_by_label("Slack channel")
    await write(page, channel, "#press")
    await page.keyboard.press("Tab")
    await says(page, "Not saved: please look at what is marked.")
    await expect(page.get_by_text("Slack listed no channel")).to_be_visible()
    await expect(channel).to_have_value("#press")
    await write(page, channel, "C0PRESS001")
    await page.keyboard.press("Tab")
    await says(page, "Saved.")
    await page.reload()
    await expect(channel).to_have_value("C0PRESS001")
    await expect(page.get_by_label("Dana Whitfield")).to_be_checked()


async def reach(page: Page, target: Locator) -> None:
    """By the Tab key, from wherever the focus is."""
    await expect(target).to_be_visible()
    for _ in range(MOST_TABS):
        if await target.evaluate("element => element === document.activeElement"):
            return
        await page.keyboard.press("Tab")
    raise AssertionError(f"{target} cannot be reached by the keyboard")


async def press(page: Page, target: Locator, key: str = "Enter") -> None:
    """Reach it and press a key."""
    await reach(page, target)
    await page.keyboard.press(key)


async def write(page: Page, field: Locator, text: str) -> None:
    """Over what stands there."""
    await reach(page, field)
    await page.keyboard.press("Control+A")
    await page.keyboard.type(text)


async def says(page: Page, sentence: str) -> None:
    """Beside the buttons."""
    await expect(page.locator("[data-autosave]").filter(has_text=sentence).first).to_be_visible()


async def stands_at(page: Page, step: str) -> None:
    """At this step, with nothing to be scrolled sideways."""
    await expect(page.get_by_role("heading", level=2, name=step, exact=True)).to_be_visible()
    await fits(page)
