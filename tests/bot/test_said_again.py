"""Said again, and said late: a proxy's repeat, the only retry that arrives, an ack that nobody waited for."""

import asyncio
from pathlib import Path

from billing.records import Request
from billing.states import RequestState
from selfbill.sandbox.slack.interactions import Answer
from tests.bot.scenes import APPROVE, DENY, REPLY, RETRY, Scene
from tests.bot.test_events import notes, reply_event, taken_in
from tests.bot.test_faults_of_ours import locked
from tests.bot.test_parts import choose
from tests.people import alice, erin
from tests.site import PATIENCE_S
from tests.worlds import until


async def again(scene: Scene) -> None:
    """What Slack sent last, three times more, at once."""
    slack = scene.site.slack
    sent = slack.sent[-1]
    assert sent.answer.acked
    answers = await asyncio.gather(*(slack.resend(sent) for _ in range(3)))
    assert all(answer.acked for answer in answers)
    await scene.site.settle()


async def decided(scene: Scene, request: Request) -> None:
    """Wait until somebody's decision is committed."""
    async with asyncio.timeout(PATIENCE_S):
        while (await scene.read(request)).decided_at is None:  # noqa: ASYNC110  it is in the database alone
            await asyncio.sleep(0.01)


async def test_a_denial_that_comes_again_is_said_once(scene: Scene) -> None:
    request, slack = await scene.ask_refund(), scene.site.slack
    await scene.open_modal(erin, DENY)
    assert (await slack.submit_modal(erin.slack, values={"answer": "Once."})).acked
    await again(scene)
    assert (await scene.read(request)).state is RequestState.DENIED
    assert len([each for each in scene.site.mails() if "Once." in each["text"]]) == 1
    assert len([told for told in scene.thread() if "Once." in told]) == 1
    assert await scene.refusals(request) == ["already-decided"] * 3


async def test_a_part_that_comes_again_is_refunded_once(http: Scene) -> None:
    request, slack = await http.ask_refund(), http.site.slack
    await choose(http, erin.slack, f"part {request.id.hex}")
    assert (await slack.submit_modal(erin.slack, values={"amount": "50"})).acked
    await again(http)
    assert http.site.refunds(alice.order_id) == [5000]
    assert await http.refusals(request) == ["already-decided"] * 3


async def test_a_reply_that_comes_again_is_sent_once(http: Scene) -> None:
    await http.ask_question("Hello?", "Is anybody there?")
    await http.open_modal(erin, REPLY)
    assert (await http.site.slack.submit_modal(erin.slack, values={"answer": "I am here."})).acked
    await again(http)
    assert len([each for each in http.site.mails() if "I am here." in each["text"]]) == 1
    assert len([told for told in http.thread() if "I am here." in told]) == 1


async def test_a_retry_that_comes_again_is_tried_once(socket: Scene) -> None:
    request, site = await socket.ask_refund(), socket.site
    site.processor.state.faults.add("refund_unfunded")
    assert (await site.slack.click(erin.slack, APPROVE)).acked
    await site.settle()
    assert (await socket.read(request)).state is RequestState.FAILED
    assert (await site.slack.click(erin.slack, RETRY)).acked
    await again(socket)
    assert site.refunds(alice.order_id) == [14900]
    assert len(await socket.refusals(request)) == 3


async def test_where_only_a_retry_arrives_it_counts(scene: Scene) -> None:
    """It says of itself that it is one."""
    request, slack = await scene.ask_refund(), scene.site.slack
    url = slack.request_url
    if url is None:
        await slack.sockets.cut()
    else:
        slack.request_url = "http://127.0.0.1:9/gone"
    sending = asyncio.create_task(
        slack.post_event(reply_event(scene), event_id="Ev1", retries_after_s=(0.05,) * 400)
    )
    await until(lambda: any(each.kind == "events_api" for each in slack.sent))
    slack.request_url = url
    answer: Answer = await sending
    assert answer.acked
    assert answer.tries > 1
    assert await notes(scene, request) == ["A note"]
    assert await taken_in(scene) == [("Ev1", "message")]


async def test_a_click_whose_ack_came_too_late_counts_and_the_next_one_is_told(
    scene: Scene, tmp_path: Path
) -> None:
    request, slack = await scene.ask_refund(), scene.site.slack
    card, patience = scene.card(), slack.access.patience_s
    with locked(tmp_path / "world.sqlite3"):
        slack.access.patience_s = 0.05
        answer = await slack.click(erin.slack, APPROVE)
        assert not answer.acked
        assert answer.warning == "The app did not answer in time. Try again."
        assert (await scene.read(request)).state is RequestState.PENDING
        slack.access.patience_s = patience
    await decided(scene, request)
    assert (await slack.click(erin.slack, APPROVE, message=card)).acked
    await scene.site.settle()
    assert scene.site.refunds(alice.order_id) == [14900]
    assert await scene.refusals(request) == ["already-decided"]
    assert len(scene.whispers(erin)) == 1
    assert "*Refunded*" in scene.words()


async def test_a_form_is_asked_for_after_the_ack_and_hangs_alone(http: Scene) -> None:
    request, slack = await http.ask_refund(), http.site.slack
    hang = slack.fault("views.open", "hang")
    assert (await slack.click(erin.slack, DENY)).acked
    await hang.arrived.wait()
    assert (await slack.click(erin.slack, APPROVE)).acked
    slack.faults.clear()
    await http.site.settle()
    assert (await http.read(request)).state is RequestState.DONE
