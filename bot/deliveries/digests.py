"""The daily digest of a helpdesk, in its channel; where nothing waits, nothing is said."""

from collections.abc import Mapping
from datetime import date

from billing.context import Context
from billing.digests import show_digest
from billing.edges import Envelope
from billing.messages import read_message
from billing.relay import Deliver
from billing.slack.messages import DigestDue
from bot.deliveries.posting import Posting
from bot.reminders import digest_message


class Digests:
    """Deliveries of digests."""

    def __init__(self, posting: Posting) -> None:
        self._posting = posting

    def by_kind(self) -> Mapping[str, Deliver]:
        """For the relay."""
        return {DigestDue.kind: self.deliver}

    async def deliver(self, ctx: Context, envelope: Envelope) -> None:
        """What waits now; one that comes on another day than its own is of no use any more."""
        due = read_message(DigestDue, envelope.payload)
        workspace = await self._posting.find(ctx, envelope.account_id)
        if workspace is None or ctx.now().astimezone(workspace.say.time_zone).date().isoformat() != due.day:
            return
        digest = await show_digest(ctx, envelope.account_id, due.helpdesk_id, date.fromisoformat(due.day))
        channel = digest.helpdesk.slack_channel
        if channel is None or digest.helpdesk.archived_at is not None or digest.is_empty:
            return
        desk = ctx.addresses.desk_inbox(workspace.account, digest.helpdesk.id)
        told = digest_message(digest, desk, workspace.say)
        mark = {"event_type": "selfbill_digest", "event_payload": {"id": envelope.id.hex}}
        async with ctx.read(envelope.account_id) as work:
            trouble = await work.channels.find_trouble(digest.helpdesk.id)
        async with self._posting.at_helpdesk(ctx, envelope, digest.helpdesk, trouble):
            await self._posting.post(ctx, workspace, channel, told, mark, look_first=envelope.tries > 1)
