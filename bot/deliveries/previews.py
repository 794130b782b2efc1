"""Previews of links to the desk: what the page is about, in a line."""

from collections.abc import Mapping

from billing.channels import identify_slack_user
from billing.context import Context
from billing.edges import Envelope
from billing.errors import DeliveryFailed, Refusal
from billing.messages import read_message
from billing.relay import Deliver
from billing.slack.messages import PreviewDue
from billing.slack.previews import show_previews
from bot.client import AnswerLostBySlack
from bot.deliveries.posting import Posting
from bot.links import read_links
from bot.rows import row_facts


class Previews:
    """Deliveries of previews. One that fails is left: the link itself works."""

    def __init__(self, posting: Posting) -> None:
        self._posting = posting

    def by_kind(self) -> Mapping[str, Deliver]:
        """For the relay."""
        return {PreviewDue.kind: self.deliver}

    async def deliver(self, ctx: Context, envelope: Envelope) -> None:
        """Under the message with the links, those of this account; who posted it works here still."""
        message = read_message(PreviewDue, envelope.payload)
        workspace = await self._posting.find(ctx, envelope.account_id)
        if workspace is None:
            return
        account, team_id = workspace.account, workspace.installation.team_id
        try:
            by, _ = await identify_slack_user(
                ctx, account.id, team_id=team_id, user_id=message.user_id, trace_id=envelope.trace_id
            )
        except Refusal:
            return
        links = read_links(message.links.split(" "), ctx.addresses.desk(account))
        shown = await show_previews(
            ctx,
            requests={each.request_id for each in links if each.request_id},
            tickets={each.ticket_id for each in links if each.ticket_id},
            channel=None if message.channel.startswith("D") else message.channel,
            by=by,
        )
        unfurls = {}
        for link in links:
            row = next((each for each in shown if link.names(each)), None)
            if row is not None:
                unfurls[link.url] = {"blocks": row_facts(row, workspace.say, now=ctx.now())}
        if not unfurls:
            return
        unfurl = workspace.slack.web.chat_unfurl
        try:
            await self._posting.call(
                ctx, workspace, unfurl, channel=message.channel, ts=message.ts, unfurls=unfurls
            )
        except AnswerLostBySlack:
            raise  # the same preview twice is one preview
        except DeliveryFailed as failure:
            if failure.after is not None:
                raise
            raise DeliveryFailed(failure.why, permanent=True) from failure
