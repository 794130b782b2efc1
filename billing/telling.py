"""Who hears about a step, and how: journal, timeline, Slack and mail, all in the transaction of the step."""

from datetime import datetime

from billing.actors import Actor, CustomerActor
from billing.ids import EntryId, TicketId, new_id
from billing.messages import CardDue, RequestMail, ThreadDue
from billing.money import Money
from billing.ports import UnitOfWork
from billing.records import Entry, Facts, Request
from billing.slack.homes import homes_changed
from billing.states import EntryKind, RequestState, TicketState


def request_subject(request: Request) -> str:
    """How the journal names a request."""
    return f"request:{request.id.hex}"


def money_facts(amount: Money | None, asked: Money | None) -> Facts:
    """How a step of a refund names its amount, and where that is less, what was asked for."""
    if amount is None or asked is None:
        return {}
    facts: Facts = {"amount_minor": amount.minor, "currency": amount.currency.code}
    return facts if amount == asked else {**facts, "asked_minor": asked.minor}


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
    told = {**money_facts(request.refund_amount, request.amount), **(facts or {})}
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
    else:
        await homes_changed(work, at, by.trace_id)


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
    heard: bool = False,
) -> Entry:
    """A line on a ticket's timeline; the helpdesk's channel hears of it if it has one.

    `heard`: it was written in the channel, so its card has it already.
    """
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
    if helpdesk.slack_channel is not None and not heard:
        await work.outbox.put(CardDue(ticket_id), at=at, trace_id=by.trace_id)
        await work.outbox.put(ThreadDue(ticket_id, entry.id), at=at, trace_id=by.trace_id)
    await homes_changed(work, at, by.trace_id)
    return entry


async def move_ticket(work: UnitOfWork, request: Request, to: TicketState, *, at: datetime) -> None:
    """A request's ticket follows it; without a ticket, or where it stands there already, nothing happens."""
    if request.ticket_id is not None:
        ticket = await work.tickets.get(request.ticket_id)
        if ticket.state is not to:
            await work.tickets.move(ticket.id, ticket.state, to, at=at)


async def mail_received(work: UnitOfWork, request: Request, *, by: Actor, at: datetime) -> None:
    """The dated confirmation of what the customer declared: one mail a request."""
    support = _is_support(by)
    message = RequestMail(request.id, RequestState.PENDING.value, received=True, by_support=support)
    await work.outbox.put(message, at=at, trace_id=by.trace_id, dedupe=f"mail:received:{request.id.hex}")


async def mail_outcome(work: UnitOfWork, request: Request, *, by: Actor, at: datetime, turn: str) -> None:
    """What came of it: one mail for each outcome. `turn` tells a second one from a repeat."""
    message = RequestMail(request.id, request.state.value, received=False, by_support=_is_support(by))
    dedupe = f"mail:{request.state}:{request.id.hex}:{turn}"
    await work.outbox.put(message, at=at, trace_id=by.trace_id, dedupe=dedupe)


def _is_support(by: Actor) -> bool:
    """Whether staff act for the customer, which the customer's mail must say."""
    return isinstance(by, CustomerActor) and by.acting is not None
