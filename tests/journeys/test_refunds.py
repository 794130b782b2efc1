"""A refund from the customer's request to the money going back, over every face, without JavaScript."""

from billing.documents.issuing import issue_credit_note
from billing.states import Surface
from tests.make import CHANNEL
from tests.people import alice, dana, erin
from tests.site import Browser, Page, Site


async def ask_refund(site: Site, browser: Browser, surface: Surface) -> Page:
    """Alice asks for her course's money back; returns the request's page."""
    await site.prove(browser, surface)
    payment = site.world.payments[alice.order_id].hex
    path = f"{site.root(surface)}/payments/{payment}/refund"
    page = await browser.fill(path, "refund", reason="customer_request", message="Not for me")
    assert page.status == 200, page.text
    assert "/requests/" in page.url
    return page


async def test_a_manual_refund_is_approved_in_slack_and_every_surface_says_so(site: Site) -> None:
    browser = await site.sign_in(alice, Surface.HELPDESK)
    page = await ask_refund(site, browser, Surface.HELPDESK)
    await site.settle()
    (card,) = site.slack.messages(CHANNEL)
    answer = await site.slack.click(erin.slack, "request:approve", message=card)
    assert answer.status == 200
    await site.settle()
    assert site.refunds(alice.order_id) == [14900]
    (card,) = site.slack.messages(CHANNEL)
    assert "Erin Castellanos" in str(card.blocks)
    assert "request:approve" not in str(card.blocks)
    page = await browser.get(page.url)
    assert "refunded" in page.text.lower()
    outcomes = [mail for mail in site.mails() if "refunded" in mail["subject"]]
    assert len(outcomes) == 1
    desk = await site.sign_in_staff(dana)
    shown = await desk.get(f"/lumen/desk/requests/{page.url.rsplit('/', 1)[1]}")
    assert "Erin Castellanos" in shown.text


async def test_a_part_is_refunded_and_every_surface_says_both_amounts(site: Site) -> None:
    browser = await site.sign_in(alice, Surface.HELPDESK)
    page = await ask_refund(site, browser, Surface.HELPDESK)
    desk = await site.sign_in_staff(dana)
    case = f"/lumen/desk/requests/{page.url.rsplit('/', 1)[1]}"
    shown = await desk.submit(await desk.get(case), "approve", amount="50", message="For the first half.")
    assert "Refund of $50.00 of the $149.00 asked for" in shown.text
    await site.settle()
    assert site.refunds(alice.order_id) == [5000]
    told = (await browser.get(page.url)).text
    assert "$50.00 of the $149.00 you asked for has been refunded" in told
    assert "Amount $149.00 Approved of it $50.00" in told
    assert "Dana Whitfield approved $50.00 of it" in told
    assert "For the first half." in told
    (mail,) = [each for each in site.mails() if "refunded" in each["subject"]]
    assert "We refunded $50.00 of the $149.00 that you asked for" in mail["text"]
    async with site.ctx.read(site.world.accounts["lumen"].id) as work:
        views = await work.purchases.list_views(site.world.customers[alice.name])
    (refund,) = [each for view in views for each in view.refunds]
    note = await issue_credit_note(site.ctx, refund.id, by=site.world.member(dana))
    assert note.frozen["gross_minor"] == 5000


async def test_an_automated_refund_is_done_at_once(site: Site) -> None:
    browser = await site.sign_in(alice)
    page = await ask_refund(site, browser, Surface.PORTAL)
    await site.settle()
    assert site.refunds(alice.order_id) == [14900]
    assert "refunded" in (await browser.get(page.url)).text.lower()
    assert site.slack.messages(CHANNEL) == []
