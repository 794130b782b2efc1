"""The reader's language: chosen in a form, kept in a cookie, and with whoever is signed in."""

from datetime import timedelta

from aiohttp import web

from billing.own_language import choose_language
from portal.forms import read_form
from portal.keys import CONTEXT, PLACE, SETTINGS, VISITOR
from portal.next_page import next_page
from portal.reader import language_cookie
from portal.session import customer, set_cookie, staff

_LASTS = timedelta(days=365)


async def choose(http: web.Request) -> web.StreamResponse:
    """Back to the page where it was chosen."""
    form = read_form(http, "lang", "next")
    if form.text("lang") not in http.app[SETTINGS].languages:
        raise web.HTTPBadRequest
    if http[VISITOR].is_signed_in:
        by = customer(http) if http[PLACE].surface else staff(http)
        await choose_language(http.app[CONTEXT], locale=form.text("lang"), by=by)
    answer = web.HTTPSeeOther(next_page(http, form.text("next")))
    set_cookie(answer, language_cookie(http[PLACE]), form.text("lang"), _LASTS)
    raise answer
