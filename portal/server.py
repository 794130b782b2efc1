"""Runs the application: time-outs and limits of the HTTP parser, and plain words for what it cannot read."""

from typing import Any

import structlog
from aiohttp import web
from aiohttp.web_protocol import RequestHandler

from portal.headers import add_headers

log = structlog.get_logger("portal")
IDLE_SECONDS = 15.0  # also the only end that aiohttp puts to a slow header
DRAIN_SECONDS = 10.0
LINGER_SECONDS = 1.0  # how long we go on reading what was refused
MOST_LINE = 8 * 1024
MOST_FIELD = 8 * 1024
MOST_FIELDS = 64


class PlainRequestHandler(RequestHandler):
    """Answers what the parser refused without echoing it, and without a word about what we are made of."""

    __slots__ = ()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """A status and its plain name; the connection is closed."""
        log.info("unreadable", status=status, why=type(exc).__name__ if exc else "")
        if request.writer.output_size > 0:
            raise ConnectionError("the answer had begun")
        response = web.Response(status=status, text="Bad request\n" if status < 500 else "Our fault\n")
        add_headers(response.headers, is_our_host=False)
        response.force_close()
        return response


class PlainServer(web.Server):
    """Makes our request handlers."""

    def __call__(self) -> RequestHandler:
        """One for each connection."""
        return PlainRequestHandler(self, loop=self._loop, **self._kwargs)


class PortalRunner(web.AppRunner):
    """`web.AppRunner` with our limits; `PortalRunner(app)`, then `setup`, a site, and `cleanup` as usual."""

    def __init__(self, app: web.Application) -> None:
        super().__init__(
            app,
            access_log=None,
            keepalive_timeout=IDLE_SECONDS,
            max_line_size=MOST_LINE,
            max_field_size=MOST_FIELD,
            max_headers=MOST_FIELDS,
            auto_decompress=False,
            lingering_time=LINGER_SECONDS,
            shutdown_timeout=DRAIN_SECONDS,
        )

    async def _make_server(self) -> web.Server:
        made = await super()._make_server()
        kwargs: dict[str, Any] = made._kwargs
        return PlainServer(
            made.request_handler, request_factory=made.request_factory, loop=made._loop, **kwargs
        )
