"""The page behind *Add to Slack*: who asks for what, and whether a person allows it."""

from __future__ import annotations

from typing import NoReturn

from aiohttp import web

from selfbill.sandbox.slack.drawing import Drawing, own_pages_only
from selfbill.sandbox.slack.installing import Installing, NotForUs

PATH = "/oauth/v2/authorize"


class ConsentPages:
    """Whoever looks chooses who they are, and with it the workspace; guests may not install."""

    def __init__(self, drawing: Drawing, installing: Installing) -> None:
        self._drawing = drawing
        self._installing = installing

    def add_routes(self, app: web.Application) -> None:
        app.router.add_get(PATH, self._ask)
        app.router.add_post(PATH, own_pages_only(self._answer))

    async def _ask(self, http: web.Request) -> web.Response:
        core, person = self._drawing.who(http)
        try:
            consent = self._installing.read(dict(http.query))
        except NotForUs as no:
            return self._drawing.page("refused.html", core, person, status=400, why=str(no))
        asked = self._drawing.town.find(consent.team_id) or core
        return self._drawing.page(
            "install.html", core, person, consent=consent, asked=asked, query=http.query
        )

    async def _answer(self, http: web.Request) -> NoReturn:
        form = {name: str(value) for name, value in (await http.post()).items()}
        try:
            consent = self._installing.read(form)
        except NotForUs as no:
            raise web.HTTPBadRequest(text=str(no)) from None
        if form.get("answer") != "allow":
            raise web.HTTPSeeOther(self._installing.cancel(consent))
        user = form.get("person", "")
        core = self._drawing.town.of_person(user)
        person = core.workspace.people.get(user)
        if person is None or person.kind or person.is_bot:
            raise web.HTTPForbidden(text="This person may not install apps.")
        raise web.HTTPSeeOther(self._installing.allow(core, user, consent))
