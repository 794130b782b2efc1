"""Outbox to Slack: post and redraw cards, tell the story in their threads, whisper to a clicker."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import Any
from weakref import WeakValueDictionary

from billing.actors import SystemActor
from billing.context import Context
from billing.edges import CardPlace, Envelope
from billing.errors import DeliveryFailed
from billing.ids import EntryId, TicketId
from billing.messages import CardDue, ThreadDue, WhisperDue, read_message
from billing.records import Account
from billing.relay import Deliver
from billing.views import RequestView, TicketView
from bot.blocks import card_text, question_card, request_card
from bot.client import SlackClient, Workspace
from bot.marks import Block, Told, escape, plain
from bot.story import thread_line
from locales.translator import Translator, get_translator

_QUIET = {
    "parse": "none",
    "link_names": False,
    "unfurl_links": False,
    "unfurl_media": False,
}
_GONE = frozenset({"message_not_found", "cant_update_message", "edit_window_closed"})
_THREAD_GONE = frozenset({"thread_not_found", "message_not_found"})


@dataclass(eq=False, slots=True, weakref_slot=True)
class _Turn:
    """One writer of a ticket's card at a time; `drawn`: when, in our own count, the last draw began."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    drawn: int = 0


class SlackDeliveries:
    """Deliveries for one workspace. Every one reads its subject anew and draws the present state."""

    def __init__(self, slack: SlackClient, workspace: Workspace) -> None:
        self._slack = slack
        self._workspace = workspace
        # One at a time per ticket, in order: two writers of one card must not cross in flight.
        self._turns: WeakValueDictionary[TicketId, _Turn] = WeakValueDictionary()
        self._moments = count(1)
        # Until when Slack told us to wait with a method: those who come meanwhile do not ask again.
        self._quiet_until: dict[str, datetime] = {}

    def by_kind(self) -> Mapping[str, Deliver]:
        """For the relay."""
        return {
            CardDue.kind: self.draw_card,
            ThreadDue.kind: self.tell_thread,
            WhisperDue.kind: self.whisper,
        }

    def _turn(self, ticket_id: TicketId) -> _Turn:
        return self._turns.setdefault(ticket_id, _Turn())

    async def _call(
        self, ctx: Context, method: Callable[..., Awaitable[Any]], **arguments: Any
    ) -> Mapping[str, Any]:
        """One call, unless Slack's own pause for this method is not over yet."""
        name = str(getattr(method, "__name__", method))
        pause = self._quiet_until.get(name, ctx.now()) - ctx.now()
        if pause.total_seconds() > 0:
            raise DeliveryFailed("ratelimited", after=pause)
        try:
            return await self._slack.call(method, **arguments)
        except DeliveryFailed as failure:
            if failure.after is not None:
                self._quiet_until[name] = ctx.now() + failure.after
            raise

    async def draw_card(self, ctx: Context, envelope: Envelope) -> None:
        """Post the ticket's card, or draw it anew; many that wait at once are content with one drawing."""
        message = read_message(CardDue, envelope.payload)
        turn, asked = self._turn(message.ticket_id), next(self._moments)
        async with turn.lock:
            if turn.drawn > asked:
                return  # what began after we were asked has shown what we were asked to show
            began = next(self._moments)
            await self._draw(ctx, envelope, message.ticket_id)
            turn.drawn = began

    async def tell_thread(self, ctx: Context, envelope: Envelope) -> None:
        """Put a timeline entry into the thread of the ticket's card."""
        message = read_message(ThreadDue, envelope.payload)
        turn = self._turn(message.ticket_id)  # held: a turn that nobody holds is forgotten
        async with turn.lock:
            place = await self._place(ctx, envelope, message.ticket_id)
            if place is None:
                place = await self._draw(ctx, envelope, message.ticket_id)
            if place is None:
                return
            try:
                await self._reply(ctx, envelope, place, message.entry_id)
            except DeliveryFailed as failure:
                if failure.why not in _THREAD_GONE:
                    raise
                # Somebody deleted the card, and the thread with it: a new one begins.
                place = await self._draw(ctx, envelope, message.ticket_id)
                if place is not None:
                    await self._reply(ctx, envelope, place, message.entry_id)

    async def _reply(self, ctx: Context, envelope: Envelope, place: CardPlace, entry_id: EntryId) -> None:
        async with ctx.read(envelope.account_id) as work:
            entry = await work.tickets.get_entry(place.ticket_id, entry_id)
            say = _channel_voice(await work.accounts.get())
        mark = {"event_type": "selfbill_entry", "event_payload": {"id": entry.id.hex}}
        if envelope.tries > 1 and await self._find_marked(ctx, place.channel, mark, thread=place.ts):
            return
        await self._post(ctx, place.channel, thread_line(entry, say), mark, thread_ts=place.ts)

    async def whisper(self, ctx: Context, envelope: Envelope) -> None:
        """An answer for the clicker alone; where they clicked, else in the channel."""
        message = read_message(WhisperDue, envelope.payload)
        text = escape(message.text)
        blocks: list[Block] = [{"type": "section", "text": plain(message.text)}]
        address = ctx.vault.unseal(message.response_url) if message.response_url else ""
        if address and await self._slack.respond(address, text, blocks):
            return
        if not message.channel:
            raise DeliveryFailed("nowhere to answer", permanent=True)
        await self._call(
            ctx,
            self._slack.web.chat_postEphemeral,
            channel=message.channel,
            user=message.user_id,
            text=text,
            blocks=blocks,
        )

    async def _place(self, ctx: Context, envelope: Envelope, ticket_id: TicketId) -> CardPlace | None:
        async with ctx.read(envelope.account_id) as work:
            return await work.tickets.find_card(ticket_id)

    async def _draw(self, ctx: Context, envelope: Envelope, ticket_id: TicketId) -> CardPlace | None:
        """The card as it must look now: updated where it stands, else posted; None: no channel."""
        async with ctx.read(envelope.account_id) as work:
            account = await work.accounts.get()
            ticket = await work.tickets.get_view(ticket_id, internal=False)
            request_id = ticket.ticket.request_id
            request = await work.requests.get_view(request_id) if request_id else None
            place = await work.tickets.find_card(ticket_id)
        if ticket.helpdesk.slack_channel is None or account.slug != self._workspace.account_slug:
            return None
        told = _card(ctx, account, ticket, request)
        if place is not None and await self._update(ctx, place, told):
            return place
        return await self._post_card(ctx, envelope, ticket, told)

    async def _update(self, ctx: Context, place: CardPlace, told: Told) -> bool:
        """False when the message is gone and must be posted again."""
        try:
            await self._call(
                ctx,
                self._slack.web.chat_update,
                channel=place.channel,
                ts=place.ts,
                text=told[0],
                blocks=told[1],
                parse="none",
                link_names=False,
            )
        except DeliveryFailed as failure:
            if failure.why in _GONE:
                return False
            raise
        return True

    async def _post_card(self, ctx: Context, envelope: Envelope, ticket: TicketView, told: Told) -> CardPlace:
        channel = ticket.helpdesk.slack_channel
        assert channel is not None
        mark = {"event_type": "selfbill_card", "event_payload": {"id": ticket.ticket.id.hex}}
        ts = await self._find_marked(ctx, channel, mark) if _may_be_there(envelope, ticket) else None
        if ts is None:
            channel, ts = await self._post(ctx, channel, told, mark)
        place = CardPlace(envelope.account_id, ticket.ticket.id, self._workspace.team_id, channel, ts)
        by = SystemActor(envelope.account_id, "relay", envelope.trace_id)
        async with ctx.begin(envelope.account_id) as work:
            await work.tickets.put_card(place)
            subject = f"ticket:{ticket.ticket.id.hex}"
            facts = {"channel": channel, "ts": ts}
            await work.journal.write(by, "card.posted", subject, at=ctx.now(), facts=facts)
        return place

    async def _post(
        self,
        ctx: Context,
        channel: str,
        told: Told,
        mark: dict[str, Any],
        *,
        thread_ts: str | None = None,
    ) -> tuple[str, str]:
        threaded = {"thread_ts": thread_ts} if thread_ts else {}
        answer = await self._call(
            ctx,
            self._slack.web.chat_postMessage,
            channel=channel,
            text=told[0],
            blocks=told[1],
            metadata=mark,
            **threaded,
            **_QUIET,
        )
        return str(answer["channel"]), str(answer["ts"])

    async def _find_marked(
        self, ctx: Context, channel: str, mark: dict[str, Any], thread: str | None = None
    ) -> str | None:
        """The ts of a message of ours with this mark, if we may read the channel and it is there."""
        web = self._slack.web
        seen: dict[str, Any] = {"channel": channel, "include_all_metadata": True}
        try:
            if thread is None:
                answer = await self._call(ctx, web.conversations_history, limit=15, **seen)
            else:
                answer = await self._call(ctx, web.conversations_replies, ts=thread, **seen)
        except DeliveryFailed as failure:
            if failure.why in {"missing_scope", "not_in_channel"}:
                return None
            raise
        for message in answer.get("messages", []):
            if message.get("metadata", {}) == mark:
                return str(message["ts"])
        return None


def _may_be_there(envelope: Envelope, ticket: TicketView) -> bool:
    """A lost answer may have posted the card already: all but the very first try look for it first."""
    is_first = envelope.kind == CardDue.kind and envelope.put_at <= ticket.ticket.opened_at
    return envelope.tries > 1 or not is_first


def _channel_voice(account: Account) -> Translator:
    """The channel's language and zone are the account's."""
    return get_translator(account.locale, account.time_zone)


def _card(ctx: Context, account: Account, ticket: TicketView, request: RequestView | None) -> Told:
    say = _channel_voice(account)
    if request is None:
        return question_card(ticket, ctx.addresses.desk_ticket(account, ticket.ticket.id), say)
    return card_text(request, say), request_card(request, ctx.addresses, say)
