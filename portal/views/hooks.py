"""Who calls from outside: the processor with its events, and a proxy that wants certificates."""

import time

import structlog
from aiohttp import web

from billing.errors import NotFound, Refusal
from billing.ids import AccountId, StaffId, parse_id
from billing.inbox import take_in_event
from billing.reminder_mails import stop_reminders
from portal.bad_signatures import MOST_IN_A_MINUTE
from portal.forms import read_body
from portal.keys import BAD_SIGNATURES, CONTEXT, SETTINGS, TRACE_ID
from portal.place import normalise_host, our_host

# An invoice with many lines and their metadata is more than any form of ours.
MOST_EVENT_BYTES = 512 * 1024

log = structlog.get_logger("portal")


async def processor(http: web.Request) -> web.Response:
    """An event, verified over the raw bytes and taken in once; the relay reads what it names.

    204 when it is kept (or was before), 400 for a wrong signature or body, 404 where no processor is
    connected; 503 only when our database is away: the processor then sends the event again.
    """
    verify, slug = http.app[SETTINGS].processor_hook, http.match_info["slug"]
    if verify is None:
        raise web.HTTPNotFound
    body = await read_body(http.clone(client_max_size=MOST_EVENT_BYTES))
    try:
        account_id, event = await verify(slug, body, http.headers)
        await take_in_event(http.app[CONTEXT], account_id, event, trace_id=http[TRACE_ID])
    except NotFound:
        raise web.HTTPNotFound from None
    except ValueError:
        _note_bad(http, slug)
        return web.Response(status=400, text="not accepted\n")
    except Refusal:
        return web.Response(status=503, text="again later\n")
    return web.Response(status=204)


def _note_bad(http: web.Request, slug: str) -> None:
    log.warning("signature", trace_id=http[TRACE_ID], account=slug)
    if http.app[BAD_SIGNATURES].add(slug, minute=int(time.monotonic()) // 60):
        log.error("many bad signatures", account=slug, more_than=MOST_IN_A_MINUTE)


async def show_reminders(http: web.Request) -> web.Response:
    """For mail programs that only open the address: where its reader switches it off. Changes nothing."""
    async with http.app[CONTEXT].read(parse_id(AccountId, http.match_info["account_id"])) as work:
        account = await work.accounts.get()
    raise web.HTTPSeeOther(f"{http.app[CONTEXT].addresses.desk(account)}/me#mails")


async def reminders(http: web.Request) -> web.Response:
    """RFC 8058: a mail program asks at its reader's wish, with a token from the mail and nothing else."""
    await stop_reminders(
        http.app[CONTEXT],
        parse_id(AccountId, http.match_info["account_id"]),
        parse_id(StaffId, http.match_info["staff_id"]),
        http.match_info["token"],
    )
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
