"""Clicks, modals and events against a real Bolt app; one suite for both transports."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from selfbill.sandbox.slack import Signing, SlackSandbox
from tests.selfbill.sandbox.bolt_app import CARD, TRANSPORTS, BoltApp, over_http, over_socket
from tests.site import PATIENCE_S
from tests.worlds import until

DANA, ERIN, STRANGER = "U0DANA0001", "U0ERIN0002", "U0STRANGE6"
STOPS_WITHIN_S = 10  # it takes a tenth of a second on a machine with nothing else to do


@pytest.fixture(params=list(TRANSPORTS))
async def bolt(request: pytest.FixtureRequest) -> AsyncIterator[BoltApp]:
    async with SlackSandbox(patience_s=PATIENCE_S) as slack, TRANSPORTS[request.param](slack) as app:
        yield app
        assert not slack.refused


@pytest.fixture
async def http_bolt() -> AsyncIterator[BoltApp]:
    async with SlackSandbox(patience_s=PATIENCE_S) as slack, over_http(slack) as app:
        yield app


@pytest.fixture
async def socket_bolt() -> AsyncIterator[BoltApp]:
    async with SlackSandbox(patience_s=PATIENCE_S) as slack, over_socket(slack) as app:
        yield app


async def test_a_click_is_acked_and_the_card_redrawn(bolt: BoltApp) -> None:
    slack, ts = bolt.slack, await bolt.post_card()

    answer = await slack.click(DANA, "request:approve")

    assert answer.acked
    assert 0 < answer.latency_s < PATIENCE_S
    await until(lambda: slack.told("you approved"))
    (card,) = slack.messages("support")
    assert (card.ts, card.text) == (ts, "Approved")
    assert [block["type"] for block in card.blocks] == ["section"]
    assert slack.told("you approved", DANA) == 1
    assert slack.told("you approved", ERIN) == 0


async def test_the_payload_is_slacks_own(bolt: BoltApp) -> None:
    ts = await bolt.post_card()
    await bolt.slack.click(DANA, "request:approve")

    (heard,) = bolt.heard
    (action,) = heard["actions"]
    assert (action["action_id"], action["block_id"], action["value"]) == ("request:approve", "decide", "r1")
    assert heard["container"] == {
        "type": "message",
        "message_ts": ts,
        "channel_id": "C0SUPPORT1",
        "is_ephemeral": False,
    }
    assert heard["message"]["blocks"][1]["elements"][0]["confirm"] == CARD[1]["elements"][0]["confirm"]
    assert heard["user"]["team_id"] == heard["team"]["id"] == bolt.slack.team_id
    assert heard["response_url"].startswith(bolt.slack.url)


async def test_a_modal_opens_shows_errors_and_closes(bolt: BoltApp) -> None:
    slack = bolt.slack
    await bolt.post_card()
    await slack.click(DANA, "request:deny")
    await until(lambda: slack.modals)
    (modal,) = slack.modals
    assert (modal.user, modal.body["private_metadata"]) == (DANA, "r1")

    empty = await slack.submit_modal(DANA, modal.id)
    assert empty.errors == {"reason": "Please complete this required field."}
    assert len(bolt.heard) == 1  # the client kept it to itself

    short = await slack.submit_modal(DANA, modal.id, {"reason": "no"})
    assert short.acked
    assert modal.errors == {"reason": "Say a little more."}

    await slack.submit_modal(DANA, modal.id, {"reason": "Bought a year ago"})
    assert slack.modals == []
    assert bolt.heard[-1]["state"]["values"]["reason"]["text"]["value"] == "Bought a year ago"


async def test_an_exception_before_the_ack_is_no_ack(http_bolt: BoltApp) -> None:
    slack = http_bolt.slack
    button = {"type": "button", "action_id": "fails", "text": {"type": "plain_text", "text": "Fail"}}
    await http_bolt.client.chat_postMessage(
        channel="support", text="x", blocks=[{"type": "actions", "elements": [button]}]
    )

    answer = await slack.click(DANA, "fails")

    assert answer.status == 500
    assert "500" in answer.warning
    assert list(slack.workspace.warnings.values()) == [answer.warning]


@pytest.mark.parametrize(
    "signing",
    [Signing(secret="wrong"), Signing(age_s=330), Signing(age_s=-330), Signing(signature="v0=00")],
    ids=["other secret", "old", "of the future", "no digest"],
)
async def test_a_forged_or_old_signature_is_refused_by_bolt(http_bolt: BoltApp, signing: Signing) -> None:
    await http_bolt.post_card()
    answer = await http_bolt.slack.click(DANA, "request:approve", signing=signing)
    assert answer.status == 401
    assert http_bolt.heard == []


async def test_a_click_in_a_preview_says_which_one(http_bolt: BoltApp) -> None:
    slack, link = http_bolt.slack, "https://desk.example/1"
    url, slack.request_url = slack.request_url, f"{slack.url}/apps"  # Bolt has no listener for links
    message = await slack.share_link(DANA, "support", link)
    slack.request_url = url
    await http_bolt.client.chat_unfurl(channel="C0SUPPORT1", ts=message.ts, unfurls={link: {"blocks": CARD}})

    await slack.click(ERIN, "request:deny")

    (heard,) = http_bolt.heard
    assert (heard["container"]["type"], heard["container"]["app_unfurl_url"]) == ("message_attachment", link)
    assert heard["app_unfurl"]["blocks"][1]["block_id"] == heard["actions"][0]["block_id"] == "decide"


async def test_a_forged_value_and_a_stale_button_are_sent_as_they_are(http_bolt: BoltApp) -> None:
    slack = http_bolt.slack
    ts = await http_bolt.post_card()
    await slack.click(DANA, "request:deny", "r999", message=ts)
    assert http_bolt.heard[-1]["actions"][0]["value"] == "r999"
    await http_bolt.client.chat_update(channel="C0SUPPORT1", ts=ts, text="gone", blocks=[])

    await slack.click(DANA, "request:deny", "r1", message=ts)

    assert http_bolt.heard[-1]["actions"][0]["value"] == "r1"
    with pytest.raises(LookupError):
        await slack.click(DANA, "request:deny")


async def test_a_stranger_clicks_with_their_own_team(http_bolt: BoltApp) -> None:
    await http_bolt.post_card()
    await http_bolt.slack.click(STRANGER, "request:deny")
    assert http_bolt.heard[0]["user"]["team_id"] == "T0ELSEWHERE"


async def test_copies_of_one_click_arrive_together(http_bolt: BoltApp) -> None:
    await http_bolt.post_card()
    await http_bolt.slack.click(DANA, "request:approve", copies=3)
    assert len(http_bolt.heard) == 3
    assert len({heard["trigger_id"] for heard in http_bolt.heard}) == 1


async def test_what_was_sent_can_be_sent_again(http_bolt: BoltApp) -> None:
    await http_bolt.post_card()
    await http_bolt.slack.click(DANA, "request:approve")
    assert (await http_bolt.slack.resend(http_bolt.slack.sent[0])).acked
    assert http_bolt.heard[0] == http_bolt.heard[1]


async def test_a_command_is_heard(bolt: BoltApp) -> None:
    bolt.app.command("/selfbill")(bolt.command)
    assert (await bolt.slack.command(DANA, "support", "/selfbill help me")).acked
    assert (bolt.heard[0]["text"], bolt.heard[0]["channel_name"]) == ("help me", "support")


async def test_the_home_tab_is_published_for_who_looks(bolt: BoltApp) -> None:
    await bolt.slack.open_home(ERIN)
    await until(lambda: bolt.slack.home(ERIN))
    assert bolt.slack.home(DANA) is None


async def test_an_event_that_fails_is_sent_again_with_its_number(http_bolt: BoltApp) -> None:
    numbers: list[str | None] = []

    async def refuse_once(req: Any, next: Any) -> None:  # noqa: A002  Bolt gives arguments by name
        numbers.append(req.headers.get("x-slack-retry-num", [None])[0])
        if len(numbers) == 1:
            raise RuntimeError("not saved")
        await next()

    http_bolt.app.event("user_change", middleware=[refuse_once])(http_bolt.fail)
    answer = await http_bolt.slack.post_event({"type": "user_change", "user": {"id": DANA}}, event_id="Ev1")

    assert (answer.status, answer.tries) == (200, 2)
    assert numbers == [None, "1"]
    assert {sent.payload["event_id"] for sent in http_bolt.slack.sent} == {"Ev1"}


async def test_an_app_that_is_not_there_is_said_to_be_unreachable() -> None:
    async with SlackSandbox() as slack:
        answer = await slack.open_home(DANA)
        assert (answer.status, answer.error) == (None, "no_connection")


async def test_a_socket_address_works_once(socket_bolt: BoltApp) -> None:
    slack = socket_bolt.slack
    opened = await socket_bolt.client.apps_connections_open(app_token=slack.app_token)
    session = socket_bolt.client.session
    assert session is not None
    async with session.ws_connect(opened["url"]) as socket:
        assert (await socket.receive_json())["type"] == "hello"
        assert slack.sockets.connections == 2
    async with session.get(opened["url"]) as again:
        assert again.status == 404


@pytest.mark.parametrize("transport", list(TRANSPORTS))
async def test_an_app_that_takes_too_long_is_said_not_to_answer(transport: str) -> None:
    async with SlackSandbox(patience_s=0.05) as slack, TRANSPORTS[transport](slack) as bolt:
        bolt.app.command("/selfbill")(bolt.dawdle)
        answer = await slack.command(DANA, "support", "/selfbill")
    assert (answer.acked, answer.status, answer.error) == (False, None, "operation_timeout")
    assert answer.warning == "The app did not answer in time. Try again."


async def test_a_connection_that_was_told_to_go_is_sent_nothing_more() -> None:
    async with (
        SlackSandbox() as slack,
        aiohttp.ClientSession() as session,
        session.ws_connect(slack.sockets.new_address()) as socket,
    ):
        assert (await socket.receive_json())["type"] == "hello"
        await until(lambda: slack.sockets.connections == 1)
        gone = asyncio.create_task(slack.sockets.disconnect(leave_within_s=0))
        assert (await socket.receive_json())["type"] == "disconnect"
        assert (await slack.open_home(DANA)).error == "no_connection"
        assert (await socket.receive()).type is aiohttp.WSMsgType.CLOSE
        await gone


async def test_a_refreshed_connection_comes_back(socket_bolt: BoltApp) -> None:
    slack = socket_bolt.slack
    await socket_bolt.post_card()
    await slack.sockets.disconnect()
    await until(lambda: slack.sockets.connections == 1)
    assert (await slack.click(DANA, "request:approve")).acked
    await until(lambda: slack.told("you approved"))


async def test_a_connection_that_is_cut_comes_back(socket_bolt: BoltApp) -> None:
    slack = socket_bolt.slack
    await slack.sockets.cut()
    assert slack.sockets.connections == 0
    await until(lambda: slack.sockets.connections == 1)


async def test_stopping_is_quick_with_pages_and_sockets_open() -> None:
    slack = SlackSandbox()
    await slack.start()
    async with over_socket(slack) as bolt, bolt.client.session.get(f"{slack.url}/live") as live:  # type: ignore[union-attr]
        assert await live.content.readline() == b"data: 0\n"
        async with asyncio.timeout(STOPS_WITHIN_S):  # the page and the socket would stay for ever
            await slack.stop()
