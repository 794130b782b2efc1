"""Settings: `SELFBILL_*` variables or a file of them, all problems together, unknown names refused."""

import os
from collections.abc import Mapping
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import Annotated, Any, Self
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    SecretStr,
    ValidationError,
    model_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from billing.emails import email_key

PREFIX = "SELFBILL_"
SHORTEST_SECRET = 32
FEWEST_CHARACTERS = 8  # different ones; 32 random hex digits have fewer once in twenty million
_SECRETS = (
    "secret_key",
    "stripe_key",
    "stripe_webhook_secret",
    "slack_bot_token",
    "slack_signing_secret",
    "slack_app_token",
    "slack_client_secret",
)
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class BadSettings(Exception):
    """What is wrong with the settings, one line for each problem."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def own_address(text: str) -> str:
    """Scheme and host, without a slash at the end; raises ValueError."""
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path not in {"", "/"}:
        raise ValueError("must be scheme and host, e.g. https://billing.example.com")
    if parts.scheme == "http" and parts.hostname not in _LOOPBACK:
        raise ValueError("must be https, except on loopback")
    return text.rstrip("/")


def _outside_address(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme == "http" and parts.hostname not in _LOOPBACK:
        raise ValueError("must be https, except on loopback")
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("must be an address, e.g. https://api.stripe.com")
    return text


def _mail_address(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
        raise ValueError("must be smtp://host:port or smtps://user:password@host:port")
    return text


def _name_server(text: str) -> str:
    if not text:
        return text
    parts = urlsplit(f"//{text}")
    try:
        ip_address(parts.hostname or "")
        is_plain = parts.port != 0 and parts.netloc == text and "@" not in text
    except ValueError:
        is_plain = False
    if not is_plain:
        raise ValueError("must be an address and a port, e.g. 192.0.2.1:53")
    return text


def _long_enough(secret: SecretStr) -> SecretStr:
    if len(secret.get_secret_value()) < SHORTEST_SECRET:
        raise ValueError(f"must have at least {SHORTEST_SECRET} characters")
    if len(set(secret.get_secret_value())) < FEWEST_CHARACTERS:
        raise ValueError("must be random, e.g. from: openssl rand -hex 32")
    return secret


def _sender(text: str) -> str:
    if not email_key(text):
        raise ValueError("must be a bare address, e.g. billing@example.com")
    return text


def _networks(value: object) -> object:
    return (
        [ip_network(part.strip()) for part in value.split(",") if part] if isinstance(value, str) else value
    )


def _database(text: str) -> str:
    if not text.startswith(("sqlite:///", "sqlite+aiosqlite:///", "postgresql://", "postgresql+asyncpg://")):
        raise ValueError("must be sqlite:///FILE or postgresql://…")
    return text


class Settings(BaseSettings):
    """What the service needs to know. Secrets have no default."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid")

    database_url: Annotated[str, AfterValidator(_database)]
    # Seconds to wait for a free connection; what Slack's three seconds leave. More, on a slow machine, lets
    # PostgreSQL wait longer for locks and statements too, in proportion.
    database_patience: Annotated[float, Field(gt=0, le=60)] = 1.0
    secret_key: Annotated[SecretStr, AfterValidator(_long_enough)]
    public_url: Annotated[str, AfterValidator(own_address)]
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65535)] = 8080
    trusted_proxies: Annotated[
        tuple[IPv4Network | IPv6Network, ...], NoDecode, BeforeValidator(_networks)
    ] = ()

    smtp_url: Annotated[str, AfterValidator(_mail_address)]
    mail_from: Annotated[str, AfterValidator(_sender)]

    # The account that the processor and the Slack workspace below belong to.
    account: str = ""
    stripe_key: SecretStr | None = None
    stripe_webhook_secret: SecretStr | None = None
    stripe_api: Annotated[str, AfterValidator(_outside_address)] = "https://api.stripe.com"
    slack_team_id: str = ""
    slack_bot_token: SecretStr | None = None
    slack_signing_secret: SecretStr | None = None
    slack_app_token: SecretStr | None = None
    # With these, every account adds the app to a workspace of its own in the desk.
    slack_client_id: str = ""
    slack_client_secret: SecretStr | None = None
    slack_api: Annotated[str, AfterValidator(_outside_address)] = "https://slack.com/api/"
    # Who is asked whether a merchant's domain is theirs: 192.0.2.1:53, or the system's resolver if empty.
    dns_server: Annotated[str, AfterValidator(_name_server)] = ""
    # Offer en-XA as well: English in marks, for those who look for words that nobody can translate.
    pseudo_locale: bool = False
    # Seconds for one look, all tries; less than the relay holds a message.
    dns_patience: Annotated[float, Field(gt=0, le=20)] = 5.0

    @model_validator(mode="after")
    def _belong_together(self) -> Self:
        problems = [*self._secret_problems(), *self._party_problems()]
        if problems:
            raise ValueError("; ".join(problems))
        return self

    def _secret_problems(self) -> list[str]:
        secrets = {
            name: value.get_secret_value() for name in _SECRETS if (value := getattr(self, name)) is not None
        }
        problems = []
        if len(set(secrets.values())) < len(secrets):
            problems.append(f"{', '.join(secrets)} must all differ")
        problems += [f"{name} must not be empty" for name, value in secrets.items() if not value]
        return problems

    def _party_problems(self) -> list[str]:
        problems = []
        if (self.stripe_key or self.slack_bot_token) and not self.account:
            problems.append("account is needed with stripe_key or slack_bot_token")
        if self.slack_bot_token and not self.slack_team_id:
            problems.append("slack_team_id is needed with slack_bot_token")
        if self.slack_bot_token and not (self.slack_signing_secret or self.slack_app_token):
            problems.append("slack_signing_secret (HTTP) or slack_app_token (Socket Mode) is needed")
        oauth = {
            "slack_client_id": bool(self.slack_client_id),
            "slack_client_secret": self.slack_client_secret is not None,
        }
        if any(oauth.values()):
            oauth["slack_signing_secret"] = self.slack_signing_secret is not None
            missing = [name for name, is_there in oauth.items() if not is_there]
            if missing:
                problems.append(f"{', '.join(missing)}: needed to add the app to workspaces, all or none")
        return problems


def load_settings(file: Path | None = None) -> Settings:
    """Settings from a file of `SELFBILL_NAME=value` lines, with variables over it; raises `BadSettings`."""
    problems = [f"{file} cannot be read"] if file is not None and not file.is_file() else []
    problems += [f"{name} is not a setting" for name in _unknown(os.environ)]
    try:
        settings = Settings(_env_file=file)  # type: ignore[call-arg]  # fields come from the environment
    except ValidationError as bad:
        raise BadSettings(problems + [_line(error) for error in bad.errors()]) from None
    if problems:
        raise BadSettings(problems)
    return settings


def _unknown(environ: Mapping[str, str]) -> list[str]:
    """The library ignores unknown variables; a mistyped one must not be."""
    known = {PREFIX + name.upper() for name in Settings.model_fields}
    ours = (name for name in environ if name.startswith(PREFIX))
    return [name for name in ours if name not in known and not name.startswith(f"{PREFIX}TEST_")]


def _line(error: Any) -> str:
    message = str(error["msg"]).removeprefix("Value error, ")
    if not error["loc"]:
        return message
    name = str(error["loc"][0]).upper()
    name = name if name.startswith(PREFIX) else PREFIX + name
    match error["type"]:
        case "missing":
            return f"{name} is missing"
        case "extra_forbidden":
            return f"{name} is not a setting"
        case _:
            return f"{name}: {message}"
