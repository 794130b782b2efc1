"""Conversations in a helpdesk: who may open, read, answer and close them."""

from functools import partial

import pytest
from sqlalchemy import select

from billing import tickets
from billing.actors import CustomerActor, StaffActor
from billing.errors import AlreadyDecided, Forbidden, Invalid, NotFound, Repeated
from billing.ids import DepartmentId, new_id
from billing.records import Ticket
from billing.requests import show_request
from billing.states import EntryKind, Surface, TicketState
from storage.tables.ledger import outbox
from tests.billing.bench import Bench
from tests.people import alice, bob, charlie, dana, frank, grace, heidi


async def ask(
    bench: Bench, *, subject: str = "Where?", text: str = "Where is it?", once: str = "q"
) -> Ticket:
    return await tickets.open_ticket(
        bench.ctx,
        by=bench.customer(surface=Surface.HELPDESK, proved=False),
        subject=subject,
        text=text,
        department_id=None,
        once_key=once,
    )


async def state(bench: Bench, ticket: Ticket) -> TicketState:
    return (await tickets.show_ticket(bench.ctx, ticket.id, by=bench.staff(dana))).ticket.state


async def test_a_conversation_goes_to_and_fro(bench_on_each: Bench) -> None:
    bench = bench_on_each
    ctx, staff, customer = bench.ctx, bench.staff(frank), bench.customer(surface=Surface.HELPDESK)
    ticket = await ask(bench)
    assert (ticket.state, ticket.helpdesk_id) == (TicketState.OPEN, bench.world.desk.id)
    await tickets.add_note(ctx, ticket.id, by=staff, text="A secret of ours", once_key="n")
    assert await state(bench, ticket) is TicketState.OPEN
    await tickets.reply_ticket(ctx, ticket.id, by=staff, text="Look there.", once_key="r1")
    assert await state(bench, ticket) is TicketState.WAITING
    await tickets.reply_ticket(ctx, ticket.id, by=customer, text="Not there.", once_key="r2")
    assert await state(bench, ticket) is TicketState.OPEN
    await tickets.close_ticket(ctx, ticket.id, by=staff)
    with pytest.raises(AlreadyDecided):
        await tickets.close_ticket(ctx, ticket.id, by=staff)
    await tickets.reply_ticket(ctx, ticket.id, by=customer, text="Still not.", once_key="r3")
    assert await state(bench, ticket) is TicketState.OPEN
    await tickets.close_ticket(ctx, ticket.id, by=staff)
    await tickets.reply_ticket(ctx, ticket.id, by=staff, text="Now?", once_key="r4")
    assert await state(bench, ticket) is TicketState.WAITING
    mails = await bench.rows(select(outbox.c.kind).where(outbox.c.destination == "mail"))
    assert len(mails) == 3  # the question arrived, and staff answered twice
    seen = await tickets.show_ticket(ctx, ticket.id, by=customer)
    assert EntryKind.NOTE not in {entry.kind for entry in seen.entries}
    assert "secret" not in repr(seen)
    assert "secret" in repr(await tickets.show_ticket(ctx, ticket.id, by=staff))
    said = [entry.text for entry in seen.entries if entry.kind is EntryKind.MESSAGE]
    assert said == ["Where is it?", "Look there.", "Not there.", "Still not.", "Now?"]
    verbs = [line.verb for line in await bench.lines(f"ticket:{ticket.id.hex}")]
    assert verbs == [
        "ticket.opened",
        "ticket.noted",
        *["ticket.replied"] * 2,
        "ticket.closed",
        "ticket.replied",
        "ticket.closed",
        "ticket.replied",
    ]


async def test_a_note_on_a_request_is_not_on_its_customers_page(bench: Bench) -> None:
    request = await bench.ask_refund(surface=Surface.HELPDESK)
    assert request.ticket_id is not None
    note = partial(tickets.add_note, bench.ctx, request.ticket_id, text="Asked before", once_key="n")
    await note(by=bench.staff(dana))
    assert "Asked before" not in repr(await show_request(bench.ctx, request.id, by=bench.customer()))
    assert "Asked before" in repr(await show_request(bench.ctx, request.id, by=bench.staff(grace)))


