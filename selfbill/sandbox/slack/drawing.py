"""What every page shares: who looks, the templates, forms of our own pages only, the way back."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlsplit

import jinja2
from aiohttp import web
from multidict import MultiDictProxy

from selfbill.sandbox.slack import fields
from selfbill.sandbox.slack.core import Core
from selfbill.sandbox.slack.declared import MEANING
from selfbill.sandbox.slack.mrkdwn import mrkdwn_html, text_html
from selfbill.sandbox.slack.screen import hue_of, initials_of, reader_of
from selfbill.sandbox.slack.seed import Person
from selfbill.sandbox.slack.town import Town

HERE = Path(__file__).parent
COOKIE = "slack_person"
SCRIPTED = "X-Scripted"  # our script sends it: its pages change by themselves

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; "
        "form-action 'self' http: https:; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}

Form = MultiDictProxy[Any]  # aiohttp names a private type here
Post = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Drawing:
    """Renders a template for one person of one workspace."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self._templates = jinja2.Environment(
            loader=jinja2.FileSystemLoader(HERE / "templates"),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.globals |= {
            "town": town,
            "initial": fields.initial,
            "hue_of": hue_of,
            "initials_of": initials_of,
            "meaning": lambda scope: MEANING.get(scope, scope),
        }

    def who(self, http: web.Request) -> tuple[Core, Person]:
        """Who acts in this browser, and where; the first of all until somebody else was chosen."""
        chosen = http.cookies.get(COOKIE, "")
        core = self.town.of_person(chosen)
        people = core.workspace.people
        return core, people.get(chosen) or next(iter(people.values()))

    def page(
        self, template: str, core: Core, person: Person, *, status: int = 200, **data: object
    ) -> web.Response:
        reader = reader_of(core.workspace, person)
        text = self._templates.get_template(template).render(
            core=core,
            person=person,
            draw=lambda found: text_html(found, reader),
            draw_mrkdwn=lambda words: mrkdwn_html(words, reader),
            **data,
        )
        return web.Response(text=text, status=status, content_type="text/html", headers=HEADERS)


async def go_back(http: web.Request, form: Form) -> NoReturn:
    """To the page the form was on; raises the redirect."""
    if SCRIPTED not in http.headers:
        await settle()
    raise web.HTTPSeeOther(path_of(form))


async def settle() -> None:
    """Without a script the page will not change by itself: give the app a moment to follow its ack."""
    await asyncio.sleep(0.3)


def path_of(form: Form) -> str:
    """Where the form was: a path of ours, whatever it says."""
    path = str(form.get("back", "/"))
    return path if path.startswith("/") and not path.startswith("//") else "/"


def own_pages_only(post: Post) -> Post:
    """Refuse a form that another site's page sent: a demo must not be clicked from elsewhere."""

    async def guarded(http: web.Request) -> web.StreamResponse:
        origin = http.headers.get("Origin")
        if origin is not None and urlsplit(origin).netloc != http.host:
            raise web.HTTPForbidden(text="This form came from another site.")
        return await post(http)

    return guarded
