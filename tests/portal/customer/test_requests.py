"""A request's own page says where it stands, to its customer, on either surface."""

from billing.deciding import approve_request, deny_request
from billing.states import Surface
from tests.people import alice, erin
from tests.portal.customer.things import make_things
from tests.site import Site

ROOT = "/lumen/help/support"


async def test_a_pending_one_says_who_decides_and_may_be_withdrawn(site: Site) -> None:
    things = await make_things(site)
    page = await (await site.sign_in(alice, Surface.HELPDESK)).get(ROOT + things.paths["request"])
    assert "Your request for a refund of $39.00 is waiting for an answer" in page.text
    assert "The team at Lumen Studio reads it and decides." in page.text
    assert "Withdraw request" in page.text


async def test_it_follows_without_a_script_too(site: Site) -> None:
    things = await make_things(site)
    page = await (await site.sign_in(alice, Surface.HELPDESK)).get(ROOT + things.paths["request"])
    assert f'data-live="{ROOT}{things.paths["events"]}"' in page.html
    assert '<noscript><meta http-equiv="refresh"' in page.html


async def test_an_approved_one_is_on_its_way_and_then_refunded(site: Site) -> None:
    things = await make_things(site)
    browser = await site.sign_in(alice, Surface.HELPDESK)
    await approve_request(site.ctx, things.request_id, by=site.world.member(erin))
    page = await browser.get(ROOT + things.paths["request"])
    assert "Your refund of $39.00 is on its way" in page.text
    assert "Erin Castellanos approved it" in page.text
    assert "Withdraw request" not in page.text
    await site.settle()
    page = await browser.get(ROOT + things.paths["request"])
    assert "$39.00 has been refunded" in page.text
    assert "http-equiv" not in page.html


async def test_a_denied_one_shows_the_answer(site: Site) -> None:
    things = await make_things(site)
    answer = "The period was over.\n<b>Sorry</b>"
    await deny_request(site.ctx, things.request_id, by=site.world.member(erin), answer=answer)
    page = await (await site.sign_in(alice, Surface.HELPDESK)).get(ROOT + things.paths["request"])
    assert "was denied" in page.text
    assert "&lt;b&gt;Sorry&lt;/b&gt;" in page.html


async def test_too_late_to_withdraw_is_told_who_was_first(site: Site) -> None:
    things = await make_things(site)
    browser = await site.sign_in(alice, Surface.HELPDESK)
    page = await browser.get(ROOT + things.paths["request"])
    await approve_request(site.ctx, things.request_id, by=site.world.member(erin))
    page = await browser.submit(page, "withdraw")
    assert page.status == 409
    assert "Erin Castellanos" in page.text


async def test_the_same_request_is_read_on_the_portal(site: Site) -> None:
    things = await make_things(site)
    page = await (await site.sign_in(alice)).get("/lumen" + things.paths["request"])
    assert page.status == 200
    assert "/tickets/" not in page.html
