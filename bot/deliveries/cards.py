"""The card of a ticket: posted once, then drawn anew in its place, always as things are at that moment."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from weakref import WeakValueDictionary

from billing.actors import SystemActor
from billing.context import Context
from billing.edges import CardPlace, Envelope
from billing.errors import DeliveryFailed
from billing.ids import EnvelopeId, TicketId
from billing.messages import CardDue, read_message
from billing.relay import Deliver
from billing.views import RequestView, TicketView
from bot.blocks import card_text, question_card, request_card
from bot.client import LOST_CHANNEL
from bot.deliveries.pace import PACED
from bot.deliveries.posting import Posting
from bot.marks import Told
from bot.workspaces import Workspace

_MOST_PLANNED = 1000
_GONE = frozenset({"message_not_found", "cant_update_message", "edit_window_closed"})
# Somebody deleted the card, and the thread with it, or the helpdesk moved to another channel.
_THREAD_GONE = frozenset({"thread_not_found", "message_not_found"}) | LOST_CHANNEL


@dataclass(eq=False, slots=True, weakref_slot=True)
class Turn:
    """One writer of a ticket's card at a time; `drawn`: when, in our own count, the last draw began."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    drawn: int = 0


class Cards:
    """Deliveries of cards. Every one reads its ticket anew and draws the present state."""

    def __init__(self, posting: Posting) -> None:
        self._posting = posting
        # One at a time per ticket, in order: two writers of one card must not cross in flight.
        self._turns: WeakValueDictionary[TicketId, Turn] = WeakValueDictionary()
        self._moments = count(1)
        # Whose card has a slot at Slack's pace, and which message will draw it then.
        self._planned: dict[TicketId, tuple[EnvelopeId, datetime]] = {}

    def by_kind(self) -> Mapping[str, Deliver]:
        """For the relay."""
        return {CardDue.kind: self.deliver}

    @asynccontextmanager
    async def turn(self, ticket_id: TicketId) -> AsyncIterator[Turn]:
        """Nobody else writes this card or its thread meanwhile; a turn that nobody holds is forgotten."""
        turn = self._turns.setdefault(ticket_id, Turn())
        async with turn.lock:
            yield turn

    async def deliver(self, ctx: Context, envelope: Envelope) -> None:
        """Post the ticket's card, or draw it anew; many that wait at once are content with one drawing."""
        ticket_id = read_message(CardDue, envelope.payload).ticket_id
        asked = next(self._moments)
        async with self.turn(ticket_id) as turn:
            if turn.drawn > asked:
                return  # what began after we were asked has shown what we were asked to show
            if self._is_planned(ticket_id, envelope, ctx.now()):
                return  # what waits for its slot will show it
            began = next(self._moments)
            try:
                await self.draw(ctx, envelope, ticket_id)
            except DeliveryFailed as failure:
                if failure.why == PACED and failure.after is not None:
                    self._planned[ticket_id] = (envelope.id, ctx.now() + failure.after)
                raise
            self._planned.pop(ticket_id, None)
            turn.drawn = began

    def _is_planned(self, ticket_id: TicketId, envelope: Envelope, now: datetime) -> bool:
        if len(self._planned) > _MOST_PLANNED:
            self._planned = {t: plan for t, plan in self._planned.items() if plan[1] > now}
        owner, due_at = self._planned.get(ticket_id, (envelope.id, now))
        return owner != envelope.id and due_at > now

    async def find_place(self, ctx: Context, envelope: Envelope, ticket_id: TicketId) -> CardPlace | None:
        """Where the card stands."""
        async with ctx.read(envelope.account_id) as work:
            return await work.tickets.find_card(ticket_id)

    async def draw(self, ctx: Context, envelope: Envelope, ticket_id: TicketId) -> CardPlace | None:
        """The card as it must look now: updated where it stands, else posted; None: nowhere to post it."""
        async with ctx.read(envelope.account_id) as work:
            workspace = await self._posting.find_in(work)
            if workspace is None:
                return None
            ticket = await work.tickets.get_view(ticket_id, internal=False)
            trouble = await work.channels.find_trouble(ticket.helpdesk.id)
            request_id = ticket.ticket.request_id
            request = await work.requests.get_view(request_id) if request_id else None
            place = await work.tickets.find_card(ticket_id)
        if ticket.helpdesk.slack_channel is None:
            return None
        told = _card(ctx, workspace, ticket, request)
        async with self._posting.at_helpdesk(ctx, envelope, ticket.helpdesk, trouble):
            is_there = place is not None and place.team_id == workspace.installation.team_id
            if place is not None and is_there and await self._update(ctx, workspace, ticket, place, told):
                return place
            return await self._post(ctx, envelope, workspace, ticket, told)

    async def reply_below(
        self,
        ctx: Context,
        envelope: Envelope,
        ticket_id: TicketId,
        place: CardPlace | None,
        reply: Callable[[CardPlace], Awaitable[None]],
    ) -> None:
        """In the thread of the card at `place`; a card that is not there (any more) is posted first."""
        place = place or await self.draw(ctx, envelope, ticket_id)
        if place is None:
            return
        try:
            await reply(place)
        except DeliveryFailed as failure:
            if failure.why not in _THREAD_GONE:
                raise
            place = await self.draw(ctx, envelope, ticket_id)
            if place is not None:
                await reply(place)

    async def _update(
        self, ctx: Context, workspace: Workspace, ticket: TicketView, place: CardPlace, told: Told
    ) -> bool:
        """False when the message is gone, or its channel with it, and must be posted again."""
        try:
            await self._posting.update(ctx, workspace, place.channel, place.ts, told)
        except DeliveryFailed as failure:
            has_moved = place.channel != ticket.helpdesk.slack_channel
            if failure.why in _GONE or (has_moved and failure.why in LOST_CHANNEL):
                return False
            raise
        return True

    async def _post(
        self, ctx: Context, envelope: Envelope, workspace: Workspace, ticket: TicketView, told: Told
    ) -> CardPlace:
        channel = ticket.helpdesk.slack_channel
        assert channel is not None
        ticket_id = ticket.ticket.id
        mark = {"event_type": "selfbill_card", "event_payload": {"id": ticket_id.hex}}
        channel, ts = await self._posting.post(
            ctx, workspace, channel, told, mark, look_first=_may_be_there(envelope, ticket)
        )
        place = CardPlace(envelope.account_id, ticket_id, workspace.installation.team_id, channel, ts)
        by = SystemActor(envelope.account_id, "relay", envelope.trace_id)
        async with ctx.begin(envelope.account_id) as work:
            await work.tickets.put_card(place)
            facts = {"channel": channel, "ts": ts}
            await work.journal.write(by, "card.posted", f"ticket:{ticket_id.hex}", at=ctx.now(), facts=facts)
        return place


def _may_be_there(envelope: Envelope, ticket: TicketView) -> bool:
    """A lost answer may have posted the card already: all but the very first try look for it first."""
    is_first = envelope.kind == CardDue.kind and envelope.put_at <= ticket.ticket.opened_at
    return envelope.tries > 1 or not is_first


def _card(ctx: Context, workspace: Workspace, ticket: TicketView, request: RequestView | None) -> Told:
    account, say = workspace.account, workspace.say
    if request is None:
        desk = ctx.addresses.desk_ticket(account, ticket.ticket.id)
        return question_card(ticket, desk, say, now=ctx.now())
    return card_text(request, say), request_card(request, ctx.addresses, say, now=ctx.now())
