"""What staff write in a card's thread: a note for the team, or, where they say so, words to the customer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from billing.actors import StaffActor
from billing.context import Context
from billing.errors import Invalid, NotForGuests, NotLinked, ProfileUnknown, Refusal, Repeated
from billing.ids import AccountId, EntryId, TicketId, new_id
from billing.messages import WhisperDue
from billing.records import Account, Entry
from billing.slack.events import SlackEvent, take_in
from billing.slack.linking import with_link
from billing.slack.profiles import put_profile_due
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


async def tell_unkept(
    ctx: Context,
    account: Account,
    event: SlackEvent,
    whisper: WhisperDue,
    refusal: Refusal,
    *,
    ticket_id: TicketId,
    team_id: str,
    trace_id: str,
) -> None:
    """The writer alone is told that theirs was not kept, and why; who they are matters once a thread.

    Whom we do not know is offered a link, and looked at.
    """
    async with ctx.begin(account.id) as work:
        now, user_id = ctx.now(), whisper.user_id
        if not await take_in(work, event, at=now, ignored=refusal.code):
            return
        if isinstance(refusal, NotLinked | NotForGuests | ProfileUnknown):
            await put_profile_due(work, team_id, user_id, at=now, trace_id=trace_id)
        is_theirs = isinstance(refusal, Invalid | ProfileUnknown)  # the next message may well be kept
        dedupe = f"unkept:{event.id if is_theirs else ticket_id.hex}:{user_id}"
        if isinstance(refusal, NotLinked):
            whisper = await with_link(ctx, work, account, whisper, team_id)
        await work.outbox.put(whisper, at=now, trace_id=trace_id, dedupe=dedupe)


async def find_names(
    ctx: Context, account_id: AccountId, team_id: str, user_ids: Sequence[str]
) -> Mapping[str, str]:
    """Of those known by these ids, what they are called."""
    found = {}
    async with ctx.read(account_id) as work:
        for user_id in user_ids:
            profile = await work.channels.find_profile(team_id, user_id)
            if profile is not None and profile.name:
                found[user_id] = profile.name
    return found
