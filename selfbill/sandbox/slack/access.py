"""What opens doors and how long: tokens and their scopes, trigger ids, response addresses, OAuth codes."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from selfbill.sandbox.slack.declared import Declared
from selfbill.sandbox.slack.workspace import Clock, Json

PATIENCE_S = 3.0  # until an ack has to be there, and until a trigger opens nothing any more
RESPONSE_URL_LIVES = timedelta(minutes=30)
RESPONSE_URL_USES = 5
TOKEN_LIVES = timedelta(hours=12)
CODE_LIVES = timedelta(minutes=10)

_SECRETS = ("signing_secret", "client_id", "client_secret", "bot_token", "app_token")


class Refused(Exception):
    """Slack's own no: an error code, and what stands beside it in the answer."""

    def __init__(self, code: str, **beside: object) -> None:
        super().__init__(code)
        self.code = code
        self.beside = beside


@dataclass
class Token:
    """A bot or app token; `ended` is the error it is answered with, `expires_at` is for rotated ones."""

    kind: str  # bot or app
    scopes: frozenset[str]
    team_id: str = ""  # none for an app token
    ended: str = ""  # token_revoked, or account_inactive once the app was uninstalled
    expires_at: datetime | None = None

    def as_json(self) -> Json:
        until = self.expires_at.isoformat() if self.expires_at else None
        return {**vars(self), "scopes": sorted(self.scopes), "expires_at": until}

    @classmethod
    def of_json(cls, kept: Json) -> Token:
        until = kept["expires_at"]
        expires_at = datetime.fromisoformat(until) if until else None
        return cls(**{**kept, "scopes": frozenset(kept["scopes"]), "expires_at": expires_at})


@dataclass
class Trigger:
    """The leave to open one modal for the person who just clicked."""

    user: str
    made_at: datetime
    view_id: str | None = None  # set when the click was in a modal: only then may a view be pushed
    used: bool = False


@dataclass
class ResponseUrl:
    """Where an app may answer one interaction without a token."""

    channel: str
    user: str
    message_ts: str
    made_at: datetime
    is_ephemeral: bool
    thread_ts: str | None = None
    uses: int = 0
    team_id: str = ""  # empty: the first workspace


@dataclass(frozen=True)
class Code:
    """What a person allowed, until the app exchanges it."""

    team_id: str
    user: str
    scopes: frozenset[str]
    redirect_uri: str
    made_at: datetime


@dataclass(frozen=True)
class Refresh:
    """What follows an expiring token."""

    team_id: str
    user: str
    scopes: frozenset[str]


