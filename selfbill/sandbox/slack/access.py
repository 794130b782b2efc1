"""What opens doors and how long: tokens and their scopes, trigger ids, response addresses, OAuth codes."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from selfbill.sandbox.slack.workspace import Clock, Json

PATIENCE_S = 3.0  # until an ack has to be there, and until a trigger opens nothing any more
RESPONSE_URL_LIVES = timedelta(minutes=30)
RESPONSE_URL_USES = 5
TOKEN_LIVES = timedelta(hours=12)

# What the bot's manifest declares (slack.md, 7), the optional history scopes included.
SCOPES = ("chat:write", "users:read", "channels:read", "groups:read", "channels:history", "groups:history")


class Refused(Exception):
    """Slack's own no: an error code, and what stands beside it in the answer."""

    def __init__(self, code: str, **beside: object) -> None:
        super().__init__(code)
        self.code = code
        self.beside = beside


@dataclass
class Token:
    """A bot or app token; `revoked` ends it, `expires_at` is for rotated ones."""

    kind: str  # bot or app
    scopes: frozenset[str]
    revoked: bool = False
    expires_at: datetime | None = None


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


@dataclass
class Access:
    """Every secret of this workspace, made at the first start and kept in its file."""

    now: Clock
    team_id: str
    scopes: Collection[str] = SCOPES
    patience_s: float = PATIENCE_S
    signing_secret: str = field(default_factory=lambda: secrets.token_hex(16))
    client_id: str = field(default_factory=lambda: f"{secrets.randbelow(10**12)}.{secrets.randbelow(10**12)}")
    client_secret: str = field(default_factory=lambda: secrets.token_hex(16))
    bot_token: str = field(default_factory=lambda: f"xoxb-{secrets.token_hex(20)}")
    app_token: str = field(default_factory=lambda: f"xapp-{secrets.token_hex(20)}")

    def __post_init__(self) -> None:
        self.tokens = {
            self.bot_token: Token("bot", frozenset(self.scopes)),
            self.app_token: Token("app", frozenset({"connections:write"})),
        }
        self.triggers: dict[str, Trigger] = {}
        self.response_urls: dict[str, ResponseUrl] = {}
        self.codes: dict[str, str] = {}  # OAuth code → the scopes asked for
        self.refresh_tokens: dict[str, frozenset[str]] = {}

    def as_json(self) -> Json:
        names = ("signing_secret", "client_id", "client_secret", "bot_token", "app_token")
        return {name: getattr(self, name) for name in names}

    def token(self, presented: str | None, kind: str, needed: Collection[str]) -> Token:
        """The token behind a call; `needed` scopes are alternatives, one of them is enough."""
        if not presented:
            raise Refused("not_authed")
        token = self.tokens.get(presented)
        if token is None:
            raise Refused("invalid_auth")
        if token.revoked:
            raise Refused("token_revoked")
        if token.expires_at is not None and token.expires_at <= self.now():
            raise Refused("token_expired")
        if token.kind != kind:
            raise Refused("not_allowed_token_type")
        if needed and not token.scopes.intersection(needed):
            provided = ",".join(sorted(token.scopes))
            raise Refused("missing_scope", needed=",".join(sorted(needed)), provided=provided)
        return token

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

    def new_code(self, scopes: str) -> str:
        code = secrets.token_urlsafe(16)
        self.codes[code] = scopes
        return code

    def install(self, scopes: frozenset[str]) -> tuple[str, str]:
        """A rotating pair: a bot token for twelve hours and the refresh token that follows it."""
        token, refresh = f"xoxe.xoxb-1-{secrets.token_hex(20)}", f"xoxe-1-{secrets.token_hex(20)}"
        self.tokens[token] = Token("bot", scopes, expires_at=self.now() + TOKEN_LIVES)
        self.refresh_tokens[refresh] = scopes
        return token, refresh
