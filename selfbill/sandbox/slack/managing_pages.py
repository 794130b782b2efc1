"""What administrators do: the app's tokens, who belongs to the workspace, the app's place in channels."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from selfbill.sandbox.slack.core import Core
from selfbill.sandbox.slack.drawing import Drawing, go_back, own_pages_only
from selfbill.sandbox.slack.hands import Hands
from selfbill.sandbox.slack.seed import Person

Act = Callable[..., Awaitable[Any]]

_PEOPLE: dict[str, dict[str, bool]] = {
    "deactivate": {"deleted": True},
    "reactivate": {"deleted": False},
    "make-guest": {"is_restricted": True},
    "make-member": {"is_restricted": False},
}


class ManagingPages:
    """Every act tells the app the event that Slack would send."""

    def __init__(self, drawing: Drawing, hands: Hands) -> None:
        self._drawing = drawing
        self._hands = hands

    def add_routes(self, app: web.Application) -> None:
        app.router.add_get("/apps", self._show)
        posts = {
            "/apps/{act}": self._act_on_app,
            "/people/{user}/{act}": self._act_on_person,
            "/channels/{channel}/{act}": self._act_on_channel,
        }
        for path, post in posts.items():
            app.router.add_post(path, own_pages_only(post))

    async def _show(self, http: web.Request) -> web.Response:
        core, person = self._drawing.who(http)
        tokens = core.access.live_tokens(core.team_id)
        return self._drawing.page("apps.html", core, person, tokens=tokens, now=core.workspace.now())

    async def _act_on_app(self, http: web.Request) -> web.Response:
        (core, _), form = self._drawing.who(http), await http.post()
        match http.match_info["act"]:
            case "uninstall":
                await self._hands.uninstall(core.team_id)
            case "revoke":
                await self._hands.revoke(core.team_id)
            case "expire":
                self._hands.expire_tokens(core.team_id)
            case _:
                raise web.HTTPNotFound()
        await go_back(http, form)

    async def _act_on_person(self, http: web.Request) -> web.Response:
        (core, _), form = self._drawing.who(http), await http.post()
        user, changes = http.match_info["user"], _PEOPLE.get(http.match_info["act"])
        if user not in core.workspace.people or changes is None:
            raise web.HTTPNotFound()
        await self._hands.change_person(user, **changes)
        await go_back(http, form)

    async def _act_on_channel(self, http: web.Request) -> web.Response:
        (core, person), form = self._drawing.who(http), await http.post()
        act = self._act_of(core, person, http.match_info["channel"], http.match_info["act"])
        await act(http.match_info["channel"], by=person)
        await go_back(http, form)

    def _act_of(self, core: Core, person: Person, channel_id: str, name: str) -> Act:
        hands, bot = self._hands, core.workspace.seed.bot_user_id
        channel = core.workspace.channels.get(channel_id)
        if channel is None or person.id not in channel.members:
            raise web.HTTPNotFound()
        acts: dict[tuple[str, bool], Act] = {
            ("invite", bot not in channel.members): hands.invite,
            ("remove", bot in channel.members): hands.remove_app,
            ("archive", not channel.is_archived): hands.archive,
            ("unarchive", channel.is_archived): hands.unarchive,
        }
        if (act := acts.get((name, True))) is None:
            raise web.HTTPNotFound()
        return act
