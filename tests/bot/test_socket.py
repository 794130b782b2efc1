"""The Socket Mode door: connections die, addresses are spent, events come twice, and clicks still arrive."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from billing.states import RequestState
from bot.socket import SocketLine
from selfbill.sandbox.slack.socket_mode import REFUSED_HANDSHAKE
from tests.bot.scenes import APPROVE, Scene
from tests.people import alice, erin
from tests.site import Site
from tests.worlds import until


@asynccontextmanager
async def quick_line(site: Site) -> AsyncIterator[None]:
    """A line of the site's bot that loses patience within a second."""
    assert site.service.bot is not None
    site.slack.request_url = None
    line = SocketLine(
        site.service.bot.app,
        site.slack.app_token,
        base_url=site.slack.base_url,
        deaf_after=1.0,
        look_every=0.05,
        ping_every=30,  # what the SDK would mend by itself, it does not mend in these tests
    )
    running = asyncio.create_task(line.run())
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


async def test_a_line_asked_to_come_back_comes_back(site: Site) -> None:
    async with quick_line(site):
        await until(lambda: site.slack.sockets.connections)
        await site.slack.sockets.disconnect()
        await until(
            lambda: (
                len([c for c in site.slack.calls if c.method == "apps.connections.open"]) >= 2
                and site.slack.sockets.connections == 1
            )
        )


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
