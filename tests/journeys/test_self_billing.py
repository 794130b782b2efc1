"""Kartra's sentences about Self billing on the portal, walked by their own words in a real browser."""

from playwright.async_api import Locator, Page, expect

from tests.journeys.conftest import Stage
from tests.journeys.faces import Customer
from tests.people import erin

TOGGLES = {
    "Allow invoice download": "Invoice",
    "Allow refund transaction": "Request refund",
    "Allow cancel subscription": "Cancel subscription",
}


class Merchant:
    """Who has Products › Self billing open."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.preview = page.locator("#preview")

    async def open(self) -> None:
        """By the menu and the tab."""
        menu = self.page.get_by_role("navigation", name="Desk")
        await menu.get_by_role("link", name="Products").click()
        await self.page.get_by_role("link", name="Self billing", exact=True).click()
        await expect(self.page.get_by_role("heading", level=1, name="Self billing")).to_be_visible()

    def switch(self, name: str) -> Locator:
        return self.page.get_by_role("switch", name=name)

    def way(self, group: str, name: str) -> Locator:
        return self.page.get_by_role("group", name=group).get_by_role("radio", name=name)

    async def save(self) -> None:
        await self.page.get_by_role("button", name="Save", exact=True).click()
        await expect(self.page.get_by_text("Saved. Customers see it from now on.")).to_be_visible()


async def sees(customer: Customer, words: str, *, whether: bool) -> None:
    """My Orders, loaded anew, has these words or has not."""
    await customer.page.goto(customer.root)
    await expect(customer.page.get_by_role("heading", name="My Orders")).to_be_visible()
    found = customer.page.locator("main").get_by_text(words)
    await expect(found).not_to_have_count(0) if whether else await expect(found).to_have_count(0)


async def test_the_portals_settings_by_their_own_words(stage: Stage) -> None:
    merchant = Merchant((await stage.desk(erin)).page)
    customer = await stage.customer(stage.places.portal)
    await merchant.open()
    # Each switch: the preview follows at once, the customer's page when it is saved.
    for name, words in TOGGLES.items():
        await merchant.switch(name).uncheck()
        await expect(merchant.preview.get_by_text(words)).to_have_count(0)
        await sees(customer, words, whether=True)
        await merchant.save()
        await sees(customer, words, whether=False)
    for name, words in TOGGLES.items():
        await merchant.switch(name).check()
        await expect(merchant.preview.get_by_text(words)).not_to_have_count(0)
    await merchant.save()
    for words in TOGGLES.values():
        await sees(customer, words, whether=True)
    await expect(merchant.switch("Allow credit card update")).to_be_checked()
    said = merchant.page.get_by_text("Customers enter a new card at the payment processor")
    await expect(said).to_be_visible()
    await automated_is_denied_after_the_refund_period(merchant, customer)
    await manual_opens_a_ticket(stage, merchant, customer)


async def automated_is_denied_after_the_refund_period(merchant: Merchant, customer: Customer) -> None:
    """The refund period is set per product; what is asked for after it is denied automatically."""
    page = merchant.page
    await page.get_by_label("Refunds", exact=True).select_option(label="Never")
    await merchant.save()
    await page.get_by_role("link", name="Refund periods").click()
    await page.get_by_role("link", name="Photography Masterclass").click()
    await page.get_by_role("radio", name="A number of days").check()
    await page.get_by_label("Days after the payment").fill("1")
    await page.get_by_role("button", name="Save", exact=True).click()
    await expect(page.get_by_text("Saved. It holds for every request from now on.")).to_be_visible()
    await customer.page.goto(customer.root)
    await customer.page.get_by_role("link", name=f"Request refund {customer.order_id}").click()
    await expect(customer.page.get_by_text("Requests after it are denied automatically.")).to_be_visible()
    await page.get_by_role("radio", name="None").check()
    await page.get_by_role("button", name="Save", exact=True).click()
    await expect(page.get_by_text("No refund period", exact=False).first).to_be_visible()
    await customer.page.reload()
    await expect(customer.page.get_by_text("approved at once")).to_be_visible()


async def manual_opens_a_ticket(stage: Stage, merchant: Merchant, customer: Customer) -> None:
    """Manual opens a ticket in a chosen helpdesk and department; staff complete or reject it."""
    page = merchant.page
    await merchant.open()
    await merchant.way("How refunds are handled", "Manual").check()
    await expect(merchant.preview).to_contain_text("Manual needs a helpdesk")
    await page.get_by_label("Where tickets appear").select_option(label="Lumen Support: Billing")
    sentence = "A person at Lumen Studio reads your request and decides."
    await expect(merchant.preview).to_contain_text(sentence)
    await merchant.save()
    await customer.page.reload()
    await expect(customer.page.get_by_text(sentence)).to_be_visible()
    await customer.page.get_by_label("Why do you want your money back?").select_option("other")
    await customer.page.get_by_role("button", name="Request refund of").click()
    await customer.sees("Your request for a refund of $149.00 is waiting for an answer")
    reference = await customer.reference()
    await page.goto(stage.places.desk)
    await expect(page.get_by_text(reference).first).to_be_visible()


async def test_without_scripts_by_keyboard_alone_on_a_phone(stage: Stage) -> None:
    desk = await stage.desk(
        erin, java_script_enabled=False, viewport={"width": 360, "height": 740}, has_touch=True
    )
    page, keys = desk.page, desk.page.keyboard
    merchant = Merchant(page)
    menu = page.get_by_role("navigation", name="Desk")
    await expect(menu).to_be_hidden()
    await tab_to(page.get_by_role("button", name="Menu"))
    await keys.press("Enter")
    await tab_to(menu.get_by_role("link", name="Products"))
    await keys.press("Enter")
    await tab_to(page.get_by_role("link", name="Self billing", exact=True))
    await keys.press("Enter")
    await tab_to(merchant.switch("Allow refund transaction"))
    await keys.press("Space")
    await tab_to(page.get_by_role("button", name="Preview"))
    await keys.press("Enter")
    await expect(merchant.preview.get_by_text("Request refund")).to_have_count(0)
    await expect(merchant.switch("Allow refund transaction")).not_to_be_checked()
    await tab_to(page.get_by_role("button", name="Save", exact=True))
    await keys.press("Enter")
    await expect(page.get_by_text("Saved. Customers see it from now on.")).to_be_visible()
    assert await page.evaluate("document.documentElement.scrollWidth") <= 360
    await sees(await stage.customer(stage.places.portal), "Request refund", whether=False)


async def tab_to(target: Locator) -> None:
    """Press Tab until the focus is there, as somebody without a mouse does."""
    await expect(target).to_be_visible()
    for _ in range(60):
        await target.page.keyboard.press("Tab")
        if await target.evaluate("(one) => one === document.activeElement"):
            return
    raise AssertionError(f"Tab does not lead to {target}")
