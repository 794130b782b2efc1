"""The bot at work for a business that speaks the pseudo-language: what Slack and the mailbox were told."""

from sqlalchemy import update

from billing.tickets import reply_ticket
from locales.catalogues import PSEUDO
from portal.forms import new_once_key
from storage.bound import Bound
from storage.tables.accounts import accounts, staff
from storage.tables.sales import customers
from tests.bot.scenes import DENY, Scene
from tests.locales.known import CAST
from tests.locales.marks import plain_words
from tests.make import CHANNEL
from tests.people import bob, dana, erin
from tests.site import Site
from tests.told import texts_of


async def speak_pseudo(site: Site) -> None:
    """Business, staff and customers, wherever they did not choose."""
    async with site.ctx.begin(site.world.accounts["lumen"].id) as work:
        assert isinstance(work.accounts, Bound)
        for table in (accounts, staff, customers):
            await work.accounts.connection.execute(update(table).values(locale=PSEUDO))


async def test_nothing_that_the_bot_says_is_outside_of_the_catalogues(site: Site) -> None:
    await speak_pseudo(site)
    scene = Scene(site)
    refund = await scene.ask_refund()
    for words in ("", "help", "alice", refund.reference):
        await site.slack.command(dana.slack, CHANNEL, f"/refunds {words}".rstrip())
    await scene.open_modal(dana, DENY)
    await scene.approve_on_web(refund, erin)
    await site.settle()
    await scene.ask_refund(by=bob)
    question = await scene.ask_question("Where are the slides?", "Where are the slides?")
    by = site.world.member(dana)
    await reply_ticket(site.ctx, question.id, by=by, text="Where are the slides?", once_key=new_once_key())
    site.clock.turn(days=3)
    await site.settle()
    shown = [call.payload for call in site.slack.calls]
    texts = {each["text"] for each in texts_of(shown)} | {str(each.get("text", "")) for each in shown}
    texts |= {line for mail in site.mails() for line in (mail["subject"], *mail["text"].splitlines())}
    assert {text for text in texts if plain_words(text, CAST)} == set()
