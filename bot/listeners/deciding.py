"""The decisions on a card: approve, deny with a reason, try again. The use case commits, then ack."""

from slack_bolt.async_app import AsyncAck

from billing import deciding
from billing.answers import list_answers
from billing.errors import Invalid
from billing.records import Request
from billing.states import RequestState
from billing.texts import checked_text
from billing.views import RequestView
from bot import actions
from bot.actions import ANSWER_BLOCK, PREVIEW_BLOCK, chosen_in, has_field, metadata_of, typed_in
from bot.deciding_views import AMOUNT_BLOCK, TEMPLATE_BLOCK, deny_preview, deny_view
from bot.door import DECIDERS, Door
from bot.hearing import Ears, Hearing
from bot.marks import Block
from locales.amounts import parse_amount
from locales.ready_answers import customers_voice, fill_answer, fill_without_name
from locales.texts import sentence


class Deciding:
    """Listeners on the buttons of a card, and on the modals that they open."""

    def __init__(self, ears: Ears) -> None:
        self._ears = ears

    def listen(self, door: Door) -> None:
        """Declare every action and view that decides."""
        door.action(actions.APPROVE, self.approve, who=DECIDERS, names=Request)
        door.action(actions.RETRY, self.retry, who=DECIDERS, names=Request)
        door.action(actions.DENY, self.ask_why, who=DECIDERS, names=Request)
        door.link(actions.OPEN_DESK)
        door.link(actions.OPEN_PAGE)
        door.view(actions.DENY_VIEW, self.deny, who=DECIDERS, names=Request)
        door.view(actions.PART_VIEW, self.approve_part, who=DECIDERS, names=Request)

    async def approve(self, hearing: Hearing, ack: AsyncAck) -> None:
        """*Approve*: alone, or as one of two."""
        request = await deciding.approve_request(
            self._ears.ctx,
            hearing.must_name(),
            by=hearing.must_know(),
            second_to=hearing.click.second_to,
        )
        await self._tell_first(hearing, request)
        await ack()

    async def retry(self, hearing: Hearing, ack: AsyncAck) -> None:
        """*Retry*: what failed at the processor, once more."""
        await deciding.retry_request(self._ears.ctx, hearing.must_name(), by=hearing.must_know())
        await ack()

    async def ask_why(self, hearing: Hearing, ack: AsyncAck) -> None:
        """*Deny…*: open the modal that asks for the reason. Decides nothing; the desk stays as a way."""
        ctx, by = self._ears.ctx, hearing.must_know()
        request = await self._consider(hearing)
        helpdesk_id = request.helpdesk.id if request.helpdesk else None
        answers = await list_answers(ctx, helpdesk_id, by=by)
        view = deny_view(request, _metadata(hearing), hearing.say, answers)
        missed = hearing.say.text("Slack did not open the form. Please try again, or deny it in the desk.")
        await ack()
        await self._ears.open_view(hearing, view, missed=missed)

    async def deny(self, hearing: Hearing, ack: AsyncAck) -> None:
        """The modal was submitted: decide, then ack; bad input stays in the modal, beside its field.

        A template that was chosen is shown first, filled, as a second step.
        """
        body = hearing.body
        # Slack takes an error only beside a field that the modal has.
        block = PREVIEW_BLOCK if has_field(body, PREVIEW_BLOCK) else ANSWER_BLOCK
        typed, template = typed_in(body, block), chosen_in(body, TEMPLATE_BLOCK)
        try:
            if template:
                view = await self._preview(hearing, typed, template)
                await ack(response_action="update", view=view)
                return
            answer = await self._filled(hearing, typed)
            await deciding.deny_request(
                self._ears.ctx, hearing.must_name(), by=hearing.must_know(), answer=answer
            )
        except Invalid as invalid:
            beside = TEMPLATE_BLOCK if invalid.field == "template" else block
            await ack(response_action="errors", errors={beside: sentence(invalid, hearing.say)})
            return
        await ack()

    async def approve_part(self, hearing: Hearing, ack: AsyncAck) -> None:
        """*Another amount or a message…* was submitted: yes to so much, written as the clicker writes it."""
        body, request = hearing.body, await self._consider(hearing)
        try:
            asked = request.request.amount
            amount = None
            if asked is not None:
                amount = parse_amount("amount", typed_in(body, AMOUNT_BLOCK), asked.currency, hearing.say)
            decided = await deciding.approve_request(
                self._ears.ctx,
                hearing.must_name(),
                by=hearing.must_know(),
                amount=amount,
                answer=fill_answer(typed_in(body, ANSWER_BLOCK), request),
            )
        except Invalid as invalid:
            beside = AMOUNT_BLOCK if invalid.field == "amount" else ANSWER_BLOCK
            await ack(response_action="errors", errors={beside: sentence(invalid, hearing.say)})
            return
        await self._tell_first(hearing, decided)
        await ack()

    async def _consider(self, hearing: Hearing) -> RequestView:
        return await deciding.consider_request(self._ears.ctx, hearing.must_name(), by=hearing.must_know())

    async def _preview(self, hearing: Hearing, typed: str, template: str) -> Block:
        """What was typed and then the template, filled; the customer's name does not go to Slack."""
        request, by = await self._consider(hearing), hearing.must_know()
        helpdesk_id = request.helpdesk.id if request.helpdesk else None
        language = customers_voice(request).language
        answers = await list_answers(self._ears.ctx, helpdesk_id, by=by, language=language)
        chosen = next((each for each in answers if each.id.hex == template), None)
        if chosen is None:
            raise Invalid("template", "choice")
        parts = [typed.strip(), fill_without_name(chosen.text, request)]
        text = checked_text("template", "\n\n".join(part for part in parts if part))
        return deny_preview(request, _metadata(hearing), text, hearing.say)

    async def _filled(self, hearing: Hearing, typed: str) -> str:
        """Places of a template that are still open; nothing is read where there are none."""
        return fill_answer(typed, await self._consider(hearing)) if "{" in typed else typed

    async def _tell_first(self, hearing: Hearing, request: Request) -> None:
        """Of two people the first: the yes is kept, and this says that it alone does nothing yet."""
        if request.state is RequestState.PENDING:
            text = hearing.say.text(
                "Your yes is kept, 1 of 2. Nothing goes back until somebody else says yes too."
            )
            await self._ears.tell(hearing, text)


def _metadata(hearing: Hearing) -> str:
    return metadata_of(hearing.must_name(), hearing.channel)
