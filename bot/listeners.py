"""What a click does: the use case commits, then ack, then nothing that can raise."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from billing import deciding
from billing.actors import StaffActor
from billing.channels import answer_refused_click, identify_slack_user, tell_clicker
from billing.context import Context
from billing.errors import Invalid, NotFound, NotLinked, Refusal, Unavailable
from billing.ids import RequestId
from billing.messages import WhisperDue
from billing.records import Account, Request
from billing.states import RequestState
from bot import actions
from bot.actions import Click
from bot.client import Workspace
from bot.marks import Block
from bot.modals import deny_view, told_view
from bot.story import refusal_text
from locales.texts import sentence
from locales.translator import Translator, get_translator

Decide = Callable[[StaffActor, Click, RequestId], Awaitable[Request]]
Listener = Callable[[AsyncAck, dict[str, Any]], Awaitable[None]]
NewTraceId = Callable[[], str]

# A trigger lives three seconds; the modal must be asked for well within them.
VIEW_SECONDS = 2.0

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Hearing:
    """One click being heard: what was clicked, in whose account, and in whose language to answer."""

    click: Click
    account: Account
    say: Translator
    trace_id: str

    def must_name(self) -> RequestId:
        """The request that the button names; raises `NotFound`."""
        if self.click.request_id is None:
            raise NotFound
        return self.click.request_id


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

    async def _approve(self, by: StaffActor, click: Click, request_id: RequestId) -> Request:
        return await deciding.approve_request(self._ctx, request_id, by=by, second_to=click.second_to)

    async def _retry(self, by: StaffActor, click: Click, request_id: RequestId) -> Request:
        return await deciding.retry_request(self._ctx, request_id, by=by)

    def _deciding(self, decide: Decide) -> Listener:
        async def listener(ack: AsyncAck, body: dict[str, Any]) -> None:
            hearing = await self._hear(actions.parse_click(body))
            try:
                by, hearing = await self._identify(hearing)
                request = await decide(by, hearing.click, hearing.must_name())
                if request.state is RequestState.PENDING:
                    await self._tell_first(hearing)
            except Unavailable:
                # Not acked: Slack shows its own warning, and the person clicks again.
                raise
            except Refusal as refusal:
                await self._refuse(hearing, refusal)
            await ack()

        return listener

    async def _tell_first(self, hearing: Hearing) -> None:
        """Of two people the first: the yes is kept, and this says that it alone does nothing yet."""
        text = hearing.say.text(
            "Your yes is kept, 1 of 2. Nothing goes back until somebody else says yes too."
        )
        try:
            whisper = self._whisper(hearing, text)
            await tell_clicker(self._ctx, hearing.account, whisper, trace_id=hearing.trace_id)
        except Unavailable:
            # The yes is committed, and the card says so as well.
            log.warning("slack: the clicker could not be told")

    async def ask_why(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        """*Deny…*: open the modal that asks for the reason. Decides nothing; the desk stays as a way."""
        hearing = await self._hear(actions.parse_click(body))
        view = None
        try:
            by, hearing = await self._identify(hearing)
            request = await deciding.consider_request(self._ctx, hearing.must_name(), by=by)
            view = deny_view(request, actions.metadata_of(hearing.click), hearing.say)
        except Unavailable:
            raise
        except Refusal as refusal:
            await self._refuse(hearing, refusal)
        await ack()
        if view is not None:
            await self._open(hearing, view)

    async def deny(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        """The modal was submitted: decide, then ack; bad input stays in the modal, beside its field."""
        click, answer = actions.parse_submission(body)
        hearing = await self._hear(click)
        try:
            by, hearing = await self._identify(hearing)
            await deciding.deny_request(self._ctx, hearing.must_name(), by=by, answer=answer)
        except Unavailable:
            raise
        except Invalid as invalid:
            errors = {actions.ANSWER_BLOCK: sentence(invalid, hearing.say)}
            await ack(response_action="errors", errors=errors)
            return
        except Refusal as refusal:
            await self._refuse(hearing, refusal)
            view = told_view(refusal_text(refusal, hearing.say), hearing.say)
            await ack(response_action="update", view=view)
            return
        await ack()

    async def _open(self, hearing: Hearing, view: Block) -> None:
        """The one direct call. After the ack nothing may raise: Bolt would lose the ack."""
        try:
            async with asyncio.timeout(VIEW_SECONDS):
                await self._web().views_open(trigger_id=hearing.click.trigger_id, view=view)
        except Exception as missed:  # noqa: BLE001 (the guard of views.open: style.md's third place)
            log.warning("slack: the modal did not open", extra={"why": type(missed).__name__})
            await self._point_to_desk(hearing)

    async def _point_to_desk(self, hearing: Hearing) -> None:
        text = hearing.say.text("Slack did not open the form. Please try again, or deny it in the desk.")
        whisper = self._whisper(hearing, text)
        try:
            await tell_clicker(self._ctx, hearing.account, whisper, trace_id=hearing.trace_id)
        except Unavailable:
            log.warning("slack: the clicker could not be told")

    async def _hear(self, click: Click) -> Hearing:
        """Before anything is known of the clicker: the account of the workspace, in its language."""
        account = await self._ctx.store.find_account_by_slug(self._workspace.account_slug)
        if account is None:
            raise NotFound
        return Hearing(click, account, get_translator(account.locale, account.time_zone), self._trace())

    async def _identify(self, hearing: Hearing) -> tuple[StaffActor, Hearing]:
        """Of this workspace, linked, active; strangers of shared channels end here."""
        click, account = hearing.click, hearing.account
        if {click.team_id, click.user_team_id} != {self._workspace.team_id}:
            raise NotLinked
        by, staff = await identify_slack_user(
            self._ctx, account.id, team_id=click.team_id, user_id=click.user_id, trace_id=hearing.trace_id
        )
        say = get_translator(staff.locale, account.time_zone)
        return by, replace(hearing, say=say)

    async def _refuse(self, hearing: Hearing, refusal: Refusal) -> None:
        click = hearing.click
        await answer_refused_click(
            self._ctx,
            hearing.account,
            self._whisper(hearing, refusal_text(refusal, hearing.say)),
            refusal,
            request_id=click.request_id,
            trace_id=hearing.trace_id,
            card=(click.team_id, click.message_ts) if click.message_ts else None,
        )

    def _whisper(self, hearing: Hearing, text: str) -> WhisperDue:
        click = hearing.click
        sealed = self._ctx.vault.seal(click.response_url) if click.response_url else ""
        return WhisperDue(channel=click.channel, user_id=click.user_id, response_url=sealed, text=text)


async def _only_ack(ack: AsyncAck) -> None:
    """A link button: the browser follows it, Slack only wants to know that we heard."""
    await ack()
