"""The reader's language: chosen in a form, kept in a cookie."""

from datetime import timedelta

from aiohttp import web

from locales.catalogues import AVAILABLE
from portal.forms import read_form
from portal.keys import PLACE
from portal.next_page import next_page
from portal.render import language_cookie
from portal.session import set_cookie

_LASTS = timedelta(days=365)


async def choose(http: web.Request) -> web.StreamResponse:
    """Back to the page where it was chosen."""
    form = read_form(http, "lang", "next")
    if form.text("lang") not in AVAILABLE:
        raise web.HTTPBadRequest
    answer = web.HTTPSeeOther(next_page(http, form.text("next")))
    set_cookie(answer, language_cookie(http[PLACE]), form.text("lang"), _LASTS)
    raise answer
