"""Conversations in a helpdesk: ask, reply, note, close. A Manual request's ticket is one of them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from billing import telling
from billing.actors import CustomerActor, StaffActor
from billing.context import Context
from billing.errors import AlreadyDecided, Forbidden, Invalid, NotFound
from billing.files import CheckedFile, keep_files
from billing.hours import is_our_turn
from billing.ids import DepartmentId, EntryId, HelpdeskId, RequestId, TicketId, new_id, new_reference
from billing.messages import TicketMail
from billing.ports import UnitOfWork
from billing.records import Department, Entry, Staff, Ticket
from billing.reminding import unwatch, watch_ticket
from billing.states import EntryKind, Role, TicketState
from billing.texts import MOST_SUBJECT, checked_text
from billing.views import TicketView

# The fact of a customer's message that the ticket waited for.
AWAITED = "awaited"


async def open_ticket(
    ctx: Context,
    *,
    by: CustomerActor,
    subject: str,
    text: str,
    department_id: DepartmentId | None,
    once_key: str,
    files: Sequence[CheckedFile] = (),
) -> Ticket:
    """A customer's question to the helpdesk they stand in; raises `Invalid`, `NotFound` on the portal."""
    subject = checked_text("subject", subject, most=MOST_SUBJECT)
    text = checked_text("text", text)
    if by.helpdesk_id is None:
        raise NotFound
    async with ctx.begin(by.account_id) as work:
        await work.once.claim(once_key, ticket_id := new_id(TicketId), at=ctx.now())
        await _must_be_department(work, by.helpdesk_id, department_id)
        customer = await work.customers.get(by.customer_id)
        ticket = Ticket(
            id=ticket_id,
            account_id=by.account_id,
            reference=new_reference("T"),
            helpdesk_id=by.helpdesk_id,
            department_id=department_id,
            customer_id=by.customer_id,
            request_id=None,
            subject=subject,
            state=TicketState.OPEN,
            opened_at=ctx.now(),
            moved_at=ctx.now(),
        )
        await work.tickets.add(ticket)
        await watch_ticket(work, ticket.id, ctx.now())
        entry = await telling.add_entry(
            work,
            ticket.id,
            EntryKind.MESSAGE,
            by=by,
            by_name=customer.name,
            at=ctx.now(),
            text=text,
            verb="ticket.opened",
        )
        await keep_files(work, entry, files, at=ctx.now())
        await _journal(work, ticket, "ticket.opened", by=by, at=ctx.now())
        await work.outbox.put(TicketMail(ticket.id, entry.id), at=ctx.now(), trace_id=by.trace_id)
        return ticket


async def _must_be_department(
    work: UnitOfWork, helpdesk_id: HelpdeskId, department_id: DepartmentId | None
) -> None:
    if department_id is None:
        return
    departments = await work.helpdesks.list_departments(helpdesk_id)
    if department_id not in {each.id for each in departments if each.archived_at is None}:
        raise Invalid("department_id", "unknown")


async def reply_ticket(
    ctx: Context,
    ticket_id: TicketId,
    *,
    by: CustomerActor | StaffActor,
    text: str,
    once_key: str,
    files: Sequence[CheckedFile] = (),
) -> Entry:
    """A message both sides read: staff's is mailed and waits on the customer, a customer's opens it again."""
    text = checked_text("text", text)
    async with ctx.begin(by.account_id) as work:
        await work.once.claim(once_key, new_id(EntryId), at=ctx.now())
        entry = await write_message(work, ticket_id, by=by, text=text, verb="ticket.replied", at=ctx.now())
        await keep_files(work, entry, files, at=ctx.now())
        return entry


async def write_message(
    work: UnitOfWork,
    ticket_id: TicketId,
    *,
    by: CustomerActor | StaffActor,
    text: str,
    verb: str,
    at: datetime,
) -> Entry:
    """Within a use case, the text checked: staff's is mailed and waits on the customer.

    A customer's opens the ticket again; its entry says if that is what the ticket waited for.
    Raises `NotFound`, `Forbidden` for a viewer.
    """
    ticket, name = await _writable(work, ticket_id, by=by)
    is_awaited = isinstance(by, CustomerActor) and ticket.state is TicketState.WAITING
    to = TicketState.OPEN if isinstance(by, CustomerActor) else TicketState.WAITING
    await _move(work, ticket, to, at=at)
    entry = await telling.add_entry(
        work,
        ticket_id,
        EntryKind.MESSAGE,
        by=by,
        by_name=name,
        at=at,
        text=text,
        verb=verb,
        facts={AWAITED: True} if is_awaited else None,
    )
    await _journal(work, ticket, verb, by=by, at=at)
    if isinstance(by, StaffActor):
        await work.outbox.put(TicketMail(ticket_id, entry.id), at=at, trace_id=by.trace_id)
    return entry


async def ask_customer(
    ctx: Context, request_id: RequestId, *, by: StaffActor, text: str, once_key: str
) -> Entry:
    """A question about a request, mailed; its ticket waits on the customer, and their reply opens it again.

    Raises `NotFound` where a request has no ticket, `Forbidden` for a viewer, `Invalid`.
    """
    text = checked_text("text", text)
    async with ctx.begin(by.account_id) as work:
        await work.once.claim(once_key, new_id(EntryId), at=ctx.now())
        request = await work.requests.get(request_id)
        if request.ticket_id is None:
            raise NotFound
        return await write_message(
            work, request.ticket_id, by=by, text=text, verb="ticket.asked", at=ctx.now()
        )


