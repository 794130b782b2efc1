"""The decisions on a card: approve, deny with a reason, try again. The use case commits, then ack."""

from slack_bolt.async_app import AsyncAck

from billing import deciding
from billing.errors import Invalid
from billing.records import Request
from billing.states import RequestState
from bot import actions
from bot.door import DECIDERS, Door
from bot.hearing import Ears, Hearing
from bot.modals import deny_view
from locales.texts import sentence


class Deciding:
    """Listeners on the buttons of a card, and on the modals that they open."""

    def __init__(self, ears: Ears) -> None:
        self._ears = ears

    def listen(self, door: Door) -> None:
        """Declare every action and view that our cards and modals can send."""
        door.action(actions.APPROVE, self.approve, who=DECIDERS, names=Request)
        door.action(actions.RETRY, self.retry, who=DECIDERS, names=Request)
        door.action(actions.DENY, self.ask_why, who=DECIDERS, names=Request)
        door.link(actions.OPEN_DESK)
        door.link(actions.OPEN_PAGE)
        door.view(actions.DENY_VIEW, self.deny, who=DECIDERS, names=Request)

    async def approve(self, hearing: Hearing, ack: AsyncAck) -> None:
        """*Approve*: alone, or as one of two."""
        request = await deciding.approve_request(
            self._ears.ctx,
            hearing.must_name(),
            by=hearing.must_know(),
            second_to=hearing.click.second_to,
        )
        if request.state is RequestState.PENDING:
            # Of two people the first: the yes is kept, and this says that it alone does nothing yet.
            text = hearing.say.text(
                "Your yes is kept, 1 of 2. Nothing goes back until somebody else says yes too."
            )
            await self._ears.tell(hearing, text)
        await ack()

    async def retry(self, hearing: Hearing, ack: AsyncAck) -> None:
        """*Retry*: what failed at the processor, once more."""
        await deciding.retry_request(self._ears.ctx, hearing.must_name(), by=hearing.must_know())
        await ack()

    async def ask_why(self, hearing: Hearing, ack: AsyncAck) -> None:
        """*Deny…*: open the modal that asks for the reason. Decides nothing; the desk stays as a way."""
        request = await deciding.consider_request(self._ears.ctx, hearing.must_name(), by=hearing.must_know())
        view = deny_view(request, actions.metadata_of(hearing.click), hearing.say)
        missed = hearing.say.text("Slack did not open the form. Please try again, or deny it in the desk.")
        await ack()
        await self._ears.open_view(hearing, view, missed=missed)

    async def deny(self, hearing: Hearing, ack: AsyncAck) -> None:
        """The modal was submitted: decide, then ack; bad input stays in the modal, beside its field."""
        answer = actions.typed_answer(hearing.body)
        try:
            await deciding.deny_request(
                self._ears.ctx, hearing.must_name(), by=hearing.must_know(), answer=answer
            )
        except Invalid as invalid:
            errors = {actions.ANSWER_BLOCK: sentence(invalid, hearing.say)}
            await ack(response_action="errors", errors=errors)
            return
        await ack()
