"""What no Slack would send over its line: it is passed over, and what comes next is heard."""

import asyncio
import json
from typing import Any

from aiohttp import WSMsgType, web
from aiohttp.test_utils import TestServer

from bot.socket import SocketLine
from tests.site import Site
from tests.worlds import until

DEEP: dict[str, Any] = {"type": "block_actions"}
for _ in range(200):
    DEEP = {"type": "block_actions", "a": DEEP}

FRAMES: list[str | bytes] = [
    "", "nonsense", "[]", "7", "null", "{}", '"text"', b"\xff\xfe\x00", b"{}", "[" * 100_000,
    '{"type": "never_heard"}', '{"envelope_id": 7}', '{"envelope_id": null, "payload": {}}',
    '{"type": 7, "reason": []}',
]  # fmt: skip
PAYLOADS: list[Any] = [
    None, 7, "text", [], {}, DEEP, {"type": 7}, {"command": 7}, {"type": "block_actions", "actions": [7]},
    {"command": "/refunds", "event": "x"}, {"type": "view_submission", "view": None},
    {"type": "event_callback", "event": None},
    {"type": "block_actions", "actions": [{"action_id": "a"}], "user": 7},
    {"type": "view_submission", "view": {"type": "modal", "callback_id": "a"}, "response_urls": 7},
]  # fmt: skip


async def test_odd_frames_cut_no_line(site: Site) -> None:
    """Each odd envelope is acked as it came: of what is none of ours Slack need not warn anybody."""
    acked: set[str] = set()
    handshakes = 0

    async def give_address(http: web.Request) -> web.Response:
        return web.json_response({"ok": True, "url": f"ws://{http.host}/link"})

    async def speak(http: web.Request) -> web.WebSocketResponse:
        nonlocal handshakes
        handshakes += 1
        line = web.WebSocketResponse()
        await line.prepare(http)
        await line.send_json({"type": "hello"})
        for frame in FRAMES:
            await (line.send_bytes(frame) if isinstance(frame, bytes) else line.send_str(frame))
        for number, payload in enumerate(PAYLOADS):
            await line.send_json({"type": "interactive", "envelope_id": str(number), "payload": payload})
        async for message in line:
            assert message.type is WSMsgType.TEXT
            acked.add(json.loads(message.data)["envelope_id"])
        return line

    app = web.Application()
    app.router.add_post("/api/apps.connections.open", give_address)
    app.router.add_get("/link", speak)
    assert site.service.bot is not None
    async with TestServer(app) as server:
        line = SocketLine(site.service.bot.app, "xapp-1", base_url=str(server.make_url("/api/")))
        running = asyncio.create_task(line.run())
        await until(lambda: len(acked) == len(PAYLOADS))
        assert handshakes == 1
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