async def add_note(ctx: Context, ticket_id: TicketId, *, by: StaffActor, text: str, once_key: str) -> Entry:
    """For staff alone; the customer never reads it."""
    text = checked_text("text", text)
    async with ctx.begin(by.account_id) as work:
        await work.once.claim(once_key, new_id(EntryId), at=ctx.now())
        return await write_note(work, ticket_id, by=by, text=text, at=ctx.now())


async def write_note(
    work: UnitOfWork, ticket_id: TicketId, *, by: StaffActor, text: str, at: datetime, heard: bool = False
) -> Entry:
    """Within a use case, the text checked; `heard`: it was written in the thread of the card.

    Raises `NotFound`, `Forbidden` for a viewer.
    """
    ticket, name = await _writable(work, ticket_id, by=by)
    await _journal(work, ticket, "ticket.noted", by=by, at=at)
    return await telling.add_entry(
        work,
        ticket_id,
        EntryKind.NOTE,
        by=by,
        by_name=name,
        at=at,
        text=text,
        verb="ticket.noted",
        heard=heard,
    )


async def close_ticket(ctx: Context, ticket_id: TicketId, *, by: StaffActor) -> Ticket:
    """Staff are done with it; a reply opens it again. Raises `AlreadyDecided` if it is closed."""
    async with ctx.begin(by.account_id) as work:
        ticket, name = await _writable(work, ticket_id, by=by)
        if ticket.state is TicketState.CLOSED:
            raise AlreadyDecided(who="", when=ticket.moved_at, state=ticket.state)
        ticket = await work.tickets.move(ticket_id, ticket.state, TicketState.CLOSED, at=ctx.now())
        await _watch(work, ticket, at=ctx.now())
        await telling.add_entry(
            work,
            ticket_id,
            EntryKind.EVENT,
            by=by,
            by_name=name,
            at=ctx.now(),
            verb="ticket.closed",
        )
        await _journal(work, ticket, "ticket.closed", by=by, at=ctx.now())
        return ticket


async def list_tickets(ctx: Context, *, by: CustomerActor) -> tuple[Ticket, ...]:
    """The customer's conversations in the helpdesk where they stand, newest first."""
    async with ctx.read(by.account_id) as work:
        tickets = await work.tickets.list_of_customer(by.customer_id)
        return tuple(each for each in tickets if each.helpdesk_id == by.helpdesk_id)


async def list_departments(ctx: Context, *, by: CustomerActor) -> tuple[Department, ...]:
    """Whom a question can go to in the helpdesk where the customer stands; none on the portal."""
    if by.helpdesk_id is None:
        return ()
    async with ctx.read(by.account_id) as work:
        departments = await work.helpdesks.list_departments(by.helpdesk_id)
        return tuple(each for each in departments if each.archived_at is None)


async def show_ticket(ctx: Context, ticket_id: TicketId, *, by: CustomerActor | StaffActor) -> TicketView:
    """The conversation; a customer sees only theirs, in this helpdesk, without notes."""
    async with ctx.read(by.account_id) as work:
        view = await work.tickets.get_view(ticket_id, internal=isinstance(by, StaffActor))
        _must_be_theirs(view.ticket, by)
        return replace(view, files=tuple(await work.files.list_of_ticket(ticket_id)))


def _must_be_theirs(ticket: Ticket, by: CustomerActor | StaffActor) -> None:
    if isinstance(by, CustomerActor):
        is_theirs = (ticket.customer_id, ticket.helpdesk_id) == (by.customer_id, by.helpdesk_id)
        if not is_theirs:
            raise NotFound


async def _writable(
    work: UnitOfWork, ticket_id: TicketId, *, by: CustomerActor | StaffActor
) -> tuple[Ticket, str]:
    """The ticket and the writer's name; raises `NotFound`, or `Forbidden` for a viewer."""
    ticket = await work.tickets.get(ticket_id)
    _must_be_theirs(ticket, by)
    if isinstance(by, CustomerActor):
        return ticket, (await work.customers.get(by.customer_id)).name
    staff: Staff = await work.staff.get(by.staff_id)
    if not staff.active or staff.role is Role.VIEWER:
        raise Forbidden
    return ticket, staff.name


async def _move(work: UnitOfWork, ticket: Ticket, to: TicketState, *, at: datetime) -> None:
    if ticket.state is to:
        return
    if ticket.state is TicketState.CLOSED and to is TicketState.WAITING:
        ticket = await work.tickets.move(ticket.id, ticket.state, TicketState.OPEN, at=at)
    await _watch(work, await work.tickets.move(ticket.id, ticket.state, to, at=at), at=at)


async def _watch(work: UnitOfWork, ticket: Ticket, *, at: datetime) -> None:
    """Reminders follow whose turn it is."""
    request = await work.requests.get(ticket.request_id) if ticket.request_id else None
    if is_our_turn(ticket, request):
        await watch_ticket(work, ticket.id, at)
    else:
        await unwatch(work, ticket.id)


async def _journal(
    work: UnitOfWork, ticket: Ticket, verb: str, *, by: CustomerActor | StaffActor, at: datetime
) -> None:
    facts = {"reference": ticket.reference}
    await work.journal.write(by, verb, f"ticket:{ticket.id.hex}", at=at, facts=facts)
