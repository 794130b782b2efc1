"""The Web API: reads a call as the SDK sends it, checks its token, runs the method, records both sides."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable
from dataclasses import dataclass

from aiohttp import web

from selfbill.sandbox.faults import FaultTable
from selfbill.sandbox.slack import methods_chat as chat
from selfbill.sandbox.slack import methods_lookup as lookup
from selfbill.sandbox.slack import methods_oauth as oauth
from selfbill.sandbox.slack import methods_views as views
from selfbill.sandbox.slack.access import Refused, Token
from selfbill.sandbox.slack.core import Args, Core, invalid
from selfbill.sandbox.slack.pace import Pace
from selfbill.sandbox.slack.town import Town
from selfbill.sandbox.slack.workspace import Json

NOT_JSON = "not_json"  # a fault of our own: HTTP 200 and a page instead of an answer

Run = Callable[[Core, Args, Token], Json]


@dataclass(frozen=True)
class Method:
    """What a method does, and one of which scopes its bot token needs."""

    run: Run
    scopes: tuple[str, ...] = ()


def _plain(run: Callable[[Core, Args], Json]) -> Run:
    return lambda core, args, _token: run(core, args)


METHODS: dict[str, Method] = {
    "auth.test": Method(_plain(lookup.auth_test)),
    "auth.revoke": Method(oauth.revoke),
    "chat.postMessage": Method(_plain(chat.post_message), ("chat:write",)),
    "chat.update": Method(_plain(chat.update), ("chat:write",)),
    "chat.postEphemeral": Method(_plain(chat.post_ephemeral), ("chat:write",)),
    "chat.delete": Method(_plain(chat.delete), ("chat:write",)),
    "chat.unfurl": Method(_plain(chat.unfurl), ("links:write",)),
    "chat.getPermalink": Method(_plain(chat.get_permalink)),
    "conversations.history": Method(
        lookup.conversations_history, ("channels:history", "groups:history", "im:history")
    ),
    "conversations.info": Method(lookup.conversations_info, ("channels:read", "groups:read", "im:read")),
    "conversations.list": Method(lookup.conversations_list, ("channels:read", "groups:read", "im:read")),
    "conversations.open": Method(_plain(lookup.conversations_open), ("im:write",)),
    "conversations.replies": Method(
        lookup.conversations_replies, ("channels:history", "groups:history", "im:history")
    ),
    "users.conversations": Method(lookup.users_conversations, ("channels:read", "groups:read", "im:read")),
    "users.info": Method(lookup.users_info, ("users:read",)),
    "users.list": Method(lookup.users_list, ("users:read",)),
    "users.lookupByEmail": Method(_plain(lookup.users_lookup_by_email), ("users:read.email",)),
    "views.open": Method(_plain(views.open_view)),
    "views.publish": Method(_plain(views.publish_view)),
    "views.push": Method(_plain(views.push_view)),
    "views.update": Method(_plain(views.update_view)),
}


class WebApi:
    """The routes under `/api/` and the response addresses."""

    def __init__(
        self,
        town: Town,
        faults: FaultTable,
        open_connection: Callable[[], str],
        pace: Pace | None,
        echo: Callable[[Core, str, Json], None],
    ) -> None:
        """`echo` is told of each call that went well, so that the app may hear its own messages."""
        self._town = town
        self._faults = faults
        self._pace = pace
        self._echo = echo
        self._open_connection = open_connection

    def add_routes(self, app: web.Application) -> None:
        app.router.add_route("*", "/api/{method}", self._call)
        app.router.add_post("/response/{secret}", self._respond)

    async def _call(self, http: web.Request) -> web.Response:
        if self._faults.take(http.method, http.path, (NOT_JSON,)):
            return web.Response(text="<html>Something went wrong</html>", content_type="text/html")
        name, core = http.match_info["method"], workspace_of(self._town, http)
        values: Json = {}
        try:
            values = await _values(http)
            core = core or _by_token(self._town, values.get("token"))
            if wait_s := self._wait_s(core, name, values):
                return not_well(429, wait_s)
            answer = self._answer(name, http, values)
        except Refused as no:
            answer = {"ok": False, "error": no.code, **no.beside}
        values.pop("token", None)
        self._town.book.record(name, values, answer, core.team_id if core else "")
        if core is not None and answer["ok"]:
            self._echo(core, name, answer)
        token = self._town.access.tokens.get(_bearer(http) or "")
        granted = {"X-OAuth-Scopes": ",".join(sorted(token.scopes))} if token is not None else {}
        return web.json_response(answer, headers=granted)

    def _wait_s(self, core: Core | None, name: str, values: Json) -> int:
        if self._pace is None or core is None:
            return 0
        return self._pace.wait_s(name, core.team_id, str(values.get("channel")))

    def _answer(self, name: str, http: web.Request, values: Json) -> Json:
        if name == "oauth.v2.access":
            return {"ok": True, **oauth.exchange(self._town, Args(values | _basic(http)))}
        presented = _bearer(http) or values.get("token")
        if name == "apps.connections.open":
            self._town.access.token(presented, "app", ("connections:write",))
            return {"ok": True, "url": self._open_connection()}
        method = METHODS.get(name)
        if method is None:
            raise Refused("unknown_method", req_method=name)
        token = self._town.access.token(presented, "bot", method.scopes)
        core = self._town.of_team(token.team_id)
        return {"ok": True, **method.run(core, Args(values), token)}

    async def _respond(self, http: web.Request) -> web.Response:
        values: Json = {}
        target = self._town.access.response_urls.get(http.match_info["secret"])
        core = self._town.of_team((target.team_id if target else "") or None)
        try:
            values = await _values(http)
            chat.answer_interaction(core, http.match_info["secret"], Args(values))
        except Refused as no:
            answer = {"ok": False, "error": no.code, **no.beside}
            core.record("response_url", values, answer)
            return web.json_response(answer, status=404 if no.code.endswith("_url") else 500)
        core.record("response_url", values, {"ok": True})
        return web.Response(text="ok")


def workspace_of(town: Town, http: web.Request) -> Core | None:
    """Whose token stands in the header."""
    return _by_token(town, _bearer(http))


def _by_token(town: Town, presented: str | None) -> Core | None:
    token = town.access.tokens.get(presented or "")
    return town.find(token.team_id) if token else None


def _bearer(http: web.Request) -> str:
    return http.headers.get("Authorization", "").removeprefix("Bearer ").strip()


async def _values(http: web.Request) -> Json:
    """The arguments of a call: JSON body, form or query, whichever the caller chose."""
    values: Json = dict(http.query)
    if http.method != "POST":
        return values
    if http.content_type != "application/json":
        return values | {name: value for name, value in (await http.post()).items() if isinstance(value, str)}
    try:
        body = json.loads(await http.read() or b"{}")
    except ValueError:
        raise Refused("invalid_json") from None
    if not isinstance(body, dict):
        raise invalid("[ERROR] the body must be an object")
    return values | body


def _basic(http: web.Request) -> Json:
    """Client id and secret from the Authorization header, where the SDK puts them."""
    scheme, _, given = http.headers.get("Authorization", "").partition(" ")
    if scheme != "Basic":
        return {}
    try:
        client_id, _, client_secret = base64.b64decode(given).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise Refused("invalid_client_id") from None
    return {"client_id": client_id, "client_secret": client_secret}


def not_well(status: int, retry_after: int | None) -> web.Response:
    """Slack's shape of a 429 or a 5xx."""
    error = "ratelimited" if status == 429 else "internal_error"
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    return web.json_response({"ok": False, "error": error}, status=status, headers=headers)
