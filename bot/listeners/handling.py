"""What a card offers beside decisions: ask, reply, assign, snooze, close. The use case commits, then ack."""

from datetime import date

from slack_bolt.async_app import AsyncAck

from billing import assigning, deciding, snoozing, tickets
from billing.errors import Invalid, NotFound, Repeated
from billing.ids import StaffId, parse_id
from billing.records import Request, Ticket
from billing.snoozing import SnoozeFor
from billing.views import RequestView
from bot import actions
from bot.actions import ANSWER_BLOCK, More, chosen_in, metadata_of, typed_in
from bot.deciding_views import part_view
from bot.door import DECIDERS, Door
from bot.facts import summary
from bot.handling_views import (
    ASSIGNEE_BLOCK,
    DAY_BLOCK,
    NOBODY,
    WHEN_BLOCK,
    ask_view,
    assign_view,
    question_line,
    reply_view,
    snooze_view,
)
from bot.hearing import Ears, Hearing
from bot.marks import Block
from locales.ready_answers import fill_answer
from locales.texts import sentence
from locales.translator import Translator


class Handling:
    """Listeners on the menu of a request's card and the buttons of a question's, and on their modals."""

    def __init__(self, ears: Ears) -> None:
        self._ears = ears

    def listen(self, door: Door) -> None:
        """Declare every action and view that decides nothing."""
        door.action(actions.MORE, self.choose, who=DECIDERS, names=Request)
        door.action(actions.REPLY, self.begin_reply, who=DECIDERS, names=Ticket)
        door.action(actions.ASSIGN, self.begin_assigning, who=DECIDERS, names=Ticket)
        door.action(actions.CLOSE, self.close, who=DECIDERS, names=Ticket)
        door.view(actions.ASK_VIEW, self.ask, who=DECIDERS, names=Request)
        door.view(actions.REPLY_VIEW, self.reply, who=DECIDERS, names=Ticket)
        door.view(actions.ASSIGN_VIEW, self.assign, who=DECIDERS, names=Ticket)
        door.view(actions.SNOOZE_VIEW, self.snooze, who=DECIDERS, names=Ticket)

    async def choose(self, hearing: Hearing, ack: AsyncAck) -> None:
        """*More*: what was chosen there; all but waking opens a modal."""
        if hearing.click.more is More.DESK:
            await ack()  # a link: the browser follows it
            return
        request = await self._look(hearing)
        if hearing.click.more is More.WAKE:
            ticket = _ticket_of(request)
            await snoozing.wake_ticket(self._ears.ctx, ticket.id, by=hearing.must_know())
            await ack()
            return
        view = await self._view(hearing, request)
        await ack()
        await self._ears.open_view(hearing, view, missed=_missed(hearing.say))

    async def _look(self, hearing: Hearing) -> RequestView:
        """Saying yes takes the right to; handling does not."""
        ctx, request_id, by = self._ears.ctx, hearing.must_name(), hearing.must_know()
        if hearing.click.more is More.PART:
            return await deciding.consider_request(ctx, request_id, by=by)
        return await deciding.look_at_request(ctx, request_id, by=by)

    async def _view(self, hearing: Hearing, request: RequestView) -> Block:
        ctx, say, by = self._ears.ctx, hearing.say, hearing.must_know()
        of_request = metadata_of(request.request.id, hearing.channel)
        match hearing.click.more:
            case More.PART:
                return part_view(request, of_request, say)
            case More.ASK:
                return ask_view(request, of_request, say)
            case More.ASSIGN:
                deciders = await assigning.list_deciders(ctx, by=by)
                ticket = _ticket_of(request)
                metadata = metadata_of(ticket.id, hearing.channel)
                return assign_view(summary(request, say), ticket.assignee_id, deciders, metadata, say)
            case More.SNOOZE:
                ticket = _ticket_of(request)
                times = await snoozing.show_snooze_choices(ctx, ticket.id, by=by)
                return snooze_view(summary(request, say), times, metadata_of(ticket.id, hearing.channel), say)
            case _:
                raise NotFound

    async def ask(self, hearing: Hearing, ack: AsyncAck) -> None:
        """A question to the customer, unless somebody decided meanwhile."""
        request = await self._look(hearing)
        text = fill_answer(typed_in(hearing.body, ANSWER_BLOCK), request)
        try:
            await tickets.ask_customer(
                self._ears.ctx,
                request.request.id,
                by=hearing.must_know(),
                text=text,
                once_key=self._once_key(hearing),
            )
        except Invalid as invalid:
            await _beside(ack, ANSWER_BLOCK, invalid, hearing.say)
            return
        except Repeated:
            pass  # sent twice: the first one stands on the timeline
        await ack()

    async def begin_reply(self, hearing: Hearing, ack: AsyncAck) -> None:
        """*Reply…* on a question's card."""
        ticket = await tickets.show_ticket(self._ears.ctx, hearing.must_name_ticket(), by=hearing.must_know())
        view = reply_view(ticket, metadata_of(ticket.ticket.id, hearing.channel), hearing.say)
        await ack()
        await self._ears.open_view(hearing, view, missed=_missed(hearing.say))

    async def reply(self, hearing: Hearing, ack: AsyncAck) -> None:
        """To the customer, who reads it on their page and in a mail."""
        try:
            await tickets.reply_ticket(
                self._ears.ctx,
                hearing.must_name_ticket(),
                by=hearing.must_know(),
                text=typed_in(hearing.body, ANSWER_BLOCK),
                once_key=self._once_key(hearing),
            )
        except Invalid as invalid:
            await _beside(ack, ANSWER_BLOCK, invalid, hearing.say)
            return
        except Repeated:
            pass
        await ack()

    async def begin_assigning(self, hearing: Hearing, ack: AsyncAck) -> None:
        """*Assign…* on a question's card."""
        ctx, by, say = self._ears.ctx, hearing.must_know(), hearing.say
        ticket = await tickets.show_ticket(ctx, hearing.must_name_ticket(), by=by)
        deciders = await assigning.list_deciders(ctx, by=by)
        metadata = metadata_of(ticket.ticket.id, hearing.channel)
        view = assign_view(question_line(ticket, say), ticket.ticket.assignee_id, deciders, metadata, say)
        await ack()
        await self._ears.open_view(hearing, view, missed=_missed(say))

    async def assign(self, hearing: Hearing, ack: AsyncAck) -> None:
        """To somebody who decides, or to nobody."""
        try:
            whom = _chosen_staff(chosen_in(hearing.body, ASSIGNEE_BLOCK))
            await assigning.assign_ticket(
                self._ears.ctx, hearing.must_name_ticket(), whom, by=hearing.must_know()
            )
        except Invalid as invalid:
            await _beside(ack, ASSIGNEE_BLOCK, invalid, hearing.say)
            return
        await ack()

    async def snooze(self, hearing: Hearing, ack: AsyncAck) -> None:
        """Until a day, else until what was chosen means now."""
        ctx, ticket_id, by = self._ears.ctx, hearing.must_name_ticket(), hearing.must_know()
        day, which = chosen_in(hearing.body, DAY_BLOCK), chosen_in(hearing.body, WHEN_BLOCK)
        try:
            if day:
                await snoozing.snooze_until_day(ctx, ticket_id, _read_day(day), by=by)
            else:
                times = await snoozing.show_snooze_choices(ctx, ticket_id, by=by)
                await snoozing.snooze_ticket(ctx, ticket_id, times[_read_choice(which)], by=by)
        except Invalid as invalid:
            await _beside(ack, DAY_BLOCK if day else WHEN_BLOCK, invalid, hearing.say)
            return
        await ack()

    async def close(self, hearing: Hearing, ack: AsyncAck) -> None:
        """*Close* on a question's card."""
        await tickets.close_ticket(self._ears.ctx, hearing.must_name_ticket(), by=hearing.must_know())
        await ack()

    def _once_key(self, hearing: Hearing) -> str:
        """One modal sends once, however often Slack says so."""
        view_id = actions.view_id(hearing.body)
        return self._ears.ctx.vault.digest(f"slack:{hearing.installation.team_id}:{view_id}")


def _ticket_of(request: RequestView) -> Ticket:
    if request.ticket is None:
        raise NotFound
    return request.ticket


def _missed(say: Translator) -> str:
    return say.text("Slack did not open the form. Please try again, or do it in the desk.")


def _chosen_staff(chosen: str) -> StaffId | None:
    if chosen == NOBODY:
        return None
    try:
        return parse_id(StaffId, chosen)
    except NotFound:
        raise Invalid("assignee", "choice") from None


def _read_day(day: str) -> date:
    try:
        return date.fromisoformat(day)
    except ValueError:
        raise Invalid("day", "choice") from None


def _read_choice(which: str) -> SnoozeFor:
    try:
        return SnoozeFor(which)
    except ValueError:
        raise Invalid("when", "choice") from None


async def _beside(ack: AsyncAck, block: str, invalid: Invalid, say: Translator) -> None:
    await ack(response_action="errors", errors={block: sentence(invalid, say)})
