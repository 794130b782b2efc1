"""Putting a ticket off: the form for it on a request's and a ticket's page, and a page of its own."""

from dataclasses import dataclass
from datetime import date, datetime

from aiohttp import web

from billing.errors import Invalid
from billing.hours import Snooze, is_our_turn
from billing.ids import TicketId, parse_id
from billing.records import Request, Ticket
from billing.snoozing import (
    SnoozeFor,
    show_snooze_choices,
    snooze_ticket,
    snooze_until_day,
    wake_ticket,
)
from billing.states import TicketState
from billing.tickets import show_ticket
from locales.texts import label
from locales.translator import N_
from portal.forms import Form, read_form
from portal.keys import CONTEXT, SAY
from portal.render import render, see
from portal.session import staff

_CHOICE, _DAY = "snooze", "until"


@dataclass(frozen=True, slots=True)
class SnoozeForm:
    """Until when it is put off and by whom, or None; and until when it could be. `may`: by this person."""

    ticket_id: TicketId
    form: Form
    until: datetime | None
    by_name: str
    options: tuple[tuple[str, str], ...]
    may: bool


@dataclass(frozen=True, slots=True)
class SnoozePage:
    """The form alone: where it comes back with what is wrong in it."""

    section: str
    ticket: Ticket
    snooze: SnoozeForm


async def make_snooze(
    http: web.Request, ticket: Ticket | None, request: Request | None, snooze: Snooze | None, *, may: bool
) -> SnoozeForm | None:
    """None where there is no ticket, or nothing that somebody here could be reminded of."""
    if ticket is None or not (is_our_turn(ticket, request) or ticket.state is TicketState.WAITING):
        return None
    return await _form(http, ticket, snooze, Form({_CHOICE: SnoozeFor.TOMORROW.value}), may=may)


async def _form(
    http: web.Request, ticket: Ticket, snooze: Snooze | None, form: Form, *, may: bool
) -> SnoozeForm:
    ctx, say = http.app[CONTEXT], http[SAY]
    is_on = snooze is not None and snooze.holds(ctx.now())
    choices = await show_snooze_choices(ctx, ticket.id, by=staff(http))
    return SnoozeForm(
        ticket_id=ticket.id,
        form=form,
        until=snooze.until if snooze is not None and is_on else None,
        by_name=snooze.by_name if snooze is not None and is_on else "",
        options=tuple(
            (each.value, say.text(N_("{choice}: {when}"), choice=label(each, say), when=until))
            for each, until in choices.items()
        ),
        may=may,
    )


async def show(http: web.Request) -> web.Response:
    """The form by itself."""
    return await _page(http, Form({_CHOICE: SnoozeFor.TOMORROW.value}))


async def snooze(http: web.Request) -> web.Response:
    """A day that was typed counts more than a choice; back to where the form stood."""
    form, ctx, by = read_form(http, _CHOICE, _DAY), http.app[CONTEXT], staff(http)
    ticket_id = _ticket_id(http)
    try:
        if form.text(_DAY):
            await snooze_until_day(ctx, ticket_id, _day(form.text(_DAY)), by=by)
        else:
            chosen = form.choice(_CHOICE, SnoozeFor)
            if chosen is None:
                raise Invalid(_CHOICE, "choice")
            until = (await show_snooze_choices(ctx, ticket_id, by=by))[chosen]
            await snooze_ticket(ctx, ticket_id, until, by=by)
    except Invalid as refusal:
        return await _page(http, form.refused(refusal, http[SAY]), status=422)
    raise await _back(http, ticket_id)


async def wake(http: web.Request) -> web.Response:
    """The snooze is over now."""
    read_form(http)
    await wake_ticket(http.app[CONTEXT], _ticket_id(http), by=staff(http))
    raise await _back(http, _ticket_id(http))


def _day(typed: str) -> date:
    try:
        return date.fromisoformat(typed)
    except ValueError:
        raise Invalid(_DAY, "no-date") from None


def _ticket_id(http: web.Request) -> TicketId:
    return parse_id(TicketId, http.match_info["ticket_id"])


async def _back(http: web.Request, ticket_id: TicketId) -> web.HTTPSeeOther:
    ticket = (await show_ticket(http.app[CONTEXT], ticket_id, by=staff(http))).ticket
    if ticket.request_id is not None:
        return see(http, "request", ticket.request_id)
    return see(http, "ticket", ticket_id)


async def _page(http: web.Request, form: Form, *, status: int = 200) -> web.Response:
    shown = await show_ticket(http.app[CONTEXT], _ticket_id(http), by=staff(http))
    page = SnoozePage("inbox", shown.ticket, await _form(http, shown.ticket, shown.snooze, form, may=True))
    return render(http, "desk/snooze.html", page, status=status)
