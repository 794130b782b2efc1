"""The story of a ticket in the thread of its card, step by step."""

from collections.abc import Mapping
from functools import partial

from billing.context import Context
from billing.edges import CardPlace, Envelope
from billing.ids import EntryId
from billing.messages import ThreadDue, read_message
from billing.relay import Deliver
from bot.deliveries.cards import Cards
from bot.deliveries.posting import Posting
from bot.story import thread_line

# With these we hear what is written below a card, in public and in private channels.
_READS = {"channels:history", "groups:history"}


class Threads:
    """Deliveries of timeline entries; a card that is not there yet is posted first."""

    def __init__(self, posting: Posting, cards: Cards) -> None:
        self._posting = posting
        self._cards = cards

    def by_kind(self) -> Mapping[str, Deliver]:
        """For the relay."""
        return {ThreadDue.kind: self.deliver}

    async def deliver(self, ctx: Context, envelope: Envelope) -> None:
        """Put a timeline entry into the thread of the ticket's card."""
        message = read_message(ThreadDue, envelope.payload)
        ticket_id = message.ticket_id
        async with self._cards.turn(ticket_id):
            place = await self._cards.find_place(ctx, envelope, ticket_id)
            reply = partial(self._reply, ctx, envelope, message.entry_id)
            await self._cards.reply_below(ctx, envelope, ticket_id, place, reply)

    async def _reply(self, ctx: Context, envelope: Envelope, entry_id: EntryId, place: CardPlace) -> None:
        async with ctx.read(envelope.account_id) as work:
            workspace = await self._posting.find_in(work)
            if workspace is None:
                return
            entry = await work.tickets.get_entry(place.ticket_id, entry_id)
            ticket = await work.tickets.get(place.ticket_id)
            customer = await work.customers.get(ticket.customer_id)
            whose = ticket.assignee_id
            link = await work.channels.find_link_of_staff(whose) if whose else None
        mark = {"event_type": "selfbill_entry", "event_payload": {"id": entry.id.hex}}
        installation = workspace.installation
        is_here = link is not None and link.team_id == installation.team_id
        told = thread_line(
            entry,
            workspace.say,
            customer=customer,
            assignee=link.user_id if link is not None and is_here else "",
            is_read=set(installation.scopes.split(",")) >= _READS,
        )
        await self._posting.post(
            ctx,
            workspace,
            place.channel,
            told,
            mark,
            thread_ts=place.ts,
            look_first=envelope.tries > 1,
        )