async def test_foreign_conversations_are_absent(bench: Bench) -> None:
    ticket = await ask(bench)
    strangers: list[CustomerActor | StaffActor] = [
        bench.customer(bob, surface=Surface.HELPDESK),
        bench.customer(alice),  # on the portal there are none
        bench.customer(charlie),
        bench.staff(heidi),
    ]
    for by in strangers:
        with pytest.raises(NotFound):
            await tickets.show_ticket(bench.ctx, ticket.id, by=by)
        with pytest.raises(NotFound):
            await tickets.reply_ticket(bench.ctx, ticket.id, by=by, text="Hello", once_key="x")
    with pytest.raises(NotFound):
        await tickets.close_ticket(bench.ctx, ticket.id, by=bench.staff(heidi))
    assert await tickets.list_tickets(bench.ctx, by=bench.customer(bob, surface=Surface.HELPDESK)) == ()
    assert await tickets.list_tickets(bench.ctx, by=bench.customer()) == ()
    (mine,) = await tickets.list_tickets(bench.ctx, by=bench.customer(surface=Surface.HELPDESK))
    assert mine.id == ticket.id


async def test_on_the_portal_nothing_is_opened(bench: Bench) -> None:
    with pytest.raises(NotFound):
        await tickets.open_ticket(
            bench.ctx, by=bench.customer(), subject="S", text="T", department_id=None, once_key="q"
        )


async def test_a_viewer_reads_only(bench: Bench) -> None:
    ticket, by = await ask(bench), bench.staff(grace)
    for act in (
        partial(tickets.reply_ticket, bench.ctx, ticket.id, by=by, text="Hello", once_key="x"),
        partial(tickets.add_note, bench.ctx, ticket.id, by=by, text="Hello", once_key="x"),
        partial(tickets.close_ticket, bench.ctx, ticket.id, by=by),
    ):
        with pytest.raises(Forbidden):
            await act()
    assert (await tickets.show_ticket(bench.ctx, ticket.id, by=by)).entries


@pytest.mark.parametrize(
    ("typed", "field", "problem"),
    [
        ({"subject": " "}, "subject", "missing"),
        ({"subject": "x" * 151}, "subject", "too-long"),
        ({"text": "\r\n"}, "text", "missing"),
        ({"text": "x" * 3001}, "text", "too-long"),
    ],
)
async def test_a_question_has_a_subject_and_a_text(
    bench: Bench, typed: dict[str, str], field: str, problem: str
) -> None:
    with pytest.raises(Invalid) as refused:
        await ask(bench, **typed)
    assert (refused.value.field, refused.value.problem) == (field, problem)


async def test_the_same_form_twice_says_a_thing_once(bench: Bench) -> None:
    ticket = await ask(bench, once="a form")
    with pytest.raises(Repeated) as refused:
        await ask(bench, once="a form")
    assert refused.value.data["first"] == ticket.id
    reply = partial(tickets.reply_ticket, bench.ctx, ticket.id, text="Hello", once_key="another")
    await reply(by=bench.staff(dana))
    with pytest.raises(Repeated):
        await reply(by=bench.staff(dana))


async def test_a_question_goes_to_a_department_of_this_helpdesk(bench: Bench) -> None:
    by = bench.customer(surface=Surface.HELPDESK)
    (department,) = await tickets.list_departments(bench.ctx, by=by)
    opened = partial(tickets.open_ticket, bench.ctx, by=by, subject="S", text="T")
    assert (await opened(department_id=department.id, once_key="1")).department_id == department.id
    with pytest.raises(Invalid) as refused:
        await opened(department_id=new_id(DepartmentId), once_key="2")
    assert refused.value.field == "department_id"
