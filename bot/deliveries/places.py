"""Channels: which there are, and whether a message arrives where a helpdesk's cards go."""

from collections.abc import Mapping
from typing import Any

from billing.actors import SystemActor
from billing.context import Context
from billing.edges import Envelope
from billing.errors import DeliveryFailed
from billing.messages import read_message
from billing.records import Helpdesk, Staff
from billing.relay import Deliver
from billing.slack.connecting import keep_identity
from billing.slack.losing import note_arrival, note_trouble
from billing.slack.messages import ChannelsDue, TestDue
from billing.slack.places import keep_channels, note_test
from billing.slack.records import SlackChannel
from bot.client import LOST_CHANNEL
from bot.deliveries.posting import Posting
from bot.marks import Told, escape, plain
from bot.workspaces import Workspace
from locales.translator import Translator

_A_PAGE, _MOST_PAGES = 1000, 10
# What a list cannot mend by being asked for again.
_NO_LIST = frozenset({"missing_scope", "not_allowed_token_type", "access_denied", "enterprise_is_restricted"})


class Places:
    """Deliveries about channels."""

    def __init__(self, posting: Posting) -> None:
        self._posting = posting

    def by_kind(self) -> Mapping[str, Deliver]:
        """For the relay."""
        return {ChannelsDue.kind: self._list, TestDue.kind: self._test}

    async def _list(self, ctx: Context, envelope: Envelope) -> None:
        """All channels that the bot can see, the archived left out, or why there are none."""
        workspace = await self._posting.find(ctx, envelope.account_id)
        if workspace is None:
            return
        await self._identify(ctx, workspace)
        channels: list[SlackChannel] = []
        problem = ""
        try:
            channels = await self._pages(ctx, workspace)
        except DeliveryFailed as failure:
            if failure.why not in _NO_LIST:
                raise
            problem = failure.why
        by = SystemActor(envelope.account_id, "relay", envelope.trace_id)
        await keep_channels(ctx, workspace.installation, channels, problem, by=by)

    async def _identify(self, ctx: Context, workspace: Workspace) -> None:
        """Of the settings' workspace nothing but a token is known at first."""
        known = workspace.installation
        if known.team_name and known.bot_user_id and known.scopes:
            return
        answer = await self._posting.call(ctx, workspace, workspace.slack.auth_test)
        await keep_identity(
            ctx,
            known,
            team_name=str(answer.get("team") or ""),
            bot_user_id=str(answer.get("user_id") or ""),
            scopes=str(answer.get("scopes") or ""),
        )

    async def _pages(self, ctx: Context, workspace: Workspace) -> list[SlackChannel]:
        found: dict[str, SlackChannel] = {}
        asked: dict[str, Any] = {
            "types": "public_channel,private_channel",
            "exclude_archived": True,
            "limit": _A_PAGE,
        }
        for _ in range(_MOST_PAGES):
            method = workspace.slack.web.conversations_list
            answer = await self._posting.call(ctx, workspace, method, **asked)
            for each in answer.get("channels", []):
                found[str(each["id"])] = _channel(ctx, workspace, each)
            cursor = (answer.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                break
            asked["cursor"] = cursor
        return list(found.values())

    async def _test(self, ctx: Context, envelope: Envelope) -> None:
        """A message to try the channel; what came of it is kept for the page."""
        due = read_message(TestDue, envelope.payload)
        workspace = await self._posting.find(ctx, envelope.account_id)
        async with ctx.read(envelope.account_id) as work:
            helpdesk, staff = await work.helpdesks.get(due.helpdesk_id), await work.staff.get(due.staff_id)
        channel = helpdesk.slack_channel
        if workspace is None or channel is None:
            return
        told = _test_message(helpdesk, staff, workspace.say)
        mark = {"event_type": "selfbill_test", "event_payload": {"id": envelope.id.hex}}
        by = SystemActor(envelope.account_id, "relay", envelope.trace_id)
        problem = ""
        try:
            await self._posting.post(ctx, workspace, channel, told, mark)
        except DeliveryFailed as failure:
            if not failure.permanent and failure.why not in LOST_CHANNEL:
                raise
            problem = failure.why
        await note_test(ctx, helpdesk, channel, problem, by=by)
        if problem in LOST_CHANNEL:
            await note_trouble(ctx, helpdesk.id, channel=channel, problem=problem, by=by)
        elif not problem:
            await note_arrival(ctx, helpdesk.id, by=by)


def _channel(ctx: Context, workspace: Workspace, given: Mapping[str, Any]) -> SlackChannel:
    return SlackChannel(
        account_id=workspace.account.id,
        channel=str(given["id"]),
        name=str(given.get("name") or ""),
        is_private=bool(given.get("is_private")),
        is_member=bool(given.get("is_member")),
        listed_at=ctx.now(),
    )


def _test_message(helpdesk: Helpdesk, staff: Staff, say: Translator) -> Told:
    text = say.text(
        "{who} tries this channel: the tickets of {helpdesk} appear here as cards.",
        who=staff.name,
        helpdesk=helpdesk.name,
    )
    return escape(text), [{"type": "section", "text": plain(text)}]
