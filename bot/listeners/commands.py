"""`/refunds`: what waits, and finding requests; answered with the ack itself, to the one who typed it."""

from slack_bolt.async_app import AsyncAck

from billing.ports import Shows
from billing.slack.finding import find_in_slack
from billing.slack.homes import show_board
from bot.commands import REFUNDS, found_answer, help_answer, is_question, typed_words, waiting_answer
from bot.door import STAFF, Door
from bot.hearing import Ears, Hearing
from bot.marks import Told
from bot.rows import ways_in


class Commands:
    """The one command. It reads, and decides nothing."""

    def __init__(self, ears: Ears) -> None:
        self._ears = ears

    def listen(self, door: Door) -> None:
        """All who work here may look."""
        door.command(REFUNDS, self.refunds, who=STAFF)

    async def refunds(self, hearing: Hearing, ack: AsyncAck) -> None:
        """Without words what waits; with words what they find."""
        text, blocks = await self._answer(hearing, typed_words(hearing.body))
        await ack(text=text, blocks=blocks, response_type="ephemeral")

    async def _answer(self, hearing: Hearing, words: str) -> Told:
        ctx, say, by = self._ears.ctx, hearing.say, hearing.must_know()
        ways = ways_in(ctx.addresses, self._ears.slack_api, hearing.installation.team_id)
        if is_question(words):
            return help_answer(say)
        if not words:
            page = await show_board(ctx, by=by, shows=Shows.ALL)
            return waiting_answer(page, ways, say, now=ctx.now())
        found = await find_in_slack(ctx, words, by=by)
        return found_answer(found, words, hearing.account, ways, say, now=ctx.now())
