"""The client in the browser: channels, threads, Home tab, modals, and every act as a plain form post."""

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
from selfbill.sandbox.slack.acting import Acting
from selfbill.sandbox.slack.core import Core
from selfbill.sandbox.slack.declared import MEANING
from selfbill.sandbox.slack.events import AS_SLACK, Events
from selfbill.sandbox.slack.installing import Installing, NotForUs
from selfbill.sandbox.slack.interactions import Sender
from selfbill.sandbox.slack.live import Live
from selfbill.sandbox.slack.mrkdwn import mrkdwn_html, text_html
from selfbill.sandbox.slack.payloads import Place
from selfbill.sandbox.slack.screen import MOST_LINES, Screen, draw_screen, hue_of, initials_of, reader_of
from selfbill.sandbox.slack.seed import Person
from selfbill.sandbox.slack.town import Town
from selfbill.sandbox.slack.workspace import View, Workspace, elements_of

HERE = Path(__file__).parent
COOKIE = "slack_person"
PRESS = "press:"
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


class Pages:
    """The routes people use; `close()` ends the live streams."""

    def __init__(self, town: Town, sender: Sender, events: Events, installing: Installing) -> None:
        self._town = town
        self._sender = sender
        self._events = events
        self._installing = installing
        self._live = Live(town)
        self._templates = jinja2.Environment(
            loader=jinja2.FileSystemLoader(HERE / "templates"),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.globals |= {
            "initial": fields.initial,
            "hue_of": hue_of,
            "initials_of": initials_of,
            "meaning": lambda scope: MEANING.get(scope, scope),
        }

    def close(self) -> None:
        self._live.close()

    def add_routes(self, app: web.Application) -> None:
        app.router.add_get("/", self._channel)
        app.router.add_get("/c/{channel}", self._channel)
        app.router.add_get("/c/{channel}/{thread}", self._channel)
        app.router.add_get("/home", self._home)
        app.router.add_get("/archives/{channel}/p{digits}", self._permalink)
        app.router.add_get("/live", self._live.stream)
        app.router.add_static("/static", HERE / "static")
        posts = {
            "/as": self._act_as,
            "/act": self._act,
            "/write": self._write,
            "/dismiss": self._dismiss,
            "/modal/{view}": self._submit,
            "/modal/{view}/close": self._close,
        }
        for path, post in posts.items():
            app.router.add_post(path, _own_pages_only(post))
        app.router.add_get("/oauth/v2/authorize", self._ask_to_install)
        app.router.add_post("/oauth/v2/authorize", _own_pages_only(self._install))

    # -- looking ---------------------------------------------------------------------------------

    async def _channel(self, http: web.Request) -> web.Response:
        core, person = self._who(http)
        mine = core.workspace.channels_of(person.id)
        wanted = http.match_info.get("channel")
        channel = next((each for each in mine if wanted in (None, each.id, each.name)), None)
        if wanted and channel is None:
            raise web.HTTPNotFound(text="There is no such channel for this person.")
        thread = http.match_info.get("thread", "")
        most = None if "older" in http.query else MOST_LINES
        return self._page(
            core, draw_screen(core.workspace, person, http.path, channel=channel, thread_ts=thread, most=most)
        )

    async def _home(self, http: web.Request) -> web.Response:
        core, person = self._who(http)
        if SCRIPTED not in http.headers:  # a person came to look, no script that looks again
            await self._acting(core).open_home(person.id)
            await self._settle()
        return self._page(core, draw_screen(core.workspace, person, http.path, channel=None, home=True))

    async def _permalink(self, http: web.Request) -> NoReturn:
        digits = http.match_info["digits"]
        ts = f"{digits[:-6]}.{digits[-6:]}"
        channel = self._who(http)[0].workspace.channels.get(http.match_info["channel"])
        message = channel.find(ts) if channel else None
        if channel is None or message is None:
            raise web.HTTPNotFound(text="There is no such message.")
        thread = f"/{message.thread_ts}" if message.thread_ts else ""
        raise web.HTTPSeeOther(f"/c/{channel.id}{thread}#m{ts}")

    # -- doing -----------------------------------------------------------------------------------

    async def _act_as(self, http: web.Request) -> NoReturn:
        person = str((await http.post()).get("person", ""))
        back = web.HTTPSeeOther("/")
        if any(person in core.workspace.people for core in self._town):
            back.set_cookie(COOKIE, person, httponly=True, samesite="Lax", path="/")
        raise back

    async def _act(self, http: web.Request) -> web.Response:
        (core, person), form = self._who(http), await http.post()
        place, chosen = _pressed(core.workspace, form)
        if "confirm" in place.element and "confirmed" not in form:
            return self._confirm_page(core, place, form, person)
        if isinstance(place.holder, View):
            place.holder.typed = _typed(place.holder, form)
        await self._acting(core).click(person.id, place, fields.chosen_by(place.element, chosen))
        return await self._back(http, form)

    async def _submit(self, http: web.Request) -> web.Response:
        form, view = await http.post(), self._own_view(http)
        await self._acting(self._who(http)[0]).submit(view, _typed(view, form))
        return await self._back(http, form)

    async def _close(self, http: web.Request) -> web.Response:
        form = await http.post()
        await self._acting(self._who(http)[0]).close(self._own_view(http))
        return await self._back(http, form)

    async def _write(self, http: web.Request) -> web.Response:
        (core, person), form = self._who(http), await http.post()
        text, channel = (
            str(form.get("text", "")).strip(),
            core.workspace.channels.get(str(form.get("channel"))),
        )
        if channel is None or person.id not in channel.members:
            raise web.HTTPNotFound(text="There is no such channel for this person.")
        acting = self._acting(core)
        if text.startswith("/"):
            await acting.command(person.id, channel.id, text)
        elif text:
            thread_ts = str(form.get("thread_ts", "")) or None
            self._sender.later(
                acting.write(acting.new_message(person.id, channel.id, text, thread_ts), AS_SLACK)
            )
            await asyncio.sleep(0)  # the message stands in its channel before the page is drawn
        return await self._back(http, form)

    async def _dismiss(self, http: web.Request) -> web.Response:
        (core, person), form = self._who(http), await http.post()
        space, put_away = core.workspace, (person.id, str(form.get("ts")))
        space.ephemerals = [each for each in space.ephemerals if (each.user, each.ts) != put_away]
        space.changed()
        return await self._back(http, form)

    # -- installing ------------------------------------------------------------------------------

    async def _ask_to_install(self, http: web.Request) -> web.Response:
        core, person = self._who(http)
        try:
            consent = self._installing.read(dict(http.query))
        except NotForUs as no:
            page = self._html("refused.html", core, person, why=str(no))
            page.set_status(400)
            return page
        asked = self._town.find(consent.team_id) or core
        return self._html(
            "install.html", core, person, consent=consent, town=self._town, asked=asked, query=http.query
        )

    async def _install(self, http: web.Request) -> NoReturn:
        form = await http.post()
        user = str(form.get("person", ""))
        core = self._town.of_person(user)
        try:
            consent = self._installing.read({name: str(value) for name, value in form.items()})
        except NotForUs as no:
            raise web.HTTPBadRequest(text=str(no)) from None
        back = (
            self._installing.allow(core, user, consent)
            if form.get("answer") == "allow"
            else self._installing.cancel(consent)
        )
        raise web.HTTPSeeOther(back)

    # -- parts -----------------------------------------------------------------------------------

    def _who(self, http: web.Request) -> tuple[Core, Person]:
        """Who acts in this browser, and where; the first of all until somebody else was chosen."""
        chosen = http.cookies.get(COOKIE, "")
        core = self._town.of_person(chosen)
        people = core.workspace.people
        return core, people.get(chosen) or next(iter(people.values()))

    def _acting(self, core: Core) -> Acting:
        return Acting(core, self._sender, self._events)

    def _own_view(self, http: web.Request) -> View:
        core, person = self._who(http)
        view = core.workspace.view(http.match_info["view"])
        if view is None or view.user != person.id:
            raise web.HTTPNotFound(text="This dialog is closed already.")
        return view

    def _confirm_page(self, core: Core, place: Place, form: Form, person: Person) -> web.Response:
        hidden = [(name, str(value)) for name, value in form.items()]
        dialog = place.element["confirm"]
        return self._html("confirm.html", core, person=person, dialog=dialog, hidden=hidden, back=_path(form))

    async def _back(self, http: web.Request, form: Form) -> web.Response:
        if SCRIPTED not in http.headers:
            await self._settle()
        raise web.HTTPSeeOther(_path(form))

    async def _settle(self) -> None:
        """Without a script the page will not change by itself: give the app a moment to follow its ack."""
        await asyncio.sleep(0.3)

    def _page(self, core: Core, screen: Screen) -> web.Response:
        return self._html("client.html", core, person=screen.person, screen=screen)

    def _html(self, template: str, core: Core, person: Person, **data: object) -> web.Response:
        reader = reader_of(core.workspace, person)
        page = self._templates.get_template(template).render(
            person=person,
            draw=lambda found: text_html(found, reader),
            draw_mrkdwn=lambda text: mrkdwn_html(text, reader),
            **data,
        )
        return web.Response(text=page, content_type="text/html", headers=HEADERS)


def _pressed(space: Workspace, form: Form) -> tuple[Place, str | list[str] | None]:
    """The element that was pressed, and the choice made in it."""
    press = next((name for name in form if name.startswith(PRESS)), "")
    name, key = press.removeprefix(PRESS), str(form.get("holder"))
    holder = space.view(key) or space.find_shown(key)
    blocks = [] if holder is None else holder.body["blocks"] if isinstance(holder, View) else holder.blocks
    for block_id, element in elements_of(blocks):
        if holder is not None and name == f"{block_id}.{element['action_id']}":
            if element["type"] == "checkboxes":
                return Place(holder, block_id, element), [str(each) for each in form.getall(name, [])]
            chosen = form.get(name, form[press])
            return Place(holder, block_id, element), str(chosen) or None
    raise web.HTTPConflict(text="This button is gone. Go back and load the page again.")


def _own_pages_only(post: Post) -> Post:
    """Refuse a form that another site's page sent: a demo must not be clicked from elsewhere."""

    async def guarded(http: web.Request) -> web.StreamResponse:
        origin = http.headers.get("Origin")
        if origin is not None and urlsplit(origin).netloc != http.host:
            raise web.HTTPForbidden(text="This form came from another site.")
        return await post(http)

    return guarded


def _typed(view: View, form: Form) -> fields.Typed:
    typed: fields.Typed = {}
    for block_id, element in elements_of(view.body["blocks"]):
        name = f"{block_id}.{element['action_id']}"
        values = [str(each).replace("\r\n", "\n") for each in form.getall(name, [])]
        typed[name] = values if element["type"] == "checkboxes" else "".join(values[:1])
    return typed


def _path(form: Form) -> str:
    """Where the form was: a path of ours, whatever it says."""
    path = str(form.get("back", "/"))
    return path if path.startswith("/") and not path.startswith("//") else "/"
