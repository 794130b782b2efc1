"""The Socket Mode door: connections die, addresses are spent, events come twice, and clicks still arrive."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from slack_bolt.async_app import AsyncApp

from billing.states import RequestState
from bot.socket import SocketLine
from selfbill.sandbox.slack.socket_mode import REFUSED_HANDSHAKE
from tests.bot.scenes import APPROVE, MORE, Scene
from tests.bot.test_faults_of_ours import locked
from tests.people import alice, dana, erin
from tests.site import Site
from tests.worlds import until


def line_of(site: Site) -> SocketLine:
    """A line of the site's bot that does not wait long between two tries."""
    assert site.service.bot is not None
    site.slack.request_url = None
    return SocketLine(
        site.service.bot.app, site.slack.app_token, base_url=site.slack.base_url, again_after=0.05
    )


@asynccontextmanager
async def quick_line(site: Site) -> AsyncIterator[None]:
    """Such a line, running until the end of the block."""
    running = asyncio.create_task(line_of(site).run())
    try:
        yield
        assert not running.done()
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_a_dead_connection_is_rebuilt(site: Site) -> None:
    scene = Scene(site)
    await scene.ask_refund()
    async with quick_line(site):
        await until(lambda: site.slack.sockets.connections)
        await site.slack.sockets.cut()
        assert site.slack.sockets.connections == 0
        await until(lambda: site.slack.sockets.connections == 1)
        assert (await site.slack.click(erin.slack, APPROVE)).acked
    await site.settle()
    assert site.refunds(alice.order_id) == [14900]


async def test_a_refused_first_handshake_is_tried_at_a_new_address(site: Site) -> None:
    site.slack.faults.add(REFUSED_HANDSHAKE, times=1)
    async with quick_line(site):
        await until(lambda: site.slack.sockets.connections == 1)
    asked = [call for call in site.slack.calls if call.method == "apps.connections.open"]
    assert len(asked) >= 2
    assert len({call.answer["url"] for call in asked}) == len(asked)


async def test_slack_that_cannot_be_asked_is_asked_again(site: Site) -> None:
    site.slack.fault("apps.connections.open", "lost_before", times=2)
    async with quick_line(site):
        await until(lambda: site.slack.sockets.connections == 1)


@pytest.mark.parametrize("leave_within_s", [10.0, 0.0], ids=["in its own time", "the end behind the word"])
async def test_a_line_asked_to_come_back_loses_no_click(site: Site, leave_within_s: float) -> None:
    scene, sockets = Scene(site), site.slack.sockets
    await scene.ask_refund()
    async with quick_line(site):
        await until(lambda: sockets.connections)
        for _ in range(5):
            await sockets.disconnect(leave_within_s=leave_within_s)
            await until(lambda: sockets.connections == 1)
            assert (await site.slack.click(dana.slack, MORE, "nothing of ours")).acked


async def test_after_a_warning_both_connections_are_heard(site: Site) -> None:
    scene, sockets = Scene(site), site.slack.sockets
    await scene.ask_refund()
    async with quick_line(site):
        await until(lambda: sockets.connections)
        await sockets.disconnect("warning")
        await until(lambda: sockets.connections == 2)
        for _ in range(5):  # over either of them
            assert (await site.slack.click(dana.slack, MORE, "nothing of ours")).acked
        await sockets.disconnect()
        await until(lambda: sockets.connections == 1)
        assert (await site.slack.click(erin.slack, APPROVE)).acked
    await site.settle()
    assert site.refunds(alice.order_id) == [14900]


async def test_a_click_that_is_being_heard_at_the_end_is_acked(site: Site, tmp_path: Path) -> None:
    scene, sockets = Scene(site), site.slack.sockets
    await scene.ask_refund()
    running = asyncio.create_task(line_of(site).run())
    await until(lambda: sockets.connections)
    with locked(tmp_path / "world.sqlite3"):
        clicked = asyncio.create_task(site.slack.click(erin.slack, APPROVE))
        await until(lambda: any(task.get_name() == "slack socket ack" for task in asyncio.all_tasks()))
        running.cancel()
    assert (await clicked).acked
    await asyncio.gather(running, return_exceptions=True)
    await until(lambda: sockets.connections == 0)
    await site.settle()
    assert site.refunds(alice.order_id) == [14900]


async def test_a_deaf_connection_is_rebuilt_at_a_new_address() -> None:
    """It is open, and says nothing: not even a ping is answered."""
    asked: list[str] = []

    async def give_address(http: web.Request) -> web.Response:
        asked.append(f"ws://{http.host}/link/{len(asked)}")
        return web.json_response({"ok": True, "url": asked[-1]})

    async def be_deaf(http: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(autoping=False)
        await socket.prepare(http)
        await socket.send_json({"type": "hello"})
        async for _ in socket:
            pass
        return socket

    app = web.Application()
    app.router.add_post("/api/apps.connections.open", give_address)
    app.router.add_get("/link/{number}", be_deaf)
    async with TestServer(app) as server:
        bolt = AsyncApp(signing_secret="of the tests", token="xoxb-1")
        base_url = str(server.make_url("/api/"))
        line = SocketLine(bolt, "xapp-1", base_url=base_url, ping_every=0.1, again_after=0.01)
        running = asyncio.create_task(line.run())
        await until(lambda: len(asked) >= 3)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_a_redelivered_click_has_one_effect(socket: Scene) -> None:
    request = await socket.ask_refund()
    site = socket.site
    await site.slack.click(erin.slack, APPROVE, copies=3)
    await site.slack.resend(site.slack.sent[0])
    await site.settle()
    assert site.refunds(alice.order_id) == [14900]
    assert (await socket.read(request)).state is RequestState.DONE
    assert await socket.refusals(request) == ["already-decided"] * 3


async def test_what_nobody_listens_to_breaks_no_line(socket: Scene) -> None:
    slack = socket.site.slack
    event = {"type": "app_home_opened", "user": erin.slack}
    posted = asyncio.create_task(slack.post_event(event, retries_after_s=()))
    await socket.ask_refund()
    assert (await slack.click(erin.slack, APPROVE)).acked
    posted.cancel()
    await asyncio.gather(posted, return_exceptions=True)
