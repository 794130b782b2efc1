"""A body that never ends is given up at Slack's door too."""

import asyncio

from aiohttp import web
from aiohttp.test_utils import TestServer
from slack_bolt.async_app import AsyncApp

from bot.http import SlackHook


async def test_a_body_that_never_ends_is_given_up() -> None:
    secret = "a signing secret of the tests"
    hook = SlackHook(AsyncApp(signing_secret=secret, token="xoxb-1"), signing_secret=secret, body_seconds=0.1)
    app = web.Application()
    app.router.add_post("/hooks/slack", hook.handle)
    async with TestServer(app) as server:
        reader, writer = await asyncio.open_connection(server.host, server.port)
        writer.write(b"POST /hooks/slack HTTP/1.1\r\nHost: localhost\r\nContent-Length: 50\r\n\r\npayload=")
        async with asyncio.timeout(30):
            assert (await reader.readline()).startswith(b"HTTP/1.1 408")
        writer.close()
