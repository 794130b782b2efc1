"""Slack as the product sees it: who clicked, and how a refused click is answered."""

from billing.actors import StaffActor, SystemActor, Via
from billing.context import Context
from billing.errors import NotFound, NotLinked, Refusal
from billing.ids import AccountId, RequestId, TicketId
from billing.messages import CardDue, WhisperDue
from billing.ports import UnitOfWork
from billing.records import Account, Staff


async def identify_slack_user(
    ctx: Context, account_id: AccountId, *, team_id: str, user_id: str, trace_id: str
) -> tuple[StaffActor, Staff]:
    """The active staff member this Slack user is confirmed to be; raises `NotLinked`. Slack is not asked."""
    async with ctx.read(account_id) as work:
        link = await work.channels.find_link(team_id, user_id)
        if link is None:
            raise NotLinked
        staff = await work.staff.get(link.staff_id)
    if not staff.active:
        raise NotLinked
    client = f"{team_id}/{user_id}"
    return StaffActor(account_id, staff.id, Via.SLACK, client, trace_id), staff


async def answer_refused_click(
    ctx: Context,
    account: Account,
    whisper: WhisperDue,
    refusal: Refusal,
    *,
    request_id: RequestId | None,
    trace_id: str,
    card: tuple[str, str] | None = None,
) -> None:
    """A refused click is answered to the clicker alone, kept in the journal, and its card drawn anew.

    `card` is the Slack team and message that was clicked: it tells the ticket where the button does not.
    """
    by = SystemActor(account.id, "slack", trace_id)
    async with ctx.begin(account.id) as work:
        await work.outbox.put(whisper, at=ctx.now(), trace_id=trace_id)
        facts = {"refusal": refusal.code, "user": whisper.user_id}
        subject = f"request:{request_id.hex}" if request_id else "request:unknown"
        await work.journal.write(by, "click.refused", subject, at=ctx.now(), facts=facts)
        ticket_id = await _ticket_of(work, whisper.channel, request_id, card)
        if ticket_id is not None:
            await work.outbox.put(CardDue(ticket_id), at=ctx.now(), trace_id=trace_id)


async def tell_clicker(ctx: Context, account: Account, whisper: WhisperDue, *, trace_id: str) -> None:
    """Something for one Slack user alone; nothing else happens."""
    async with ctx.begin(account.id) as work:
        await work.outbox.put(whisper, at=ctx.now(), trace_id=trace_id)


async def _ticket_of(
    work: UnitOfWork, channel: str, request_id: RequestId | None, card: tuple[str, str] | None
) -> TicketId | None:
    if request_id is not None:
        try:
            return (await work.requests.get(request_id)).ticket_id
        except NotFound:
            pass
    ticket = await work.tickets.find_ticket_by_card(card[0], channel, card[1]) if card else None
    return ticket.id if ticket else None
