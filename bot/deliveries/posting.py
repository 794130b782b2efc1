"""What every delivery does with a workspace: find it, call it at its pace, post, find what was posted."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from billing.actors import SystemActor
from billing.context import Context
from billing.edges import Envelope
from billing.errors import DeliveryFailed
from billing.ids import AccountId
from billing.ports import UnitOfWork
from billing.records import Helpdesk
from billing.slack.losing import end_if_unchanged, note_trouble
from billing.slack.records import ChannelTrouble
from billing.states import Ended
from bot.client import LOST_CHANNEL, TOKEN_OVER, AnswerLostBySlack, SlackClient
from bot.deliveries.pace import MESSAGES, UPDATES, Pace
from bot.marks import Block, Told
from bot.workspaces import Clients, Workspace, find_workspace

_QUIET = {
    "parse": "none",
    "link_names": False,
    "unfurl_links": False,
    "unfurl_media": False,
}
# Where we may not read the channel, a message whose answer was lost is posted once more after this; and
# where that was lost as well, after four times as long, and so on.
UNKNOWN_FOR = timedelta(seconds=30)
_MOST_UNKNOWN_FOR = timedelta(hours=1)
_MOST_UNKNOWN = 1000
_HISTORY = frozenset({"channels:history", "groups:history"})
_MAY_NOT_LOOK = frozenset({"missing_scope", "not_in_channel"})


@dataclass(frozen=True, slots=True)
class _Lost:
    """When the answer to a message was lost the last time, and for how long that says nothing."""

    at: datetime
    unknown_for: timedelta


class MayNotLook(Exception):
    """The channel's history is not for us."""


