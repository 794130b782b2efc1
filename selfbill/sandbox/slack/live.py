"""Server-sent events: one line to every open page when anything changed, so that it looks again."""

from __future__ import annotations

import asyncio

from aiohttp import web

from selfbill.sandbox.slack.town import Town

IDLE_S = 15.0  # a comment this often, so that a page that went away is noticed


class Live:
    """The open pages, each with its own wake-up."""

    def __init__(self, town: Town) -> None:
        self._town = town
        self._open: set[asyncio.Event] = set()
        self._closing = False
        town.on_change(self.wake)

    def wake(self) -> None:
        for event in self._open:
            event.set()

    def close(self) -> None:
        self._closing = True
        self.wake()

    async def stream(self, http: web.Request) -> web.StreamResponse:
        """Until the page goes or the server stops."""
        response = web.StreamResponse(headers={"Cache-Control": "no-store"})
        response.content_type = "text/event-stream"
        await response.prepare(http)
        woken = asyncio.Event()
        self._open.add(woken)
        try:
            while not self._closing:
                await response.write(f"data: {self._town.version}\n\n".encode())
                await self._wait(woken, response)
        except ConnectionError:
            pass  # the page went away, which is no news
        finally:
            self._open.discard(woken)
        return response

    async def _wait(self, woken: asyncio.Event, response: web.StreamResponse) -> None:
        while not self._closing and not woken.is_set():
            try:
                await asyncio.wait_for(woken.wait(), IDLE_S)
            except TimeoutError:
                await response.write(b": still here\n\n")
        woken.clear()
