"""App Homes: drawn from the database alone, published so that an older drawing never covers a newer one."""

import asyncio
from collections.abc import Mapping
from typing import Any
from weakref import WeakValueDictionary

from billing.channels import find_slack_user, must_be_staff
from billing.context import Context
from billing.edges import Envelope
from billing.errors import DeliveryFailed, Refusal
from billing.messages import read_message
from billing.ports import Shows
from billing.relay import Deliver
from billing.slack.homes import find_home, keep_hash, show_board, spread_homes
from billing.slack.messages import HomeDue, HomesDue
from billing.slack.records import OpenHome
from bot.client import AnswerLostBySlack
from bot.deliveries.posting import Posting
from bot.homes import home_view, stranger_view
from bot.marks import Block
from bot.rows import ways_in
from bot.workspaces import Workspace
from locales.translator import get_translator

_CONFLICT = "hash_conflict"


class Homes:
    """Deliveries of App Homes. A Home that cannot be drawn now is drawn at the next change."""

    def __init__(self, posting: Posting, *, slack_api: str) -> None:
        self._posting = posting
        self._slack_api = slack_api
        # One writer of a Home at a time: the hash that one gets is what the next needs.
        self._turns: WeakValueDictionary[tuple[str, str], asyncio.Lock] = WeakValueDictionary()

    def by_kind(self) -> Mapping[str, Deliver]:
        """For the relay."""
        return {HomesDue.kind: self.spread, HomeDue.kind: self.deliver}

    async def spread(self, ctx: Context, envelope: Envelope) -> None:
        """Something changed: whoever has a Home open gets a new one. Slack is not asked here."""
        await spread_homes(ctx, envelope.account_id, trace_id=envelope.trace_id)

    async def deliver(self, ctx: Context, envelope: Envelope) -> None:
        """Draw somebody's Home as things are now."""
        message = read_message(HomeDue, envelope.payload)
        workspace = await self._posting.find(ctx, envelope.account_id)
        if workspace is None or workspace.installation.team_id != message.team_id:
            return
        lock = self._turns.setdefault((message.team_id, message.user_id), asyncio.Lock())
        async with lock:
            home = await find_home(ctx, envelope.account_id, message.team_id, message.user_id)
            if home is not None:
                await self._publish(ctx, workspace, home, envelope.trace_id)

    async def _publish(self, ctx: Context, workspace: Workspace, home: OpenHome, trace_id: str) -> None:
        try:
            answer = await self._send(ctx, workspace, home, trace_id, home.hash)
        except DeliveryFailed as failure:
            if failure.why != _CONFLICT:
                raise
            answer = await self._send_anew(ctx, workspace, home, trace_id)
        view = answer.get("view")
        if isinstance(view, dict) and isinstance(view.get("hash"), str):
            await keep_hash(ctx, home, view["hash"])

    async def _send_anew(
        self, ctx: Context, workspace: Workspace, home: OpenHome, trace_id: str
    ) -> Mapping[str, Any]:
        """Another process published meanwhile, or an answer of Slack's was lost: all is read once more."""
        now = await find_home(ctx, home.account_id, home.team_id, home.user_id) or home
        known = now.hash if now.hash != home.hash else ""
        return await self._send(ctx, workspace, now, trace_id, known)

    async def _send(
        self, ctx: Context, workspace: Workspace, home: OpenHome, trace_id: str, known: str
    ) -> Mapping[str, Any]:
        """`known` is the hash of what must be there still; empty: whatever is there is replaced."""
        view = await self._draw(ctx, workspace, home, trace_id)
        condition = {"hash": known} if known else {}
        publish = workspace.slack.web.views_publish
        try:
            return await self._posting.call(
                ctx, workspace, publish, user_id=home.user_id, view=view, **condition
            )
        except AnswerLostBySlack:
            raise
        except DeliveryFailed as failure:
            if failure.why == _CONFLICT or failure.after is not None:
                raise
            # the Home tab was switched off, the user has gone: waiting mends nothing
            raise DeliveryFailed(failure.why, permanent=True) from failure

    async def _draw(self, ctx: Context, workspace: Workspace, home: OpenHome, trace_id: str) -> Block:
        account, installation = workspace.account, workspace.installation
        user = await find_slack_user(ctx, account.id, team_id=home.team_id, user_id=home.user_id)
        zone = user.time_zone(account)
        say = get_translator(user.language(account), zone)
        try:
            by, _ = must_be_staff(user, now=ctx.now(), trace_id=trace_id)
        except Refusal as refusal:
            return stranger_view(account.name, refusal, say)
        shows = Shows(home.shows) if home.shows else None
        page = await show_board(ctx, by=by, shows=shows, number=int(home.after or 1), time_zone=zone)
        ways = ways_in(ctx.addresses, self._slack_api, installation.team_id)
        return home_view(page, ways, say, now=ctx.now())
