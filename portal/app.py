"""The web application: middlewares in their order, the URL map mounted, headers on every answer.

1. `keep_log` is outermost: it gives the trace id, writes one line, and turns a bug into a plain page.
2. `tell_refusals` turns refusals and statuses into pages; inside 1, so that its own bugs are logged.
3. `find_where_and_who` reads address, place, visitor and language; inside 2, so that unknown hosts get pages.
The guard of each entry (our form, who may, plan) comes last, because it needs all of these.
"""

import asyncio
from collections import Counter
from collections.abc import Iterable
from typing import cast

from aiohttp import web
from aiohttp.typedefs import Middleware

from billing.context import Context
from portal.bad_signatures import BadSignatures
from portal.entries import Entry, UrlMap, Where
from portal.forms import MOST_BYTES
from portal.guard import guarded
from portal.headers import on_prepare
from portal.keys import (
    BAD_SIGNATURES,
    CLEANING,
    CONTEXT,
    JOINING,
    SETTINGS,
    STATIC,
    STOPPING,
    STREAMS,
    TEMPLATES,
    UPLOADS,
    URLS,
    PortalSettings,
)
from portal.middlewares import find_where_and_who, keep_log, tell_refusals
from portal.render import Templates
from portal.routes import ROUTES
from portal.static_files import StaticFiles

__all__ = ["PortalSettings", "build_app"]

_CLEANED_AT_ONCE = 2
_TEMPLATES = Templates()  # compiled once a process: nothing in them belongs to one app
_SEGMENT = "[a-z0-9][a-z0-9-]{0,62}"
_PORTAL = f"/{{directory:{_SEGMENT}}}"
_ROOTS = {
    Where.SURFACES: (_PORTAL, f"{_PORTAL}/help/{{helpdesk:{_SEGMENT}}}"),
    Where.HELPDESK: (f"{_PORTAL}/help/{{helpdesk:{_SEGMENT}}}",),
    Where.DESK: (f"{_PORTAL}/desk",),
    Where.SERVER: ("",),
}


def build_app(
    *, context: Context, settings: PortalSettings, extra_routes: Iterable[Entry] = ()
) -> web.Application:
    """The portal and the desk; `extra_routes` are hooks of others, each with its proof (`entries.hook`).

    Raises `BadUrlMap` when an entry does not declare what it must. Run it with `server.PortalRunner`.
    """
    # The cast because aiohttp's type wants the parameter called `request`, which is a word of ours.
    around = [cast(Middleware, each) for each in (keep_log, tell_refusals, find_where_and_who)]
    app = web.Application(middlewares=around, client_max_size=MOST_BYTES)
    app[CONTEXT] = context
    app[SETTINGS] = settings
    app[STOPPING] = asyncio.Event()
    app[STREAMS] = Counter()
    app[UPLOADS] = Counter()
    app[BAD_SIGNATURES] = BadSignatures()
    app[CLEANING] = asyncio.Semaphore(_CLEANED_AT_ONCE)
    app[JOINING] = asyncio.Semaphore(1)
    app[TEMPLATES] = _TEMPLATES
    app[STATIC] = StaticFiles()
    app[URLS] = UrlMap([*ROUTES, *extra_routes])
    for entry in app[URLS].entries:
        _mount(app, entry)
    app.on_response_prepare.append(on_prepare)
    app.on_shutdown.append(_stop_streams)
    return app


def _mount(app: web.Application, entry: Entry) -> None:
    handler = guarded(entry)
    for root in _ROOTS[entry.where]:
        path = (root + entry.path) or "/"
        app.router.add_route(entry.method, path, handler)
        if entry.method == "GET":
            app.router.add_route("HEAD", path, handler)


async def _stop_streams(app: web.Application) -> None:
    """Live pages hang on for ever by themselves: they must not keep a stopping server waiting."""
    app[STOPPING].set()
    app[CONTEXT].bell.ring()
