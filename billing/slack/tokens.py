"""Tokens that expire are rotated long before: an alarm rings, one delivery asks, the new ones are kept."""

from datetime import datetime, timedelta

from billing.context import Context
from billing.hours import Alarm
from billing.ids import InstallationId
from billing.slack.messages import TokensDue
from billing.slack.records import Installation
from billing.states import AlarmKind

# Slack's tokens last twelve hours. What is left of them when they go is time to try again in.
_LEFT = timedelta(hours=2)
_SPREAD = timedelta(minutes=30)  # of a thousand workspaces that were connected at once, not all at once
_AGAIN = timedelta(hours=1)


def rotate_at(installation_id: InstallationId, at: datetime, expires_at: datetime) -> datetime:
    """Two hours and up to half an hour more before they expire; of short ones, after half of their life."""
    early = _SPREAD * (installation_id.int % 1000 / 1000)
    return max(expires_at - _LEFT - early, at + max(expires_at - at, timedelta(0)) / 2)


async def ring_rotation(ctx: Context, alarm: Alarm) -> None:
    """The tokens of a workspace are due: asked for once, by whichever worker hears it first."""
    async with ctx.begin(alarm.account_id) as work:
        installation = await work.installations.get(InstallationId(alarm.subject))
        if not installation.is_live or installation.refresh_token is None:
            await work.timing.drop_alarm(AlarmKind.ROTATION, alarm.subject)
            return
        if await work.timing.move_alarm(alarm, due_at=ctx.now() + _AGAIN, step=alarm.step + 1):
            # One row for each refresh token there ever was: one lease, so one flight over all processes.
            which = ctx.vault.digest(installation.refresh_token)
            due = TokensDue(installation.id, which)
            trace_id = f"tokens-{which[:8]}"
            await work.outbox.put(due, at=ctx.now(), trace_id=trace_id, dedupe=f"tokens:{which}")


async def keep_rotated(
    ctx: Context, used: Installation, *, bot_token: str, refresh_token: str, expires_at: datetime
) -> bool:
    """Plain tokens that came for those of `used`. False: others were kept meanwhile, or it ended."""
    async with ctx.begin(used.account_id) as work:
        await work.accounts.hold()
        kept = await work.installations.keep_tokens(
            used.id,
            instead_of=used.refresh_token,
            bot_token=ctx.vault.seal(bot_token),
            refresh_token=ctx.vault.seal(refresh_token),
            expires_at=expires_at,
        )
        if kept:
            due_at = rotate_at(used.id, ctx.now(), expires_at)
            await work.timing.set_alarm(Alarm(used.account_id, AlarmKind.ROTATION, used.id, due_at, 0))
        return kept
