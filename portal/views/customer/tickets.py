"""Conversations in a helpdesk: the list, the thread, a reply, a new question."""

from dataclasses import dataclass
from datetime import datetime

from aiohttp import web

from billing.errors import Invalid, Repeated
from billing.ids import DepartmentId, RequestId, TicketId, parse_id
from billing.records import Ticket
from billing.states import EntryKind, TicketState
from billing.tickets import list_departments, list_tickets, open_ticket, reply_ticket, show_ticket
from billing.views import TicketView
from locales.translator import N_, Translator
from portal.checked_files import check_files
from portal.file_lines import files_of
from portal.forms import Form, read_form, read_uploads
from portal.keys import CONTEXT, SAY
from portal.render import render, see
from portal.session import customer
from portal.views.customer.wording import STEPS, Step, message_step

_BADGES = {
    TicketState.OPEN: ("live", N_("With us")),
    TicketState.WAITING: ("wait", N_("Answered")),
    TicketState.CLOSED: ("plain", N_("Closed")),
}


@dataclass(frozen=True, slots=True)
class TicketLine:
    """A conversation in the list."""

    id: TicketId
    reference: str
    subject: str
    tone: str
    label: str
    moved_at: datetime


@dataclass(frozen=True, slots=True)
class TicketsPage:
    """The customer's conversations in this helpdesk, newest first."""

    tickets: tuple[TicketLine, ...]


@dataclass(frozen=True, slots=True)
class TicketPage:
    """A conversation; `request_id` is set where it is about a request."""

    form: Form
    id: TicketId
    reference: str
    subject: str
    tone: str
    label: str
    request_id: RequestId | None
    is_closed: bool
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class QuestionPage:
    """`departments` are pairs of hex id and name, none where there is nothing to choose."""

    form: Form
    departments: tuple[tuple[str, str], ...]


async def show_all(http: web.Request) -> web.StreamResponse:
    """The list."""
    tickets = await list_tickets(http.app[CONTEXT], by=customer(http))
    page = TicketsPage(tuple(make_line(ticket, http[SAY]) for ticket in tickets))
    return render(http, "customer/tickets.html", page)


async def show(http: web.Request) -> web.StreamResponse:
    """One conversation, without what staff keep to themselves."""
    return await _ticket_page(http, Form())


async def reply(http: web.Request) -> web.StreamResponse:
    """The customer's message; a closed conversation opens again."""
    form = read_form(http, "text")
    ticket_id = _ticket_id(http)
    try:
        await reply_ticket(
            http.app[CONTEXT],
            ticket_id,
            by=customer(http),
            text=form.text("text"),
            once_key=form.once_key,
            files=await check_files(http, read_uploads(http, "files")),
        )
    except Invalid as refusal:
        return await _ticket_page(http, form.refused(refusal, http[SAY]), status=422)
    except Repeated:
        pass  # it stands there already
    raise see(http, "ticket", ticket_id)


async def show_question(http: web.Request) -> web.StreamResponse:
    """The empty form."""
    return await _question_page(http, Form())


async def ask(http: web.Request) -> web.StreamResponse:
    """A question opens a conversation; sent twice, it leads to the first."""
    form = read_form(http, "department", "subject", "text")
    chosen = form.text("department")
    try:
        ticket = await open_ticket(
            http.app[CONTEXT],
            by=customer(http),
            subject=form.text("subject"),
            text=form.text("text"),
            department_id=parse_id(DepartmentId, chosen) if chosen else None,
            once_key=form.once_key,
            files=await check_files(http, read_uploads(http, "files")),
        )
    except Invalid as refusal:
        return await _question_page(http, form.refused(refusal, http[SAY]), status=422)
    except Repeated as repeated:
        raise see(http, "ticket", repeated.data["first"]) from repeated
    raise see(http, "ticket", ticket.id)


def make_line(ticket: Ticket, say: Translator) -> TicketLine:
    """A line of the list."""
    tone, label = _BADGES[ticket.state]
    return TicketLine(
        ticket.id, ticket.reference, subject_of(ticket, say), tone, say.text(label), ticket.moved_at
    )


def make_page(view: TicketView, form: Form, say: Translator) -> TicketPage:
    """The page's data."""
    ticket = view.ticket
    tone, label = _BADGES[ticket.state]
    return TicketPage(
        form=form,
        id=ticket.id,
        reference=ticket.reference,
        subject=subject_of(ticket, say),
        tone=tone,
        label=say.text(label),
        request_id=ticket.request_id,
        is_closed=ticket.state is TicketState.CLOSED,
        steps=_steps(view, say),
    )


def subject_of(ticket: Ticket, say: Translator) -> str:
    """What it is about; a request's conversation has no subject of its own."""
    return ticket.subject or say.text(N_("About your request"))


def _steps(view: TicketView, say: Translator) -> tuple[Step, ...]:
    """Messages, and opening and closing; what happened to a request is on the request's own page."""
    steps, files = [], files_of(view.files, say)
    for entry in view.entries:
        if entry.kind is EntryKind.MESSAGE:
            steps.append(message_step(entry, say, files.get(entry.id, ())))
        elif entry.verb.startswith("ticket.") and entry.verb in STEPS:
            tone, text = STEPS[entry.verb]
            steps.append(Step(tone, say.text(text), entry.at))
    return tuple(steps)


async def _ticket_page(http: web.Request, form: Form, *, status: int = 200) -> web.Response:
    view = await show_ticket(http.app[CONTEXT], _ticket_id(http), by=customer(http))
    return render(http, "customer/ticket.html", make_page(view, form, http[SAY]), status=status)


async def _question_page(http: web.Request, form: Form, *, status: int = 200) -> web.Response:
    departments = await list_departments(http.app[CONTEXT], by=customer(http))
    pairs = tuple((each.id.hex, each.name) for each in departments) if len(departments) > 1 else ()
    return render(http, "customer/question.html", QuestionPage(form, pairs), status=status)


def _ticket_id(http: web.Request) -> TicketId:
    return parse_id(TicketId, http.match_info["ticket_id"])
