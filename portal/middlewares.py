"""What happens around every handler. Their order, and why, is in `app.py`."""

import secrets
import time
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import urlsplit

import structlog
from aiohttp import web

from billing.errors import CodeNeeded, ProofNeeded, Refusal, SignInNeeded, TooMany
from portal.answers import error_page, lost_page, status_of
from portal.entries import Handler
from portal.keys import CLIENT, ENTRY, PLACE, SAY, SETTINGS, TRACE_ID, URLS, VISITOR
from portal.place import Place, find_place
from portal.reader import browsers_language, find_reader
from portal.render import url_for
from portal.session import find_visitor

log = structlog.get_logger("portal")


@web.middleware
async def keep_log(http: web.Request, handler: Handler) -> web.StreamResponse:
    """One line for each request, without addresses' ids, queries, cookies or e-mails; nothing escapes it."""
    http[TRACE_ID] = secrets.token_hex(8)
    http[CLIENT] = client_address(http)
    began = time.monotonic()
    status = 500
    try:
        response = await handler(http)
        status = response.status
        return response
    except web.HTTPException as answer:
        status = answer.status
        raise
    except ConnectionError:
        status = 499  # they hung up; nobody reads an answer
        raise
    except Exception:
        log.exception("bug", trace_id=http[TRACE_ID])
        return lost_page(http, 500, http[SAY] if SAY in http else browsers_language(http))
    finally:
        log.info(
            "request",
            trace_id=http[TRACE_ID],
            method=http.method if http.method.isalpha() else "?",
            route=http[ENTRY].name if ENTRY in http else "",
            account=http[PLACE].account.slug if PLACE in http else "",
            status=status,
            ms=round((time.monotonic() - began) * 1000, 1),
        )


@web.middleware
async def tell_refusals(http: web.Request, handler: Handler) -> web.StreamResponse:
    """Refusals and bare statuses become pages in the visitor's language, or lead to sign-in."""
    try:
        return await handler(http)
    except Refusal as refusal:
        return _refused(http, refusal)
    except web.HTTPException as answer:
        if answer.status < 400:
            raise
        response = _page_of_status(http, answer.status)
        if "Allow" in answer.headers:
            response.headers["Allow"] = answer.headers["Allow"]
        return response


@web.middleware
async def find_where_and_who(http: web.Request, handler: Handler) -> web.StreamResponse:
    """The place of the path, its visitor and their language; also for pages that do not exist there."""
    place = await find_place(http)
    if place is None:
        return await handler(http)
    _must_end_plainly(http, place)
    visitor = await find_visitor(http, place)
    http[SAY] = await find_reader(http, place, visitor)
    http[VISITOR], http[PLACE] = visitor, place
    return await handler(http)


def _must_end_plainly(http: web.Request, place: Place) -> None:
    """A page's address with a slash behind it leads to the page: people type it so."""
    path, mark, query = http.raw_path.partition("?")
    plain = path.removesuffix("/")
    if plain == path or http.method not in {"GET", "HEAD"}:
        return
    if http.app[URLS].is_page(place.wheres, plain.removeprefix(place.root)):
        raise web.HTTPSeeOther(plain + mark + query)


def client_address(http: web.Request) -> str:
    """The right-most hop that is not a proxy of ours, else the peer; what clients forge is not believed."""
    peer = http.remote or ""
    trusted = http.app[SETTINGS].trusted_proxies
    if not trusted:
        return peer
    hops = [hop.strip() for line in http.headers.getall("X-Forwarded-For", []) for hop in line.split(",")]
    nearest = peer
    for hop in [peer, *reversed(hops)]:
        try:
            address = _plain_address(hop)
        except ValueError:
            break
        nearest = str(address)
        if not any(address in network for network in trusted):
            break
    return nearest


def _plain_address(hop: str) -> IPv4Address | IPv6Address:
    """A socket for both families names IPv4 peers as `::ffff:192.0.2.1`; raises ValueError."""
    address = ip_address(hop)
    return getattr(address, "ipv4_mapped", None) or address


def _refused(http: web.Request, refusal: Refusal) -> web.StreamResponse:
    if isinstance(refusal, SignInNeeded) and PLACE in http:
        raise web.HTTPSeeOther(_way_in(http, refusal)) from refusal
    if PLACE not in http:
        return _page_of_status(http, status_of(refusal))
    response = error_page(http, status_of(refusal), refusal)
    if isinstance(refusal, TooMany) and "retry_after" in refusal.data:
        response.headers["Retry-After"] = str(int(str(refusal.data["retry_after"])))
    return response


def _way_in(http: web.Request, refusal: SignInNeeded) -> str:
    """Where to enter something first."""
    if isinstance(refusal, CodeNeeded):
        return _with_way_back(http, "code", http.raw_path)
    if not isinstance(refusal, ProofNeeded):
        return _with_way_back(http, "sign-in", http.raw_path)
    # A deed cannot be gone back to; the page with its form can, and our own pages name themselves to us.
    came_from = urlsplit(http.headers.get("Referer", "")).path
    return _with_way_back(http, "prove", came_from if http.method == "POST" else http.raw_path)


def _with_way_back(http: web.Request, name: str, wanted: str) -> str:
    """It leads on to the page that was wanted, if it is one of ours."""
    place = http[PLACE]
    path = wanted.partition("?")[0].removeprefix(place.root)
    if path and http.app[URLS].is_page(place.wheres, path):
        return url_for(http, name, next=path)
    return url_for(http, name)


def _page_of_status(http: web.Request, status: int) -> web.Response:
    if PLACE in http and VISITOR in http:
        return error_page(http, status, None)
    return lost_page(http, status, browsers_language(http))
