"""Clicks that have no effect, over either transport: answered to the clicker alone, and in the journal."""

import asyncio

import pytest

from billing.emails import email_key
from billing.records import Request
from billing.states import RequestState, Role
from tests.bot.scenes import APPROVE, DENY, RETRY, Scene
from tests.make import CHANNEL
from tests.people import StaffPerson, alice, bob, dana, erin, frank, grace
from tests.worlds import until

MAY_NOT = "You may not do this. Nothing was changed."


async def _is_untouched(scene: Scene, request: Request) -> bool:
    now = await scene.read(request)
    return now.state is RequestState.PENDING and now.decided_by is None and now.moved_at == request.moved_at


async def test_a_late_click_whispers_who_won_and_when(scene: Scene) -> None:
    request = await scene.ask_refund()
    site, card = scene.site, scene.card()
    await scene.approve_on_web(request, dana)  # and the card in Slack still has its buttons

    assert (await site.slack.click(erin.slack, APPROVE, message=card)).acked
    await site.settle()

    (told,) = scene.whispers(erin)
    assert told.startswith("Dana Whitfield already answered this on Nov 20, 2026, 12:00")
    assert site.slack.ephemerals() == site.slack.ephemerals(erin.slack)
    assert await scene.refusals(request) == ["already-decided"]
    assert site.refunds(alice.order_id) == [14900]


async def test_ten_clicks_at_once_have_one_effect(scene: Scene) -> None:
    request = await scene.ask_refund()
    site = scene.site
    card = scene.card()
    people = [dana, erin] * 5
    answers = await asyncio.gather(*(site.slack.click(each.slack, APPROVE, message=card) for each in people))
    await site.settle()
    assert all(answer.acked for answer in answers)
    assert site.refunds(alice.order_id) == [14900]
    assert len(scene.whispers(dana) + scene.whispers(erin)) == 9
    assert await scene.refusals(request) == ["already-decided"] * 9


@pytest.mark.parametrize(
    ("who", "code", "told"),
    [
        (frank, "above-limit", "This is above $50.00, which is as much as you may decide."),
        (grace, "forbidden", MAY_NOT),
    ],
    ids=["above limit", "viewer"],
)
async def test_who_may_not_decide_is_told_alone(scene: Scene, who: StaffPerson, code: str, told: str) -> None:
    request = await scene.ask_refund()

    for act in (APPROVE, DENY):
        assert (await scene.site.slack.click(who.slack, act)).acked
    await scene.site.settle()

    assert scene.whispers(who) == [told, told]
    assert len(scene.site.slack.ephemerals()) == 2
    assert await scene.refusals(request) == [code, code]
    assert scene.site.slack.modals == []
    assert await _is_untouched(scene, request)
    assert scene.site.refunds(alice.order_id) == []


async def test_a_role_counts_as_it_is_at_the_click(scene: Scene) -> None:
    request = await scene.ask_refund()
    await scene.change_staff(erin, role=Role.VIEWER)
    await scene.site.slack.click(erin.slack, APPROVE)
    await scene.site.settle()
    assert scene.whispers(erin) == [MAY_NOT]
    assert await _is_untouched(scene, request)


async def test_nobody_decides_their_own_request(scene: Scene) -> None:
    request = await scene.ask_refund()
    await scene.change_staff(erin, email=alice.email, email_key=email_key(alice.email))
    await scene.site.slack.click(erin.slack, APPROVE)
    await scene.site.settle()
    assert "your own e-mail address" in scene.whispers(erin)[0]
    assert await scene.refusals(request) == ["own-request"]
    assert await _is_untouched(scene, request)


async def test_a_forged_value_has_no_effect_and_the_card_is_drawn_anew(scene: Scene) -> None:
    request = await scene.ask_refund()
    site, card = scene.site, scene.card()
    values = ["", "garbage", "0" * 32, "9" * 4000, "../../etc", "\x00", "🙂" * 32]
    for value in values:
        drawn = scene.card().edited_ts
        assert (await site.slack.click(erin.slack, APPROVE, value, message=card)).acked
        await site.settle()
        assert scene.card().edited_ts != drawn
    assert scene.whispers(erin) == ["We cannot find this."] * len(values)
    assert await _is_untouched(scene, request)


async def test_another_card_decides_its_own_request_only(scene: Scene) -> None:
    hers = await scene.ask_refund()
    her_card = scene.card()
    his = await scene.ask_refund(by=bob)
    await scene.site.slack.click(erin.slack, APPROVE, message=her_card)
    await scene.site.settle()
    assert (await scene.read(hers)).state is RequestState.DONE
    assert (await scene.read(his)).state is RequestState.PENDING
    assert scene.site.refunds(bob.order_id) == []


async def test_another_accounts_request_cannot_be_named(scene: Scene) -> None:
    """The id of a rival's customer stands for any foreign id: nothing of another account is looked up."""
    request = await scene.ask_refund()
    foreign = scene.site.world.payments["40003001"].hex
    await scene.site.slack.click(dana.slack, APPROVE, foreign)
    await scene.site.settle()
    assert scene.whispers(dana) == ["We cannot find this."]
    assert await _is_untouched(scene, request)


async def test_a_stale_modal_says_who_was_first(scene: Scene) -> None:
    request = await scene.ask_refund()
    site = scene.site
    await scene.open_modal(erin, DENY)
    await scene.approve_on_web(request, dana)

    assert (await site.slack.submit_modal(erin.slack, values={"answer": "No."})).acked
    await site.settle()

    (modal,) = site.slack.modals
    assert "Dana Whitfield already answered this" in str(modal.body["blocks"])
    assert "submit" not in modal.body
    assert (await scene.read(request)).state is RequestState.DONE
    assert (await scene.read(request)).answer == ""


async def test_a_modal_is_not_opened_for_what_is_decided(scene: Scene) -> None:
    request = await scene.ask_refund()
    card = scene.card()
    await scene.withdraw(request)
    await scene.site.slack.click(erin.slack, DENY, request.id.hex, message=card)
    await scene.site.settle()
    assert scene.site.slack.modals == []
    (told,) = scene.whispers(erin)
    assert told.startswith("The customer withdrew this on Nov 20, 2026")
    assert alice.name not in told


async def test_a_retry_of_what_has_not_failed_is_refused(scene: Scene) -> None:
    request = await scene.ask_refund()
    card = scene.card()
    await scene.site.slack.click(erin.slack, RETRY, request.id.hex, message=card)
    await scene.site.settle()
    assert len(scene.whispers(erin)) == 1
    assert await scene.refusals(request) != []
    assert await _is_untouched(scene, request)


async def test_a_second_denial_in_an_open_modal_changes_nothing(scene: Scene) -> None:
    request = await scene.ask_refund()
    site = scene.site
    await scene.open_modal(erin, DENY)
    await site.slack.click(dana.slack, DENY)
    await until(lambda: len(site.slack.modals) == 2)
    await site.slack.submit_modal(erin.slack, values={"answer": "First"})
    await site.slack.submit_modal(dana.slack, values={"answer": "Second"})
    await site.settle()
    assert (await scene.read(request)).answer == "First"
    assert len([mail for mail in site.mails() if "First" in mail["text"]]) == 1
    assert not [mail for mail in site.mails() if "Second" in mail["text"]]
    assert len(site.slack.messages(CHANNEL)) == 1
