"""Installing the app: the exchange of a code, the rotation of tokens, and the end of one."""

from __future__ import annotations

from selfbill.sandbox.slack.access import TOKEN_LIVES, Refused, Token
from selfbill.sandbox.slack.core import Args, Core
from selfbill.sandbox.slack.town import Town
from selfbill.sandbox.slack.workspace import Json


def exchange(town: Town, args: Args) -> Json:
    """`oauth.v2.access`: a code works once and at its own redirect address, a refresh token works once."""
    access = town.access
    if args.find("client_id") != access.client_id:
        raise Refused("invalid_client_id")
    if args.find("client_secret") != access.client_secret:
        raise Refused("bad_client_secret")
    match args.find("grant_type"):
        case "refresh_token":
            refresh = access.refresh_tokens.pop(args.text("refresh_token"), None)
            if refresh is None:
                raise Refused("invalid_refresh_token")
            return _installed(town, refresh.team_id, refresh.scopes, refresh.user)
        case None | "" | "authorization_code":
            code = access.take_code(args.find("code") or "", args.find("redirect_uri") or "")
            return _installed(town, code.team_id, code.scopes, code.user)
    raise Refused("invalid_grant_type")


def revoke(_core: Core, _args: Args, token: Token) -> Json:
    """`auth.revoke`: the token that asks is the one that ends."""
    token.ended = "token_revoked"
    return {"revoked": True}


def _installed(town: Town, team_id: str, scopes: frozenset[str], user: str) -> Json:
    core = town.of_team(team_id)
    token, refresh = town.access.install(team_id, scopes, user)
    seed = core.workspace.seed
    enterprise = {"id": seed.enterprise_id, "name": seed.team_name} if seed.enterprise_id else None
    rotating = {"refresh_token": refresh, "expires_in": int(TOKEN_LIVES.total_seconds())} if refresh else {}
    return {
        "access_token": token,
        **rotating,
        "token_type": "bot",
        "scope": ",".join(sorted(scopes)),
        "bot_user_id": seed.bot_user_id,
        "app_id": seed.app_id,
        "team": {"id": seed.team_id, "name": seed.team_name},
        "enterprise": enterprise,
        "is_enterprise_install": False,
        "authed_user": {"id": user or next(iter(core.workspace.people))},
    }
