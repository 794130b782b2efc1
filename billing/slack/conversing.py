"""What staff write in a card's thread: a note for the team, or, where they say so, words to the customer."""

from dataclasses import dataclass

from billing.actors import StaffActor
from billing.context import Context
from billing.errors import Repeated
from billing.ids import AccountId, EntryId, TicketId, new_id
from billing.messages import WhisperDue
from billing.records import Entry
from billing.slack.events import SlackEvent, take_in
from billing.texts import checked_text
from billing.tickets import write_message, write_note


@dataclass(frozen=True, slots=True)
class ThreadReply:
    """One message in the thread of a ticket's card; `text` as people read it, without what marks it."""

    ticket_id: TicketId
    channel: str
    ts: str
    text: str
    to_customer: bool


async def find_thread(
    ctx: Context, account_id: AccountId, *, team_id: str, channel: str, thread_ts: str
) -> TicketId | None:
    """Whose card the thread hangs on; most of what is written in a channel is none of ours."""
    async with ctx.read(account_id) as work:
        ticket = await work.tickets.find_ticket_by_card(team_id, channel, thread_ts)
        return ticket.id if ticket else None


async def take_in_reply(
    ctx: Context, reply: ThreadReply, event: SlackEvent, *, by: StaffActor, also: WhisperDue | None = None
) -> Entry | None:
    """Kept once, however often Slack tells of it; None: it was. `also` is said to the writer alone.

    Raises `Forbidden` for a viewer, `Invalid` (text): then nothing was kept, the event neither.
    """
    text = checked_text("text", reply.text)
    async with ctx.begin(by.account_id) as work:
        now = ctx.now()
        if not await take_in(work, event, at=now):
            return None
        try:
            # one message may be told of by several events
            await work.once.claim(f"slack:{reply.channel}:{reply.ts}", new_id(EntryId), at=now)
        except Repeated:
            return None
        if also is not None:
            await work.outbox.put(also, at=now, trace_id=by.trace_id)
        if not reply.to_customer:
            return await write_note(work, reply.ticket_id, by=by, text=text, at=now, heard=True)
        return await write_message(work, reply.ticket_id, by=by, text=text, verb="ticket.replied", at=now)


async def tell_writer(
    ctx: Context,
    account_id: AccountId,
    event: SlackEvent,
    whisper: WhisperDue,
    *,
    dedupe: str,
    trace_id: str,
) -> None:
    """The writer alone is told that theirs was not kept, and why: once for each `dedupe`."""
    async with ctx.begin(account_id) as work:
        if await take_in(work, event, at=ctx.now(), ignored="not kept"):
            await work.outbox.put(whisper, at=ctx.now(), trace_id=trace_id, dedupe=dedupe)
