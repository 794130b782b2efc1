"""Slack over Socket Mode, for those behind a firewall, with a watchdog that rebuilds a deaf connection."""

import asyncio
import logging

from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

LOOK_EVERY_SECONDS = 5.0
DEAF_AFTER_SECONDS = 60.0
PING_EVERY_SECONDS = 10.0

log = logging.getLogger(__name__)


class SocketLine:
    """Keeps one connection to Slack open until cancelled; all spans are in seconds."""

    def __init__(
        self,
        app: AsyncApp,
        app_token: str,
        *,
        base_url: str,
        deaf_after: float = DEAF_AFTER_SECONDS,
        look_every: float = LOOK_EVERY_SECONDS,
        ping_every: float = PING_EVERY_SECONDS,
    ) -> None:
        self._app = app
        self._app_token = app_token
        self._base_url = base_url
        self._deaf_after = deaf_after
        self._look_every = look_every
        self._ping_every = ping_every

    async def run(self) -> None:
        """Connect, and build a new connection, at a new one-use address, whenever one stays deaf."""
        while True:
            handler = self._build()
            # Beside the watch, not before it: a refused handshake is tried at its address for ever.
            connecting = asyncio.create_task(_connect(handler), name="slack socket connects")
            try:
                await self._watch(handler)
            finally:
                connecting.cancel()
                await asyncio.gather(connecting, return_exceptions=True)
                await handler.close_async()  # type: ignore[no-untyped-call]
            log.warning("slack: the connection was deaf, building a new one")

    def _build(self) -> AsyncSocketModeHandler:
        return AsyncSocketModeHandler(
            self._app,
            self._app_token,
            logger=_silent_logger(),
            web_client=AsyncWebClient(base_url=self._base_url, retry_handlers=[], logger=_silent_logger()),
            # Slack answers a ping in no time; the SDK counts whole seconds, so it may be a fraction in tests.
            ping_interval=self._ping_every,
        )

    async def _watch(self, handler: AsyncSocketModeHandler) -> None:
        """Returns when the connection was away for too long."""
        loop = asyncio.get_running_loop()
        heard_at = loop.time()
        while loop.time() - heard_at < self._deaf_after:
            await asyncio.sleep(self._look_every)
            if await handler.client.is_connected():
                heard_at = loop.time()


async def _connect(handler: AsyncSocketModeHandler) -> None:
    await handler.connect_async()  # type: ignore[no-untyped-call]


def _silent_logger() -> logging.Logger:
    """The SDK's errors carry the one-use address; what matters of them, the watchdog says."""
    logger = logging.getLogger("selfbill.bolt.socket")
    logger.setLevel(logging.CRITICAL)
    return logger
