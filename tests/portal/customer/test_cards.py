"""Changing the card in a browser without JavaScript: what is read before, where it leads, who may."""

import pytest
from sqlalchemy import update

from billing.processing.records import CardChange
from billing.states import AskCode, Permission, Surface
from storage.bound import Bound
from storage.tables.processing import processor_connections
from tests.people import CustomerPerson, alice, bob, charlie, erin
from tests.portal.customer.test_orders import change_settings
from tests.site import Browser, Page, Site

WORKS, FAILS_LATER, ASKS = "5555555555554444", "4000000000000341", "4000002760003184"


def card_path(site: Site, root: str = "/lumen") -> str:
    return f"{root}/subscriptions/{site.world.alices_subscription.hex}/card"


async def signed_in(site: Site, surface: Surface = Surface.PORTAL, person: CustomerPerson = alice) -> Browser:
    """This customer, on a surface that asks for no code."""
    await change_settings(site, surface, code_for_card=AskCode.NEVER, card_update=True)
    return await site.sign_in(person, surface)


async def ask(site: Site, browser: Browser, root: str = "/lumen", **typed: str) -> Page:
    """The page of the change, once the processor has made its own."""
    page = await browser.fill(card_path(site, root), "card", **typed)
    await site.settle()
    return await browser.get(page.url)


async def come_back(site: Site, browser: Browser, page: Page) -> Page:
    site.clock.turn(seconds=5)
    page = await browser.get(f"{page.url}/back")
    await site.settle()
    return await browser.get(page.url)


def link_on(page: Page) -> str:
    return page.html.partition('id="go" href="')[2].partition('"')[0]


def give_card(site: Site, number: str) -> None:
    site.processor.change_card_elsewhere("cus_alice", number, subscription=site.world.processor_subscription)


async def fall_behind(site: Site) -> None:
    """Alice's card pays no more, and her membership is overdue."""
    give_card(site, FAILS_LATER)
    site.processor.renew(site.world.processor_subscription)
    await site.settle()


@pytest.mark.parametrize("surface", list(Surface))
async def test_a_card_is_changed_from_my_orders(site: Site, surface: Surface) -> None:
    give_card(site, "4242424242424242")
    await site.settle()
    root, browser = site.root(surface), await signed_in(site, surface)
    orders = await browser.get(root)
    assert "Visa •••• 4242 expires 12/34" in orders.text
    assert card_path(site, root) in orders.html
    before = await browser.get(card_path(site, root))
    assert "You enter the new card on a page of Stripe" in before.text
    page = await ask(site, browser, root)
    assert "Continue at Stripe" in page.text
    assert "Go on with it" in (await browser.get(root)).text
    back = site.processor.enter_card(link_on(page), WORKS).location
    assert back == f"{page.url}/back"
    page = await come_back(site, browser, page)
    assert "From now on Mastercard •••• 4444 pays." in page.text
    assert "Mastercard •••• 4444" in (await browser.get(root)).text
    assert "Your card at Lumen Studio was changed" in [mail["subject"] for mail in site.mails()]


async def test_what_is_overdue_is_offered_shown_and_paid(site: Site) -> None:
    await fall_behind(site)
    browser = await signed_in(site)
    assert "Change card and pay" in (await browser.get("/lumen")).text
    assert "A payment is overdue." in (await browser.get(card_path(site))).text
    page = await ask(site, browser, pay="yes")
    assert "$39.00, overdue since Nov 20, 2026, is paid with the new card" in page.text
    page = await browser.submit(page, "overdue", pay="")
    assert "What is overdue is not paid now." in page.text
    page = await browser.submit(page, "overdue")
    site.processor.enter_card(link_on(page), WORKS)
    page = await come_back(site, browser, page)
    assert "$39.00 for Membership Gold was paid." in page.text
    assert "Change card and pay" not in (await browser.get("/lumen")).text


async def test_a_card_that_cannot_pay_leads_to_another_try(site: Site) -> None:
    await fall_behind(site)
    browser = await signed_in(site)
    page = await ask(site, browser, pay="yes")
    site.processor.enter_card(link_on(page), FAILS_LATER)
    page = await come_back(site, browser, page)
    assert "$39.00 for Membership Gold could not be paid. The bank declined the card." in page.text
    assert "Try another card" in page.text
    subjects = [mail["subject"] for mail in site.mails()]
    assert "Something about your new card at Lumen Studio is not done" in subjects


