"""A Slack for measuring, in a process of its own: it answers after a while, checks nothing, and clicks.

It is told by lines of JSON and tells by lines of JSON; moments are those of the machine's monotonic clock.
"""

import asyncio
import hashlib
import hmac
import json
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from urllib.parse import urlencode

import aiohttp
from aiohttp import web

from selfbill.sandbox.mailbox import MailboxSandbox
from selfbill.sandbox.standing import listen

USER = "U0ERIN0002"


@dataclass
class QuickSlack:
    """What is posted is remembered by its mark; a reply is not, as nobody waits for it."""

    secret: str
    hook: str
    delay: float = 0.2
    posted: dict[str, float] = field(default_factory=dict)
    acks: list[tuple[float, int]] = field(default_factory=list)  # seconds, status
    calls: dict[str, int] = field(default_factory=dict)
    numbers: "count[int]" = field(default_factory=lambda: count(1))

    async def answer(self, http: web.Request) -> web.Response:
        """Any method of the Web API."""
        method = http.match_info["method"]
        self.calls[method] = self.calls.get(method, 0) + 1
        given = await _given(http)
        await asyncio.sleep(self.delay)
        answer: dict[str, Any] = {"ok": True}
        if method == "chat.postMessage":
            mark = given.get("metadata") or {}
            if mark.get("event_type") == "selfbill_card":
                self.posted[mark["event_payload"]["id"]] = time.monotonic()
            answer |= {"channel": given["channel"], "ts": f"1700000000.{next(self.numbers):06d}"}
        elif method.startswith("conversations."):
            answer |= {"messages": [], "channels": []}
        elif method.startswith("users."):
            answer |= {"members": [], "user": {"id": USER, "profile": {}}}
        return web.json_response(answer)

    async def click(self, session: aiohttp.ClientSession, told: dict[str, Any]) -> None:
        """*Approve*, at the moment that was told."""
        await asyncio.sleep(max(told["at"] - time.monotonic(), 0))
        payload = {
            "type": "block_actions",
            "actions": [{"action_id": "request:approve", "value": told["click"]}],
            "user": {"id": USER, "team_id": told["team"]},
            "team": {"id": told["team"]},
            "channel": {"id": told["channel"]},
            "container": {"type": "message", "message_ts": "1700000000.000001"},
            "response_url": f"http://127.0.0.1/response/{told['click']}",
        }
        body = urlencode({"payload": json.dumps(payload)}).encode()
        began, status = time.monotonic(), 0
        with suppress(aiohttp.ClientError, TimeoutError):
            async with session.post(self.hook, data=body, headers=self._signed(body)) as answer:
                await answer.read()
                status = answer.status
        self.acks.append((time.monotonic() - began, status))

    def _signed(self, body: bytes) -> dict[str, str]:
        stamp = str(int(time.time()))
        digest = hmac.new(self.secret.encode(), f"v0:{stamp}:".encode() + body, hashlib.sha256).hexdigest()
        return {
            "Content-Type": "application/x-www-form-urlencoded",
            "X-Slack-Request-Timestamp": stamp,
            "X-Slack-Signature": f"v0={digest}",
        }

    def report(self) -> dict[str, Any]:
        """What was seen since the last report."""
        seen = {"posted": self.posted, "acks": self.acks, "calls": self.calls}
        self.posted, self.acks, self.calls = {}, [], {}
        return seen


async def _given(http: web.Request) -> dict[str, Any]:
    if http.content_type == "application/json":
        given: dict[str, Any] = json.loads(await http.read() or b"{}")
        return given
    form = dict(await http.post())
    return {name: json.loads(str(v)) if name == "metadata" else v for name, v in form.items()}


async def read_lines() -> asyncio.StreamReader:
    """What comes in."""
    reader = asyncio.StreamReader(limit=2**20)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    return reader


def _tell(what: dict[str, Any]) -> None:
    print(json.dumps(what), flush=True)


async def main(secret: str, hook: str) -> None:
    """Until the last line was read."""
    slack = QuickSlack(secret, hook)
    app = web.Application()
    app.router.add_route("*", "/api/{method}", slack.answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    clicks: set[asyncio.Task[None]] = set()
    async with MailboxSandbox() as mailbox, aiohttp.ClientSession() as session:
        url = await listen(runner, 0)
        _tell({"api": f"{url}/api/", "smtp_port": mailbox.smtp_port})
        reader = await read_lines()
        while line := await reader.readline():
            told = json.loads(line)
            if "delay" in told:
                slack.delay = told["delay"]
            elif "click" in told:
                task = asyncio.create_task(slack.click(session, told))
                clicks.add(task)
                task.add_done_callback(clicks.discard)
            else:
                _tell(slack.report())
        await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
