"""Refund, cancel and undo: what is read before, what happens, and what is refused."""

from billing.ids import RequestId, parse_id
from billing.states import CancelWhen, RequestState, SubscriptionState, Surface
from tests.make import ask_no_code
from tests.people import alice
from tests.portal.customer.test_orders import change_settings
from tests.site import Browser, Page, Site


def refund_path(site: Site, order_id: str = alice.order_id, root: str = "/lumen") -> str:
    return f"{root}/payments/{site.world.payments[order_id].hex}/refund"


def cancel_path(site: Site, deed: str = "cancel") -> str:
    return f"/lumen/subscriptions/{site.world.alices_subscription.hex}/{deed}"


async def signed_in(site: Site, surface: Surface = Surface.PORTAL) -> Browser:
    await ask_no_code(site.ctx, site.world, surface)
    return await site.sign_in(alice, surface)


async def ask(site: Site, browser: Browser, **typed: str) -> Page:
    return await browser.fill(refund_path(site), "refund", **{"reason": "other", "message": "", **typed})


async def test_a_refund_asks_for_the_code_before_anything_is_typed(site: Site) -> None:
    browser = await site.sign_in(alice)
    page = await browser.get(refund_path(site))
    assert "/code" in page.url
    page = await browser.submit(page, "code/send")
    await site.settle()
    page = await browser.submit(page, "code", code=site.newest_code())
    assert page.url == site.url + refund_path(site)


async def test_the_preview_says_amount_way_and_policy(site: Site) -> None:
    browser = await signed_in(site)
    page = await browser.get(refund_path(site))
    assert "You get back $149.00" in page.text
    assert "back the way you paid" in page.text
    assert "approved at once" in page.text
    assert "refund period, which ends on Dec 17, 2026" in page.text


async def test_in_the_helpdesk_the_preview_says_that_a_person_decides(site: Site) -> None:
    browser = await signed_in(site, Surface.HELPDESK)
    page = await browser.get(refund_path(site, root="/lumen/help/support"))
    assert "A person at Lumen Studio reads your request and decides." in page.text


async def test_a_refund_of_a_subscription_says_that_it_goes_on(site: Site) -> None:
    browser = await signed_in(site)
    page = await browser.get(refund_path(site, "40001003"))
    assert "Your subscription goes on." in page.text


async def test_after_the_refund_period_the_preview_says_so_and_the_answer_is_no(site: Site) -> None:
    browser = await signed_in(site)
    path = refund_path(site, "40001002")
    page = await browser.get(path)
    assert "The refund period ended on Oct 31, 2026." in page.text
    page = await browser.submit(page, "refund", reason="other", message="")
    assert "was denied" in page.text
    await site.settle()
    assert site.refunds("40001002") == []


async def test_without_a_reason_the_typed_text_is_kept(site: Site) -> None:
    browser = await signed_in(site)
    page = await ask(site, browser, reason="", message="half of it is about oil")
    assert page.status == 422
    assert 'id="reason-problem"' in page.html
    assert "half of it is about oil" in page.html


async def test_too_long_a_text_is_refused_and_kept(site: Site) -> None:
    browser = await signed_in(site)
    page = await ask(site, browser, message="x" * 3001)
    assert page.status == 422
    assert "at most 3,000 characters" in page.text
    assert "x" * 3001 in page.html


async def test_a_reason_that_no_form_offers_is_refused(site: Site) -> None:
    browser = await signed_in(site)
    assert (await ask(site, browser, reason="fraudulent")).status == 400


async def test_a_form_sent_twice_leads_to_the_first_request(site: Site) -> None:
    browser = await signed_in(site)
    form = await browser.get(refund_path(site))
    first = await browser.submit(form, "refund", reason="other")
    second = await browser.submit(form, "refund", reason="other")
    assert first.url == second.url
    await site.settle()
    assert site.refunds(alice.order_id) == [14900]


async def test_a_second_request_for_the_same_payment_is_a_conflict(site: Site) -> None:
    browser = await signed_in(site)
    form = await browser.get(refund_path(site))
    await browser.submit(form, "refund", reason="other")
    token = form.forms()[0].fields["csrf"]
    fields = {"csrf": token, "once": "another", "reason": "other", "message": ""}
    assert (await browser.post(refund_path(site), fields)).status == 409


async def test_cancelling_needs_no_code_and_says_what_stops_when(site: Site) -> None:
    browser = await site.sign_in(alice)
    page = await browser.get(cancel_path(site))
    assert "It goes on until Dec 16, 2026" in page.text
    page = await browser.submit(page, "cancel", reason="", message="")
    assert "/requests/" in page.url
    await site.settle()
    page = await browser.get(page.url)
    assert "Membership Gold ends on Dec 16, 2026" in page.text


async def test_cancelling_now_says_so(site: Site) -> None:
    await change_settings(site, Surface.PORTAL, cancel_when=CancelWhen.NOW)
    browser = await site.sign_in(alice)
    assert "It ends now." in (await browser.get(cancel_path(site))).text


async def test_a_scheduled_cancellation_is_undone(site: Site) -> None:
    browser = await site.sign_in(alice)
    cancelled = await browser.fill(cancel_path(site), "cancel", reason="unused", message="")
    assert "Undo cancellation" not in cancelled.text
    await site.settle()
    for page in (cancelled.url, "/lumen"):
        assert "Undo cancellation" in (await browser.get(page)).text
    page = await browser.fill(cancel_path(site, "keep"), "keep")
    await site.settle()
    assert "Membership Gold goes on" in (await browser.get(page.url)).text
    async with site.ctx.read(site.world.accounts["lumen"].id) as work:
        subscription = await work.purchases.get_subscription(site.world.alices_subscription)
    assert subscription.state is SubscriptionState.ACTIVE


async def test_nothing_is_undone_that_was_not_cancelled(site: Site) -> None:
    browser = await site.sign_in(alice)
    assert (await browser.get(cancel_path(site, "keep"))).status == 409


async def test_a_pending_request_is_withdrawn(site: Site) -> None:
    browser = await signed_in(site, Surface.HELPDESK)
    path = refund_path(site, root="/lumen/help/support")
    page = await browser.fill(path, "refund", reason="other", message="Oil")
    assert "is waiting for an answer" in page.text
    page = await browser.submit(page, "withdraw")
    assert "You withdrew your request for a refund of $149.00" in page.text
    request_id = parse_id(RequestId, page.url.rsplit("/", 1)[1])
    async with site.ctx.read(site.world.accounts["lumen"].id) as work:
        assert (await work.requests.get(request_id)).state is RequestState.WITHDRAWN
