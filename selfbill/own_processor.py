"""The payment processor of the settings becomes the account's, as if somebody had connected it in a page."""

import logging
from uuid import uuid4

from billing.actors import SystemActor
from billing.context import Context
from billing.errors import Unavailable
from billing.processing.connecting import (
    SETTINGS,
    connect_processor,
    disconnect_processor,
    is_from_settings,
)
from selfbill.settings import Settings

# The account may be made later, by this process (which rings) or by another.
LOOK_AGAIN_SECONDS = 5.0

log = logging.getLogger(__name__)


async def connect_own_processor(ctx: Context, settings: Settings) -> bool:
    """Take down the key that the settings hold; False: their account is not there yet. Idempotent.

    What they held before, and hold no more, is disconnected: nobody could do that in the desk.
    """
    await _drop_former(ctx, settings)
    if settings.stripe_key is None:
        return True
    account = await ctx.store.find_account_by_slug(settings.account)
    if account is None:
        return False
    secret = settings.stripe_webhook_secret
    await connect_processor(
        ctx,
        account.id,
        key=settings.stripe_key.get_secret_value(),
        webhook_secret=secret.get_secret_value() if secret else None,
        by=SystemActor(account.id, SETTINGS, uuid4().hex),
    )
    return True


async def keep_own_processor(ctx: Context, settings: Settings) -> None:
    """Until it is taken down; the database may be away at the start, and the account made later."""
    while True:
        try:
            if await connect_own_processor(ctx, settings):
                return
        except Unavailable:
            log.warning("processor: the database is away, the key of the settings is taken down later")
        await ctx.bell.wait(LOOK_AGAIN_SECONDS)


async def _drop_former(ctx: Context, settings: Settings) -> None:
    for live in await ctx.store.list_live_connections():
        if not is_from_settings(live):
            continue
        async with ctx.read(live.account_id) as work:
            account = await work.accounts.get()
        if settings.stripe_key is None or account.slug != settings.account:
            by = SystemActor(live.account_id, SETTINGS, uuid4().hex)
            await disconnect_processor(ctx, live.id, by=by)
            log.warning("processor: the settings hold no key for %s any more", account.slug)
