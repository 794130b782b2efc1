"""What Slack sends to the app: interactions, events and commands, signed over HTTP or in Socket Mode."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import aiohttp

from selfbill.sandbox.slack.access import Access, Refused
from selfbill.sandbox.slack.socket_mode import SocketHub
from selfbill.sandbox.slack.workspace import Json


@dataclass(frozen=True)
class Signing:
    """How a request is signed; anything but the default is a forgery or a replay."""

    secret: str | None = None  # another secret than the workspace's
    age_s: float = 0.0  # how long ago it says it was made; negative: in the future
    signature: str | None = None  # this very header instead


GENUINE = Signing()


@dataclass(frozen=True)
class Answer:
    """What the app said: `status` is None when nothing came in time, 200 for an ack in Socket Mode."""

    status: int | None
    latency_s: float
    body: Any = None  # the JSON of the ack, or its text
    # operation_timeout, connection_failed, no_connection; not_subscribed, missing_scope, not_installed when
    # Slack had no reason to send it at all; a field's error is in `errors`.
    error: str = ""
    tries: int = 1

    @property
    def acked(self) -> bool:
        return self.status == 200 and not self.error

    @property
    def errors(self) -> dict[str, str]:
        """The errors by block_id that the app gave for a submitted modal."""
        found = self.body.get("errors") if isinstance(self.body, dict) else None
        return found or {}

    @property
    def warning(self) -> str:
        """What a person reads beside the button they pressed; empty after an ack."""
        if self.acked:
            return ""
        if self.error == "operation_timeout":
            return "The app did not answer in time. Try again."
        if self.status is None:
            return "The app could not be reached. Try again."
        return f"The app answered with status code {self.status}. Try again."


@dataclass(frozen=True)
class Sent:
    """One delivery to the app, for tests to look at."""

    kind: str
    payload: Json
    answer: Answer


class Sender:
    """Delivers to `request_url`, or over the app's open connections when there is no such address."""

    def __init__(self, access: Access, hub: SocketHub) -> None:
        self._access = access
        self._hub = hub
        self._later: set[asyncio.Task[Any]] = set()
        self._session: aiohttp.ClientSession | None = None
        self.request_url: str | None = None
        self.sent: list[Sent] = []

    async def start(self) -> None:
        self._session = aiohttp.ClientSession()

    async def close(self) -> None:
        for task in self._later:
            task.cancel()
        await asyncio.gather(*self._later, return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    def later(self, sending: Coroutine[Any, Any, object]) -> None:
        """Send beside what goes on, until this server stops."""
        task = asyncio.create_task(sending)
        self._later.add(task)
        task.add_done_callback(self._later.discard)

    async def interaction(self, payload: Json, signing: Signing = GENUINE) -> Answer:
        """A click, a submitted or a closed modal: form-encoded `payload`, sent once."""
        form = urlencode({"payload": json.dumps(payload)}).encode()
        return await self._deliver("interactive", payload, form, signing)

    async def command(self, fields: dict[str, str], signing: Signing = GENUINE) -> Answer:
        """A slash command: plain form fields, sent once."""
        return await self._deliver("slash_commands", dict(fields), urlencode(fields).encode(), signing)

    async def event(self, envelope: Json, signing: Signing, waits_s: tuple[float, ...]) -> Answer:
        """An event, sent again after each of `waits_s` until it is acked, with the headers of a retry."""
        body = json.dumps(envelope).encode()
        answer = await self._deliver("events_api", envelope, body, signing)
        for number, wait_s in enumerate(waits_s, start=1):
            if answer.acked:
                break
            await asyncio.sleep(wait_s)
            reason = "http_error" if answer.status else _RETRY_REASONS.get(answer.error, "unknown_error")
            retry = await self._deliver("events_api", envelope, body, signing, retry=(number, reason))
            answer = Answer(retry.status, retry.latency_s, retry.body, retry.error, tries=number + 1)
        return answer

    async def resend(self, sent: Sent, signing: Signing = GENUINE) -> Answer:
        """The same payload once more, as a replay or a proxy's retry brings it."""
        if sent.kind == "events_api":
            return await self.event(sent.payload, signing, ())
        send = self.interaction if sent.kind == "interactive" else self.command
        return await send(sent.payload, signing)

    async def _deliver(
        self, kind: str, payload: Json, body: bytes, signing: Signing, *, retry: tuple[int, str] | None = None
    ) -> Answer:
        began = time.monotonic()
        if self.request_url is None:
            status, said, error = await self._over_socket(kind, payload, retry)
        else:
            media = "application/json" if kind == "events_api" else "application/x-www-form-urlencoded"
            headers = {"Content-Type": media, **self._signed(body, signing), **_retry_headers(retry)}
            status, said, error = await self._over_http(self.request_url, body, headers)
        answer = Answer(status, time.monotonic() - began, said, error)
        self.sent.append(Sent(kind, payload, answer))
        return answer

    async def _over_http(self, url: str, body: bytes, headers: dict[str, str]) -> tuple[int | None, Any, str]:
        assert self._session is not None, "start() comes first"
        patience = aiohttp.ClientTimeout(total=self._access.patience_s)
        try:
            async with self._session.post(url, data=body, headers=headers, timeout=patience) as response:
                text = await response.text()
                said = json.loads(text) if response.content_type == "application/json" and text else text
                return response.status, said, ""
        except TimeoutError:
            return None, None, "operation_timeout"
        except (aiohttp.ClientError, ValueError):
            return None, None, "connection_failed"

    async def _over_socket(
        self, kind: str, payload: Json, retry: tuple[int, str] | None
    ) -> tuple[int | None, Any, str]:
        beside: Json = {"accepts_response_payload": kind != "events_api"}
        if retry is not None:
            beside |= {"retry_attempt": retry[0], "retry_reason": retry[1]}
        try:
            patience_s = self._access.patience_s
            ack = await self._hub.send(kind, payload, within_s=patience_s, **beside)
        except Refused:
            return None, None, "no_connection"
        return (None, None, "operation_timeout") if ack is None else (200, ack, "")

    def _signed(self, body: bytes, signing: Signing) -> dict[str, str]:
        """The two headers of a signed request: v0 = HMAC-SHA256 over `v0:timestamp:body`."""
        # Always the real time: the app's own library compares with its machine's clock, which no test turns.
        stamp = str(int(time.time() - signing.age_s))
        secret = signing.secret or self._access.signing_secret
        digest = hmac.new(secret.encode(), f"v0:{stamp}:".encode() + body, hashlib.sha256).hexdigest()
        return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": signing.signature or f"v0={digest}"}


_RETRY_REASONS = {"operation_timeout": "http_timeout", "connection_failed": "connection_failed"}


def _retry_headers(retry: tuple[int, str] | None) -> dict[str, str]:
    return {} if retry is None else {"X-Slack-Retry-Num": str(retry[0]), "X-Slack-Retry-Reason": retry[1]}
