"""Slack over HTTP: the signature over raw bytes first, then decoding, then Bolt."""

import asyncio
from collections.abc import Sequence

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from slack_sdk.signature import SignatureVerifier

from bot.payloads import read_payload

MOST_BYTES = 512 * 1024
BODY_SECONDS = 15.0  # aiohttp itself waits for a slow body for ever

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
        payload = read_payload(text, http.content_type)
        if payload is None:
            return web.Response(status=400)
        headers: dict[str, str | Sequence[str]] = dict(http.headers)
        # As it is in Socket Mode: verified and read. Bolt itself takes a command with "payload" in its text
        # for a form without one.
        request = AsyncBoltRequest(mode="socket_mode", body=payload, headers=headers)
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
