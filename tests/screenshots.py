"""A picture of every page, phone and desktop, light and dark, into build/screenshots."""

import asyncio
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Literal

from playwright.async_api import Browser, Page, ViewportSize, async_playwright

from tests.conftest import find_chromium
from tests.journeys.demo_process import DemoProcess
from tests.journeys.faces import Customer, Desk, Places, SlackWindow

TARGET = Path("build/screenshots")
SIZES: dict[str, ViewportSize] = {
    "desktop": {"width": 1280, "height": 900},
    "phone": {"width": 390, "height": 844},
}
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


async def picture(page: Page, name: str) -> None:
    """The page as it is now, in all sizes and schemes."""
    for size, viewport in SIZES.items():
        await page.set_viewport_size(viewport)
        for scheme in SCHEMES:
            await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            await page.screenshot(path=TARGET / f"{name}-{size}-{scheme}.png", full_page=True)
    await page.set_viewport_size(SIZES["desktop"])
    print(name)


async def draw_before_sign_in(page: Page, places: Places) -> None:
    """What strangers see."""
    await page.goto(places.portal)
    await page.get_by_text("Where is my Order ID?").click()
    await picture(page, "sign-in")
    await page.get_by_role("button", name="Sign in").click()
    await picture(page, "sign-in-wrong")
    await page.goto(f"{places.portal}/order-ids")
    await picture(page, "order-ids")
    await page.goto(places.desk)
    await picture(page, "desk-sign-in")


async def draw_asking(customer: Customer) -> str:
    """From My Orders to the request that waits; returns its reference."""
    page = customer.page
    await customer.sign_in()
    await picture(page, "orders")
    await page.get_by_role("link", name=f"Request refund {customer.order_id}").click()
    await picture(page, "code-before")
    known = len(await customer.codes())
    await page.get_by_role("button", name="Send me the code").click()
    await picture(page, "code")
    await page.get_by_label("Code", exact=True).fill(await customer.next_code(known))
    await page.get_by_role("button", name="Go on").click()
    await picture(page, "refund")
    await page.get_by_role("button", name="Request refund of").click()
    await picture(page, "refund-wrong")
    await page.get_by_label("Why do you want your money back?").select_option("other")
    await page.get_by_label("Anything we should know?").fill("I bought it twice by mistake.")
    await page.get_by_role("button", name="Request refund of").click()
    reference = await customer.reference()
    await picture(page, "request-waiting")
    return reference


async def draw_helpdesk(customer: Customer) -> None:
    """Tickets and questions."""
    page = customer.page
    for name in ("tickets", "ask", "nowhere"):
        await page.goto(f"{customer.root}/{name}")
        await picture(page, f"helpdesk-{name}")
    await page.goto(f"{customer.root}/tickets")
    await page.locator("li.line a").first.click()
    await picture(page, "helpdesk-ticket")


async def draw_subscriber(subscriber: Customer) -> None:
    """A subscription, its cancellation and the way back."""
    page = subscriber.page
    await subscriber.sign_in()
    await page.get_by_text("Show details").first.click()
    await picture(page, "subscription")
    await page.get_by_role("link", name="Cancel subscription").first.click()
    await picture(page, "cancel")
    await page.get_by_role("button", name="Cancel subscription").click()
    await subscriber.sees("ends on")
    await picture(page, "cancel-done")
    await page.goto(subscriber.root)
    await picture(page, "subscription-ending")
    await page.get_by_role("link", name="Undo cancellation").first.click()
    await picture(page, "keep")


async def draw_desk(desk: Desk, reference: str, staff: dict[str, str]) -> None:
    """The inbox and a request in it."""
    await desk.sign_in(**staff)
    await desk.page.locator("summary", has_text="Decide").first.click()
    await picture(desk.page, "desk-inbox")
    await desk.open_request(reference)
    await desk.page.locator("summary", has_text="Deny").click()
    await picture(desk.page, "desk-request")


DESK_PAGES = (
    "start", "customers", "products", "products/self-billing", "address", "address/domain", "helpdesks",
    "helpdesks/new", "memberships", "memberships/new", "plan", "team", "team/invite", "rules",
    "reports?span=365-days", "journal", "me", "me/factor",
)  # fmt: skip
WIZARD = ("", "/departments", "/self-billing", "/team", "/appearance", "/install")


async def draw_merchant(desk: Desk, staff: dict[str, str]) -> None:
    """What a merchant sets up and looks up, page by page, and one of each thing."""
    await desk.sign_in(**staff)  # anew: some of these pages want a fresh proof
    page, root = desk.page, desk.places.desk
    for path in DESK_PAGES:
        await page.goto(f"{root}/{path}")
        await picture(page, f"desk-{path.partition('?')[0].replace('/', '-')}")
    for name in ("customers", "products", "memberships", "team"):
        await page.goto(f"{root}/{name}")
        await page.locator(f"main li a[href*='/{name}/'], main table a[href*='/{name}/']").first.click()
        await page.wait_for_load_state()
        await picture(page, f"desk-{name}-one")
    await page.goto(f"{root}/helpdesks")
    await page.locator("main h2 a").first.click()
    await page.wait_for_load_state()
    helpdesk = page.url
    for step in WIZARD:
        await page.goto(f"{helpdesk}{step}")
        await picture(page, f"desk-wizard{step.replace('/', '-') or '-details'}")


