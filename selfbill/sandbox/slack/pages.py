"""The client in the browser: channels, threads, Home tab, modals, and every act as a plain form post."""

from __future__ import annotations

import asyncio
from typing import Any, NoReturn

from aiohttp import web

from selfbill.sandbox.slack import fields
from selfbill.sandbox.slack.acting import Acting
from selfbill.sandbox.slack.core import Core
from selfbill.sandbox.slack.drawing import (
    COOKIE,
    HERE,
    SCRIPTED,
    Drawing,
    Form,
    go_back,
    own_pages_only,
    path_of,
    settle,
)
from selfbill.sandbox.slack.events import AS_SLACK, Events
from selfbill.sandbox.slack.interactions import Sender
from selfbill.sandbox.slack.live import Live
from selfbill.sandbox.slack.payloads import Place
from selfbill.sandbox.slack.screen import MOST_LINES, draw_screen
from selfbill.sandbox.slack.seed import Person
from selfbill.sandbox.slack.workspace import View, Workspace, blocks_of, elements_of

PRESS = "press:"


class Pages:
    """The routes people use; `close()` ends the live streams."""

    def __init__(self, drawing: Drawing, sender: Sender, events: Events) -> None:
        self._drawing = drawing
        self._sender = sender
        self._events = events
        self._live = Live(drawing.town)

    def close(self) -> None:
        self._live.close()

    def add_routes(self, app: web.Application) -> None:
        app.router.add_get("/", self._channel)
        app.router.add_get("/c/{channel}", self._channel)
        app.router.add_get("/c/{channel}/{thread}", self._channel)
        app.router.add_get("/home", self._home)
        app.router.add_get("/messages", self._messages)
        app.router.add_get("/archives/{channel}/p{digits}", self._permalink)
        app.router.add_get("/app_redirect", self._redirect)
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
            app.router.add_post(path, own_pages_only(post))

    # -- looking ---------------------------------------------------------------------------------

    async def _channel(self, http: web.Request) -> web.Response:
        core, person = self._drawing.who(http)
        mine = core.workspace.channels_of(person.id)
        wanted = http.match_info.get("channel")
        channel = next((each for each in mine if wanted in (None, each.id, each.name)), None)
        if wanted and channel is None:
            raise web.HTTPNotFound(text="There is no such channel for this person.")
        thread = http.match_info.get("thread", "")
        most = None if "older" in http.query else MOST_LINES
        return self._screen(core, person, http, channel=channel, thread_ts=thread, most=most)

    async def _home(self, http: web.Request) -> web.Response:
        core, person = self._drawing.who(http)
        if SCRIPTED not in http.headers:  # a person came to look, no script that looks again
            await self._acting(core).open_home(person.id)
            await settle()
        return self._screen(core, person, http, channel=None, home=True)

    async def _messages(self, http: web.Request) -> web.Response:
        core, person = self._drawing.who(http)
        channel = core.workspace.direct_message(person.id)
        if SCRIPTED not in http.headers:
            await self._acting(core).open_home(person.id, "messages")
        return self._screen(core, person, http, channel=channel)

    async def _permalink(self, http: web.Request) -> NoReturn:
        digits = http.match_info["digits"]
        self._show_message(http, http.match_info["channel"], f"{digits[:-6]}.{digits[-6:]}")

    async def _redirect(self, http: web.Request) -> NoReturn:
        """A link that names workspace, channel and message; without a message it leads to the channel."""
        channel, ts = http.query.get("channel", ""), http.query.get("message_ts", "")
        if not ts:
            raise web.HTTPSeeOther(f"/c/{channel}")
        self._show_message(http, channel, ts)

    def _show_message(self, http: web.Request, name: str, ts: str) -> NoReturn:
        channel = self._drawing.who(http)[0].workspace.channels.get(name)
        message = channel.find(ts) if channel else None
        if channel is None or message is None:
            raise web.HTTPNotFound(text="There is no such message.")
        thread = f"/{message.thread_ts}" if message.thread_ts else ""
        raise web.HTTPSeeOther(f"/c/{channel.id}{thread}#m{ts}")

    # -- doing -----------------------------------------------------------------------------------

    async def _act_as(self, http: web.Request) -> NoReturn:
        person = str((await http.post()).get("person", ""))
        back = web.HTTPSeeOther("/")
        if any(person in core.workspace.people for core in self._drawing.town):
            back.set_cookie(COOKIE, person, httponly=True, samesite="Lax", path="/")
        raise back

    async def _act(self, http: web.Request) -> web.Response:
        (core, person), form = self._drawing.who(http), await http.post()
        place, chosen = _pressed(core.workspace, form)
        if "confirm" in place.element and "confirmed" not in form:
            hidden = [(name, str(value)) for name, value in form.items()]
            data = {"dialog": place.element["confirm"], "hidden": hidden, "back": path_of(form)}
            return self._drawing.page("confirm.html", core, person, **data)
        if isinstance(place.holder, View):
            place.holder.typed = _typed(place.holder, form)
        await self._acting(core).click(person.id, place, fields.chosen_by(place.element, chosen))
        return await go_back(http, form)

    async def _submit(self, http: web.Request) -> web.Response:
        form, view = await http.post(), self._own_view(http)
        await self._acting(self._drawing.who(http)[0]).submit(view, _typed(view, form))
        await go_back(http, form)

    async def _close(self, http: web.Request) -> web.Response:
        form = await http.post()
        await self._acting(self._drawing.who(http)[0]).close(self._own_view(http))
        await go_back(http, form)

    async def _write(self, http: web.Request) -> web.Response:
        (core, person), form = self._drawing.who(http), await http.post()
        text, channel = (
            str(form.get("text", "")).strip(),
            core.workspace.channels.get(str(form.get("channel"))),
        )
        if channel is None or person.id not in channel.members:
            raise web.HTTPNotFound(text="There is no such channel for this person.")
        if channel.is_archived or (channel.is_im and not core.access.declared.answers_messages):
            raise web.HTTPForbidden(text="Nobody writes here.")
        acting = self._acting(core)
        if text.startswith("/"):
            await acting.command(person.id, channel.id, text)
        elif text:
            thread_ts = str(form.get("thread_ts", "")) or None
            self._sender.later(
                acting.write(acting.new_message(person.id, channel.id, text, thread_ts), AS_SLACK)
            )
            await asyncio.sleep(0)  # the message stands in its channel before the page is drawn
        await go_back(http, form)

    async def _dismiss(self, http: web.Request) -> web.Response:
        (core, person), form = self._drawing.who(http), await http.post()
        space, put_away = core.workspace, (person.id, str(form.get("ts")))
        space.ephemerals = [each for each in space.ephemerals if (each.user, each.ts) != put_away]
        space.changed()
        await go_back(http, form)

    # -- parts -----------------------------------------------------------------------------------

    def _acting(self, core: Core) -> Acting:
        return Acting(core, self._sender, self._events)

    def _own_view(self, http: web.Request) -> View:
        core, person = self._drawing.who(http)
        view = core.workspace.view(http.match_info["view"])
        if view is None or view.user != person.id:
            raise web.HTTPNotFound(text="This dialog is closed already.")
        return view

    def _screen(self, core: Core, person: Person, http: web.Request, **what: Any) -> web.Response:
        commands = list(core.access.declared.commands or ())
        screen = draw_screen(core.workspace, person, http.path, commands=commands, **what)
        return self._drawing.page("client.html", core, person, screen=screen)


def _pressed(space: Workspace, form: Form) -> tuple[Place, str | list[str] | None]:
    """The element that was pressed, and the choice made in it."""
    press = next((name for name in form if name.startswith(PRESS)), "")
    name, key = press.removeprefix(PRESS), str(form.get("holder"))
    holder = space.view(key) or space.find_shown(key)
    for block_id, element in elements_of(blocks_of(holder) if holder else []):
        if holder and name == f"{block_id}.{element['action_id']}":
            if element["type"] == "checkboxes":
                return Place(holder, block_id, element), [str(each) for each in form.getall(name, [])]
            chosen = form.get(name, form[press])
            return Place(holder, block_id, element), str(chosen) or None
    raise web.HTTPConflict(text="This button is gone. Go back and load the page again.")


def _typed(view: View, form: Form) -> fields.Typed:
    typed: fields.Typed = {}
    for block_id, element in elements_of(view.body["blocks"]):
        name = f"{block_id}.{element['action_id']}"
        values = [str(each).replace("\r\n", "\n") for each in form.getall(name, [])]
        typed[name] = values if element["type"] == "checkboxes" else "".join(values[:1])
    return typed
