"""A conversation, for staff: reply, note, close."""

from dataclasses import dataclass

from aiohttp import web

from billing.assigning import list_deciders
from billing.errors import Invalid, Repeated
from billing.files import show_file
from billing.ids import AttachmentId, TicketId, parse_id
from billing.records import Helpdesk, Ticket
from billing.states import Role, TicketState
from billing.tickets import add_note, close_ticket, reply_ticket, show_ticket
from billing.views import TicketView
from locales.texts import label
from locales.translator import N_
from portal.checked_files import check_files
from portal.file_lines import handed_out
from portal.forms import Form, read_form, read_uploads
from portal.keys import CONTEXT, SAY, VISITOR
from portal.render import render, see
from portal.session import staff
from portal.views.desk import words
from portal.views.desk.assigning import AssignForm, make_assign
from portal.views.desk.snoozing import SnoozeForm, make_snooze

TONES = {TicketState.OPEN: "wait", TicketState.WAITING: "live", TicketState.CLOSED: "plain"}


@dataclass(frozen=True, slots=True)
class TicketDeskPage:
    """The thread with internal notes; two forms, so that a note is never sent by mistake."""

    section: str
    ticket: Ticket
    subject: str
    helpdesk: Helpdesk
    customer: str
    email: str
    tone: str
    state: str
    steps: tuple[words.Step, ...]
    may_write: bool
    may_close: bool
    assign: AssignForm | None
    snooze: SnoozeForm | None
    form: Form


async def show(http: web.Request) -> web.Response:
    """The conversation."""
    return await _page(http, await show_ticket(http.app[CONTEXT], _ticket_id(http), by=staff(http)), Form())


async def reply(http: web.Request) -> web.Response:
    """What the customer reads, on their page and in their mail."""
    form = read_form(http, "text")
    by, ticket_id = staff(http), _ticket_id(http)
    try:
        await reply_ticket(
            http.app[CONTEXT],
            ticket_id,
            by=by,
            text=form.text("text"),
            once_key=form.once_key,
            files=await check_files(http, read_uploads(http, "files")),
        )
    except Invalid as refusal:
        shown = await show_ticket(http.app[CONTEXT], ticket_id, by=by)
        return await _page(http, shown, form.refused(refusal, http[SAY]), status=422)
    except Repeated:
        pass  # sent twice: the first one stands in the thread
    raise see(http, "ticket", ticket_id)


async def note(http: web.Request) -> web.Response:
    """What only staff read."""
    form = read_form(http, "note")
    by, ticket_id = staff(http), _ticket_id(http)
    try:
        await add_note(http.app[CONTEXT], ticket_id, by=by, text=form.text("note"), once_key=form.once_key)
    except Invalid as refusal:
        # The use case knows one text; this page has a field for each of the two.
        refusal.field = "note"
        shown = await show_ticket(http.app[CONTEXT], ticket_id, by=by)
        return await _page(http, shown, form.refused(refusal, http[SAY]), status=422)
    except Repeated:
        pass
    raise see(http, "ticket", ticket_id)


async def close(http: web.Request) -> web.Response:
    """Nothing more to say for now; the customer's next reply opens it again."""
    read_form(http)
    ticket_id = _ticket_id(http)
    await close_ticket(http.app[CONTEXT], ticket_id, by=staff(http))
    raise see(http, "ticket", ticket_id)


async def download(http: web.Request) -> web.Response:
    """A file of any conversation of the account."""
    attachment_id = parse_id(AttachmentId, http.match_info["attachment_id"])
    return handed_out(await show_file(http.app[CONTEXT], attachment_id, by=staff(http)))


def _ticket_id(http: web.Request) -> TicketId:
    return parse_id(TicketId, http.match_info["ticket_id"])


async def _snooze(http: web.Request, shown: TicketView, *, may: bool) -> SnoozeForm | None:
    """Of a question; a request has it on its own page."""
    if shown.ticket.request_id is not None:
        return None
    return await make_snooze(http, shown.ticket, None, shown.snooze, may=may)


async def _page(http: web.Request, shown: TicketView, form: Form, *, status: int = 200) -> web.Response:
    say, who = http[SAY], http[VISITOR].staff
    may_write = who is not None and who.role is not Role.VIEWER
    deciders = await list_deciders(http.app[CONTEXT], by=staff(http))
    page = TicketDeskPage(
        section="inbox",
        ticket=shown.ticket,
        subject=shown.ticket.subject or say.text(N_("About a request")),
        helpdesk=shown.helpdesk,
        customer=shown.customer.name,
        email=shown.customer.email,
        tone=TONES[shown.ticket.state],
        state=label(shown.ticket.state, say),
        steps=words.steps(shown.entries, say, shown.files),
        may_write=may_write,
        may_close=may_write and shown.ticket.state is not TicketState.CLOSED,
        assign=make_assign(shown.ticket, deciders, may=may_write),
        snooze=await _snooze(http, shown, may=may_write),
        form=form,
    )
    return render(http, "desk/ticket.html", page, status=status)