class Posting:
    """Shared by all deliveries to Slack."""

    def __init__(self, clients: Clients) -> None:
        self._clients = clients
        self._pace = Pace()
        # Whether these messages arrived is unknown.
        self._lost: dict[str, _Lost] = {}

    async def find(self, ctx: Context, account_id: AccountId) -> Workspace | None:
        """Where the account's people are; None: nothing is connected, or the plan has no Slack."""
        async with ctx.read(account_id) as work:
            return await self.find_in(work)

    async def find_in(self, work: UnitOfWork) -> Workspace | None:
        """The same within a view that is read anyway."""
        return await find_workspace(work, self._clients)

    def without_token(self) -> SlackClient:
        """For an answer at a `response_url`, which is its own permission."""
        return self._clients.without_token()

    async def call(
        self, ctx: Context, workspace: Workspace, method: Callable[..., Awaitable[Any]], **arguments: Any
    ) -> Mapping[str, Any]:
        """One call of a method of `workspace.slack.web`; raises `DeliveryFailed`."""
        name, team_id = _name_of(method), workspace.installation.team_id
        self._pace.must_be_free(name, team_id, ctx.now())
        try:
            return await workspace.slack.call(method, **arguments)
        except DeliveryFailed as failure:
            if failure.after is not None:
                self._pace.keep_quiet(name, team_id, failure.after, ctx.now())
            if failure.why in TOKEN_OVER:
                await _token_is_over(ctx, workspace, failure.why)
            raise

    async def post(
        self,
        ctx: Context,
        workspace: Workspace,
        channel: str,
        told: Told,
        mark: dict[str, Any],
        *,
        thread_ts: str | None = None,
        look_first: bool = False,
    ) -> tuple[str, str]:
        """A message, marked so that it can be found again; its channel's own id, and its ts.

        `look_first`: it may be there already. Raises `DeliveryFailed` with its slot where it is not its turn.
        """
        key, web = _key_of(mark), workspace.slack.web
        self._pace.must_be_free(_name_of(web.chat_postMessage), workspace.installation.team_id, ctx.now())
        lane = ("messages", workspace.installation.team_id, channel)
        self._pace.must_have_slot(lane, MESSAGES, key, ctx.now(), patient=thread_ts is not None)
        if look_first or key in self._lost:
            found = await self._find_lost(ctx, workspace, channel, mark, thread_ts)
            if found is not None:
                return channel, found
        threaded = {"thread_ts": thread_ts} if thread_ts else {}
        try:
            answer = await self.call(
                ctx,
                workspace,
                web.chat_postMessage,
                channel=channel,
                text=told[0],
                blocks=told[1],
                metadata=mark,
                **threaded,
                **_QUIET,
            )
        except AnswerLostBySlack:
            self._note_lost(key, ctx.now())
            found = await self._find_lost(ctx, workspace, channel, mark, thread_ts)
            if found is None:
                raise
            return channel, found
        self._lost.pop(key, None)
        return str(answer["channel"]), str(answer["ts"])

    async def update(self, ctx: Context, workspace: Workspace, channel: str, ts: str, told: Told) -> None:
        """A message of ours, drawn anew in its place."""
        team_id = workspace.installation.team_id
        self._pace.must_be_free(_name_of(workspace.slack.web.chat_update), team_id, ctx.now())
        self._pace.must_have_slot(("updates", team_id), UPDATES, (channel, ts), ctx.now())
        blocks: list[Block] = told[1]
        await self.call(
            ctx,
            workspace,
            workspace.slack.web.chat_update,
            channel=channel,
            ts=ts,
            text=told[0],
            blocks=blocks,
            parse="none",
            link_names=False,
        )

    @asynccontextmanager
    async def at_helpdesk(
        self, ctx: Context, envelope: Envelope, helpdesk: Helpdesk, trouble: ChannelTrouble | None
    ) -> AsyncIterator[None]:
        """Posting to a helpdesk's channel: one that is lost is noted, and left alone while it stays so."""
        channel = helpdesk.slack_channel
        if channel is not None and trouble is not None and trouble.channel == channel:
            raise DeliveryFailed(trouble.problem, permanent=True)
        try:
            yield
        except DeliveryFailed as failure:
            if channel is not None and failure.why in LOST_CHANNEL:
                by = SystemActor(envelope.account_id, "relay", envelope.trace_id)
                await note_trouble(ctx, helpdesk.id, channel=channel, problem=failure.why, by=by)
            raise

    async def _look(
        self, ctx: Context, workspace: Workspace, channel: str, mark: dict[str, Any], thread: str | None
    ) -> str | None:
        if not _may_look(workspace, channel):
            raise MayNotLook
        web = workspace.slack.web
        seen: dict[str, Any] = {"channel": channel, "include_all_metadata": True}
        try:
            if thread is None:
                answer = await self.call(ctx, workspace, web.conversations_history, limit=15, **seen)
            else:
                answer = await self.call(ctx, workspace, web.conversations_replies, ts=thread, **seen)
        except DeliveryFailed as failure:
            if failure.why in _MAY_NOT_LOOK:
                raise MayNotLook from failure
            raise
        for message in answer.get("messages", []):
            if message.get("metadata", {}) == mark:
                return str(message["ts"])
        return None

    async def _find_lost(
        self, ctx: Context, workspace: Workspace, channel: str, mark: dict[str, Any], thread: str | None
    ) -> str | None:
        """The ts of what may have arrived; where we may not look, it must have been unknown for a while."""
        key = _key_of(mark)
        try:
            found = await self._look(ctx, workspace, channel, mark, thread)
        except MayNotLook:
            lost = self._lost.get(key)
            if lost is not None and (rest := lost.at + lost.unknown_for - ctx.now()) > timedelta(0):
                raise DeliveryFailed("unknown", after=rest) from None
            return None
        if found is not None:
            self._lost.pop(key, None)
        return found

    def _note_lost(self, key: str, now: datetime) -> None:
        if len(self._lost) >= _MOST_UNKNOWN:
            self._lost = {k: lost for k, lost in self._lost.items() if lost.at + lost.unknown_for > now}
        before = self._lost.get(key)
        unknown_for = min(4 * before.unknown_for, _MOST_UNKNOWN_FOR) if before else UNKNOWN_FOR
        self._lost[key] = _Lost(now, unknown_for)


async def _token_is_over(ctx: Context, workspace: Workspace, why: str) -> None:
    """Slack takes the token no more: the workspace has ended, unless a new token is there by now."""
    used = workspace.installation
    ended = Ended.UNINSTALLED if why == "account_inactive" else Ended.REVOKED
    by = SystemActor(used.account_id, "relay", uuid4().hex)
    if await end_if_unchanged(ctx, used, ended, by=by):
        return
    async with ctx.read(used.account_id) as work:
        live = await work.installations.find_live()
    if live is not None:
        raise DeliveryFailed("there is a new token", after=timedelta(0), untouched=True)


def _may_look(workspace: Workspace, channel: str) -> bool:
    """Not into direct messages, which we never ask for; nor where the known scopes hold none for it."""
    scopes = set(workspace.installation.scopes.split(",")) - {""}
    return channel.startswith(("C", "G")) and (not scopes or bool(scopes & _HISTORY))


def _name_of(method: Callable[..., Awaitable[Any]]) -> str:
    return str(getattr(method, "__name__", method))


def _key_of(mark: dict[str, Any]) -> str:
    return f"{mark['event_type']}:{mark['event_payload']['id']}"
