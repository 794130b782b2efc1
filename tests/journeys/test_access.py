"""Every page by axe: no violation of WCAG 2.2 AA, in light; and no colour that is one in dark."""

from importlib.resources import files

from playwright.async_api import Page

from tests.journeys.conftest import OpenPage, Stage
from tests.people import alice, dana

AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
RUN = "options => axe.run(document, options)"
ONLY_WHAT_IS_WRONG = {"resultTypes": ["violations"], "preload": False}
RULES = ONLY_WHAT_IS_WRONG | {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
}
# Dark changes colours and nothing else, so of the page as it stands only these are looked at again.
RULES_OF_COLOUR = ONLY_WHAT_IS_WRONG | {
    "runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
}


async def is_accessible(page: Page) -> None:
    """Axe finds nothing, in light and in dark."""
    await page.evaluate(AXE)
    for scheme, rules in (("dark", RULES_OF_COLOUR), ("light", RULES)):
        await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        found = await page.evaluate(RUN, rules)
        wrong = [(each["id"], each["nodes"][0]["html"]) for each in found["violations"]]
        assert wrong == [], f"{page.url} in {scheme}"


async def test_the_customers_pages(stage: Stage) -> None:
    customer = await stage.customer(stage.places.helpdesk)
    page = customer.page
    await page.get_by_text("Show details").click()
    await is_accessible(page)
    await page.get_by_role("link", name=f"Request refund {alice.order_id}").click()
    await is_accessible(page)  # before the code is sent
    await customer.prove()
    await page.get_by_role("heading", name="Request a refund").wait_for()
    await page.get_by_role("button", name="Request refund of").click()
    await page.get_by_text("Please choose").first.wait_for(state="attached")
    await is_accessible(page)  # with a problem shown
    await page.get_by_label("Why do you want your money back?").select_option("other")
    await page.get_by_role("button", name="Request refund of").click()
    await customer.reference()
    await is_accessible(page)
    for link in ("Tickets", "New question", "My Orders"):
        await page.get_by_role("banner").get_by_role("link", name=link, exact=True).click()
        await page.wait_for_load_state()
        await is_accessible(page)
    await page.get_by_role("link", name="Cancel subscription").click()
    await is_accessible(page)
    await page.goto(f"{customer.root}/tickets")
    await page.locator("li.line a").click()
    await page.wait_for_load_state()
    await is_accessible(page)
    await page.goto(f"{customer.root}/nowhere")
    await is_accessible(page)


async def test_pages_before_sign_in(stage: Stage, open_page: OpenPage) -> None:
    page = await open_page()
    await page.goto(stage.places.portal)
    await page.get_by_text("Where is my Order ID?").click()
    await is_accessible(page)
    await page.get_by_role("button", name="Sign in").click()
    await is_accessible(page)  # two problems
    await page.goto(f"{stage.places.portal}/order-ids")
    await is_accessible(page)
    await page.goto(stage.places.desk)
    await is_accessible(page)


async def test_the_desks_pages(stage: Stage) -> None:
    reference = (await stage.ask_refund()).reference
    desk = await stage.desk(dana)
    page = desk.page
    await page.locator("summary", has_text="Decide").click()
    await is_accessible(page)
    await desk.open_request(reference)
    await page.locator("summary", has_text="Approve").click()
    await page.locator("summary", has_text="Deny").click()
    await page.locator("summary", has_text="Ask the customer").click()
    await page.locator("summary", has_text="Internal note").click()
    await is_accessible(page)
    await page.get_by_role("button", name="Deny the request").click()
    await page.locator("[aria-invalid=true]").first.wait_for()
    await is_accessible(page)  # with a problem shown
    await page.get_by_role("link", name="The whole conversation").click()
    await page.wait_for_load_state()
    await is_accessible(page)
    await customers_and_reports(stage, page)
    await page.goto(stage.places.desk)
    await desk.open_request(reference)
    await desk.approve()
    await page.get_by_text("Done").first.wait_for()
    await is_accessible(page)


async def customers_and_reports(stage: Stage, page: Page) -> None:
    """What else the menu leads to, with a request that waits."""
    await page.goto(f"{stage.places.desk}/customers")
    await is_accessible(page)
    await page.get_by_role("link", name=alice.name).click()
    await page.get_by_role("heading", name="Purchases").wait_for()
    await is_accessible(page)
    await page.get_by_role("link", name="Request a refund for them").first.click()
    await page.get_by_role("button", name="Request refund of").click()
    await page.locator("[aria-invalid=true]").wait_for()
    await is_accessible(page)  # with a problem shown
    await page.goto(f"{stage.places.desk}/reports")
    await page.locator("summary", has_text="The numbers").first.click()
    await is_accessible(page)
