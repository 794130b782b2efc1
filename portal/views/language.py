"""The reader's language: chosen in a form, kept in a cookie."""

from datetime import timedelta
from urllib.parse import urlsplit

from aiohttp import web

from locales.catalogues import AVAILABLE
from portal.forms import read_form
from portal.keys import PLACE
from portal.next_page import next_page
from portal.render import language_cookie
from portal.session import set_cookie

_LASTS = timedelta(days=365)


async def choose(http: web.Request) -> web.StreamResponse:
    """Back to the page where it was chosen: browsers say which within one site."""
    chosen = read_form(http, "language").text("language")
    if chosen not in AVAILABLE:
        raise web.HTTPBadRequest
    answer = web.HTTPSeeOther(next_page(http, _path(http.headers.get("Referer", ""))))
    set_cookie(answer, language_cookie(http[PLACE]), chosen, _LASTS)
    raise answer


def _path(referer: str) -> str:
    try:
        return urlsplit(referer).path
    except ValueError:
        return ""
