"""Tokens come and go: a code becomes tokens, old tokens become new ones, a token is forgotten.

Never by Bolt's own OAuth settings, which talk to slack.com whatever our address is.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from billing.actors import SystemActor
from billing.context import Context
from billing.edges import Envelope
from billing.errors import DeliveryFailed
from billing.messages import read_message
from billing.relay import Deliver
from billing.slack.adding import (
    CODE_OVER,
    NOT_SET_UP,
    REFUSED,
    Granted,
    fail_connecting,
    find_exchange,
    finish_connecting,
)
from billing.slack.losing import end_if_unchanged
from billing.slack.messages import ExchangeDue, RevokeDue, TokensDue
from billing.slack.records import Connecting
from billing.slack.tokens import keep_rotated
from billing.states import Ended
from bot.client import AnswerLostBySlack
from bot.deliveries.posting import Posting
from bot.manifest import SCOPES
from bot.workspaces import Clients

_CODE_OVER = frozenset({"invalid_code", "code_already_used", "code_expired"})
_NOT_SET_UP = frozenset(
    {"invalid_client_id", "bad_client_secret", "bad_redirect_uri", "oauth_authorization_url_mismatch"}
)
# The refresh token opens nothing any more, and neither will the next try.
_OVER = frozenset({"invalid_refresh_token", "token_revoked", "account_inactive", "invalid_auth"})
# A token that is no more needs no revoking.
_GONE = frozenset({"token_revoked", "account_inactive", "invalid_auth", "token_expired", "not_authed"})


@dataclass(frozen=True, slots=True)
class SlackApp:
    """What Slack knows the app by, in OAuth; `redirect_uri` is where people come back to."""

    client_id: str
    client_secret: str = field(repr=False)
    redirect_uri: str


class Installing:
    """`app` None: the settings have no client id and secret, so nothing is exchanged or rotated."""

    def __init__(self, clients: Clients, posting: Posting, app: SlackApp | None) -> None:
        self._clients = clients
        self._posting = posting
        self._app = app

    def by_kind(self) -> Mapping[str, Deliver]:
        """For the relay."""
        return {
            ExchangeDue.kind: self._exchange,
            TokensDue.kind: self._rotate,
            RevokeDue.kind: self._revoke,
        }

    async def _exchange(self, ctx: Context, envelope: Envelope) -> None:
        due = read_message(ExchangeDue, envelope.payload)
        connecting = await find_exchange(ctx, envelope.account_id, due.connecting_id)
        if connecting is None:
            return
        if self._app is None:
            await fail_connecting(ctx, connecting, NOT_SET_UP)
            return
        code, app = ctx.vault.unseal(due.code), self._app
        try:
            answer = await self._ask(app, code=code, redirect_uri=app.redirect_uri)
        except DeliveryFailed as failure:
            await _exchange_failed(ctx, connecting, failure)
            return
        granted = _granted(ctx, answer)
        await finish_connecting(ctx, connecting, granted, needed=SCOPES, trace_id=envelope.trace_id)

    async def _rotate(self, ctx: Context, envelope: Envelope) -> None:
        """The row stands for one refresh token, and who leased it is the only one to use that."""
        due = read_message(TokensDue, envelope.payload)
        async with ctx.read(envelope.account_id) as work:
            used = await work.installations.get(due.installation_id)
        if (
            not used.is_live
            or used.refresh_token is None
            or due.refresh != ctx.vault.digest(used.refresh_token)
        ):
            return
        if self._app is None:
            raise DeliveryFailed("the settings have no client id and secret")
        try:
            answer = await self._ask(
                self._app, grant_type="refresh_token", refresh_token=ctx.vault.unseal(used.refresh_token)
            )
        except DeliveryFailed as failure:
            if failure.why not in _OVER:
                raise
            by = SystemActor(envelope.account_id, "relay", envelope.trace_id)
            await end_if_unchanged(ctx, used, Ended.REVOKED, by=by)
            return
        granted = _granted(ctx, answer)
        if granted.refresh_token is None or granted.expires_at is None:
            raise DeliveryFailed("slack gave no refresh token")
        await keep_rotated(
            ctx,
            used,
            bot_token=granted.bot_token,
            refresh_token=granted.refresh_token,
            expires_at=granted.expires_at,
        )

    async def _revoke(self, ctx: Context, envelope: Envelope) -> None:
        due = read_message(RevokeDue, envelope.payload)
        async with ctx.read(envelope.account_id) as work:
            ended = await work.installations.get(due.installation_id)
        # Connected again meanwhile, perhaps by another account: Slack may have given the same token.
        if ended.is_live or await ctx.store.find_installation(ended.team_id) is not None:
            return
        slack = self._clients.of(ended)
        try:
            await slack.call(slack.web.auth_revoke)
        except DeliveryFailed as failure:
            if failure.why not in _GONE:
                raise

    async def _ask(self, app: SlackApp, **given: str) -> Mapping[str, Any]:
        """Client id and secret as fields: the SDK's own method puts them in a header by a deprecated way."""
        slack = self._clients.without_token()
        asked = {"client_id": app.client_id, "client_secret": app.client_secret, **given}
        return await slack.call(slack.web.api_call, api_method="oauth.v2.access", data=asked)


async def _exchange_failed(ctx: Context, connecting: Connecting, failure: DeliveryFailed) -> None:
    """Tried again while its code may still be good; one that was used, its answer lost, is not."""
    may_wait = isinstance(failure, AnswerLostBySlack) or failure.after is not None
    if may_wait and ctx.now() < connecting.expires_at:
        raise failure
    if failure.why in _NOT_SET_UP:
        problem = NOT_SET_UP
    else:
        problem = CODE_OVER if may_wait or failure.why in _CODE_OVER else REFUSED
    await fail_connecting(ctx, connecting, problem)


def _granted(ctx: Context, answer: Mapping[str, Any]) -> Granted:
    team, enterprise = answer.get("team") or {}, answer.get("enterprise") or {}
    place = enterprise if answer.get("is_enterprise_install") else team
    refresh = answer.get("refresh_token") or None
    lasts = timedelta(seconds=int(answer.get("expires_in") or 0))
    return Granted(
        team_id=str(place.get("id") or ""),
        enterprise_id=str(enterprise.get("id") or ""),
        team_name=str(place.get("name") or ""),
        app_id=str(answer.get("app_id") or ""),
        bot_user_id=str(answer.get("bot_user_id") or ""),
        bot_token=str(answer["access_token"]),
        refresh_token=str(refresh) if refresh else None,
        expires_at=ctx.now() + lasts if refresh else None,
        scopes=str(answer.get("scope") or ""),
    )
