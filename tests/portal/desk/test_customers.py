"""The desk's customers: found in one box, one page each, and acted for by whoever decides."""

import re

from billing.ids import CustomerId, new_id
from billing.records import Request
from billing.states import RequestState
from tests.portal.site import Browser, Site

DESK = "/acme/desk"


def page_of(site: Site) -> str:
    return f"{DESK}/customers/{site.alice.customer.id.hex}"


async def request_of(site: Site, location: str) -> Request:
    reference = re.search(r"requests/(\w{32})", location)
    assert reference is not None, location
    async with site.ctx.read(site.acme.account.id) as work:
        views = await work.purchases.list_views(site.alice.customer.id)
    return next(r for view in views for r in view.requests if r.id.hex == reference[1])


async def test_one_box_finds_by_all_that_is_known(site: Site) -> None:
    grace = await site.staff("grace")
    order_id = site.alice.payment.order_id
    for query in ("alice", "AMES", "alice@buyer.example", order_id):
        words = (await grace.get(f"{DESK}/customers?q={query}")).words
        assert "Alice Ames alice@buyer.example" in words, query
        assert "Bob" not in words
    shown = await grace.get(f"{DESK}/customers")
    assert "Bob <b>Best</b>" in shown.words
    assert "<b>Best" not in shown.text
    nobody = await grace.get(f"{DESK}/customers?q=%3Cscript%3Enobody")
    assert "Nobody was found" in nobody.words
    assert 'value="&lt;script&gt;nobody"' in nobody.text
    for odd in ("after=x", "after=~", f"after={'0' * 32}~%00"):
        assert (await grace.get(f"{DESK}/customers?{odd}")).status == 404
    assert (await grace.get(f"{DESK}/customers?q=%00%FF")).status == 200


async def test_a_customers_page_says_all_and_offers_what_may_be_done(site: Site) -> None:
    request = await site.refund()
    dana, grace = await site.staff("dana"), await site.staff("grace")
    shown = await dana.get(page_of(site))
    for words in (
        "Alice Ames",
        "Watercolour course",
        "Painters' club",
        request.reference,
        "Refund of $59.00",
        "Request a refund for them",
        "Cancel for them",
        "Withdraw it for them",
    ):
        assert words in shown.words, words
    assert "for them" not in (await grace.get(page_of(site))).words
    helpdesk = "/acme/help/support"
    await site.browser().submit(
        f"{helpdesk}/sign-in",
        f"{helpdesk}/sign-in",
        order_id=site.alice.payment.order_id or "",
        email=site.alice.customer.email,
    )
    assert "Signed in · Helpdesk" in (await dana.get(page_of(site))).words


async def test_a_refund_is_asked_for_a_customer(site: Site) -> None:
    dana = await site.staff("dana")
    path = f"{DESK}/payments/{site.alice.payment.id.hex}/refund"
    shown = await dana.get(path)
    for words in ("You act for Alice Ames.", "$59.00", "What the customer reads before asking"):
        assert words in shown.words
    assert (await dana.submit(path, path, message="called")).status == 422
    answer = await dana.submit(path, path, reason="other", message="She called <us>")
    assert answer.status == 303
    request = await request_of(site, answer.location)
    assert request.asked_by == f"staff:{site.acme.staff['dana'].id.hex}"
    assert request.state is RequestState.APPROVED
    told = await dana.get(answer.location)
    assert "Dana asked for a refund of $59.00 for Alice Ames." in told.words
    assert (await dana.submit(page_of(site), path, reason="other")).status == 409


async def test_above_their_limit_nothing_is_done_and_the_page_says_so(site: Site) -> None:
    frank = await site.staff("frank")
    path = f"{DESK}/payments/{site.alice.payment.id.hex}/refund"
    answer = await frank.submit(path, path, reason="other", message="kept")
    assert answer.status == 403
    assert "This is above $25.00" in answer.words
    assert "kept" in answer.text


async def test_a_subscription_is_cancelled_and_kept_for_a_customer(site: Site) -> None:
    erin = await site.staff("erin")
    path = f"{DESK}/subscriptions/{site.alice.subscription.id.hex}"
    assert "Cancel Painters' club" in (await erin.get(f"{path}/cancel")).words
    answer = await erin.submit(f"{path}/cancel", f"{path}/cancel", reason="")
    request = await request_of(site, answer.location)
    assert request.asked_by == f"staff:{site.acme.staff['erin'].id.hex}"
    assert (await erin.get(f"{path}/keep")).status == 409


async def test_a_request_is_withdrawn_for_a_customer(site: Site) -> None:
    request, erin = await site.refund(), await site.staff("erin")
    path = f"{DESK}/requests/{request.id.hex}/withdraw"
    answer = await erin.submit(page_of(site), path)
    assert (answer.status, answer.location) == (303, page_of(site))
    assert (await request_of(site, path)).state is RequestState.WITHDRAWN
    words = (await erin.get(f"{DESK}/requests/{request.id.hex}")).words
    assert "Erin withdrew the request for Alice Ames." in words
    late = await erin.submit(page_of(site), path)
    assert late.location == f"{DESK}/requests/{request.id.hex}"


async def test_viewers_act_for_nobody_and_other_accounts_see_nothing(site: Site) -> None:
    request = await site.refund()
    payment, subscription = site.alice.renewal.id.hex, site.alice.subscription.id.hex
    reads = [f"payments/{payment}/refund", f"subscriptions/{subscription}/cancel"]
    deeds = [*reads, f"subscriptions/{subscription}/keep", f"requests/{request.id.hex}/withdraw"]
    grace, heidi = await site.staff("grace"), await site.staff("heidi")
    for path in deeds:
        assert (await grace.submit(f"{DESK}", f"{DESK}/{path}")).status == 403, path
    await absent(heidi, [*reads, f"customers/{site.alice.customer.id.hex}"], deeds)
    assert (await grace.get(f"{DESK}/customers/{new_id(CustomerId).hex}")).status == 404
    assert "Alice Ames" not in (await heidi.get("/other/desk/customers?q=alice")).words


async def absent(browser: Browser, reads: list[str], deeds: list[str]) -> None:
    for path in reads:
        assert (await browser.get(f"/other/desk/{path}")).status == 404, path
    for path in deeds:
        answer = await browser.submit("/other/desk", f"/other/desk/{path}", **fields_of(path))
        assert answer.status == 404, path


def fields_of(path: str) -> dict[str, str]:
    return {"reason": "other"} if path.endswith("refund") else {}
