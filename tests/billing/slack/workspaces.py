"""What tests connect: workspaces with tokens of their own."""

from datetime import datetime
from typing import Any

from sqlalchemy import select

from billing.actors import Actor, SystemActor
from billing.context import Context
from billing.slack.connecting import SETTINGS, connect_workspace
from billing.slack.losing import mark_channel_lost, mark_ended
from billing.slack.records import Installation
from billing.states import Ended
from storage.tables.ledger import journal, outbox
from tests.billing.bench import Bench
from tests.make import TEAM


def by_settings(bench: Bench, slug: str = "lumen") -> SystemActor:
    """Whoever connects the workspace of the settings."""
    return SystemActor(bench.world.accounts[slug].id, SETTINGS, "trace-test")


async def connect(
    bench: Bench,
    *,
    by: Actor,
    team_id: str = TEAM,
    token: str = "xoxb-one",
    refresh: str | None = None,
    expires_at: datetime | None = None,
    **more: Any,
) -> Installation:
    """As Slack granted it."""
    given = {
        "enterprise_id": "",
        "team_name": "Lumen",
        "app_id": "A0SELFBILL",
        "bot_user_id": "U0BOT",
        "scopes": "chat:write",
    }
    return await connect_workspace(
        bench.ctx,
        by.account_id,
        team_id=team_id,
        bot_token=token,
        refresh_token=refresh,
        expires_at=expires_at,
        by=by,
        **{**given, **more},
    )


async def told(bench: Bench) -> list[str]:
    """The kinds of what is in the outbox, oldest first."""
    rows = await bench.rows(select(outbox.c.kind).order_by(outbox.c.put_at, outbox.c.place))
    return [row[0] for row in rows]


async def count_lines(bench: Bench) -> int:
    """Of the journal."""
    return len(await bench.rows(select(journal.c.verb)))


async def end_workspace(ctx: Context, installation: Installation, why: Ended, *, by: Actor) -> bool:
    """From now on it is not connected, and no click from there counts. False: it had ended before."""
    async with ctx.begin(installation.account_id) as work:
        await work.accounts.hold()
        return await mark_ended(work, installation, why, by=by, at=ctx.now())


async def note_channel_lost(ctx: Context, channel: str, problem: str, *, by: SystemActor) -> int:
    """Slack says that a channel is gone for us: for every helpdesk that has it; how many there are."""
    async with ctx.begin(by.account_id) as work:
        return await mark_channel_lost(work, channel, problem, by=by, at=ctx.now())
