"""Slack over Socket Mode, for those behind a firewall: a line that is always there, at ever new addresses.

Not the SDK's client: that one leaves before it has another connection, sometimes connects twice and drops the
first of the two with the click in it, and tries a refused one-use address for ever.
"""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Any

import aiohttp
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from bot.http import MOST_BYTES
from bot.payloads import is_slacks

DEAF_AFTER_SECONDS = 60.0
PING_EVERY_SECONDS = 10.0
AGAIN_AFTER_SECONDS = 1.0
_MOST_SECONDS = 30.0  # between two tries to connect
_LAST_ACKS_SECONDS = 3.0  # Slack waits no longer for an ack

log = logging.getLogger(__name__)

Hear = Callable[[dict[str, Any]], Awaitable[dict[str, Any] | None]]


class SocketLine:
    """Keeps a connection to Slack open until cancelled; all spans are in seconds."""

    def __init__(
        self,
        app: AsyncApp,
        app_token: str,
        *,
        base_url: str,
        deaf_after: float = DEAF_AFTER_SECONDS,
        ping_every: float = PING_EVERY_SECONDS,
        again_after: float = AGAIN_AFTER_SECONDS,
    ) -> None:
        self._app = app
        self._app_token = app_token
        self._base_url = base_url
        self._deaf_after = deaf_after
        self._ping_every = ping_every
        self._again_after = again_after

    async def run(self) -> None:
        """Connect; where Slack asks us to go, connect anew first; where a connection is lost, at once."""
        async with aiohttp.ClientSession() as session:
            held: set[asyncio.Task[None]] = set()
            try:
                await self._keep_one(session, held)
            finally:
                for task in held:
                    task.cancel()
                await asyncio.gather(*held, return_exceptions=True)

    async def _keep_one(self, session: aiohttp.ClientSession, held: set[asyncio.Task[None]]) -> None:
        loop = asyncio.get_running_loop()
        pause, before = self._again_after, None
        while True:
            began = loop.time()
            connection = _Connection(self._hear, before, self._deaf_after)
            task = asyncio.create_task(self._hold(session, connection), name="slack socket connection")
            held.add(task)
            task.add_done_callback(held.discard)
            await connection.over.wait()
            if loop.time() - began > pause or connection.is_told:
                pause = self._again_after
            else:
                await asyncio.sleep(pause)
                pause = min(2 * pause, _MOST_SECONDS)
            before = connection if connection.was_open else before

    async def _hold(self, session: aiohttp.ClientSession, connection: "_Connection") -> None:
        """From a new address until it is closed; it counts as closed when a ping is not answered."""
        try:
            async with asyncio.timeout(self._deaf_after):
                address = await self._new_address(session)
                socket = await session.ws_connect(
                    address, heartbeat=self._ping_every, max_msg_size=MOST_BYTES
                )
            await connection.hold(socket)
        except (SlackApiError, SlackClientError, aiohttp.ClientError, OSError, TimeoutError) as why:
            # Its words would hold the one-use address.
            log.warning("slack: the socket did not connect", extra={"why": type(why).__name__})
        finally:
            connection.over.set()

    async def _new_address(self, session: aiohttp.ClientSession) -> str:
        web = AsyncWebClient(base_url=self._base_url, session=session, retry_handlers=[])
        answer = await web.apps_connections_open(app_token=self._app_token)
        return str(answer["url"])

    async def _hear(self, envelope: dict[str, Any]) -> dict[str, Any] | None:
        """The ack's payload; None: not acked, so that Slack shows its warning, or sends an event again."""
        payload = envelope.get("payload")
        if not isinstance(payload, dict) or not is_slacks(payload):
            return {}
        request = AsyncBoltRequest(mode="socket_mode", body=payload, headers=_retry_headers(envelope))
        response = await self._app.async_dispatch(request)
        if response.status != 200:
            return None
        if not response.body:
            return {}
        is_json = (
            response.first_headers_without_set_cookie().get("content-type", "").startswith("application/json")
        )
        return {"payload": json.loads(response.body) if is_json else {"text": response.body}}


class _Connection:
    """One WebSocket, from its greeting to its end. `over`: it is time for the next one."""

    def __init__(self, hear: Hear, before: "_Connection | None", deaf_after: float) -> None:
        self.over = asyncio.Event()
        self.is_told = False
        self._hear = hear
        self._before = before
        self._deaf_after = deaf_after
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._must_go = False
        self._is_succeeded = False
        self._acks: set[asyncio.Task[None]] = set()
        self._leaving: asyncio.Task[None] | None = None

    @property
    def was_open(self) -> bool:
        """The handshake succeeded."""
        return self._socket is not None

    async def hold(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        """Until one of the two sides closes it; what is being heard is acked before."""
        self._socket = socket
        try:
            async with asyncio.timeout(self._deaf_after):
                self._take(await socket.receive())
            self._succeed_before()
            async for message in socket:
                self._take(message)
        finally:
            await self._last_acks()
            await socket.close()

    def succeed(self) -> None:
        """There is another connection now: this one goes, if it was told to."""
        self._is_succeeded = True
        self._succeed_before()
        self._leave_if_free()

    def _succeed_before(self) -> None:
        if self._before is not None:
            self._before.succeed()
            self._before = None

    def _take(self, message: aiohttp.WSMessage) -> None:
        if message.type is not aiohttp.WSMsgType.TEXT:
            return
        try:
            envelope = json.loads(message.data)
        except (ValueError, RecursionError):
            return
        if not isinstance(envelope, dict):
            return
        if envelope.get("type") == "disconnect":
            self._is_asked_to_go(str(envelope.get("reason")))
        elif isinstance(envelope.get("envelope_id"), str):
            ack = asyncio.create_task(self._answer(envelope), name="slack socket ack")
            self._acks.add(ack)
            ack.add_done_callback(self._acks.discard)

    def _is_asked_to_go(self, reason: str) -> None:
        """After a warning Slack still sends; after the other reasons it does not, and waits for us to go."""
        self.is_told = reason != "too_many_websockets"
        self._must_go = self._must_go or reason != "warning"
        self.over.set()
        self._leave_if_free()

    def _leave_if_free(self) -> None:
        if self._must_go and self._is_succeeded and self._leaving is None:
            self._leaving = asyncio.create_task(self._leave(), name="slack socket leaves")

    async def _leave(self) -> None:
        await self._last_acks()
        if self._socket is not None:
            await self._socket.close()

    async def _last_acks(self) -> None:
        if self._acks:
            _, late = await asyncio.wait(self._acks, timeout=_LAST_ACKS_SECONDS)
            for ack in late:
                ack.cancel()

    async def _answer(self, envelope: dict[str, Any]) -> None:
        answer = await self._hear(envelope)
        if answer is None or self._socket is None:
            return
        # Lost with its connection, it is as if it had come too late: Slack says so, and people click again.
        with suppress(ConnectionError, aiohttp.ClientError):
            await self._socket.send_json({"envelope_id": envelope["envelope_id"], **answer})


def _retry_headers(envelope: dict[str, Any]) -> dict[str, str | Sequence[str]]:
    attempt, reason = envelope.get("retry_attempt"), envelope.get("retry_reason")
    if not attempt:
        return {}
    return {"x-slack-retry-num": str(attempt), "x-slack-retry-reason": str(reason or "")}
