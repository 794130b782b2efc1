"""Slack at its worst: told to wait, answers lost, cards deleted, channels gone, everything hanging."""

import asyncio

import pytest

from billing.channels import tell_clicker
from billing.messages import WhisperDue
from billing.states import RequestState
from selfbill.sandbox.slack.workspace import Channel
from tests.bot.scenes import APPROVE, DENY, MORE, OPEN, Scene
from tests.make import CHANNEL
from tests.people import alice, dana, erin


def channel_of(scene: Scene) -> Channel:
    """The helpdesk's channel, to meddle with."""
    return scene.site.slack.channels[CHANNEL]


async def test_a_card_that_must_wait_is_posted_later_once(http: Scene) -> None:
    http.site.slack.fault("chat.postMessage", "status_before", status=429, retry_after=30)
    await http.ask_refund()
    assert http.site.slack.messages(CHANNEL) == []

    http.site.clock.turn(seconds=29)
    await http.site.settle()
    assert http.site.slack.messages(CHANNEL) == []

    http.site.clock.turn(seconds=2)
    await http.site.settle()
    assert http.buttons() == [APPROVE, DENY, MORE]
    assert http.thread() == ["The customer asked for a refund of $149.00."]


async def test_while_slack_wants_quiet_nobody_asks_again(http: Scene) -> None:
    fault = http.site.slack.fault("chat.postMessage", "status_before", status=429, retry_after=30, times=None)
    await http.ask_refund()
    await http.ask_question("Hello?", "Is anybody there?")
    assert fault.met == 1
    fault.clear()
    http.site.clock.turn(seconds=31)
    await http.site.settle()
    assert len(http.site.slack.messages(CHANNEL)) == 2


async def test_who_is_told_to_wait_is_never_given_up(http: Scene) -> None:
    fault = http.site.slack.fault("chat.postMessage", "status_before", status=429, retry_after=1, times=None)
    await http.ask_refund()
    for _ in range(45):
        http.site.clock.turn(seconds=2)
        await http.site.service.relay.drain()
    assert await http.given_up() == []
    fault.clear()
    http.site.clock.turn(seconds=2)
    await http.site.settle()
    assert http.buttons() == [APPROVE, DENY, MORE]


@pytest.mark.parametrize("kind", ["lost_after", "status_after"])
async def test_a_lost_answer_leaves_one_card_and_one_reply(http: Scene, kind: str) -> None:
    http.site.slack.fault("chat.postMessage", kind, times=2)
    await http.ask_refund()
    for _ in range(4):
        http.site.clock.turn(seconds=10)
        await http.site.settle()
    assert http.buttons() == [APPROVE, DENY, MORE]
    assert http.thread() == ["The customer asked for a refund of $149.00."]
    assert await http.waiting() == []

    await http.site.slack.click(erin.slack, APPROVE)
    await http.site.settle()
    assert "*Refunded*" in http.words()


async def test_an_answer_that_is_no_json_is_asked_again(http: Scene) -> None:
    http.site.slack.fault("chat.postMessage", "not_json")
    await http.ask_refund()
    http.site.clock.turn(seconds=10)
    await http.site.settle()
    assert http.buttons() == [APPROVE, DENY, MORE]


async def test_a_deleted_card_is_posted_anew(http: Scene) -> None:
    request = await http.ask_refund()
    old = http.card().ts
    channel_of(http).messages.clear()
    await http.approve_on_web(request, dana)
    await http.site.settle()
    http.site.slack.refused.clear()  # that is how the bot heard of it

    assert http.card().ts != old
    assert "*Refunded*" in http.words()
    assert http.thread()[0] == "Dana Whitfield approved a refund of $149.00."
    await http.site.slack.click(erin.slack, OPEN)


async def test_a_reply_to_a_deleted_card_begins_a_new_thread(http: Scene) -> None:
    request = await http.ask_refund()
    channel_of(http).messages.clear()
    http.site.slack.fault("chat.update", "lost_before", times=4)  # so that the reply comes before the redraw
    await http.approve_on_web(request, dana)
    await http.site.settle()
    http.site.clock.turn(minutes=1)
    await http.site.settle()
    assert "thread_not_found" in {refused.answer["error"] for refused in http.site.slack.refused}
    http.site.slack.refused.clear()
    assert "*Refunded*" in http.words()
    assert "Dana Whitfield approved a refund of $149.00." in http.thread()


async def test_slack_out_of_reach_for_a_while_gets_all_of_it_later(http: Scene) -> None:
    fault = http.site.slack.fault("chat.*", "lost_before", times=None)
    request = await http.ask_refund()
    assert http.site.slack.messages(CHANNEL) == []
    fault.clear()
    http.site.clock.turn(minutes=1)
    await http.site.settle()
    assert (await http.read(request)).state is RequestState.PENDING
    assert http.thread() == ["The customer asked for a refund of $149.00."]


