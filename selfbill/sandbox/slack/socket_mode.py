"""Socket Mode: one-use addresses, several connections, envelopes that the app acknowledges."""

from __future__ import annotations

import asyncio
import json
import random
import secrets
from contextlib import suppress
from typing import Any

from aiohttp import WSMsgType, web

from selfbill.sandbox.faults import FaultTable
from selfbill.sandbox.slack.access import Refused
from selfbill.sandbox.slack.town import Town
from selfbill.sandbox.slack.workspace import Json

MOST_CONNECTIONS = 10
LEAVE_WITHIN_S = 10.0  # how long an app that was told to go may stay before it is cut off
REFUSED_HANDSHAKE = "handshake_refused"  # a fault of our own


class SocketHub:
    """The connections that the app holds open, and the envelopes that still wait for their ack."""

    def __init__(self, town: Town, faults: FaultTable) -> None:
        self._town = town
        self._faults = faults
        self._tickets: set[str] = set()
        self._open: dict[web.WebSocketResponse, web.Request] = {}
        self._ended: dict[web.WebSocketResponse, asyncio.Event] = {}  # set when the app has left
        self._waiting: dict[str, asyncio.Future[Json]] = {}

    @property
    def connections(self) -> int:
        """How many can be sent an envelope: they were greeted, and neither told to go nor cut."""
        return len(self._open)

    def new_address(self) -> str:
        """An address that works for one handshake."""
        ticket = secrets.token_urlsafe(16)
        self._tickets.add(ticket)
        base = self._town.book.url.replace("http", "ws", 1)
        return f"{base}/link/?ticket={ticket}&app_id={self._town.first.workspace.seed.app_id}"

    async def connect(self, http: web.Request) -> web.StreamResponse:
        """The handshake, the hello, then acks until one side closes."""
        ticket = http.query.get("ticket", "")
        if ticket not in self._tickets or self._faults.take("GET", http.path, (REFUSED_HANDSHAKE,)):
            return web.json_response({"ok": False, "error": "link_not_found"}, status=404)
        self._tickets.discard(ticket)
        socket = web.WebSocketResponse(timeout=0.2)
        await socket.prepare(http)
        if len(self._open) >= MOST_CONNECTIONS:
            await socket.send_json({"type": "disconnect", "reason": "too_many_websockets"})
            await socket.close()
            return socket
        ended = self._ended[socket] = asyncio.Event()
        try:
            await socket.send_json(self._hello())
            self._open[socket] = http
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    self._take_ack(message.data)
        finally:
            self._open.pop(socket, None)
            del self._ended[socket]
            ended.set()
        return socket

    async def send(self, kind: str, payload: Json, *, within_s: float, **beside: Any) -> Json | None:
        """Send one envelope over any connection; the ack's payload, or None when none came in time."""
        if not self._open:
            raise Refused("no_connection")
        envelope_id = secrets.token_hex(16)
        ack = self._waiting[envelope_id] = asyncio.get_running_loop().create_future()
        envelope = {"type": kind, "envelope_id": envelope_id, "payload": payload, **beside}
        try:
            await random.choice(list(self._open)).send_json(envelope)  # noqa: S311  any of them may get it
            return await asyncio.wait_for(ack, within_s)
        except (TimeoutError, ConnectionError):
            return None
        finally:
            del self._waiting[envelope_id]

    async def disconnect(
        self, reason: str = "refresh_requested", *, leave_within_s: float = LEAVE_WITHIN_S
    ) -> None:
        """Ask every connection to come back at a new address; `warning` only announces it.

        Slack lets an app leave by itself. With no time for it the end comes right behind the word, and the
        SDK then connects twice: once for each, and what reaches the first of the two connections is lost.
        """
        told = list(self._open)
        if reason != "warning":
            self._open.clear()  # who has to go is sent nothing more
        for socket in told:
            await socket.send_json(
                {"type": "disconnect", "reason": reason, "debug_info": {"host": "sandbox"}}
            )
            if reason != "warning" and not leave_within_s:
                await socket.close()
        if reason != "warning":
            await asyncio.gather(*(self._end(each, leave_within_s) for each in told))

    async def _end(self, socket: web.WebSocketResponse, leave_within_s: float) -> None:
        """Wait until the app has left, then hang up if it did not."""
        with suppress(TimeoutError, KeyError):
            async with asyncio.timeout(leave_within_s):
                await self._ended[socket].wait()
        await socket.close()

    async def cut(self) -> None:
        """Lose every connection without a word."""
        lost = list(self._open.values())
        self._open.clear()
        for http in lost:
            if http.transport is not None:
                http.transport.abort()

    async def close(self) -> None:
        for ack in self._waiting.values():
            ack.cancel()
        await asyncio.gather(*(each.close(code=1001) for each in list(self._open)))

    def _hello(self) -> Json:
        return {
            "type": "hello",
            "num_connections": len(self._open) + 1,
            "debug_info": {"host": "sandbox", "build_number": 1, "approximate_connection_time": 18060},
            "connection_info": {"app_id": self._town.first.workspace.seed.app_id},
        }

    def _take_ack(self, text: str) -> None:
        try:
            ack = json.loads(text)
        except ValueError:
            return
        waiting = self._waiting.get(str(ack.get("envelope_id"))) if isinstance(ack, dict) else None
        if waiting is not None and not waiting.done():
            waiting.set_result(ack.get("payload") or {})
