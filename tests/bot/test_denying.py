"""Denying with an answer template: shown as the customer will read it, filled, changed, and sent once."""

from sqlalchemy import update

from billing.answers import MOST_NAME, add_answer
from billing.merchant import AnswerTemplate
from billing.states import RequestState
from portal.forms import new_once_key
from selfbill.sandbox.slack.workspace import View
from storage.tables.sales import customers
from tests.bot.scenes import DENY, Scene
from tests.people import alice, dana, erin
from tests.site import Site
from tests.storage.shop import connection_of
from tests.told import texts_of

TEXT = "Dear {customer_name}, we keep {amount} for {product} (order {order_id})."
SHOWN = "Dear {customer_name}, we keep $149.00 for Photography Masterclass (order 40001001)."


async def keep(site: Site, name: str = "Too late", text: str = TEXT) -> AnswerTemplate:
    """Erin's template."""
    by, key = site.world.member(erin), new_once_key()
    return await add_answer(site.ctx, site.world.desk.id, name=name, text=text, by=by, once_key=key)


def words(view: View) -> str:
    """All that is to be read in it."""
    return "\n".join(each["text"] for each in texts_of(view.body))


async def test_a_template_is_shown_filled_and_then_sent(scene: Scene) -> None:
    kept = await keep(scene.site)
    request = await scene.ask_refund()
    site = scene.site
    await scene.open_modal(dana, DENY)
    assert "Too late" in words(await scene.modal())

    shown = await site.slack.submit_modal(dana.slack, values={"template": kept.id.hex})
    assert shown.acked
    assert (await scene.read(request)).state is RequestState.PENDING
    assert f"The customer will read:\n{SHOWN}".replace("{customer_name}", "[the customer's name]") in words(
        await scene.modal()
    )
    assert (await scene.modal()).body["blocks"][5]["element"]["initial_value"] == SHOWN

    assert (await site.slack.submit_modal(dana.slack)).acked
    await site.settle()
    assert site.slack.modals == []
    assert (await scene.read(request)).answer == SHOWN.replace("{customer_name}", alice.name)
    (mail,) = [each for each in site.mails() if "we keep $149.00" in each["text"]]
    assert f"Dear {alice.name}, we keep" in mail["text"]
    assert "Dear [the customer's name], we keep $149.00" in scene.words()
    assert "Dear [the customer's name], we keep $149.00" in scene.thread()[-1]
    assert alice.name not in str(site.slack.calls)


async def test_what_was_typed_stands_before_the_template_and_can_be_changed(site: Site) -> None:
    scene = Scene(site)
    kept = await keep(site, text="We keep {amount}.")
    request = await scene.ask_refund()
    await scene.open_modal(dana, DENY)
    await site.slack.submit_modal(dana.slack, values={"template": kept.id.hex, "answer": "Hello!\n"})
    assert (await scene.modal()).body["blocks"][5]["element"]["initial_value"] == "Hello!\n\nWe keep $149.00."
    empty = await site.slack.submit_modal(dana.slack, values={"message": " \n"})
    assert empty.errors == {"message": "Please fill this in."}
    assert (await site.slack.submit_modal(dana.slack, values={"message": "Sorry: {order_id}."})).acked
    assert (await scene.read(request)).answer == "Sorry: 40001001."


async def test_ones_own_words_need_no_second_step(site: Site) -> None:
    scene = Scene(site)
    await keep(site)
    request = await scene.ask_refund()
    await scene.open_modal(dana, DENY)
    nothing = await site.slack.submit_modal(dana.slack)
    assert nothing.errors == {"answer": "Please fill this in."}
    assert (await site.slack.submit_modal(dana.slack, values={"answer": "No."})).acked
    assert (await scene.read(request)).answer == "No."


async def test_a_template_that_makes_it_too_long_is_refused_beside_the_template(site: Site) -> None:
    scene = Scene(site)
    kept = await keep(site, "n" * MOST_NAME, "t" * 3000)
    await scene.ask_refund()
    await scene.open_modal(dana, DENY)
    typed = {"template": kept.id.hex, "answer": "And more."}
    long = await site.slack.submit_modal(dana.slack, values=typed)
    assert long.errors == {"template": "Please write at most 3,000 characters."}
    assert (await scene.modal()).typed["answer.text"] == "And more."


async def test_a_template_of_another_helpdesk_is_none(site: Site) -> None:
    scene = Scene(site)
    kept = await keep(site)
    await scene.ask_refund()
    await scene.open_modal(dana, DENY)
    view = await scene.modal()
    view.body["blocks"][1]["element"]["options"][0]["value"] = "0" * 32
    wrong = await site.slack.submit_modal(dana.slack, values={"template": "0" * 32})
    assert wrong.errors == {"template": "Please choose one of these."}
    assert kept.id.hex not in str(view.body)


async def test_a_preview_that_came_too_late_shows_its_words_once_more(site: Site) -> None:
    scene = Scene(site)
    kept = await keep(site)
    request = await scene.ask_refund()
    await scene.open_modal(erin, DENY)
    await site.slack.submit_modal(erin.slack, values={"template": kept.id.hex})
    await scene.approve_on_web(request, dana)
    await site.slack.submit_modal(erin.slack)
    told = words(await scene.modal())
    assert "Dana Whitfield already answered this" in told
    assert f"“{SHOWN}”" in told


async def test_words_that_came_too_late_are_shown_once_more(site: Site) -> None:
    scene = Scene(site)
    request = await scene.ask_refund()
    await scene.open_modal(erin, DENY)
    await scene.approve_on_web(request, dana)
    await site.slack.submit_modal(erin.slack, values={"answer": "A long\nexplanation"})
    told = words(await scene.modal())
    assert "Dana Whitfield already answered this on Nov 20, 2026" in told
    assert "You wrote, and nobody was sent it:\n“A long\n“explanation”" in told


async def test_who_has_no_name_is_not_shown_by_their_address(site: Site) -> None:
    scene = Scene(site)
    kept = await keep(site)
    request = await scene.ask_refund()
    nameless = update(customers).where(customers.c.id == request.customer_id).values(name="")
    async with site.ctx.begin(scene.lumen.id) as work:
        await connection_of(work).execute(nameless)
    await scene.open_modal(dana, DENY)
    await site.slack.submit_modal(dana.slack, values={"template": kept.id.hex})
    await site.slack.submit_modal(dana.slack)
    await site.settle()
    assert (await scene.read(request)).answer.startswith(f"Dear {alice.email}, we keep")
    assert "Dear a…e@example.net, we keep" in scene.words()
    assert "Dear a…e@example.net, we keep" in scene.thread()[-1]
    assert alice.email not in str(site.slack.calls)