@pytest.mark.parametrize("why", ["not_in_channel", "is_archived", "channel_not_found"])
async def test_a_lost_channel_is_given_up_and_money_still_moves(http: Scene, why: str) -> None:
    channel = channel_of(http)
    match why:
        case "not_in_channel":
            channel.members.remove(http.site.slack.workspace.seed.bot_user_id)
        case "is_archived":
            channel.is_archived = True
        case _:
            del http.site.slack.channels[CHANNEL]

    request = await http.ask_refund()
    assert {refused.answer["error"] for refused in http.site.slack.refused} == {why}
    assert ("card-due", why) in await http.given_up()
    assert await http.waiting() == []

    await http.approve_on_web(request, dana)
    await http.site.settle()
    assert http.site.refunds(alice.order_id) == [14900]
    assert (await http.read(request)).state is RequestState.DONE
    http.site.slack.refused.clear()


async def test_a_click_is_acked_while_slack_hangs(scene: Scene) -> None:
    """Order, not time: the acks and the money are there while every call to Slack still hangs."""
    request = await scene.ask_refund()
    hang = scene.site.slack.fault("chat.*", "hang", times=None)
    relaying = None
    try:
        assert (await scene.site.slack.click(erin.slack, APPROVE)).acked
        relaying = asyncio.create_task(scene.site.settle())
        await hang.arrived.wait()
        assert (await scene.site.slack.click(dana.slack, APPROVE)).acked  # late, and heard all the same
        assert not relaying.done()
        assert (await scene.read(request)).state is not RequestState.PENDING
        assert await scene.refusals(request) == ["already-decided"]
    finally:
        scene.site.slack.faults.clear()
        if relaying is not None:
            await relaying
    scene.site.clock.turn(minutes=1)
    await scene.site.settle()
    assert scene.site.refunds(alice.order_id) == [14900]
    assert "*Refunded*" in scene.words()
    assert len(scene.whispers(dana)) == 1


async def test_a_modal_that_does_not_open_is_answered_with_the_way_to_the_desk(http: Scene) -> None:
    request = await http.ask_refund()
    http.site.slack.fault("views.open", "status_before", status=500)
    assert (await http.site.slack.click(erin.slack, DENY)).acked
    for _ in range(100):
        await http.site.settle()
        if http.whispers(erin):
            break
    assert http.whispers(erin) == ["Slack did not open the form. Please try again, or deny it in the desk."]
    assert (await http.read(request)).state is RequestState.PENDING


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/response/1",
        "http://127.0.0.1:9/response/1",
        "http://evil.example@127.0.0.1/",
        "file:///etc/passwd",
        "//evil.example",
        "nonsense",
    ],
)
async def test_a_whisper_goes_to_slack_alone(http: Scene, address: str) -> None:
    await http.ask_refund()
    sealed = http.site.ctx.vault.seal(address)
    whisper = WhisperDue(CHANNEL, erin.slack, sealed, "Only for you: <!channel> *x*")
    await tell_clicker(http.site.ctx, http.lumen, whisper, trace_id="t")
    await http.site.settle()
    assert [call.method for call in http.site.slack.calls].count("chat.postEphemeral") == 1
    assert http.whispers(erin) == ["Only for you: <!channel> *x*"]
    assert http.site.slack.ephemerals(erin.slack)[0].text == "Only for you: &lt;!channel&gt; *x*"


async def test_a_used_up_address_falls_back_to_the_channel(http: Scene) -> None:
    await http.ask_refund()
    gone = http.site.ctx.vault.seal(f"{http.site.slack.url}/response/used-up")
    await tell_clicker(http.site.ctx, http.lumen, WhisperDue(CHANNEL, erin.slack, gone, "Hi"), trace_id="t")
    await http.site.settle()
    http.site.slack.refused.clear()
    assert http.whispers(erin) == ["Hi"]


async def test_a_whisper_to_somebody_who_left_is_given_up(http: Scene) -> None:
    await tell_clicker(http.site.ctx, http.lumen, WhisperDue(CHANNEL, "U0LEFT0007", "", "Hi"), trace_id="t")
    await tell_clicker(http.site.ctx, http.lumen, WhisperDue("", "U0LEFT0007", "", "Hi"), trace_id="t")
    await http.site.settle()
    http.site.slack.refused.clear()
    assert sorted(await http.given_up()) == [
        ("whisper-due", "channel_not_found"),
        ("whisper-due", "user_not_in_channel"),
    ]
