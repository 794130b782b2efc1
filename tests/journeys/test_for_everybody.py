"""Without JavaScript, by keyboard alone, in another language."""

import pytest
from playwright.async_api import Page, expect

from tests.journeys.conftest import Stage
from tests.people import alice

MOST_TABS = 40


async def test_a_refund_works_without_javascript(stage: Stage) -> None:
    customer = await stage.visitor(stage.places.helpdesk, java_script_enabled=False)
    await customer.sign_in()
    reference = await customer.ask_refund()
    await customer.sees("Your request for a refund of $149.00 is waiting for an answer")
    desk = await stage.desk(java_script_enabled=False)
    await desk.open_request(reference)
    await desk.approve()
    await customer.mails_about(reference)  # so it is done, and the page need not wait for its own refresh
    await customer.page.reload()
    await customer.sees("$149.00 has been refunded")
    assert stage.site.refunds(alice.order_id) == [14900]


async def test_a_refund_is_asked_for_by_keyboard_alone(stage: Stage) -> None:
    customer = await stage.visitor(stage.places.helpdesk)
    page = customer.page
    await page.goto(customer.root)
    await type_into(page, "order_id", customer.order_id)
    await type_into(page, "email", customer.email)
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="My Orders")).to_be_visible()
    await press(page, f"Request refund {customer.order_id}")
    known = len(await customer.codes())
    await press(page, "Send me the code")
    await type_into(page, "code", (await customer.next_code(known)))
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Request a refund")).to_be_visible()
    await tab_to(page, "document.activeElement.name === 'reason'")
    await page.keyboard.press("ArrowDown")
    await press(page, "Request refund of $149.00")
    await customer.sees("Your request for a refund of $149.00 is waiting for an answer")


async def type_into(page: Page, name: str, text: str) -> None:
    """Tab to the field of this name and type."""
    await tab_to(page, f"document.activeElement.name === '{name}'")
    await page.keyboard.type(text)


async def press(page: Page, label: str) -> None:
    """Tab to the link or button that says this, which must show that it has the focus, and press Enter."""
    says = f"document.activeElement.textContent.trim().replace(/\\s+/g, ' ') === '{label}'"
    await tab_to(page, says)
    outline = "() => getComputedStyle(document.activeElement).outlineStyle"
    assert await page.evaluate(outline) != "none"
    async with page.expect_navigation():
        await page.keyboard.press("Enter")


async def tab_to(page: Page, is_there: str) -> None:
    """Press Tab until this is true of the page."""
    for _ in range(MOST_TABS):
        await page.keyboard.press("Tab")
        if await page.evaluate(f"() => {is_there}"):
            return
    pytest.fail(f"Tab never leads there: {is_there}")


async def test_a_customer_reads_on_in_their_language(stage: Stage) -> None:
    customer = await stage.customer(stage.places.helpdesk)
    await customer.page.get_by_label("Language").select_option("ar")
    await customer.page.get_by_role("button", name="Change language").click()
    await expect(customer.page.locator("html")).to_have_attribute("dir", "rtl")
    await expect(customer.page.get_by_role("heading", level=2).first).to_be_visible()
    assert customer.page.url == customer.root
