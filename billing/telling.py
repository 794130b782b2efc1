"""Who hears about a step, and how: journal, timeline, Slack and mail, all in the transaction of the step."""

from datetime import datetime

from billing.actors import Actor
from billing.ids import EntryId, TicketId, new_id
from billing.messages import CardDue, RequestMail, ThreadDue
from billing.ports import UnitOfWork
from billing.records import Entry, Facts, Request
from billing.states import EntryKind, RequestState, TicketState


def request_subject(request: Request) -> str:
    """How the journal names a request."""
    return f"request:{request.id.hex}"


async def tell_step(
    work: UnitOfWork,
    request: Request,
    verb: str,
    *,
    by: Actor,
    by_name: str,
    at: datetime,
    facts: Facts | None = None,
) -> None:
    """Journal a step of a request; where it has a ticket, put it on the timeline, the card and the thread."""
    amount: Facts = (
        {"amount_minor": request.amount.minor, "currency": request.amount.currency.code}
        if request.amount
        else {}
    )
    told = {**amount, **(facts or {})}
    named = {**told, "by_name": by_name, "reference": request.reference, "state": request.state.value}
    await work.journal.write(by, verb, request_subject(request), at=at, facts=named)
    if request.ticket_id is not None:
        await add_entry(
            work,
            request.ticket_id,
            EntryKind.EVENT,
            by=by,
            by_name=by_name,
            at=at,
            verb=verb,
            facts=told,
        )


async def add_entry(
    work: UnitOfWork,
    ticket_id: TicketId,
    kind: EntryKind,
    *,
    by: Actor,
    by_name: str,
    at: datetime,
    text: str = "",
    verb: str = "",
    facts: Facts | None = None,
) -> Entry:
    """A line on a ticket's timeline; the helpdesk's channel hears of it if it has one."""
    entry = Entry(
        id=new_id(EntryId),
        account_id=by.account_id,
        ticket_id=ticket_id,
        kind=kind,
        by=by.key,
        by_name=by_name,
        text=text,
        verb=verb,
        facts=facts or {},
        at=at,
    )
    await work.tickets.add_entry(entry)
    ticket = await work.tickets.get(ticket_id)
    helpdesk = await work.helpdesks.get(ticket.helpdesk_id)
    if helpdesk.slack_channel is not None:
        await work.outbox.put(CardDue(ticket_id), at=at, trace_id=by.trace_id)
        await work.outbox.put(ThreadDue(ticket_id, entry.id), at=at, trace_id=by.trace_id)
    return entry


async def move_ticket(work: UnitOfWork, request: Request, to: TicketState, *, at: datetime) -> None:
    """A request's ticket follows it; without a ticket, or where it stands there already, nothing happens."""
    if request.ticket_id is not None:
        ticket = await work.tickets.get(request.ticket_id)
        if ticket.state is not to:
            await work.tickets.move(ticket.id, ticket.state, to, at=at)


async def mail_received(work: UnitOfWork, request: Request, *, by: Actor, at: datetime) -> None:
    """The dated confirmation of what the customer declared: one mail a request."""
    message = RequestMail(request.id, RequestState.PENDING.value, received=True)
    await work.outbox.put(message, at=at, trace_id=by.trace_id, dedupe=f"mail:received:{request.id.hex}")


async def mail_outcome(work: UnitOfWork, request: Request, *, by: Actor, at: datetime, turn: str) -> None:
    """What came of it: one mail for each outcome. `turn` tells a second one from a repeat."""
    message = RequestMail(request.id, request.state.value, received=False)
    dedupe = f"mail:{request.state}:{request.id.hex}:{turn}"
    await work.outbox.put(message, at=at, trace_id=by.trace_id, dedupe=dedupe)
