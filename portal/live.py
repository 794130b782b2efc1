"""Pages that follow what they show: server-sent events that say only that something changed.

The page brings the version it shows (`?version=`); the stream says `changed` once the present one is another.
The script then fetches the page itself again: what is shown is always made by the page's own handler.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress

from aiohttp import web

from billing.context import Context
from billing.errors import Refusal, TooMany
from billing.ids import RequestId, parse_id
from billing.requests import show_request
from portal.keys import CONTEXT, PLACE, STOPPING, STREAMS, VISITOR
from portal.session import EVENTS, customer, find_visitor, staff

POLL_SECONDS = 1.0
ALIVE_SECONDS = 15.0
BREATH_SECONDS = 0.2  # the bell rings at every commit; a busy server must not look at each
MOST_SECONDS = 600.0
MOST_STREAMS = 20  # of one visit at once


async def request_events(http: web.Request) -> web.StreamResponse:
    """The request named by the path, for its customer or for staff; raises as its page does."""
    request_id = parse_id(RequestId, http.match_info["request_id"])
    by = staff(http) if http[PLACE].surface is None else customer(http)
    ctx = http.app[CONTEXT]

    async def look() -> str:
        return (await show_request(ctx, request_id, by=by)).version

    await look()  # not theirs: refused before the stream begins
    return await stream_versions(http, look)


async def stream_versions(http: web.Request, look: Callable[[], Awaitable[str]]) -> web.StreamResponse:
    """Sends `changed` whenever `look` says another version, until somebody leaves, signs out or we stop.

    Raises `TooMany` for more pages at once than anybody has open.
    """
    with _counted(http):
        return await _stream(http, look)


@contextmanager
def _counted(http: web.Request) -> Iterator[None]:
    """Each stream looks every second, so that one visit must not open them without end; raises `TooMany`."""
    streams, token = http.app[STREAMS], http[VISITOR].token
    if streams[token] >= MOST_STREAMS:
        raise TooMany(retry_after=int(ALIVE_SECONDS))
    streams[token] += 1
    try:
        yield
    finally:
        streams[token] -= 1
        if not streams[token]:
            del streams[token]


async def _stream(http: web.Request, look: Callable[[], Awaitable[str]]) -> web.StreamResponse:
    known = http.headers.get("Last-Event-ID") or http.query.get("version", "")
    response = web.StreamResponse(headers={"Content-Type": f"{EVENTS}; charset=utf-8"})
    response.headers["X-Accel-Buffering"] = "no"  # proxies would otherwise hold the events back
    await response.prepare(http)
    if http.method == "HEAD":
        return response
    # They left, or may no longer see it; the browser asks again and is told so.
    with suppress(ConnectionError, Refusal):
        await _send_changes(http, response, look, known)
    return response


async def _send_changes(
    http: web.Request, response: web.StreamResponse, look: Callable[[], Awaitable[str]], known: str
) -> None:
    ctx, began = http.app[CONTEXT], time.monotonic()
    spoke = began
    await response.write(b"retry: 2000\n\n")
    while time.monotonic() - began < MOST_SECONDS and await _is_on(http, ctx):
        version = await look()
        if version != known:
            known, spoke = version, time.monotonic()
            await response.write(f"id: {version}\nevent: changed\ndata: {version}\n\n".encode())
        elif time.monotonic() - spoke > ALIVE_SECONDS:
            spoke = time.monotonic()
            await response.write(b": still here\n\n")
        await ctx.bell.wait(POLL_SECONDS)
        await asyncio.sleep(BREATH_SECONDS)


async def _is_on(http: web.Request, ctx: Context) -> bool:
    if http.app[STOPPING].is_set() or http.transport is None or http.transport.is_closing():
        return False
    visitor = await find_visitor(http, http[PLACE])
    return visitor.is_signed_in
