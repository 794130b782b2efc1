"""What people write in the thread of a card: kept as a note, or sent to the customer where they say so."""

from billing.errors import Invalid, Refusal, Unavailable
from billing.ids import TicketId
from billing.slack.conversing import ThreadReply, find_names, find_thread, take_in_reply, tell_unkept
from billing.slack.events import SlackEvent
from bot.door import ANYBODY, Door
from bot.hearing import Ears, Hearing
from bot.listeners.events import read_event
from bot.replies import TO_CUSTOMER, Written, as_read, mentioned, read_written, split_prefix
from bot.story import refusal_text

EVENT = "message"


class Threads:
    """A listener on messages; nearly all of them are none of ours."""

    def __init__(self, ears: Ears) -> None:
        self._ears = ears

    def listen(self, door: Door) -> None:
        """Anybody writes in a thread: who they are is asked once it is known to be a card's."""
        door.event(EVENT, self.written, who=ANYBODY)

    async def written(self, hearing: Hearing) -> None:
        """A reply to a card is kept; whoever's is not is told so alone."""
        event = read_event(hearing)
        bot_user_id = hearing.installation.bot_user_id
        written = read_written(hearing.body.get("event"), bot_user_id=bot_user_id)
        if event is None or written is None:
            return
        ticket_id = await find_thread(
            self._ears.ctx,
            hearing.account.id,
            team_id=hearing.installation.team_id,
            channel=written.channel,
            thread_ts=written.thread_ts,
        )
        if ticket_id is not None:
            await self._take_in(hearing, event, written, ticket_id)

    async def _take_in(
        self, hearing: Hearing, event: SlackEvent, written: Written, ticket_id: TicketId
    ) -> None:
        try:
            self._ears.must_be_connected(hearing)
            hearing = await self._ears.identify(hearing)
            await self._keep(hearing, event, written, ticket_id)
        except Unavailable:
            raise
        except Refusal as refusal:
            await self._tell_unkept(hearing, event, refusal, ticket_id)

    async def _keep(self, hearing: Hearing, event: SlackEvent, written: Written, ticket_id: TicketId) -> None:
        to_customer, said = split_prefix(written.text)
        if not (to_customer or said.strip() or written.has_files):
            return
        if written.has_files and (to_customer or not said.strip()):
            # words that may be about a picture do not go to a customer without it
            raise Invalid("text", "files-in-thread")
        names = await find_names(
            self._ears.ctx, hearing.account.id, hearing.installation.team_id, mentioned(said)
        )
        also = None
        if written.has_files:
            sentence = hearing.say.text(
                "Your words were kept as a note, the file was not: files are not taken from Slack."
            )
            also = self._ears.whisper(hearing, sentence)
        reply = ThreadReply(ticket_id, written.channel, written.ts, as_read(said, names), to_customer)
        await take_in_reply(self._ears.ctx, reply, event, by=hearing.must_know(), also=also)

    async def _tell_unkept(
        self, hearing: Hearing, event: SlackEvent, refusal: Refusal, ticket_id: TicketId
    ) -> None:
        say = hearing.say
        why = refusal_text(refusal, say)
        if isinstance(refusal, Invalid) and refusal.problem == "missing":
            why = say.text("There are no words behind {prefix}.", prefix=TO_CUSTOMER)
        text = say.text("Your reply was not kept, and nobody was sent it. {why}", why=why)
        await tell_unkept(
            self._ears.ctx,
            hearing.account,
            event,
            self._ears.whisper(hearing, text, link_text=say.text("Link me")),
            refusal,
            ticket_id=ticket_id,
            team_id=hearing.installation.team_id,
            trace_id=hearing.trace_id,
        )
