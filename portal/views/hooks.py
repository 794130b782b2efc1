"""The processor's events: verified over the raw bytes, taken in once, answered; the relay reads them."""

import structlog
from aiohttp import web

from billing.errors import Refusal
from billing.inbox import take_in_event
from portal.forms import read_body
from portal.keys import CONTEXT, SETTINGS, TRACE_ID

log = structlog.get_logger("portal")


async def processor(http: web.Request) -> web.Response:
    """204 when the event is kept (or was before), 400 for a wrong signature or body, 404 without an endpoint.

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
