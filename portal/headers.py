"""The security headers, on every answer: pages, errors, redirects, documents, refusals of the HTTP parser."""

from collections.abc import Mapping, MutableMapping

from aiohttp import web

from portal.keys import OUR_HOST

SECURITY: Mapping[str, str] = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Not `no-referrer`: with it Chromium sends `Origin: null` on our own form posts.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cache-Control": "no-store",
}
# For a page of the desk that shows a mail, and for the mail in it: neither looks as it does elsewhere.
WITH_A_FRAME: Mapping[str, str] = {
    "Content-Security-Policy": f"{SECURITY['Content-Security-Policy']}; frame-src 'self'",
}
IN_A_FRAME: Mapping[str, str] = {
    "Content-Security-Policy": (
        "sandbox; default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'self'"
    ),
    "X-Frame-Options": "SAMEORIGIN",
}
_OWN_HOST_ALONE = "max-age=63072000"
SERVER = "Selfbill"


def add_headers(headers: MutableMapping[str, str], *, is_our_host: bool) -> None:
    """Sets what the answer does not say itself; `Server` names neither aiohttp nor Python.

    What stands below a merchant's domain is not ours to speak for.
    """
    if not is_our_host:
        headers.setdefault("Strict-Transport-Security", _OWN_HOST_ALONE)
    for name, value in SECURITY.items():
        headers.setdefault(name, value)
    headers["Server"] = SERVER


async def on_prepare(http: web.Request, response: web.StreamResponse) -> None:
    """As a signal, because a middleware misses the answers that aiohttp makes itself."""
    add_headers(response.headers, is_our_host=http.get(OUR_HOST, False))