async def draw_slack(slack: SlackWindow, reference: str, customer: Customer, desk: Desk) -> None:
    """The card, its dialogs, and what it says afterwards, here and there."""
    page, card = slack.page, slack.card(reference)
    await draw_card(slack, reference)
    await card.get_by_role("button", name="Approve").click()
    await page.get_by_role("dialog").locator("[data-yes]").click()
    await slack.shows_decided(reference, "Approved by Dana Whitfield", "Refunded")
    await picture(page, "slack-decided")
    await card.locator("a.replies").click()
    await page.wait_for_load_state()
    await picture(page, "slack-thread-decided")
    await draw_app(slack, desk.page.url)
    await customer.page.goto(customer.root)
    await picture(customer.page, "orders-refunded")
    await customer.page.go_back()
    await picture(desk.page, "desk-request-decided")


async def draw_card(slack: SlackWindow, reference: str) -> None:
    """A card that waits: its buttons, its menu, its dialogs, its thread, its line in the app's Home."""
    page, card = slack.page, slack.card(reference)
    await slack.open()
    await card.wait_for()
    await picture(page, "slack-card")
    await card.get_by_role("button", name="Approve").click()
    await picture(page, "slack-confirm")
    await page.get_by_role("dialog").locator("[data-deny]").click()
    await card.get_by_role("button", name="Deny").click()
    await draw_modal(page, "slack-deny")
    menu = card.locator("details.overflow")
    await menu.locator("summary").click()
    await picture(page, "slack-more")
    for number in range(await menu.locator("button").count() - 1):  # the last one only leads to the desk
        await page.reload()
        await menu.locator("summary").click()
        await menu.locator("button").nth(number).click()
        await draw_modal(page, f"slack-more-{number + 1}")
    await draw_thread(slack, reference)
    await slack.open()


async def draw_modal(page: Page, name: str) -> None:
    """The dialog that opens, and the way back."""
    dialog = page.get_by_role("dialog").filter(has=page.locator("[data-close]"))
    await dialog.wait_for()
    await picture(page, name)
    await dialog.locator("[data-close]").click()
    await dialog.wait_for(state="detached")


async def draw_thread(slack: SlackWindow, reference: str) -> None:
    """What belongs to a card."""
    page = slack.page
    await slack.card(reference).locator("a.replies").click()
    await page.get_by_role("textbox", name="Reply").fill("She wrote to me as well: it was bought twice.")
    await page.keyboard.press("Enter")
    await page.locator("#thread").get_by_text("it was bought twice").wait_for()
    await picture(page, "slack-thread")


async def draw_app(slack: SlackWindow, link: str) -> None:
    """A command and its answer, a preview, the app's tabs, and what an administrator sees."""
    page, places = slack.page, slack.places
    await slack.open()
    box = page.get_by_role("textbox", name="Message #support")
    for line in (link, "/refunds"):
        await box.fill(line)
        await page.keyboard.press("Enter")
    await page.locator("[data-unfurl]").last.wait_for()
    await page.locator("[data-ephemeral]").last.wait_for()
    await picture(page, "slack-command")
    for name in ("home", "messages", "apps"):
        await page.goto(f"{places.slack}/{name}")
        await page.wait_for_timeout(1000)  # the app answers when it likes
        await picture(page, f"slack-{name}")


async def draw_outside(page: Page, places: Places) -> None:
    """The other stand-ins."""
    await page.goto(places.mailbox)
    await picture(page, "mailbox")
    await page.get_by_role("link", name="refunded").first.click()
    await picture(page, "mailbox-mail")


@asynccontextmanager
async def running_demo() -> AsyncIterator[DemoProcess]:
    """A demo in a temporary folder, gone at the end of the block."""
    with tempfile.TemporaryDirectory() as folder:
        demo = DemoProcess(Path(folder) / "data")
        try:
            await demo.ensure_running()
            yield demo
        finally:
            await demo.kill()


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """The browser that the tests use."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=find_chromium(), args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        yield browser
        await browser.close()


async def draw_slack_alone() -> None:
    """Only the pictures of Slack."""
    async with running_demo() as demo, chromium() as browser:
        facts, places = demo.facts, Places.of_facts(demo.facts)
        pages = [await (await browser.new_context()).new_page() for _ in range(3)]
        customer = Customer(pages[0], places, places.helpdesk, **facts["customer"])
        desk, slack = Desk(pages[1], places), SlackWindow(pages[2], places)
        await customer.sign_in()
        reference = await customer.ask_refund()
        await desk.sign_in(**facts["staff"])
        await desk.open_request(reference)
        await draw_slack(slack, reference, customer, desk)


async def draw_everything() -> None:
    """A demo of its own in a temporary folder, everybody in a browser profile of their own."""
    async with running_demo() as demo, chromium() as browser:
        facts, places = demo.facts, Places.of_facts(demo.facts)
        pages = [await (await browser.new_context()).new_page() for _ in range(5)]
        customer = Customer(pages[0], places, places.helpdesk, **facts["customer"])
        subscriber = Customer(pages[1], places, places.portal, **facts["subscriber"])
        desk, slack = Desk(pages[2], places), SlackWindow(pages[3], places)
        await draw_before_sign_in(pages[4], places)
        reference = await draw_asking(customer)
        await draw_desk(desk, reference, facts["staff"])
        await draw_slack(slack, reference, customer, desk)
        await draw_helpdesk(customer)
        await draw_subscriber(subscriber)
        await draw_merchant(Desk(pages[4], places), facts["staff"])
        await draw_outside(pages[4], places)
        await pages[4].goto(facts["membership"])
        await picture(pages[4], "member-site")


if __name__ == "__main__":
    shutil.rmtree(TARGET, ignore_errors=True)
    TARGET.mkdir(parents=True)
    asyncio.run(draw_slack_alone() if sys.argv[1:] == ["slack"] else draw_everything())
