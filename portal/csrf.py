"""Unsafe requests must come from a form of ours: our own origin, and a token made from the visitor's own."""

import hmac

from aiohttp import web

from portal.keys import CONTEXT, PLACE, VISITOR

FIELD = "csrf"
FORM_TYPE = "application/x-www-form-urlencoded"


def csrf_token(http: web.Request) -> str:
    """For this account, place and visitor; a new visit has a new one."""
    place = http[PLACE]
    vault = http.app[CONTEXT].vault
    return vault.digest(f"csrf:{place.account.id.hex}:{place.key}:{http[VISITOR].token}")


def must_come_from_us(http: web.Request, *types: str) -> None:
    """By the browser's own word; raises 403. `types`: of content, besides a plain form's.

    Browsers send `Origin` with every POST.
    """
    ours = http[PLACE].origin
    sites = http.headers.getall("Sec-Fetch-Site", ["same-origin"])
    if http.headers.getall("Origin", []) != [ours] or sites != ["same-origin"]:
        raise web.HTTPForbidden
    if http.content_type not in {FORM_TYPE, *types}:
        raise web.HTTPForbidden


def must_have_token(http: web.Request, sent: list[str]) -> None:
    """Exactly one token, and ours; raises 403."""
    token = csrf_token(http)
    if len(sent) != 1 or not hmac.compare_digest(sent[0].encode(), token.encode()):
        raise web.HTTPForbidden
