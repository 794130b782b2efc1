"""What a refusal or a bare status becomes: a status of HTTP, and a page that says what to do."""

from dataclasses import dataclass

from aiohttp import web

from billing.errors import Conflict, Forbidden, Invalid, NotFound, Refusal, SignInNeeded, TooMany, Unavailable
from locales.texts import sentence
from locales.translator import N_, Translator
from portal.keys import SAY, STATIC, TEMPLATES
from portal.render import render, url_for

STATUS: dict[type[Refusal], int] = {
    NotFound: 404,
    SignInNeeded: 401,
    Forbidden: 403,
    Invalid: 422,
    Conflict: 409,
    TooMany: 429,
    Unavailable: 503,
}

_TITLE = {
    400: N_("We could not read this"),
    403: N_("You may not do this"),
    404: N_("This page does not exist"),
    405: N_("This page does not exist"),
    408: N_("That took too long"),
    409: N_("Something has changed"),
    413: N_("That was too much"),
    421: N_("This page does not exist"),
    422: N_("Please check what you entered"),
    429: N_("Too many tries"),
    503: N_("Please try again in a moment"),
}
_SENTENCE = {
    400: N_("What your browser sent made no sense to us. Please load the page again and try once more."),
    403: N_(
        "This form was open for too long, or it came from another site. Nothing was changed. "
        "Please go back, load the page again and try once more."
    ),
    404: N_("The address may be mistyped, or what was here is gone."),
    405: N_("The address may be mistyped, or what was here is gone."),
    408: N_("Nothing was changed. Please try again."),
    413: N_("Nothing was changed. Please send less at once."),
    421: N_("Nothing is served under this name. Please check the address."),
    503: N_("Nothing was changed. Please try again in a moment."),
}
_OUR_FAULT = N_("Something went wrong on our side")
_OUR_FAULT_SENTENCE = N_("We have made a note of it. Please try again in a moment.")


@dataclass(frozen=True, slots=True)
class ErrorPage:
    """`home`: where to go from here."""

    status: int
    title: str
    sentence: str
    home: str


def status_of(refusal: Refusal) -> int:
    """The status of the nearest kind of refusal there is one for."""
    return next((STATUS[kind] for kind in type(refusal).__mro__ if kind in STATUS), 400)


def error_page(http: web.Request, status: int, refusal: Refusal | None) -> web.Response:
    """Within a place: its own frame, the refusal's own sentence."""
    say = http[SAY]
    title, words = _words(status, say)
    told = sentence(refusal, say) if refusal is not None and status != 404 else words
    return render(http, "error.html", ErrorPage(status, title, told, url_for(http, "home")), status=status)


def lost_page(http: web.Request, status: int, say: Translator) -> web.Response:
    """Where there is no place: nothing of any account in it."""
    title, words = _words(status, say)
    context = {"page": ErrorPage(status, title, words, ""), "say": say, "static": http.app[STATIC].address}
    text = http.app[TEMPLATES].render("lost.html", say, context)
    return web.Response(text=text, content_type="text/html", status=status)


def _words(status: int, say: Translator) -> tuple[str, str]:
    if status >= 500 and status not in _TITLE:
        return say.text(_OUR_FAULT), say.text(_OUR_FAULT_SENTENCE)
    return say.text(_TITLE.get(status, _TITLE[400])), say.text(_SENTENCE.get(status, _SENTENCE[400]))
