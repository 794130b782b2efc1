"""Whether the server runs, and whether its database answers. Nothing more is told."""

from aiohttp import web

from portal.keys import CONTEXT, STOPPING


async def is_alive(http: web.Request) -> web.Response:
    """It runs."""
    return web.Response(text="ok\n")


async def is_ready(http: web.Request) -> web.Response:
    """It may be sent requests: not stopping, and the database answers."""
    ready = not http.app[STOPPING].is_set() and await http.app[CONTEXT].store.is_ready()
    return web.Response(text="ready\n" if ready else "not ready\n", status=200 if ready else 503)
