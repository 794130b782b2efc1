"""An app that only listens: what Slack sends it by HTTP, and the ack it is told to give."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web

from selfbill.sandbox.slack import SlackSandbox

Json = dict[str, Any]


class Ear:
    """`events` holds the inside of every event, `commands` the fields of every command."""

    def __init__(self) -> None:
        self.events: list[Json] = []
        self.envelopes: list[Json] = []
        self.commands: list[dict[str, str]] = []
        self.ack: Json | str = ""
        self.status = 200

    def kinds(self) -> list[str]:
        """The types of the events in their order, with the subtype of a message."""
        return [".".join(filter(None, (each["type"], each.get("subtype")))) for each in self.events]

    async def hear(self, http: web.Request) -> web.Response:
        body = await http.text()
        if http.content_type == "application/json":
            self.envelopes.append(json.loads(body))
            self.events.append(self.envelopes[-1]["event"])
        else:
            self.commands.append(dict(parse_qsl(body)))
        if isinstance(self.ack, dict):
            return web.json_response(self.ack, status=self.status)
        return web.Response(text=self.ack, status=self.status)


@asynccontextmanager
async def listening(slack: SlackSandbox) -> AsyncIterator[Ear]:
    """The app of this Slack for the length of a block."""
    ear, app = Ear(), web.Application()
    app.router.add_post("/slack", ear.hear)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    slack.request_url = f"http://127.0.0.1:{runner.addresses[0][1]}/slack"
    try:
        yield ear
    finally:
        await runner.cleanup()
