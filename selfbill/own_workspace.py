"""The Slack workspace of the settings becomes the account's, as if somebody had connected it in the desk."""

import logging
from uuid import uuid4

from billing.actors import SystemActor
from billing.context import Context
from billing.errors import Invalid, Unavailable
from billing.slack.connecting import SETTINGS, connect_workspace
from selfbill.settings import Settings

# The account may be made later, by this process (which rings) or by another.
LOOK_AGAIN_SECONDS = 5.0

log = logging.getLogger(__name__)


async def connect_own_workspace(ctx: Context, settings: Settings) -> bool:
    """Connect what the settings name; False: their account is not there yet. Idempotent."""
    if settings.slack_bot_token is None:
        return True
    account = await ctx.store.find_account_by_slug(settings.account)
    if account is None:
        return False
    try:
        await connect_workspace(
            ctx,
            account.id,
            team_id=settings.slack_team_id,
            enterprise_id="",
            team_name="",
            app_id="",
            bot_user_id="",
            bot_token=settings.slack_bot_token.get_secret_value(),
            refresh_token=None,
            expires_at=None,
            scopes="",
            by=SystemActor(account.id, SETTINGS, uuid4().hex),
        )
    except Invalid:
        log.error("slack: the workspace of the settings is connected to another account")
    return True


async def keep_own_workspace(ctx: Context, settings: Settings) -> None:
    """Until it is connected; the database may be away at the start, and the account made later."""
    while True:
        try:
            if await connect_own_workspace(ctx, settings):
                return
        except Unavailable:
            log.warning("slack: the database is away, the workspace of the settings is connected later")
        await ctx.bell.wait(LOOK_AGAIN_SECONDS)
