"""The Bolt app of one workspace: who it speaks for comes from the settings, never from a call to Slack."""

import logging
import secrets
from dataclasses import dataclass

from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.response import BoltResponse

from billing.context import Context
from billing.errors import Unavailable
from bot.client import SlackClient, Workspace
from bot.listeners import Listeners

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Bot:
    """What the wiring holds: the Bolt app, and the client that the relay's deliveries share."""

    app: AsyncApp
    slack: SlackClient
    workspace: Workspace


def build_bot(ctx: Context, workspace: Workspace, *, signing_secret: str) -> Bot:
    """The bot with all its listeners; `signing_secret` is used over HTTP, and may be empty in Socket Mode."""
    slack = SlackClient(workspace)

    async def authorize(enterprise_id: str | None, team_id: str | None) -> AuthorizeResult | None:
        if team_id != workspace.team_id:
            return None
        return AuthorizeResult(enterprise_id=enterprise_id, team_id=team_id, bot_token=workspace.bot_token)

    app = AsyncApp(
        signing_secret=signing_secret or secrets.token_hex(),
        authorize=authorize,  # type: ignore[arg-type]  # None is Bolt's own word for "not installed"
        client=slack.web,
        # Bolt logs whole bodies of what it does not understand; ours stay out of the logs.
        logger=_quiet_logger(),
    )
    app.error(_report)
    Listeners(ctx, workspace, lambda: slack.web, lambda: secrets.token_hex(8)).listen(app)
    return Bot(app, slack, workspace)


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
