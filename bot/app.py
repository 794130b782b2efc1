"""The Bolt app for all workspaces: whose a payload is, our own database says, never a call to Slack."""

import logging
import secrets
from dataclasses import dataclass

from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient

from billing.context import Context
from billing.errors import Unavailable
from bot.client import SLACK
from bot.door import Declared, Door
from bot.hearing import Ears
from bot.listeners import declare_all
from bot.workspaces import Clients

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Bot:
    """What the wiring holds: the Bolt app, the clients that deliveries share, who may what."""

    app: AsyncApp
    clients: Clients
    declared: tuple[Declared, ...]


def build_bot(ctx: Context, *, signing_secret: str, base_url: str = SLACK) -> Bot:
    """The bot with all its listeners; `signing_secret` is used over HTTP, and may be empty in Socket Mode."""
    clients = Clients(ctx.vault, base_url=base_url)
    app = AsyncApp(
        signing_secret=signing_secret or secrets.token_hex(),
        authorize=_authorize,
        # Nothing of ours speaks through it, and it knows no other address than ours.
        client=AsyncWebClient(base_url=base_url, retry_handlers=[]),
        # Bolt logs whole bodies of what it does not understand; ours stay out of the logs.
        logger=_quiet_logger(),
    )
    app.error(_report)
    ears = Ears(ctx, clients)
    door = Door(ears)
    declare_all(door, ears)
    door.open(app)
    return Bot(app, clients, door.declared)


async def _authorize(enterprise_id: str | None, team_id: str | None) -> AuthorizeResult:
    """Everything goes on to our own door. Where this said no, Bolt would itself call Slack, and ack later."""
    return AuthorizeResult(enterprise_id=enterprise_id, team_id=team_id)


async def _report(error: Exception) -> BoltResponse:
    """What was not committed is not acked: Slack then shows its own warning, over either transport."""
    if isinstance(error, Unavailable):
        log.warning("slack: the database is away, so a click was not taken")
        return BoltResponse(status=503)
    log.error("slack: a listener broke", exc_info=error)
    return BoltResponse(status=500)


def _quiet_logger() -> logging.Logger:
    logger = logging.getLogger("selfbill.bolt")
    logger.setLevel(logging.ERROR)
    return logger
