"""Cards and clicks where it takes two people, and where only a part was approved."""

from dataclasses import replace

from billing.deciding import approve_request
from billing.money import Money
from billing.records import Request
from billing.states import RequestState
from tests.bot.scenes import APPROVE, DENY, MORE, RETRY, Scene
from tests.make import USD
from tests.people import alice, dana, erin
from tests.site import Site

PART = Money(5000, USD)


async def two_above(scene: Scene, minor: int) -> None:
    async with scene.site.ctx.begin(scene.lumen.id) as work:
        account = await work.accounts.hold()
        await work.accounts.save(replace(account, two_people_above_minor=minor))


async def approve_part(scene: Scene, request: Request) -> None:
    """Dana, at the desk: 50.00 of the 149.00."""
    by = scene.site.world.member(dana)
    await approve_request(scene.site.ctx, request.id, by=by, amount=PART)
    await scene.site.settle()


async def test_the_first_click_is_kept_and_the_second_person_completes_it(site: Site) -> None:
    scene = Scene(site)
    await two_above(scene, 10000)
    request = await scene.ask_refund()
    dialog = scene.card().blocks[-2]["elements"][0]["confirm"]
    assert dialog["confirm"]["text"] == "Say yes, 1 of 2"
    assert "only when a second person says yes too" in dialog["text"]["text"]

    assert (await site.slack.click(dana.slack, APPROVE)).acked
    await site.settle()
    assert (await scene.read(request)).state is RequestState.PENDING
    told = "Your yes is kept, 1 of 2. Nothing goes back until somebody else says yes too."
    assert scene.whispers(dana) == [told]
    assert "◔ *1 of 2*: Dana Whitfield said yes to $149.00, <!date^" in scene.words()
    assert scene.buttons() == [APPROVE, DENY, MORE]
    second = scene.card().blocks[-2]["elements"][0]
    assert second["confirm"]["text"]["text"].startswith("One of two has said yes. With a second yes $149.00")
    assert site.refunds(alice.order_id) == []

    assert (await site.slack.click(dana.slack, APPROVE)).acked
    await site.settle()
    assert "You said yes to $149.00 on" in scene.whispers(dana)[-1]
    assert (await site.slack.click(erin.slack, APPROVE)).acked
    await site.settle()
    assert site.refunds(alice.order_id) == [14900]
    assert "✔ *Refunded* $149.00. Approved by Erin Castellanos" in scene.words()
    assert scene.thread()[1:3] == [
        "Dana Whitfield said yes to a refund of $149.00. A second person must say yes to the same amount.",
        "Erin Castellanos approved a refund of $149.00.",
    ]


async def test_a_click_seconds_the_part_that_its_card_showed(site: Site) -> None:
    scene = Scene(site)
    await two_above(scene, 1000)
    request = await scene.ask_refund()
    await approve_part(scene, request)
    assert "said yes to $50.00" in scene.words()
    dialog = scene.card().blocks[-2]["elements"][0]["confirm"]
    assert dialog["confirm"]["text"] == "Refund $50.00"
    await site.slack.click(erin.slack, APPROVE)
    await site.settle()
    assert site.refunds(alice.order_id) == [5000]
    assert "*Approved*\n$50.00 of $149.00" in scene.words()


async def test_a_click_on_a_card_of_before_means_all_that_was_asked(site: Site) -> None:
    scene = Scene(site)
    await two_above(scene, 1000)
    request = await scene.ask_refund()
    before = scene.card()
    await approve_request(site.ctx, request.id, by=site.world.member(dana), amount=PART)
    await site.slack.click(erin.slack, APPROVE, request.id.hex, message=before)
    await site.settle()
    found = await scene.read(request)
    assert (found.state, found.approved_amount) == (RequestState.PENDING, Money(14900, USD))


async def test_any_no_ends_it(site: Site) -> None:
    scene = Scene(site)
    await two_above(scene, 1000)
    await scene.ask_refund()
    await site.slack.click(dana.slack, APPROVE)
    await site.settle()
    await scene.open_modal(erin, DENY)
    await site.slack.submit_modal(erin.slack, values={"answer": "No."})
    await site.settle()
    assert "✖ *Denied* by Erin Castellanos" in scene.words()
    assert "1 of 2" not in scene.words()


async def test_the_card_and_the_mail_say_both_amounts_of_a_part(site: Site) -> None:
    scene = Scene(site)
    request = await scene.ask_refund()
    site.processor.state.faults.add("refund_unfunded")
    await approve_part(scene, request)
    again = scene.card().blocks[-2]["elements"][0]
    assert (again["action_id"], again["confirm"]["confirm"]["text"]) == (RETRY, "Refund $50.00")
    await site.slack.click(erin.slack, RETRY)
    await site.settle()
    assert site.refunds(alice.order_id) == [5000]
    assert "*Approved*\n$50.00 of $149.00" in scene.words()
    assert "Dana Whitfield approved a refund of $50.00 of the $149.00 that was asked for." in scene.thread()
    (mail,) = [each for each in site.mails() if "refunded" in each["subject"]]
    assert "We refunded $50.00 of the $149.00 that you asked for" in mail["text"]
