"""What waits, and deciding it in place."""

import pytest

from billing.asking import withdraw_request
from billing.tickets import open_ticket
from portal.forms import new_once_key
from tests.portal.site import Site

INBOX = "/acme/desk"


async def test_waiting_requests_are_listed_oldest_first_with_age_and_amount(site: Site) -> None:
    first = await site.refund(site.bob)
    site.clock.turn(hours=3)
    second = await site.refund()
    words = (await (await site.staff("dana")).get(INBOX)).words
    assert words.index(first.reference) < words.index(second.reference)
    assert "3 hours ago" in words
    assert words.count("Refund of $59.00 ·") == 2
    assert "Within the refund period" in words


async def test_counts_stand_on_the_tabs(site: Site) -> None:
    dana, request = await site.staff("dana"), await site.refund()
    assert "Waiting 1 Under way 0 Failed 0 Closed 0 All 1" in (await dana.get(INBOX)).words
    await withdraw_request(site.ctx, request.id, by=site.acme.customer_actor(site.alice))
    assert "Waiting 0 Under way 0 Failed 0 Closed 1 All 1" in (await dana.get(INBOX)).words
    assert request.reference in (await dana.get(f"{INBOX}?which=closed")).words


async def test_a_request_is_decided_in_place(site: Site) -> None:
    dana, request = await site.staff("dana"), await site.refund()
    shown = await dana.get(INBOX)
    assert "$59.00 goes back to Alice Ames" in shown.words
    approve = f"{INBOX}/requests/{request.id.hex}/approve"
    answer = await dana.submit(INBOX, approve, **{"from": "inbox"})
    assert (answer.status, answer.location) == (303, f"{INBOX}?decided={request.id.hex}")
    told = (await dana.get(answer.location)).words
    assert f"{request.reference} : Refund of $59.00, Alice Ames – Approved" in told
    assert "Nothing waits for you" in told


async def test_open_questions_are_listed(site: Site) -> None:
    ticket = await open_ticket(
        site.ctx,
        by=site.acme.customer_actor(site.alice),
        subject="Where is <my> book?",
        text="It has not come.",
        department_id=None,
        once_key=new_once_key(),
    )
    shown = await (await site.staff("dana")).get(INBOX)
    assert "Where is <my> book?" in shown.words
    assert f"/acme/desk/tickets/{ticket.id.hex}" in shown.text
    assert "<my>" not in shown.text


@pytest.mark.parametrize(("who", "may"), [("dana", True), ("erin", True), ("frank", False), ("grace", False)])
async def test_only_who_may_decide_is_offered_it(site: Site, who: str, may: bool) -> None:
    await site.refund()
    text = (await (await site.staff(who)).get(INBOX)).text
    assert ("/approve" in text) is may


async def test_an_agent_is_told_of_their_limit(site: Site) -> None:
    await site.refund()
    assert "above $25.00" in (await (await site.staff("frank")).get(INBOX)).words


async def test_what_was_asked_late_says_so(site: Site) -> None:
    site.clock.turn(days=40)
    await site.refund()
    words = (await (await site.staff("dana")).get(INBOX)).words
    assert "Outside the refund period 30 days, until Dec 10, 2026" in words


async def test_other_accounts_have_their_own_inbox(site: Site) -> None:
    request = await site.refund()
    heidi = await site.staff("heidi")
    assert request.reference not in (await heidi.get("/other/desk")).text
    assert (await heidi.get(f"/other/desk?decided={request.id.hex}")).status == 404
