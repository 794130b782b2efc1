"""Deciding at the desk in a real browser: a part by keyboard alone, two people, many at once."""

from dataclasses import replace

from playwright.async_api import Page, expect

from billing.records import Request
from tests.journeys.conftest import Stage
from tests.people import bob, erin
from tests.site import Site


async def asked(stage: Stage, count: int) -> list[Request]:
    """So many refund requests of bob's in the helpdesk, 25.00 each, oldest first."""
    requests = []
    for order in await stage.sell_to_bob(count):
        stage.site.clock.turn(seconds=1)
        requests.append(await stage.ask_refund(bob, order))
    return requests


async def set_rules(site: Site, *, two_above: int | None, bulk: int | None) -> None:
    async with site.ctx.begin(site.world.accounts["lumen"].id) as work:
        account = await work.accounts.hold()
        changed = replace(account, two_people_above_minor=two_above, bulk_up_to_minor=bulk)
        await work.accounts.save(changed)


async def press(page: Page, *keys: str) -> None:
    for key in keys:
        await page.keyboard.press(key)


async def test_a_part_by_keyboard_two_people_and_many_at_once(stage: Stage) -> None:
    site = stage.site
    first, second, third, fourth = await asked(stage, 4)
    await set_rules(site, two_above=None, bulk=2500)
    dana = (await stage.desk()).page

    # A part, by keyboard alone: down the list and up again, open it, approve, another amount.
    await expect(dana.locator("[data-row]")).to_have_count(4)
    await press(dana, "j", "j", "k")
    await expect(dana.locator(f"#row-{first.reference}")).to_be_focused()
    await press(dana, "o")
    await expect(dana.get_by_role("heading", level=1, name="Refund of $25.00")).to_be_visible()
    await press(dana, "a")
    amount = dana.get_by_label("Amount", exact=True)
    await expect(amount).to_be_focused()
    await press(dana, "Control+a")
    await dana.keyboard.type("10.00")
    await press(dana, "n")  # while typing it is a letter, and opens nothing
    await expect(amount).to_have_value("10.00n")
    await press(dana, "Backspace", "Enter")
    title = dana.get_by_role("heading", level=1, name="Refund of $10.00 of the $25.00 asked for")
    await expect(title).to_be_visible()

    # The list of keys, and switching them off for good.
    await press(dana, "?")
    box = dana.get_by_label("Use these keys in this browser")
    await expect(box).to_be_checked()
    await box.uncheck()
    await dana.get_by_role("button", name="Close").click()
    await dana.reload()
    await press(dana, "n")
    await expect(dana.locator("#write-note")).not_to_have_attribute("open", "")
    await dana.get_by_role("button", name="Keyboard shortcuts").click()
    await expect(box).not_to_be_checked()

    # Many at once: choose two, read the summary, approve, read what became of each.
    await dana.goto(stage.places.desk)
    for one in (second, third):
        await dana.locator(f"#choose-{one.reference}").check()
    await dana.get_by_role("button", name="Decide the chosen ones together").click()
    await expect(dana.get_by_role("heading", name="2 requests would be decided")).to_be_visible()
    await expect(dana.get_by_text("In all: $50.00")).to_be_visible()
    await dana.get_by_role("button", name="Approve 2 requests").click()
    await expect(dana.get_by_text("2 of 2 decided by you")).to_be_visible()

    # Two people: dana is the first and cannot be the second, erin is.
    await set_rules(site, two_above=1000, bulk=2500)
    address = f"{stage.places.desk}/requests/{fourth.id.hex}"
    await dana.goto(address)
    await say_yes(dana)
    await expect(dana.get_by_text("1 of 2: Dana Whitfield said yes to $25.00")).to_be_visible()
    await say_yes(dana)
    await expect(dana.get_by_role("alert")).to_contain_text("You said yes to $25.00")
    erins = (await stage.desk(erin)).page
    await erins.goto(address)
    await expect(erins.get_by_text("Dana Whitfield has said yes.")).to_be_attached()
    await say_yes(erins)
    await expect(erins.get_by_text("Who said what")).to_be_visible()
    await expect(dana.get_by_text("Erin Castellanos: Yes, $25.00")).to_be_visible()
    await expect(dana.get_by_role("status")).to_contain_text("Done")


async def say_yes(page: Page) -> None:
    await page.locator("#approve > summary").click()
    await page.get_by_role("button", name="Approve this amount").click()