@dataclass
class Access:
    """The app's secrets, made at the first start and kept in its file, and every token given out."""

    now: Clock
    team_id: str  # the first workspace, whose token needs no OAuth
    declared: Declared = field(default_factory=Declared)
    patience_s: float = PATIENCE_S
    signing_secret: str = field(default_factory=lambda: secrets.token_hex(16))
    client_id: str = field(default_factory=lambda: f"{secrets.randbelow(10**12)}.{secrets.randbelow(10**12)}")
    client_secret: str = field(default_factory=lambda: secrets.token_hex(16))
    bot_token: str = field(default_factory=lambda: f"xoxb-{secrets.token_hex(20)}")
    app_token: str = field(default_factory=lambda: f"xapp-{secrets.token_hex(20)}")

    def __post_init__(self) -> None:
        self.tokens = {
            self.bot_token: Token("bot", frozenset(self.declared.scopes), self.team_id),
            self.app_token: Token("app", frozenset({"connections:write"})),
        }
        self.triggers: dict[str, Trigger] = {}
        self.response_urls: dict[str, ResponseUrl] = {}
        self.codes: dict[str, Code] = {}
        self.refresh_tokens: dict[str, Refresh] = {}
        self.asked: set[str] = set()  # scopes that an authorize address named
        self.used: set[str] = set()  # scopes without which a call or an event would have been refused

    # -- keeping ---------------------------------------------------------------------------------

    def as_json(self) -> Json:
        refresh = {name: {**vars(each), "scopes": sorted(each.scopes)} for name, each in self._refresh()}
        tokens = {name: each.as_json() for name, each in self.tokens.items()}
        return {**{name: getattr(self, name) for name in _SECRETS}, "tokens": tokens, "refresh": refresh}

    def load(self, kept: Json) -> None:
        """Take over what `as_json` gave; the scopes of the first token are those declared today."""
        for name in _SECRETS:
            setattr(self, name, kept[name])
        self.__post_init__()
        for name, each in kept.get("tokens", {}).items():
            if name not in self.tokens:
                self.tokens[name] = Token.of_json(each)
            self.tokens[name].ended = each["ended"]
        for name, each in kept.get("refresh", {}).items():
            self.refresh_tokens[name] = Refresh(**{**each, "scopes": frozenset(each["scopes"])})

    def _refresh(self) -> list[tuple[str, Refresh]]:
        return list(self.refresh_tokens.items())

    # -- tokens ----------------------------------------------------------------------------------

    def token(self, presented: str | None, kind: str, needed: Collection[str]) -> Token:
        """The token behind a call; `needed` scopes are alternatives, one of them is enough."""
        if not presented:
            raise Refused("not_authed")
        token = self.tokens.get(presented)
        if token is None:
            raise Refused("invalid_auth")
        if token.ended:
            raise Refused(token.ended)
        if token.expires_at is not None and token.expires_at <= self.now():
            raise Refused("token_expired")
        if token.kind != kind:
            raise Refused("not_allowed_token_type")
        if needed:
            self.need(token, needed)
        return token

    def need(self, token: Token, needed: Collection[str]) -> None:
        """Refuse a token without any of these scopes; the ones it has are noted as used."""
        has = token.scopes.intersection(needed)
        if not has:
            provided = ",".join(sorted(token.scopes))
            raise Refused("missing_scope", needed=",".join(sorted(needed)), provided=provided)
        if len(needed) == 1:  # which of several was meant, the method itself knows
            self.used |= has

    def live_tokens(self, team_id: str) -> list[Token]:
        """The bot tokens of a workspace that were not ended, expired ones included."""
        return [each for each in self.tokens.values() if each.team_id == team_id and not each.ended]

    def scopes_of(self, team_id: str) -> frozenset[str]:
        return frozenset().union(*(each.scopes for each in self.live_tokens(team_id)))

    def end_tokens(self, team_id: str, error: str) -> None:
        """Every token of a workspace is answered with this error from now on."""
        for token in self.tokens.values():
            if token.team_id == team_id:
                token.ended = token.ended or error
        self.refresh_tokens = {n: each for n, each in self.refresh_tokens.items() if each.team_id != team_id}

    # -- short leaves ----------------------------------------------------------------------------

    def new_trigger(self, user: str, view_id: str | None = None) -> str:
        trigger_id = f"{secrets.randbelow(10**13)}.{secrets.randbelow(10**13)}.{secrets.token_hex(16)}"
        self.triggers[trigger_id] = Trigger(user, self.now(), view_id)
        return trigger_id

    def exchange_trigger(self, trigger_id: str) -> Trigger:
        """Spend a trigger; it lives as long as Slack is patient and opens one view."""
        trigger = self.triggers.get(trigger_id)
        if trigger is None:
            raise Refused("invalid_trigger_id")
        if trigger.used:
            raise Refused("exchanged_trigger_id")
        if self.now() - trigger.made_at > timedelta(seconds=self.patience_s):
            raise Refused("expired_trigger_id")
        trigger.used = True
        return trigger

    def new_response_url(self, target: ResponseUrl) -> str:
        """The secret last part of a response address."""
        secret = secrets.token_urlsafe(18)
        self.response_urls[secret] = target
        return secret

    def use_response_url(self, secret: str) -> ResponseUrl:
        """Count one use; five uses in thirty minutes."""
        target = self.response_urls.get(secret)
        if target is None or self.now() - target.made_at > RESPONSE_URL_LIVES:
            raise Refused("expired_url")
        if target.uses >= RESPONSE_URL_USES:
            raise Refused("used_url")
        target.uses += 1
        return target

    # -- OAuth -----------------------------------------------------------------------------------

    def new_code(self, scopes: str, *, team_id: str = "", user: str = "", redirect_uri: str = "") -> str:
        """A code for these scopes, separated by commas; it works once, for ten minutes."""
        code = secrets.token_urlsafe(16)
        asked = frozenset(each for each in scopes.split(",") if each)
        self.codes[code] = Code(team_id or self.team_id, user, asked, redirect_uri, self.now())
        return code

    def take_code(self, code: str, redirect_uri: str) -> Code:
        found = self.codes.pop(code, None)
        if found is None or self.now() - found.made_at > CODE_LIVES:
            raise Refused("invalid_code")
        if found.redirect_uri != redirect_uri:
            raise Refused("bad_redirect_uri")
        return found

    def install(self, team_id: str, scopes: frozenset[str], user: str = "") -> tuple[str, str]:
        """A bot token, and the refresh token that follows it; without rotation the token stays."""
        if not self.declared.rotates:
            token = f"xoxb-{secrets.token_hex(20)}"
            self.tokens[token] = Token("bot", scopes, team_id)
            return token, ""
        token, refresh = f"xoxe.xoxb-1-{secrets.token_hex(20)}", f"xoxe-1-{secrets.token_hex(20)}"
        self.tokens[token] = Token("bot", scopes, team_id, expires_at=self.now() + TOKEN_LIVES)
        self.refresh_tokens[refresh] = Refresh(team_id, user, scopes)
        return token, refresh
