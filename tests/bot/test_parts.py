"""*Another amount or a message…*: what is left, how an amount may be written, and what is wrong beside it."""

import pytest

from billing.states import RequestState
from tests.bot.scenes import MORE, Scene
from tests.bot.test_denying import words
from tests.bot.test_two_people import two_above
from tests.people import alice, dana, erin, frank
from tests.site import Site


async def choose(scene: Scene, user: str, value: str, *, opens: bool = True) -> None:
    """From the card's menu; a modal opens after the ack."""
    assert (await scene.site.slack.click(user, MORE, value)).acked
    if opens:
        await scene.modal()


async def test_a_part_is_refunded_with_a_message(scene: Scene) -> None:
    request = await scene.ask_refund()
    site = scene.site
    await choose(scene, dana.slack, f"part {request.id.hex}")
    told = words(await scene.modal())
    for fact in ("*Asked for*\n$149.00", "*Paid*\n$149.00", "*Already refunded*\n$0.00", "*Left to refund*"):
        assert fact in told
    assert (await scene.modal()).body["private_metadata"].startswith(request.id.hex)

    typed = {"amount": "50", "answer": "Half of it, {customer_name}."}
    assert (await site.slack.submit_modal(dana.slack, values=typed)).acked
    await site.settle()
    assert site.slack.modals == []
    assert site.refunds(alice.order_id) == [5000]
    assert "*Approved*\n$50.00 of $149.00" in scene.words()
    assert "✔ *Refunded* $50.00. Approved by Dana Whitfield" in scene.words()
    assert (await scene.read(request)).answer == f"Half of it, {alice.name}."
    assert alice.name not in str(site.slack.calls)


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("150", "$150.00 is more than the $149.00 that can still be refunded."),
        ("0", "Please enter an amount, such as $149.00."),
        ("ten", "Please enter an amount, such as $50.00."),
        ("1.234", "Please enter an amount, such as $50.00."),
    ],
)
async def test_what_is_wrong_with_an_amount_is_said_beside_it(site: Site, typed: str, told: str) -> None:
    scene = Scene(site)
    request = await scene.ask_refund()
    await choose(scene, dana.slack, f"part {request.id.hex}")
    answer = await site.slack.submit_modal(dana.slack, values={"amount": typed, "answer": "Kept"})
    assert answer.errors == {"amount": told}
    assert (await scene.modal()).typed["answer.text"] == "Kept"
    assert (await scene.read(request)).state is RequestState.PENDING


async def test_an_amount_is_read_in_the_readers_language(site: Site) -> None:
    scene = Scene(site)
    request = await scene.ask_refund()
    await scene.change_staff(dana, locale="de")
    await choose(scene, dana.slack, f"part {request.id.hex}")
    field = (await scene.modal()).body["blocks"][2]["element"]
    assert field["initial_value"] == "149,00"
    await site.slack.submit_modal(dana.slack, values={"amount": "49,50"})
    await site.settle()
    assert site.refunds(alice.order_id) == [4950]


async def test_two_people_are_asked_for_and_the_second_is_offered_the_firsts_amount(site: Site) -> None:
    scene = Scene(site)
    await two_above(scene, 1000)
    request = await scene.ask_refund()
    await choose(scene, dana.slack, f"part {request.id.hex}")
    assert "Above $10.00 it takes two people to say yes." in words(await scene.modal())
    await site.slack.submit_modal(
        dana.slack, values={"amount": "40.00", "answer": "A part, {customer_name}."}
    )
    await site.settle()
    assert scene.whispers(dana) == [
        "Your yes is kept, 1 of 2. Nothing goes back until somebody else says yes too."
    ]
    await choose(scene, erin.slack, f"part {request.id.hex}")
    assert "Dana Whitfield said yes to $40.00; yours to the same amount completes it." in words(
        await scene.modal()
    )
    assert (await site.slack.submit_modal(erin.slack)).acked
    await site.settle()
    assert site.refunds(alice.order_id) == [4000]
    assert (await scene.read(request)).answer == f"A part, {alice.name}."
    assert alice.name not in str(site.slack.calls)


async def test_a_cancellation_is_approved_with_a_message(site: Site) -> None:
    scene = Scene(site)
    request = await scene.ask_cancel()
    await choose(scene, frank.slack, f"part {request.id.hex}")
    assert "The subscription of a…e@example.net ends as they asked." in words(await scene.modal())
    assert (await site.slack.submit_modal(frank.slack, values={"answer": "Goodbye."})).acked
    await site.settle()
    now = await scene.read(request)
    assert (now.state, now.answer) == (RequestState.DONE, "Goodbye.")


async def test_above_their_limit_no_form_opens(site: Site) -> None:
    scene = Scene(site)
    request = await scene.ask_refund()
    await choose(scene, frank.slack, f"part {request.id.hex}", opens=False)
    await site.settle()
    assert site.slack.modals == []
    assert scene.whispers(frank) == ["This is above $50.00, which is as much as you may decide."]


async def test_a_part_of_what_was_decided_meanwhile_says_who_was_first(site: Site) -> None:
    scene = Scene(site)
    request = await scene.ask_refund()
    await choose(scene, erin.slack, f"part {request.id.hex}")
    await scene.approve_on_web(request, dana)
    assert (await site.slack.submit_modal(erin.slack, values={"amount": "1"})).acked
    await site.settle()
    assert "Dana Whitfield already answered this" in words(await scene.modal())
    assert site.refunds(alice.order_id) == [14900]
