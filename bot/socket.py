"""Slack over Socket Mode, for those behind a firewall, with a watchdog that rebuilds a deaf connection."""

import asyncio
import logging

from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

LOOK_EVERY_SECONDS = 5.0
DEAF_AFTER_SECONDS = 60.0

log = logging.getLogger(__name__)


class SocketLine:
    """Keeps one connection to Slack open until cancelled."""

    def __init__(
        self, app: AsyncApp, app_token: str, *, base_url: str, deaf_after: float = DEAF_AFTER_SECONDS
    ) -> None:
        self._app = app
        self._app_token = app_token
        self._base_url = base_url
        self._deaf_after = deaf_after

    async def run(self) -> None:
        """Connect; a refused handshake would be retried with its one-use address, so build anew instead."""
        while True:
            handler = self._build()
            try:
                await handler.connect_async()  # type: ignore[no-untyped-call]
                await self._watch(handler)
            except (OSError, TimeoutError, ConnectionError) as away:
                log.warning("slack: no connection", extra={"why": type(away).__name__})
                await asyncio.sleep(LOOK_EVERY_SECONDS)
            finally:
                await handler.close_async()  # type: ignore[no-untyped-call]
            log.warning("slack: the connection was deaf, building a new one")

    def _build(self) -> AsyncSocketModeHandler:
        return AsyncSocketModeHandler(
            self._app,
            self._app_token,
            web_client=AsyncWebClient(base_url=self._base_url, retry_handlers=[]),
            ping_interval=10,
        )

    async def _watch(self, handler: AsyncSocketModeHandler) -> None:
        """Returns when the connection was away for too long."""
        loop = asyncio.get_running_loop()
        heard_at = loop.time()
        while loop.time() - heard_at < self._deaf_after:
            await asyncio.sleep(min(LOOK_EVERY_SECONDS, self._deaf_after / 2))
            if await handler.client.is_connected():
                heard_at = loop.time()
