"""What every delivery does with a workspace: find it, call it at its pace, post, find what was posted."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from billing.context import Context
from billing.errors import DeliveryFailed
from billing.ids import AccountId
from bot.client import SlackClient
from bot.deliveries.pace import Pace
from bot.marks import Told
from bot.workspaces import Clients, Workspace, find_workspace

_QUIET = {
    "parse": "none",
    "link_names": False,
    "unfurl_links": False,
    "unfurl_media": False,
}


class Posting:
    """Shared by all deliveries to Slack."""

    def __init__(self, clients: Clients) -> None:
        self._clients = clients
        self._pace = Pace()

    async def find(self, ctx: Context, account_id: AccountId) -> Workspace | None:
        """Where the account's people are; None: nothing is connected, or the plan has no Slack."""
        return await find_workspace(ctx, self._clients, account_id)

    def without_token(self) -> SlackClient:
        """For an answer at a `response_url`, which is its own permission."""
        return self._clients.without_token()

    async def call(
        self, ctx: Context, workspace: Workspace, method: Callable[..., Awaitable[Any]], **arguments: Any
    ) -> Mapping[str, Any]:
        """One call of a method of `workspace.slack.web`; raises `DeliveryFailed`."""
        way = (str(getattr(method, "__name__", method)), workspace.installation.team_id)
        self._pace.must_be_free(way, ctx.now())
        try:
            return await workspace.slack.call(method, **arguments)
        except DeliveryFailed as failure:
            if failure.after is not None:
                self._pace.keep_quiet(way, failure.after, ctx.now())
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
    ) -> tuple[str, str]:
        """A message, marked so that it can be found again; its channel's own id, and its ts."""
        threaded = {"thread_ts": thread_ts} if thread_ts else {}
        answer = await self.call(
            ctx,
            workspace,
            workspace.slack.web.chat_postMessage,
            channel=channel,
            text=told[0],
            blocks=told[1],
            metadata=mark,
            **threaded,
            **_QUIET,
        )
        return str(answer["channel"]), str(answer["ts"])

    async def find_marked(
        self,
        ctx: Context,
        workspace: Workspace,
        channel: str,
        mark: dict[str, Any],
        *,
        thread: str | None = None,
    ) -> str | None:
        """The ts of a message of ours with this mark, if we may read the channel and it is there."""
        web = workspace.slack.web
        seen: dict[str, Any] = {"channel": channel, "include_all_metadata": True}
        try:
            if thread is None:
                answer = await self.call(ctx, workspace, web.conversations_history, limit=15, **seen)
            else:
                answer = await self.call(ctx, workspace, web.conversations_replies, ts=thread, **seen)
        except DeliveryFailed as failure:
            if failure.why in {"missing_scope", "not_in_channel"}:
                return None
            raise
        for message in answer.get("messages", []):
            if message.get("metadata", {}) == mark:
                return str(message["ts"])
        return None
