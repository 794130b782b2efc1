"""Conversations at the desk: reply, internal note, close."""

from dataclasses import replace

import pytest

from billing.records import Ticket
from billing.states import EntryKind, PlanName, TicketState
from billing.tickets import open_ticket, show_ticket
from portal.forms import new_once_key
from portal.routes import DESK_ROUTES
from tests.portal.site import Site


@pytest.fixture
async def ticket(site: Site) -> Ticket:
    return await open_ticket(
        site.ctx,
        by=site.acme.customer_actor(site.alice),
        subject="Where is my book?",
        text="It has not <b>come</b>.",
        department_id=None,
        once_key=new_once_key(),
    )


def page_of(ticket: Ticket) -> str:
    return f"/acme/desk/tickets/{ticket.id.hex}"


async def test_the_thread_is_shown_as_it_was_written(site: Site, ticket: Ticket) -> None:
    shown = await (await site.staff("dana")).get(page_of(ticket))
    assert "Where is my book?" in shown.words
    assert "It has not <b>come</b>." in shown.words
    assert "<b>come" not in shown.text


async def test_a_reply_reaches_the_customer(site: Site, ticket: Ticket) -> None:
    dana = await site.staff("dana")
    answer = await dana.submit(page_of(ticket), f"{page_of(ticket)}/reply", text="It is on its way.")
    assert (answer.status, answer.location) == (303, page_of(ticket))
    read = await show_ticket(site.ctx, ticket.id, by=site.acme.customer_actor(site.alice))
    assert read.entries[-1].text == "It is on its way."
    assert read.ticket.state is TicketState.WAITING


async def test_a_reply_sent_twice_stands_once(site: Site, ticket: Ticket) -> None:
    dana = await site.staff("dana")
    fields = {**await dana.hidden(page_of(ticket)), "text": "It is on its way."}
    answers = [await dana.post(f"{page_of(ticket)}/reply", fields) for _ in range(2)]
    assert [answer.status for answer in answers] == [303, 303]
    assert (await dana.get(page_of(ticket))).words.count("It is on its way.") == 1


async def test_a_note_is_marked_and_kept_from_the_customer(site: Site, ticket: Ticket) -> None:
    dana = await site.staff("dana")
    await dana.submit(page_of(ticket), f"{page_of(ticket)}/note", note="Third time this month")
    shown = await dana.get(page_of(ticket))
    assert "Internal note" in shown.words
    assert 'class="said note"' in shown.text
    read = await show_ticket(site.ctx, ticket.id, by=site.acme.customer_actor(site.alice))
    assert EntryKind.NOTE not in {entry.kind for entry in read.entries}


@pytest.mark.parametrize(("deed", "name"), [("reply", "text"), ("note", "note")])
async def test_nothing_is_not_sent(site: Site, ticket: Ticket, deed: str, name: str) -> None:
    dana = await site.staff("dana")
    answer = await dana.submit(page_of(ticket), f"{page_of(ticket)}/{deed}", **{name: " \n "})
    assert answer.status == 422
    assert f'id="{name}-problem"' in answer.text


async def test_closing_is_offered_once(site: Site, ticket: Ticket) -> None:
    dana = await site.staff("dana")
    answer = await dana.submit(page_of(ticket), f"{page_of(ticket)}/close")
    assert answer.status == 303
    shown = await dana.get(page_of(ticket))
    assert "Closed" in shown.words
    assert "Close the ticket" not in shown.words


@pytest.mark.parametrize("deed", ["reply", "note", "close"])
async def test_a_viewer_only_reads(site: Site, ticket: Ticket, deed: str) -> None:
    grace = await site.staff("grace")
    shown = await grace.get(page_of(ticket))
    assert shown.status == 200
    assert "Your reply" not in shown.words
    fields = {"reply": {"text": "x"}, "note": {"note": "x"}, "close": {}}[deed]
    assert (await grace.submit("/acme/desk", f"{page_of(ticket)}/{deed}", **fields)).status == 403


async def test_another_accounts_ticket_is_not_found(site: Site, ticket: Ticket) -> None:
    heidi = await site.staff("heidi")
    assert (await heidi.get(f"/other/desk/tickets/{ticket.id.hex}")).status == 404
    answer = await heidi.submit("/other/desk", f"/other/desk/tickets/{ticket.id.hex}/reply", text="x")
    assert answer.status == 404


def test_tickets_come_with_the_plans_that_have_helpdesks(site: Site) -> None:
    rules = [entry.plan for entry in DESK_ROUTES if entry.path.startswith("/tickets")]
    assert len(rules) == 4
    starter = replace(site.acme.account, plan=PlanName.STARTER)
    for rule in rules:
        assert rule is not None
        with pytest.raises(Exception, match="not-in-plan"):
            rule(starter)
