"""What a click does: the use case commits, then ack, then nothing that can raise."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from billing import deciding
from billing.actors import StaffActor
from billing.channels import answer_refused_click, identify_slack_user
from billing.context import Context
from billing.errors import Invalid, NotFound, NotLinked, Refusal, Unavailable
from billing.ids import RequestId
from billing.messages import WhisperDue
from billing.records import Account, Request, Staff
from bot import actions
from bot.actions import Click
from bot.blocks import deny_view, told_view
from bot.client import Workspace
from locales.texts import sentence
from locales.translator import Translator, get_translator

Decide = Callable[[StaffActor, RequestId], Awaitable[Request]]
Listener = Callable[[AsyncAck, dict[str, Any]], Awaitable[None]]
NewTraceId = Callable[[], str]

# A trigger lives three seconds; the modal must be asked for well within them.
VIEW_SECONDS = 2.0

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Clicker:
    """A confirmed staff member at a click, with the language they read."""

    by: StaffActor
    staff: Staff
    account: Account
    say: Translator


class Listeners:
    """Our listeners on a Bolt app, for one workspace."""

    def __init__(
        self, ctx: Context, workspace: Workspace, web: Callable[[], AsyncWebClient], trace: NewTraceId
    ) -> None:
        self._ctx = ctx
        self._workspace = workspace
        self._web = web
        self._trace = trace

    def listen(self, app: AsyncApp) -> None:
        """Register every action and view that our cards and modals can send."""
        app.action(actions.APPROVE)(self._deciding(self._approve))
        app.action(actions.RETRY)(self._deciding(self._retry))
        app.action(actions.DENY)(self.ask_why)
        app.action(actions.OPEN_DESK)(_only_ack)
        app.view(actions.DENY_VIEW)(self.deny)

    async def _approve(self, by: StaffActor, request_id: RequestId) -> Request:
        return await deciding.approve_request(self._ctx, request_id, by=by)

    async def _retry(self, by: StaffActor, request_id: RequestId) -> Request:
        return await deciding.retry_request(self._ctx, request_id, by=by)

    def _deciding(self, decide: Decide) -> Listener:
        async def listener(ack: AsyncAck, body: dict[str, Any]) -> None:
            click = actions.parse_click(body)
            clicker = None
            try:
                clicker = await self._identify(click)
                await decide(clicker.by, _must_name(click))
            except Unavailable:
                # Not acked: Slack shows its own warning, and the person clicks again.
                raise
            except Refusal as refusal:
                await self._answer(click, clicker, refusal)
            await ack()

        return listener

    async def ask_why(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        """*Deny…*: open the modal that asks for the reason. Decides nothing; the desk stays as a way."""
        click = actions.parse_click(body)
        clicker, view = None, None
        try:
            clicker = await self._identify(click)
            request = await deciding.consider_request(self._ctx, _must_name(click), by=clicker.by)
            view = deny_view(request, actions.metadata_of(click), clicker.say)
        except Unavailable:
            raise
        except Refusal as refusal:
            await self._answer(click, clicker, refusal)
        await ack()
        if view is not None:
            await self._open(click.trigger_id, view)

    async def deny(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        """The modal was submitted: decide, then ack; bad input stays in the modal, beside its field."""
        click, answer = actions.parse_submission(body)
        clicker = None
        try:
            clicker = await self._identify(click)
            await deciding.deny_request(self._ctx, _must_name(click), by=clicker.by, answer=answer)
        except Unavailable:
            raise
        except Invalid as invalid:
            say = clicker.say if clicker else await self._account_voice()
            await ack(response_action="errors", errors={actions.ANSWER_BLOCK: sentence(invalid, say)})
            return
        except Refusal as refusal:
            say = clicker.say if clicker else await self._account_voice()
            await self._answer(click, clicker, refusal)
            await ack(response_action="update", view=told_view(sentence(refusal, say), say))
            return
        await ack()

    async def _open(self, trigger_id: str, view: dict[str, Any]) -> None:
        """The one direct call. After the ack nothing may raise: Bolt would lose the ack."""
        try:
            async with asyncio.timeout(VIEW_SECONDS):
                await self._web().views_open(trigger_id=trigger_id, view=view)
        except Exception as missed:  # noqa: BLE001 (the guard of views.open: style.md's third place)
            log.warning("slack: the modal did not open", extra={"why": type(missed).__name__})

    async def _account(self) -> Account:
        account = await self._ctx.store.find_account_by_slug(self._workspace.account_slug)
        if account is None:
            raise NotFound
        return account

    async def _account_voice(self) -> Translator:
        account = await self._account()
        return get_translator(account.locale, account.time_zone)

    async def _identify(self, click: Click) -> Clicker:
        """Of this workspace, linked, active; strangers of shared channels end here."""
        account = await self._account()
        if {click.team_id, click.user_team_id} != {self._workspace.team_id}:
            raise NotLinked
        by, staff = await identify_slack_user(
            self._ctx, account.id, team_id=click.team_id, user_id=click.user_id, trace_id=self._trace()
        )
        return Clicker(by, staff, account, get_translator(staff.locale, account.time_zone))

    async def _answer(self, click: Click, clicker: Clicker | None, refusal: Refusal) -> None:
        account = clicker.account if clicker else await self._account()
        say = clicker.say if clicker else get_translator(account.locale, account.time_zone)
        whisper = WhisperDue(
            channel=click.channel,
            user_id=click.user_id,
            response_url=self._ctx.vault.seal(click.response_url) if click.response_url else "",
            text=sentence(refusal, say),
        )
        await answer_refused_click(
            self._ctx, account, whisper, refusal, request_id=click.request_id, trace_id=self._trace()
        )


async def _only_ack(ack: AsyncAck) -> None:
    """A link button: the browser follows it, Slack only wants to know that we heard."""
    await ack()


def _must_name(click: Click) -> RequestId:
    if click.request_id is None:
        raise NotFound
    return click.request_id
