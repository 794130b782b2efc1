"""Another card in a real browser: declined then another, a bank that asks, one that works at once."""

from typing import TYPE_CHECKING

from playwright.async_api import expect

from tests.journeys.conftest import Stage
from tests.journeys.faces import Customer
from tests.site import Site

if TYPE_CHECKING:
    from playwright.async_api import Page

OLD, DECLINED, WORKS, ANOTHER, ASKS_THE_BANK, PAYS_NO_MORE = (
    "4242424242424242",
    "4000000000009995",
    "5555555555554444",
    "378282246310005",
    "4000002760003184",
    "4000000000000341",
)


def give_card(site: Site, number: str) -> None:
    """Alice's membership is paid with this one from now on, there and, by an event, here."""
    site.processor.change_card_elsewhere("cus_alice", number, subscription=site.world.processor_subscription)


async def enter(page: "Page", number: str) -> None:
    """On the processor's page."""
    await page.get_by_label("Card number").fill(number)
    await page.get_by_label("Expires (month / year)").fill("12 / 34")
    await page.get_by_label("Security code").fill("123")
    await page.get_by_role("button", name="Save card").click()


async def declined_then_another(site: Site, customer: Customer) -> None:
    page = customer.page
    await expect(page.get_by_text("Visa •••• 4242")).to_be_visible()
    await page.get_by_role("link", name="Change card").click()
    await customer.prove()
    await page.get_by_role("button", name="Change card").click()
    await page.get_by_role("link", name="Continue at Stripe").click()
    await enter(page, DECLINED)
    await expect(page.get_by_role("alert")).to_contain_text("insufficient funds")
    await enter(page, WORKS)
    await expect(page.get_by_role("heading", name="Your card was changed")).to_be_visible()
    await expect(page.get_by_text("Membership Gold is paid with the new card.")).to_be_visible()


async def a_bank_that_asks(site: Site, customer: Customer) -> None:
    """To save the card, and once more for the payment that is overdue."""
    give_card(site, PAYS_NO_MORE)
    site.processor.renew(site.world.processor_subscription)
    page = customer.page
    await page.goto(customer.root)
    while not await page.get_by_role("link", name="Change card and pay").is_visible():
        await page.goto(customer.root)  # until the processor's event has come
    await page.get_by_role("link", name="Change card and pay").click()
    await expect(page.get_by_label("Pay what is overdue")).to_be_checked()
    await page.get_by_role("button", name="Change card").click()
    await expect(page.get_by_text("$39.00, overdue since Nov 20, 2026")).to_be_visible()
    await page.get_by_role("link", name="Continue at Stripe").click()
    await enter(page, ASKS_THE_BANK)
    await page.get_by_role("button", name="Complete authentication").click()
    await expect(page.get_by_role("heading", name="Your bank wants you to confirm a payment")).to_be_visible()
    change = page.url
    await page.get_by_role("link", name="Confirm at your bank").click()
    await page.get_by_role("button", name="Pay with").click()
    await page.get_by_role("button", name="Complete authentication").click()
    await page.goto(change)
    await expect(page.get_by_role("heading", name="Your card was changed")).to_be_visible()
    await expect(page.get_by_text("$39.00 for Membership Gold was paid.")).to_be_visible()


async def one_that_works_at_once(customer: Customer) -> None:
    page = customer.page
    await page.goto(customer.root)
    await page.get_by_role("link", name="Change card").click()
    await page.get_by_role("button", name="Change card").click()
    await page.get_by_role("link", name="Continue at Stripe").click()
    await enter(page, ANOTHER)
    await expect(page.get_by_role("heading", name="Your card was changed")).to_be_visible()
    await page.get_by_role("link", name="My Orders").click()
    await expect(page.get_by_text("American Express •••• 0005")).to_be_visible()


async def test_three_cards_are_tried_and_what_is_overdue_is_paid(live_site: Site, stage: Stage) -> None:
    give_card(live_site, OLD)
    customer = await stage.customer(stage.places.portal)
    await declined_then_another(live_site, customer)
    live_site.clock.turn(minutes=1)
    await a_bank_that_asks(live_site, customer)
    live_site.clock.turn(minutes=1)
    await one_that_works_at_once(customer)
    subjects = [mail["subject"] for mail in live_site.mails()]
    assert subjects.count("Your card at Lumen Studio was changed") == 3
