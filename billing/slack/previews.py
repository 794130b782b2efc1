"""Links to pages of the desk that somebody posted: shown where all who see them may know."""

from billing.actors import StaffActor
from billing.context import Context
from billing.ids import RequestId, TicketId
from billing.ports import Spot
from billing.slack.events import SlackEvent, take_in
from billing.slack.homes import BoardRow, rows_of
from billing.slack.messages import PreviewDue


async def want_previews(
    ctx: Context, preview: PreviewDue, event: SlackEvent, *, is_ours: bool, by: StaffActor
) -> bool:
    """A preview is due in a helpdesk's own channel, or where nobody but the poster reads us (`is_ours`)."""
    async with ctx.begin(by.account_id) as work:
        helpdesks = await work.helpdesks.list()
        own = {each.slack_channel for each in helpdesks if each.archived_at is None}
        may = is_ours or preview.channel in own
        ignored = "" if may else "not a channel of ours"
        if not await take_in(work, event, at=ctx.now(), ignored=ignored) or not may:
            return False
        await work.outbox.put(preview, at=ctx.now(), trace_id=by.trace_id)
        return True


async def show_previews(
    ctx: Context,
    *,
    requests: set[RequestId],
    tickets: set[TicketId],
    channel: str | None,
    by: StaffActor,
) -> tuple[BoardRow, ...]:
    """Those of this account among them; a ticket about a request is shown as that.

    In a channel only what its own helpdesk handles; None: where nobody but `by` reads it.
    """
    async with ctx.read(by.account_id) as work:
        account, staff = await work.accounts.get(), await work.staff.get(by.staff_id)
        questions = await work.tickets.list_views_of(list(tickets)) if tickets else []
        now = ctx.now()
        spots = [Spot(request_id, None, now) for request_id in requests]
        for view in questions:
            of_request = view.ticket.request_id
            spots.append(Spot(of_request, None if of_request else view.ticket.id, now))
        rows = await rows_of(work, spots, account=account, staff=staff)
        return tuple(row for row in rows if channel is None or _is_of(row, channel))


def _is_of(row: BoardRow, channel: str) -> bool:
    view = row.request or row.ticket
    return view is not None and view.helpdesk is not None and view.helpdesk.slack_channel == channel
