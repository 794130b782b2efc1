"""True payloads, bent at random: signed or not, over either transport, nothing breaks and nothing happens."""

import asyncio
import copy
import json
import random
from typing import Any
from urllib.parse import urlencode

import pytest

from billing.ports import InboxQuery
from billing.records import Request
from billing.states import RequestState
from selfbill.sandbox.slack.interactions import Sent
from tests.bot.scenes import APPROVE, DENY, OPEN, Scene
from tests.bot.test_door import FORM, JSON, form_of, send, signed
from tests.make import CHANNEL
from tests.people import alice, erin, grace
from tests.worlds import until

EACH = 10  # of every payload
ODD: list[Any] = [
    None, True, -1, 7, 1e300, "", " ", "x" * 5000, "\x00", "\ud83d\ude00", "\ud800", "../../etc",
    "<!channel>", [], {}, [None], {"id": {"id": []}}, [[[[]]]], "0" * 32, "T0OTHER", "request:approve",
]  # fmt: skip


async def true_payloads(scene: Scene) -> list[Sent]:
    """What Slack sends when grace, who may decide nothing, does all that there is to do."""
    slack, card = scene.site.slack, scene.card()
    modal = await scene.open_modal(erin, DENY)
    modal.user = grace.slack  # she has got hold of it
    for act in (APPROVE, DENY, OPEN):
        assert (await slack.click(grace.slack, act, message=card)).acked
    assert (await slack.submit_modal(grace.slack, modal.id, values={"answer": "No."})).acked
    assert (await slack.command(grace.slack, CHANNEL, "/refunds alice")).acked
    assert (await slack.open_home(grace.slack)).acked
    await slack.write(grace.slack, CHANNEL, "A note", thread_ts=card.ts)
    await until(lambda: len(slack.sent) == 8)
    return slack.sent[1:]


def bent(payload: Any, dice: random.Random) -> Any:
    """The same with one to three places of it changed or gone."""
    found = copy.deepcopy(payload)
    for _ in range(dice.randint(1, 3)):
        at, keys = found, places(found)
        while keys:
            key = dice.choice(keys)
            deeper = places(at[key])
            if deeper and dice.random() < 0.7:
                at, keys = at[key], deeper
            elif isinstance(at, dict) and dice.random() < 0.3:
                del at[key]
                break
            else:
                at[key] = copy.deepcopy(dice.choice(ODD))
                break
    return found


def places(found: Any) -> list[Any]:
    """Where one can go on from here."""
    if isinstance(found, dict):
        return list(found)
    return list(range(len(found))) if isinstance(found, list) else []


def body_of(kind: str, payload: Any) -> tuple[bytes, str]:
    """As Slack encodes it."""
    if kind == "events_api":
        return json.dumps(payload).encode(), JSON
    if kind == "slash_commands":
        return urlencode(payload, errors="replace").encode(), FORM
    return form_of(payload), FORM


def broken(body: bytes, dice: random.Random) -> bytes:
    """Cut off, or with a byte of it changed."""
    at = dice.randrange(len(body))
    return body[:at] if dice.random() < 0.5 else body[:at] + bytes([dice.randrange(256)]) + body[at + 1 :]


def throw() -> random.Random:
    """Dice, whose seed a failed test prints."""
    seed = random.randrange(2**32)
    print("seed", seed)
    return random.Random(seed)


async def is_as_before(scene: Scene) -> None:
    """Nothing was decided, said to the customer or refunded; and a true click still counts."""
    site = scene.site
    await site.settle()
    site.slack.refused.clear()  # whispers to channels and people that there are not
    (request,) = await requests(scene)
    assert request.state is RequestState.PENDING
    assert request.approved_amount is None
    assert site.refunds(alice.order_id) == []
    assert not [each for each in site.mails() if alice.email in str(each["to"]) and "No." in each["text"]]
    assert (await site.slack.click(erin.slack, APPROVE)).acked
    await site.settle()
    assert site.refunds(alice.order_id) == [14900]


async def requests(scene: Scene) -> list[Request]:
    """All that there are."""
    async with scene.site.ctx.read(scene.lumen.id) as work:
        found = await work.requests.list_views(InboxQuery(), limit=9)
    return [each.request for each in found]


async def test_bent_bodies_break_nothing_over_http(http: Scene, caplog: pytest.LogCaptureFixture) -> None:
    dice = throw()
    await http.ask_refund()
    for sent in await true_payloads(http):
        for number in range(EACH):
            body, media = body_of(sent.kind, bent(sent.payload, dice) if number % 3 else sent.payload)
            body = body if number % 3 else broken(body, dice)
            assert await send(http.site, body, signed(http.site, body), media) < 500, body
            unsigned = signed(http.site, body + b" ")
            assert await send(http.site, body, unsigned, media) in {400, 401}, body
    assert "a listener broke" not in caplog.text
    await is_as_before(http)


async def test_bent_payloads_break_nothing_over_socket_mode(
    socket: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    dice, hub = throw(), socket.site.slack.sockets
    await socket.ask_refund()
    for sent in await true_payloads(socket):
        payloads = [bent(sent.payload, dice) for _ in range(EACH)]
        # What is none of ours is not acked, and not waited for.
        await asyncio.gather(*(hub.send(sent.kind, each, within_s=0.05) for each in payloads))
    assert "a listener broke" not in caplog.text
    assert "Traceback" not in caplog.text
    await is_as_before(socket)


async def test_a_command_that_speaks_of_a_payload_is_heard(scene: Scene) -> None:
    await scene.ask_refund()
    assert (await scene.site.slack.command(erin.slack, CHANNEL, "/refunds payload={}&payload=7")).acked
    await scene.site.settle()
    assert len(scene.whispers(erin)) == 1
