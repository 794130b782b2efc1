"""Tickets, their timelines and their cards."""

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.exc import IntegrityError

from billing.edges import CardPlace
from billing.errors import AlreadyDecided, NotFound
from billing.hours import Snooze, default_hours, due_at
from billing.ids import EntryId, TicketId, new_id
from billing.states import EntryKind, TicketState
from billing.views import TicketView
from tests.storage.shop import NOW, Shop

LATER = NOW + timedelta(minutes=1)


async def test_a_timeline_keeps_the_order_of_one_instant(shop: Shop) -> None:
    ticket = shop.ticket()
    told = [shop.entry(ticket, str(n)) for n in range(9)]
    async with shop.store.begin(shop.id) as work:
        await work.tickets.add(ticket)
        for entry in told:
            await work.tickets.add_entry(entry)
        view = await work.tickets.get_view(ticket.id, internal=True)
        assert await work.tickets.get_entry(ticket.id, told[3].id) == told[3]
        with pytest.raises(NotFound):
            await work.tickets.get_entry(ticket.id, new_id(EntryId))
    due = due_at(default_hours(shop.id, shop.helpdesk.id), ZoneInfo(shop.account.time_zone), NOW)
    assert view == TicketView(ticket, shop.alice, shop.helpdesk, tuple(told), due_at=due)


async def test_a_ticket_is_read_with_its_snooze_its_hours_and_who_has_it(shop: Shop) -> None:
    ticket = replace(shop.ticket(), assignee_id=shop.staff.id)
    hours = replace(default_hours(shop.id, shop.helpdesk.id), days=(6, 7), answer_hours=1)
    snooze = Snooze(shop.id, ticket.id, LATER, shop.by.key, shop.staff.name, NOW)
    async with shop.store.begin(shop.id) as work:
        await work.tickets.add(ticket)
        await work.timing.put_hours(hours)
        await work.timing.put_snooze(snooze)
        [view] = await work.tickets.list_views([TicketState.OPEN], questions_only=True, limit=9)
    assert (view.snooze, view.assignee) == (snooze, shop.staff)
    assert view.due_at == due_at(hours, ZoneInfo(shop.account.time_zone), NOW)


async def test_a_customer_reads_no_notes(shop: Shop) -> None:
    ticket = shop.ticket()
    kinds = [EntryKind.MESSAGE, EntryKind.NOTE, EntryKind.EVENT]
    async with shop.store.begin(shop.id) as work:
        await work.tickets.add(ticket)
        for kind in kinds:
            await work.tickets.add_entry(shop.entry(ticket, kind, kind))
        view = await work.tickets.get_view(ticket.id, internal=False)
    assert [entry.kind for entry in view.entries] == [EntryKind.MESSAGE, EntryKind.EVENT]


async def test_tickets_are_listed_for_customer_and_staff(shop: Shop) -> None:
    request = shop.refund_request()
    about = shop.ticket(request_id=request.id, subject="")
    old, new = shop.ticket(moved_at=NOW - timedelta(days=1)), shop.ticket()
    closed = shop.ticket(state=TicketState.CLOSED, moved_at=NOW - timedelta(days=2))
    async with shop.store.begin(shop.id) as work:
        await work.requests.add(request)
        for ticket in (new, old, about, closed):
            await work.tickets.add(ticket)
        states = [TicketState.OPEN, TicketState.WAITING]
        questions = await work.tickets.list_views(states, questions_only=True, limit=9)
        first = await work.tickets.list_views(states, questions_only=False, limit=1)
        mine = await work.tickets.list_of_customer(shop.alice.id)
    assert [view.ticket for view in questions] == [old, new]
    assert [view.ticket for view in first] == [old]
    assert set(mine[:2]) == {new, about}
    assert list(mine[2:]) == [old, closed]


async def test_a_ticket_moves_from_where_it_was_expected(shop: Shop) -> None:
    ticket = shop.ticket()
    async with shop.store.begin(shop.id) as work:
        await work.tickets.add(ticket)
        moved = await work.tickets.move(ticket.id, TicketState.OPEN, TicketState.CLOSED, at=LATER)
        assert moved == replace(ticket, state=TicketState.CLOSED, moved_at=LATER)
        with pytest.raises(AlreadyDecided) as refused:
            await work.tickets.move(ticket.id, TicketState.OPEN, TicketState.WAITING, at=LATER)
        with pytest.raises(NotFound):
            await work.tickets.move(new_id(TicketId), TicketState.OPEN, TicketState.CLOSED, at=LATER)
    assert refused.value.data["state"] is TicketState.CLOSED


async def test_a_request_has_one_ticket(shop: Shop) -> None:
    request = shop.refund_request()
    async with shop.store.begin(shop.id) as work:
        await work.requests.add(request)
        await work.tickets.add(shop.ticket(request_id=request.id))
    with pytest.raises(IntegrityError):
        await shop.write(lambda work: work.tickets.add(shop.ticket(request_id=request.id)))


async def test_a_card_stands_in_one_place(shop: Shop) -> None:
    ticket = shop.ticket()
    first = CardPlace(shop.id, ticket.id, "T1", "C1", "1.1")
    second = replace(first, ts="2.2")
    async with shop.store.begin(shop.id) as work:
        await work.tickets.add(ticket)
        assert await work.tickets.find_card(ticket.id) is None
        await work.tickets.put_card(first)
        await work.tickets.put_card(second)
        assert await work.tickets.find_card(ticket.id) == second
        assert await work.tickets.find_ticket_by_card("T1", "C1", "2.2") == ticket
        assert await work.tickets.find_ticket_by_card("T1", "C1", "1.1") is None
