"""Whose a ticket is: the form for it on a request's and a ticket's page."""

from collections.abc import Sequence
from dataclasses import dataclass

from aiohttp import web

from billing.assigning import assign_ticket
from billing.ids import StaffId, TicketId, parse_id
from billing.records import Staff, Ticket
from portal.forms import Form, read_form
from portal.keys import CONTEXT
from portal.render import see
from portal.session import staff


@dataclass(frozen=True, slots=True)
class AssignForm:
    """Whose it is now, and who else could have it; `may`: this person may give it to somebody."""

    ticket_id: TicketId
    form: Form
    name: str  # empty: nobody's
    options: tuple[tuple[str, str], ...]
    may: bool


def make_assign(ticket: Ticket | None, deciders: Sequence[Staff], *, may: bool) -> AssignForm | None:
    """None where there is no ticket."""
    if ticket is None:
        return None
    chosen = ticket.assignee_id
    return AssignForm(
        ticket_id=ticket.id,
        form=Form({"assignee": chosen.hex if chosen else ""}),
        name=next((each.name for each in deciders if each.id == chosen), ""),
        options=tuple((each.id.hex, each.name) for each in deciders),
        may=may,
    )


async def assign(http: web.Request) -> web.Response:
    """Somebody's from now on, or nobody's; back to where the form stood."""
    form = read_form(http, "assignee")
    chosen = form.text("assignee")
    ticket = await assign_ticket(
        http.app[CONTEXT],
        parse_id(TicketId, http.match_info["ticket_id"]),
        parse_id(StaffId, chosen) if chosen else None,
        by=staff(http),
    )
    if ticket.request_id is not None:
        raise see(http, "request", ticket.request_id)
    raise see(http, "ticket", ticket.id)
