"""Conversations in a helpdesk: asking, replying, and what is kept to whom."""

from billing.states import Surface
from billing.tickets import add_note, close_ticket, reply_ticket
from tests.people import alice, erin
from tests.portal.customer.things import make_things
from tests.site import Site

ROOT = "/lumen/help/support"


async def test_a_question_opens_a_conversation_and_stands_in_the_list(site: Site) -> None:
    browser = await site.sign_in(alice, Surface.HELPDESK)
    page = await browser.fill(f"{ROOT}/ask", "ask", subject="Address", text="I moved.\nHow do I say so?")
    assert "/tickets/" in page.url
    assert "I moved.\nHow do I say so?" in page.html
    assert "Address" in (await browser.get(f"{ROOT}/tickets")).text


async def test_what_is_missing_is_named_and_what_was_typed_kept(site: Site) -> None:
    browser = await site.sign_in(alice, Surface.HELPDESK)
    page = await browser.fill(f"{ROOT}/ask", "ask", subject="", text="I moved.")
    assert page.status == 422
    assert 'id="subject-problem"' in page.html
    assert "I moved." in page.html


async def test_a_question_sent_twice_is_asked_once(site: Site) -> None:
    browser = await site.sign_in(alice, Surface.HELPDESK)
    form = await browser.get(f"{ROOT}/ask")
    first = await browser.submit(form, "ask", subject="Address", text="I moved.")
    second = await browser.submit(form, "ask", subject="Address", text="I moved.")
    assert first.url == second.url


async def test_staffs_reply_is_read_and_answered_and_notes_are_not_shown(site: Site) -> None:
    things = await make_things(site)
    by = site.world.member(erin)
    await reply_ticket(site.ctx, things.ticket_id, by=by, text="Which lesson?", once_key="reply")
    await add_note(site.ctx, things.ticket_id, by=by, text="a secret of staff", once_key="note")
    browser = await site.sign_in(alice, Surface.HELPDESK)
    page = await browser.get(ROOT + things.paths["ticket"])
    assert "Erin Castellanos wrote" in page.text
    assert "Which lesson?" in page.text
    assert "a secret of staff" not in page.html
    page = await browser.submit(page, "reply", text="<i>The third.</i>")
    assert "&lt;i&gt;The third.&lt;/i&gt;" in page.html


async def test_an_empty_reply_is_refused(site: Site) -> None:
    things = await make_things(site)
    browser = await site.sign_in(alice, Surface.HELPDESK)
    page = await browser.fill(ROOT + things.paths["ticket"], "reply", text="  ")
    assert page.status == 422
    assert 'id="text-problem"' in page.html


async def test_a_reply_opens_a_closed_conversation_again(site: Site) -> None:
    things = await make_things(site)
    await close_ticket(site.ctx, things.ticket_id, by=site.world.member(erin))
    browser = await site.sign_in(alice, Surface.HELPDESK)
    page = await browser.get(ROOT + things.paths["ticket"])
    assert "A reply opens it again." in page.text
    page = await browser.submit(page, "reply", text="One more thing")
    assert "A reply opens it again." not in page.text


async def test_the_requests_conversation_leads_to_the_request(site: Site) -> None:
    things = await make_things(site)
    browser = await site.sign_in(alice, Surface.HELPDESK)
    page = await browser.get(f"{ROOT}/tickets")
    assert "About your request" in page.text
    request = await browser.get(ROOT + things.paths["request"])
    assert "Write to us about it" in request.text
