"""Slack over HTTP: the signature over raw bytes first, then decoding, then Bolt."""

import asyncio
import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qs

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from slack_sdk.signature import SignatureVerifier

MOST_BYTES = 512 * 1024
BODY_SECONDS = 15.0  # aiohttp itself waits for a slow body for ever
# Slack's own payloads are some ten deep; Bolt reads them again, further down its stack.
MOST_DEPTH = 64

_OBJECTS = ("user", "team", "enterprise", "channel", "container", "message", "view", "event")
_STAMP, _SIGNATURE = "X-Slack-Request-Timestamp", "X-Slack-Signature"


class SlackHook:
    """The handler of `POST /hooks/slack`; unsigned or odd input is 4xx, never 5xx, and never logged."""

    def __init__(self, app: AsyncApp, *, signing_secret: str, body_seconds: float = BODY_SECONDS) -> None:
        self._app = app
        self._body_seconds = body_seconds
        self._verifier = SignatureVerifier(signing_secret)

    async def handle(self, http: web.Request) -> web.Response:
        """401 unsigned, 408 too slow, 413 too large, 400 not Slack's form; else what Bolt answers."""
        text = _as_text(await _read(http, self._body_seconds))
        stamp, signature = http.headers.get(_STAMP, ""), http.headers.get(_SIGNATURE, "")
        if not _is_formed(stamp, signature):
            return web.Response(status=401)
        if text is None:  # the verifier cannot read these bytes either
            return web.Response(status=400)
        if not self._verifier.is_valid(text, stamp, signature):
            return web.Response(status=401)
        if not _is_payload(text, http.content_type):
            return web.Response(status=400)
        headers: dict[str, str | Sequence[str]] = dict(http.headers)
        request = AsyncBoltRequest(body=text, query=http.query_string, headers=headers)
        # To an unknown action Bolt answers 404, to a failed commit 500: both are the truth.
        return await to_aiohttp_response(await self._app.async_dispatch(request))


async def _read(http: web.Request, seconds: float) -> bytes:
    body = bytearray()
    try:
        async with asyncio.timeout(seconds):
            async for chunk in http.content.iter_any():
                body += chunk
                if len(body) > MOST_BYTES:
                    raise web.HTTPRequestEntityTooLarge(max_size=MOST_BYTES, actual_size=len(body))
    except TimeoutError:
        raise web.HTTPRequestTimeout from None
    return bytes(body)


def _is_formed(stamp: str, signature: str) -> bool:
    is_stamp = stamp.isascii() and stamp.isdigit() and len(stamp) <= 12
    return is_stamp and signature.isascii() and signature.startswith("v0=")


def _as_text(body: bytes) -> str | None:
    try:
        return body.decode()
    except UnicodeDecodeError:
        return None


def _is_payload(text: str, content_type: str) -> bool:
    """Whether what Bolt will parse is there, and formed as Slack forms it."""
    try:
        if content_type == "application/json":
            return is_slacks(json.loads(text))
        fields = parse_qs(text)
        if "payload" not in fields:
            return "command" in fields
        return is_slacks(json.loads(fields["payload"][0]))
    except (ValueError, RecursionError):
        return False


def is_slacks(found: Any) -> bool:
    """An object with objects where Bolt looks for them: on anything else it would break, not refuse."""
    if not isinstance(found, dict) or not _is_shallow(found):
        return False
    if not all(isinstance(found.get(name) or {}, dict) for name in _OBJECTS):
        return False
    match found.get("type"):
        case "block_actions":
            actions = found.get("actions")
            return isinstance(actions, list) and bool(actions) and all(map(_is_action, actions))
        case "view_submission" | "view_closed":
            return all(isinstance(found.get("view", {}).get(name), str) for name in ("type", "callback_id"))
        case "event_callback":
            return isinstance(found.get("event", {}).get("type"), str)
        case kind:
            return isinstance(kind, str)


def _is_action(found: Any) -> bool:
    return isinstance(found, dict) and isinstance(found.get("action_id"), str)


def _is_shallow(found: dict[str, Any]) -> bool:
    """No deeper than anything of Slack's; looked through without recursion."""
    level: list[Any] = [found]
    for _ in range(MOST_DEPTH):
        if not level:
            return True
        inner = [each.values() if isinstance(each, dict) else each for each in level]
        level = [each for some in inner for each in some if isinstance(each, dict | list)]
    return False
