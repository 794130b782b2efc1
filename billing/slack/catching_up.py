"""Slack is there (again): what waits and was not told meanwhile gets its card now."""

from datetime import datetime

from billing.messages import CardDue
from billing.ports import UnitOfWork
from billing.ports.helpdesks import TicketFilter
from billing.records import Helpdesk
from billing.states import TicketState

MOST = 100  # of one helpdesk, those that wait longest; later ones come with their next step
_OPEN = (TicketState.OPEN, TicketState.WAITING)


async def post_waiting(work: UnitOfWork, helpdesk: Helpdesk, *, at: datetime, trace_id: str) -> None:
    """A card for each ticket that is not closed; one that has its card there is drawn anew."""
    if helpdesk.slack_channel is None or helpdesk.archived_at is not None:
        return
    only = TicketFilter(helpdesk_id=helpdesk.id)
    for view in await work.tickets.list_views(_OPEN, questions_only=False, limit=MOST, only=only):
        await work.outbox.put(CardDue(view.ticket.id), at=at, trace_id=trace_id)