async def test_a_bank_that_asks_is_reached_by_a_link(site: Site) -> None:
    await fall_behind(site)
    browser = await signed_in(site)
    page = await ask(site, browser, pay="yes")
    site.processor.enter_card(link_on(page), ASKS)
    page = await come_back(site, browser, page)
    assert "Your bank wants you to confirm a payment" in page.text
    link = page.html.rpartition('" rel="noreferrer">Confirm at your bank')[0].rpartition('href="')[2]
    site.processor.pay_with_saved_card(link)
    page = await browser.submit(page, "look")
    assert "the payment is not confirmed there yet" in page.text
    await site.settle()
    assert "Your card was changed" in (await browser.get(page.url)).text
    subjects = [mail["subject"] for mail in site.mails()]
    assert sum(each.endswith("was changed") for each in subjects) == 1
    assert sum(each.endswith("was paid") for each in subjects) == 1


async def test_the_code_comes_before_the_card(site: Site) -> None:
    browser = await site.sign_in(alice)
    page = await browser.get(card_path(site))
    assert "/code" in page.url
    await site.prove(browser)
    page = await ask(site, browser)
    another = await site.sign_in(alice)
    assert "/code" in (await another.get(page.url)).url
    await site.prove(another)
    assert link_on(await another.get(page.url)) == link_on(page)


@pytest.mark.parametrize("person", [bob, charlie], ids=lambda person: str(person.name))
async def test_a_change_is_its_customers_alone(site: Site, person: CustomerPerson) -> None:
    page = await ask(site, await signed_in(site))
    stranger = await signed_in(site, person=person) if person is bob else await site.sign_in(person)
    path = page.url.removeprefix(site.url).replace("/lumen", f"/{person.account}")
    for each in ("", "/events", "/back"):
        assert (await stranger.get(path + each)).status == 404
    front = await stranger.get(f"/{person.account}")
    csrf = front.forms()[0].fields
    for each in ("/look", "/overdue", "/stop"):
        assert (await stranger.post(path + each, csrf)).status == 404


async def test_two_browsers_come_to_the_same_change(site: Site) -> None:
    browser, another = await signed_in(site), await signed_in(site)
    form = await another.get(card_path(site))
    page = await ask(site, browser)
    assert (await another.submit(form, "card")).url == page.url
    assert (await another.get(card_path(site))).url == page.url


async def test_whoever_stops_may_start_again(site: Site) -> None:
    browser = await signed_in(site)
    page = await browser.submit(await ask(site, browser), "stop")
    await site.settle()
    page = await browser.get(page.url)
    assert "Your card was not changed" in page.text
    assert "Start again" in page.text
    assert (await ask(site, browser)).url != page.url


async def test_without_the_permission_no_button_and_a_sentence(site: Site) -> None:
    async with site.ctx.begin(site.world.accounts["lumen"].id) as work:
        assert isinstance(work.accounts, Bound)
        missing = [Permission.OPEN_CARD_PAGES.value]
        await work.accounts.connection.execute(update(processor_connections).values(missing=missing))
    browser = await signed_in(site)
    page = await browser.get("/lumen")
    assert "The card cannot be changed here at the moment." in page.text
    assert card_path(site) not in page.html
    assert (await browser.get(card_path(site))).status == 409


async def test_where_it_is_switched_off_it_is_not_offered(site: Site) -> None:
    browser = await signed_in(site)
    await change_settings(site, Surface.PORTAL, card_update=False)
    assert card_path(site) not in (await browser.get("/lumen")).html
    assert (await browser.get(card_path(site))).status == 403


async def test_the_link_is_on_its_page_alone(site: Site) -> None:
    """Not in a mail, the journal, or the database as it is; gone from the page when it is used."""
    browser = await signed_in(site)
    page = await ask(site, browser)
    link, change = link_on(page), await only_change(site)
    assert change.link is not None
    assert link not in change.link
    async with site.ctx.read(change.account_id) as work:
        lines = await work.journal.list_of(f"card-change:{change.id.hex}")
    assert link not in repr(lines)
    site.processor.enter_card(link, WORKS)
    page = await come_back(site, browser, page)
    assert link not in page.html
    assert link not in repr(site.mails())
    assert (await only_change(site)).link is None


async def test_the_desk_sees_what_came_of_it(site: Site) -> None:
    await fall_behind(site)
    browser = await signed_in(site)
    page = await ask(site, browser, pay="yes")
    site.processor.enter_card(link_on(page), FAILS_LATER)
    await come_back(site, browser, page)
    desk = await site.sign_in_staff(erin)
    shown = await desk.get(f"/lumen/desk/customers/{site.world.customers[alice.name].hex}")
    assert "Card changes Visa •••• 0341" in shown.text
    assert "$39.00 for Membership Gold could not be paid. The bank declined the card." in shown.text
    journal = await desk.get("/lumen/desk/journal?what=card")
    assert "wants to pay with another card." in journal.text
    assert "was not paid with the new card. The bank declined the card." in journal.text
    assert link_on(page) not in shown.html + journal.html


async def only_change(site: Site) -> CardChange:
    async with site.ctx.read(site.world.accounts["lumen"].id) as work:
        (change,) = await work.cards.list_of_customer(site.world.customers[alice.name])
        return change
