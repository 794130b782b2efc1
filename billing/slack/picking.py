"""Which channel a helpdesk's cards go to: what was typed or picked, by id or by name."""

import re
from datetime import datetime

from billing.errors import Invalid
from billing.ports import UnitOfWork
from billing.records import Helpdesk
from billing.slack.catching_up import post_waiting

_CHANNEL = re.compile(r"[CG][A-Z0-9]{6,30}")


async def find_channel(work: UnitOfWork, typed: str) -> str | None:
    """The id of what was typed: an id, or the name of a channel that is listed; None: nothing was.

    Raises `Invalid` (slack_channel).
    """
    text = typed.strip()
    if not text:
        return None
    name = text.removeprefix("#")
    named = [each for each in await work.channels.list_channels() if each.name == name]
    if named:
        return named[0].channel
    if text != name:
        raise Invalid("slack_channel", "unknown-channel", name=name)
    if not _CHANNEL.fullmatch(text):
        raise Invalid("slack_channel", "bad-channel")
    return text


async def leave_trouble(
    work: UnitOfWork, before: Helpdesk, after: Helpdesk, *, at: datetime, trace_id: str
) -> None:
    """Another channel: the trouble with the one before is nobody's any more, and what waits is told there."""
    if before.slack_channel == after.slack_channel:
        return
    if await work.channels.drop_trouble(after.id) or before.slack_channel is None:
        await post_waiting(work, after, at=at, trace_id=trace_id)
