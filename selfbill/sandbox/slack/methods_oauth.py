"""Installing the app: the exchange of a code, the rotation of tokens, and the end of one."""

from __future__ import annotations

from selfbill.sandbox.slack.access import TOKEN_LIVES, Refused, Token
from selfbill.sandbox.slack.core import Args, Core
from selfbill.sandbox.slack.workspace import Json


def exchange(core: Core, args: Args) -> Json:
    """`oauth.v2.access`: a code works once, and so does a refresh token."""
    if args.find("client_id") != core.access.client_id:
        raise Refused("invalid_client_id")
    if args.find("client_secret") != core.access.client_secret:
        raise Refused("bad_client_secret")
    if args.find("grant_type") == "refresh_token":
        scopes = core.access.refresh_tokens.pop(args.text("refresh_token"), None)
        if scopes is None:
            raise Refused("invalid_refresh_token")
    else:
        asked = core.access.codes.pop(args.find("code") or "", None)
        if asked is None:
            raise Refused("invalid_code")
        scopes = frozenset(asked.split(","))
    return _installed(core, scopes)


def revoke(_core: Core, _args: Args, token: Token) -> Json:
    """`auth.revoke`: the token that asks is the one that ends."""
    token.revoked = True
    return {"revoked": True}


def _installed(core: Core, scopes: frozenset[str]) -> Json:
    token, refresh = core.access.install(scopes)
    seed = core.workspace.seed
    return {
        "access_token": token,
        "refresh_token": refresh,
        "expires_in": int(TOKEN_LIVES.total_seconds()),
        "token_type": "bot",
        "scope": ",".join(sorted(scopes)),
        "bot_user_id": seed.bot_user_id,
        "app_id": seed.app_id,
        "team": {"id": seed.team_id, "name": seed.team_name},
        "enterprise": None,
        "is_enterprise_install": False,
        "authed_user": {"id": next(iter(core.workspace.people))},
    }
