"""The HTTP door: whatever comes is answered, nothing of it is logged, and nothing breaks."""

import hashlib
import hmac
import json
import logging
import time
from typing import Any
from urllib.parse import urlencode

import aiohttp
import pytest

from billing.states import RequestState
from selfbill.sandbox.slack.interactions import Signing
from tests.bot.scenes import APPROVE, DENY, Scene
from tests.people import alice, erin
from tests.site import Site

CANARY = "canary-in-the-body"
FORM, JSON = "application/x-www-form-urlencoded", "application/json"


def signed(site: Site, body: bytes, stamp: str | None = None) -> dict[str, str]:
    """The headers that Slack would send with these bytes."""
    stamp = stamp or str(int(time.time()))
    base = f"v0:{stamp}:".encode() + body
    digest = hmac.new(site.slack.signing_secret.encode(), base, hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={digest}"}


async def send(site: Site, body: bytes, headers: dict[str, str], media: str = FORM) -> int:
    """POST to the hook; returns the status, and looks for what must never be in an answer."""
    url = f"{site.url}/hooks/slack"
    async with (
        aiohttp.ClientSession() as session,
        session.post(url, data=body, headers={"Content-Type": media, **headers}) as answer,
    ):
        said = await answer.text()
        assert "Traceback" not in said
        assert CANARY not in said
        return answer.status


def form_of(payload: Any) -> bytes:
    """An interaction as Slack encodes it."""
    return urlencode({"payload": payload if isinstance(payload, str) else json.dumps(payload)}).encode()


BODY = form_of({"type": "block_actions", "canary": CANARY, "actions": [{"action_id": APPROVE}]})
NOW = str(int(time.time()))


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Slack-Signature": "v0=" + "0" * 64},
        {"X-Slack-Request-Timestamp": NOW},
        {"X-Slack-Request-Timestamp": NOW, "X-Slack-Signature": "v0=" + "0" * 64},
        {"X-Slack-Request-Timestamp": NOW, "X-Slack-Signature": ""},
        {"X-Slack-Request-Timestamp": NOW, "X-Slack-Signature": "v0=é\u2603"},
        {"X-Slack-Request-Timestamp": "soon", "X-Slack-Signature": "v0=" + "0" * 64},
        {"X-Slack-Request-Timestamp": "-1", "X-Slack-Signature": "v0=" + "0" * 64},
        {"X-Slack-Request-Timestamp": "9" * 400, "X-Slack-Signature": "v0=" + "0" * 64},
        {"X-Slack-Request-Timestamp": "٣٤", "X-Slack-Signature": "v0=" + "0" * 64},
        {"X-Slack-Request-Timestamp": "1e9", "X-Slack-Signature": "v1=" + "0" * 64},
    ],
    ids=[
        "none", "no stamp", "no signature", "wrong", "empty", "no ascii", "no number", "negative", "endless",
        "arabic digits", "another version",
    ],
)  # fmt: skip
async def test_unsigned_is_401(site: Site, headers: dict[str, str], caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        assert await send(site, BODY, headers) == 401
    assert CANARY not in caplog.text


async def test_an_old_or_future_signature_is_401(site: Site) -> None:
    for seconds in (-310, 310, -86_400, 10**9):
        stamp = str(int(time.time() + seconds))
        assert await send(site, BODY, signed(site, BODY, stamp)) == 401
    assert await send(site, BODY + b"&more=1", signed(site, BODY)) == 401


NESTED = '{"a":' * 5000 + "1" + "}" * 5000
DEEP = '{"type":"block_actions","a":' + "[" * 200 + "]" * 200 + "}"


@pytest.mark.parametrize(
    ("body", "media", "status"),
    [
        (b"payload=\xff\xfe\x00", FORM, 400),
        (b"\xff\xfe", JSON, 400),
        (b"", FORM, 400),
        (b"", JSON, 400),
        (b"payload=", FORM, 400),
        (b"payload={", FORM, 400),
        (b"{", JSON, 400),
        (form_of("[1]"), FORM, 400),
        (form_of('"text"'), FORM, 400),
        (form_of("null"), FORM, 400),
        (b"[]", JSON, 400),
        (b"7", JSON, 400),
        (b"NaN", JSON, 400),
        (NESTED.encode(), JSON, 400),
        (form_of(NESTED), FORM, 400),
        (form_of(DEEP), FORM, 400),
        (b"[" * 100_000, JSON, 400),
        (b"x" * 600_000, FORM, 413),
        (b"{}", "text/plain", 400),
    ],
)
async def test_signed_and_odd_is_refused(site: Site, body: bytes, media: str, status: int) -> None:
    assert await send(site, body, signed(site, body), media) == status


TEAM: dict[str, Any] = {"id": "T0SELFBILL"}
USER: dict[str, Any] = {"id": "U0ERIN0002", "team_id": "T0SELFBILL"}


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"type": "block_actions"},
        {"type": "block_actions", "actions": []},
        {"type": "block_actions", "actions": "x", "user": USER, "team": TEAM},
        {"type": "block_actions", "actions": [7], "user": USER, "team": TEAM},
        {"type": "block_actions", "actions": [{}], "user": USER, "team": TEAM},
        {"type": "block_actions", "actions": [{"action_id": 7}], "user": USER, "team": TEAM},
        {"type": "block_actions", "actions": [{"action_id": "never:heard"}], "user": USER, "team": TEAM},
        {
            "type": "block_actions",
            "actions": [{"action_id": APPROVE, "value": {}}],
            "user": USER,
            "team": TEAM,
        },
        {"type": "block_actions", "actions": [{"action_id": APPROVE}], "user": "x", "team": "y"},
        {"type": "block_actions", "actions": [{"action_id": APPROVE}], "user": None, "team": None},
        {"type": "block_actions", "actions": [{"action_id": DENY}], "user": USER, "team": {"id": "T0OTHER"}},
        {"type": "view_submission", "user": USER, "team": TEAM},
        {"type": "view_submission", "view": "x", "user": USER, "team": TEAM},
        {"type": "view_submission", "view": {"callback_id": "request:deny:view"}, "user": USER, "team": TEAM},
        {
            "type": "view_submission",
            "view": {"callback_id": "request:deny:view", "private_metadata": 7, "state": []},
            "user": USER,
            "team": TEAM,
        },
        {"type": "view_submission", "view": {"callback_id": "another"}, "user": USER, "team": TEAM},
        {
            "type": "view_submission",
            "view": {"type": "modal", "callback_id": "request:deny:view", "state": {"values": []}},
            "user": USER,
            "team": TEAM,
        },
        {"type": "never_heard", "user": USER, "team": TEAM},
        {"type": 7},
        {"type": "shortcut", "callback_id": "x", "user": USER, "team": TEAM},
    ],
    ids=lambda payload: json.dumps(payload)[:60],
)
async def test_signed_and_unknown_does_nothing(
    http: Scene, payload: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    site = http.site
    body = form_of({**payload, "canary": CANARY})
    with caplog.at_level(logging.DEBUG):
        assert await send(site, body, signed(site, body)) < 500
    await site.settle()
    assert CANARY not in caplog.text
    assert site.slack.refused == [] or {c.method for c in site.slack.refused} == {"chat.postEphemeral"}
    site.slack.refused.clear()


async def test_events_and_commands_nobody_listens_to_do_nothing(site: Site) -> None:
    for body in (
        {"type": "event_callback", "team_id": "T0SELFBILL", "event": {"type": "message", "text": CANARY}},
        {"type": "event_callback", "event": "x"},
        {"type": "event_callback"},
        {"type": "x"},
    ):
        sent = json.dumps(body).encode()
        assert await send(site, sent, signed(site, sent), JSON) < 500
    command = urlencode(
        {"command": "/selfbill", "text": CANARY, "team_id": "T0SELFBILL", "user_id": "U1"}
    ).encode()
    assert await send(site, command, signed(site, command)) < 500


async def test_slacks_own_question_at_set_up_is_answered(site: Site) -> None:
    body = json.dumps({"type": "url_verification", "challenge": "c-1"}).encode()
    assert await send(site, body, signed(site, body), JSON) == 200


async def test_a_replayed_click_has_no_second_effect(http: Scene) -> None:
    request = await http.ask_refund()
    site = http.site
    await site.slack.click(erin.slack, APPROVE)
    (sent,) = site.slack.sent
    for _ in range(3):
        assert (await site.slack.resend(sent)).acked
    await site.settle()
    assert site.refunds(alice.order_id) == [14900]
    assert len(http.whispers(erin)) == 3
    assert (await http.read(request)).state is RequestState.DONE


async def test_a_forged_click_has_no_effect(http: Scene) -> None:
    request = await http.ask_refund()
    answer = await http.site.slack.click(erin.slack, APPROVE, signing=Signing(secret="another"))
    assert answer.status == 401
    assert (await http.read(request)).state is RequestState.PENDING


async def test_other_methods_are_refused(site: Site) -> None:
    async with aiohttp.ClientSession() as session, session.get(f"{site.url}/hooks/slack") as answer:
        assert answer.status == 405
