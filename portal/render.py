"""Pages: Jinja2 with the reader's words, and nothing in a template but one page dataclass and these names.

Every template gets
- `page`: its dataclass; `place` (account, surface, helpdesk), `visitor`, `say` (the translator), `now`
- `_()`, `ngettext()`, `pgettext()`: the catalogue; placeholders as `_("Paid on {day}", day=…)`
- `money(amount)`, `date(moment)`, `datetime(moment)`, `ago(moment)`
- `label(state)`, `reason(request)`, `event(entry)`, `failure(code)`: their words
- `url(name, *ids, **query)`: an address of this place
- `static(file)`: a content-hashed address; `brand_address`: the merchant's colours
- `csrf_token`, `new_once_key()`: for `{% call form(url) %}` only
- `desk_menu`: the lines of the desk's menu
- `languages`: tags and names; `path`: this page's own, for reloading it
- `zone_cookie`: what `zone.js` calls the cookie by which it tells the zone
"""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from billing.addresses import Addresses
from billing.records import Request
from locales.catalogues import language_names
from locales.texts import event_sentence, failure_sentence, label, reason_label
from locales.translator import N_, Translator
from portal.csrf import csrf_token
from portal.forms import new_once_key
from portal.keys import CONTEXT, PLACE, SAY, SETTINGS, STATIC, TEMPLATES, URLS, VISITOR
from portal.place import Place
from portal.reader import zone_cookie
from portal.session import Visitor, browser_cookie, set_cookie
from portal.static_files import brand_address
from portal.views.desk.menu import MENU

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

FOLDER = Path(__file__).parent / "templates"


class Templates:
    """One environment per language, since installed words belong to an environment; made when first used."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self._folder = folder
        self._environments: dict[str, Environment] = {}

    def render(self, name: str, say: Translator, context: Mapping[str, object]) -> str:
        """The template in the translator's language."""
        environment = self._environments.get(say.language)
        if environment is None:
            environment = self._environments[say.language] = self._make(say)
        return environment.get_template(name).render(context)

    def _make(self, say: Translator) -> Environment:
        environment = Environment(
            loader=FileSystemLoader(self._folder),
            autoescape=True,
            undefined=StrictUndefined,
            auto_reload=False,
            trim_blocks=True,
            lstrip_blocks=True,
            extensions=["jinja2.ext.i18n"],
        )
        environment.install_gettext_translations(  # type: ignore[attr-defined]
            say.jinja_translations, newstyle=True
        )
        return environment


def render(http: web.Request, template: str, page: "DataclassInstance", *, status: int = 200) -> web.Response:
    """The page for this visitor, in their language; a new browser gets its cookie with it."""
    place, visitor = http[PLACE], http[VISITOR]
    context = _context(http, place, visitor) | {"page": page}
    text = http.app[TEMPLATES].render(template, http[SAY], context)
    response = web.Response(text=text, content_type="text/html", status=status)
    if visitor.is_new:
        set_cookie(response, browser_cookie(place), visitor.browser, None)
    return response


def draw_part(http: web.Request, template: str, page: "DataclassInstance", **names: object) -> Markup:
    """A part of a page for this visitor, with names of its own in place of a page's, e.g. `url`."""
    context = _context(http, http[PLACE], http[VISITOR]) | {"page": page, **names}
    return Markup(http.app[TEMPLATES].render(template, http[SAY], context))  # noqa: S704 - escaped by Jinja


def url_for(http: web.Request, name: str, *parts: object, **query: str) -> str:
    """The path of an entry of the URL map at this place: `url_for(http, "request", request.id)`."""
    place = http[PLACE]
    return http.app[URLS].build(place.root, place.wheres, name, parts, query)


def see(http: web.Request, name: str, *parts: object, **query: str) -> web.HTTPSeeOther:
    """A redirect after a deed, to be raised: `raise see(http, "request", request.id)`."""
    return web.HTTPSeeOther(url_for(http, name, *parts, **query))


def _context(http: web.Request, place: Place, visitor: Visitor) -> dict[str, object]:
    say, static, ctx = http[SAY], http.app[STATIC], http.app[CONTEXT]
    path = http.raw_path
    return {
        "place": place,
        "visitor": visitor,
        "say": say,
        "now": ctx.now(),
        "addresses": _paths_only(ctx.addresses),
        "money": say.money,
        "date": say.date,
        "datetime": say.datetime,
        "ago": partial(_ago, say=say, now=ctx.now()),
        "label": partial(label, say=say),
        "reason": partial(_reason, say=say),
        "event": partial(event_sentence, say=say),
        "failure": partial(failure_sentence, say=say),
        "url": partial(url_for, http),
        "static": static.address,
        "brand_address": brand_address((place.helpdesk and place.helpdesk.colour) or place.account.colour),
        "languages": language_names(http.app[SETTINGS].languages),
        "zone_cookie": zone_cookie(place),
        "desk_menu": MENU,
        "csrf_token": csrf_token(http),
        "new_once_key": new_once_key,
        "path": path,
        "return_path": path if http.method == "GET" else url_for(http, "home"),
    }


def _reason(request: Request, say: Translator) -> str:
    return reason_label(request.kind, request.reason, say)


def _ago(moment: datetime, *, say: Translator, now: datetime) -> str:
    """How long since; of less than a minute nobody wants the seconds."""
    return say.ago(moment, now=now) if now - moment >= timedelta(minutes=1) else say.text(N_("Just now"))


def _paths_only(addresses: Addresses) -> Addresses:
    """Links within this server need no authority."""
    return Addresses(origin=re.sub("^https?://[^/]+", "", addresses.origin))
