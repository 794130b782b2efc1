"""Who calls from outside: the processor with its events, and a proxy that wants certificates."""

import structlog
from aiohttp import web

from billing.errors import Refusal
from billing.inbox import take_in_event
from portal.forms import read_body
from portal.keys import CONTEXT, SETTINGS, TRACE_ID
from portal.place import normalise_host, our_host

log = structlog.get_logger("portal")


async def processor(http: web.Request) -> web.Response:
    """An event, verified over the raw bytes and taken in once; the relay reads what it names.

    204 when it is kept (or was before), 400 for a wrong signature or body, 404 without an endpoint;
    503 only when our database is away: the processor then sends the event again.
    """
    verify = http.app[SETTINGS].processor_hook
    ctx = http.app[CONTEXT]
    account = await ctx.store.find_account_by_slug(http.match_info["slug"])
    if verify is None or account is None:
        raise web.HTTPNotFound
    body = await read_body(http)
    try:
        event = verify(account, body, http.headers)
    except ValueError:
        log.warning("signature", trace_id=http[TRACE_ID], account=account.slug)
        return web.Response(status=400, text="not accepted\n")
    try:
        await take_in_event(ctx, account.id, event, trace_id=http[TRACE_ID])
    except Refusal:
        return web.Response(status=503, text="again later\n")
    return web.Response(status=204)


async def tls(http: web.Request) -> web.Response:
    """200 where a proxy may have a certificate for `?domain=`: it is ours, or proved and in use. Else 404."""
    asked = http.query.getall("domain", [])
    if len(asked) != 1:
        raise web.HTTPBadRequest
    host, ctx = normalise_host(asked[0]), http.app[CONTEXT]
    if host != our_host(ctx) and await ctx.store.find_account_by_domain(host) is None:
        raise web.HTTPNotFound
    return web.Response(text="served here\n")
