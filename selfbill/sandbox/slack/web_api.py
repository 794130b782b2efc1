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
from selfbill.sandbox.slack.workspace import Json

NOT_JSON = "not_json"  # a fault of our own: HTTP 200 and a page instead of an answer

Run = Callable[[Core, Args, Token], Json]


@dataclass(frozen=True)
class Method:
    """What a method does, and one of which scopes it needs; `kind` is the token's, empty for none."""

    run: Run
    scopes: tuple[str, ...] = ()
    kind: str = "bot"


def _plain(run: Callable[[Core, Args], Json]) -> Run:
    return lambda core, args, _token: run(core, args)


METHODS: dict[str, Method] = {
    "auth.test": Method(_plain(lookup.auth_test)),
    "auth.revoke": Method(oauth.revoke),
    "chat.postMessage": Method(_plain(chat.post_message), ("chat:write",)),
    "chat.update": Method(_plain(chat.update), ("chat:write",)),
    "chat.postEphemeral": Method(_plain(chat.post_ephemeral), ("chat:write",)),
    "chat.delete": Method(_plain(chat.delete), ("chat:write",)),
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
        self, core: Core, faults: FaultTable, open_connection: Callable[[], str], pace: Pace | None
    ) -> None:
        self._core = core
        self._faults = faults
        self._pace = pace
        self._methods = METHODS | {
            "apps.connections.open": Method(
                lambda *_: {"url": open_connection()}, ("connections:write",), kind="app"
            ),
            "oauth.v2.access": Method(_plain(oauth.exchange), kind=""),
        }

    def add_routes(self, app: web.Application) -> None:
        app.router.add_route("*", "/api/{method}", self._call)
        app.router.add_post("/response/{secret}", self._respond)

    async def _call(self, http: web.Request) -> web.Response:
        if self._faults.take(http.method, http.path, (NOT_JSON,)):
            return web.Response(text="<html>Something went wrong</html>", content_type="text/html")
        name, values = http.match_info["method"], {}
        try:
            values = await _values(http)
            if wait_s := self._pace.wait_s(name, str(values.get("channel"))) if self._pace else 0:
                return not_well(429, wait_s)
            answer = self._answer(name, http, values)
        except Refused as no:
            answer = {"ok": False, "error": no.code, **no.beside}
        values.pop("token", None)
        self._core.record(name, values, answer)
        return web.json_response(answer)

    def _answer(self, name: str, http: web.Request, values: Json) -> Json:
        method = self._methods.get(name)
        if method is None:
            raise Refused("unknown_method", req_method=name)
        if not method.kind:
            return {"ok": True, **method.run(self._core, Args(values | _basic(http)), _NO_TOKEN)}
        bearer = http.headers.get("Authorization", "").removeprefix("Bearer ").strip()
        token = self._core.access.token(bearer or values.get("token"), method.kind, method.scopes)
        return {"ok": True, **method.run(self._core, Args(values), token)}

    async def _respond(self, http: web.Request) -> web.Response:
        values: Json = {}
        try:
            values = await _values(http)
            chat.answer_interaction(self._core, http.match_info["secret"], Args(values))
        except Refused as no:
            answer = {"ok": False, "error": no.code, **no.beside}
            self._core.record("response_url", values, answer)
            return web.json_response(answer, status=404 if no.code.endswith("_url") else 500)
        self._core.record("response_url", values, {"ok": True})
        return web.Response(text="ok")


_NO_TOKEN = Token("", frozenset())


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
