"""What is heard from Slack: in whose workspace, from whom, in whose language; and how it is answered.

`bot/door.py` makes a `Hearing` of every payload before a listener sees it, and refuses where it must.
"""

import asyncio
import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace

from billing import plans
from billing.actors import StaffActor
from billing.channels import (
    SlackUser,
    answer_refused_click,
    must_be_staff,
    read_slack_user,
    tell_clicker,
)
from billing.context import Context
from billing.errors import (
    NotConnected,
    NotForGuests,
    NotFound,
    NotInPlan,
    NotLinked,
    Refusal,
    Unavailable,
)
from billing.ids import RequestId, TicketId
from billing.messages import WhisperDue
from billing.records import Account, Staff
from billing.slack.records import Installation, Outsider
from bot.actions import Click, read_click
from bot.callers import Body, Caller, read_caller
from bot.marks import Block
from bot.story import refusal_text
from bot.workspaces import Clients
from locales.translator import Translator, get_translator

# A trigger lives three seconds; the modal must be asked for well within them.
VIEW_SECONDS = 2.0

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Hearing:
    """One payload being heard. `by` and `staff` are there where a listener is for staff."""

    body: Body
    caller: Caller
    click: Click
    account: Account
    installation: Installation
    user: SlackUser
    say: Translator  # the reader's: of whom nothing is known, the account's
    trace_id: str
    by: StaffActor | None = None
    staff: Staff | None = None

    @property
    def channel(self) -> str:
        """Where it happened; a modal remembers the channel of its card."""
        return self.caller.channel or self.click.channel

    def must_name(self) -> RequestId:
        """The request that the button or modal names; raises `NotFound`."""
        if self.click.request_id is None:
            raise NotFound
        return self.click.request_id

    def must_name_ticket(self) -> TicketId:
        """The ticket that the button or modal names; raises `NotFound`."""
        if self.click.ticket_id is None:
            raise NotFound
        return self.click.ticket_id

    def must_know(self) -> StaffActor:
        """Who it is; raises `NotLinked`."""
        if self.by is None:
            raise NotLinked
        return self.by


class Ears:
    """What every listener shares. Only the database is asked, except by `open_view`."""

    def __init__(
        self, ctx: Context, clients: Clients, new_trace_id: Callable[[], str] = lambda: secrets.token_hex(8)
    ) -> None:
        self.ctx = ctx
        self._clients = clients
        self._new_trace_id = new_trace_id

    @property
    def slack_api(self) -> str:
        """The base address of the Web API; nothing is called here."""
        return self._clients.base_url

    async def hear(self, body: Body) -> Hearing | None:
        """Whose workspace it came from, also where that has ended; None: it was never anybody's."""
        caller = read_caller(body)
        store = self.ctx.store
        installation = await store.find_installation(
            caller.team_id, caller.enterprise_id
        ) or await store.find_last_installation(caller.team_id, caller.enterprise_id)
        if installation is None:
            return None
        async with self.ctx.read(installation.account_id) as work:
            account = await work.accounts.get()
            user = await read_slack_user(work, installation.team_id, caller.user_id)
        say = get_translator(user.language(account), user.time_zone(account))
        click = read_click(body)
        return Hearing(body, caller, click, account, installation, user, say, self._new_trace_id())

    def must_be_connected(self, hearing: Hearing) -> None:
        """Raises `NotConnected`, or `NotInPlan` (plan)."""
        if not hearing.installation.is_live:
            raise NotConnected
        plans.must_have_helpdesks(hearing.account)

    async def identify(self, hearing: Hearing) -> Hearing:
        """The same with `by` and `staff`. Strangers end here: raises `Forbidden`.

        A payload that names no workspace for its user is taken for one of our own (a command never does):
        whether they are a member of it, Slack has said in the profile, without which nobody is known.
        """
        caller, installation = hearing.caller, hearing.installation
        if not caller.is_of(installation.team_id, installation.enterprise_id):
            raise NotForGuests(why=Outsider.STRANGER)
        by, staff = must_be_staff(hearing.user, now=self.ctx.now(), trace_id=hearing.trace_id)
        return replace(hearing, by=by, staff=staff)

    async def refuse(self, hearing: Hearing, refusal: Refusal) -> None:
        """The clicker alone is told, the journal keeps it, the card is drawn anew; raises `Unavailable`."""
        link, link_text = self._way_on(hearing, refusal)
        text = refusal_text(refusal, hearing.say)
        whisper = self.whisper(hearing, text, link=link, link_text=link_text)
        message_ts = hearing.caller.message_ts
        await answer_refused_click(
            self.ctx,
            hearing.account,
            whisper,
            refusal,
            request_id=hearing.click.request_id,
            ticket_id=hearing.click.ticket_id,
            trace_id=hearing.trace_id,
            card=(hearing.installation.team_id, message_ts) if message_ts else None,
            team_id=hearing.installation.team_id,
        )

    def _way_on(self, hearing: Hearing, refusal: Refusal) -> tuple[str, str]:
        """The button of a refusal after which there is something to do; an offer's address comes later."""
        if isinstance(refusal, NotConnected | NotInPlan):
            return self.ctx.addresses.desk(hearing.account), hearing.say.text("Open the desk")
        return "", hearing.say.text("Link me") if isinstance(refusal, NotLinked) else ""

    def whisper(self, hearing: Hearing, text: str, *, link: str = "", link_text: str = "") -> WhisperDue:
        """A sentence for the clicker alone; with a button to a page of ours, if there is a link."""
        caller = hearing.caller
        sealed = self.ctx.vault.seal(caller.response_url) if caller.response_url else ""
        return WhisperDue(hearing.channel, caller.user_id, sealed, text, link, link_text)

    async def tell(self, hearing: Hearing, text: str, *, link: str = "", link_text: str = "") -> None:
        """Something for the clicker alone, where what they did is committed already: raises nothing."""
        whisper = self.whisper(hearing, text, link=link, link_text=link_text)
        try:
            await tell_clicker(self.ctx, hearing.account, whisper, trace_id=hearing.trace_id)
        except Unavailable:
            log.warning("slack: the clicker could not be told")

    async def open_view(self, hearing: Hearing, view: Block, *, missed: str) -> None:
        """The one direct call, after the ack, where nothing may raise: Bolt would lose the ack.

        `missed` is what the clicker is told where the modal did not open.
        """
        try:
            web = self._clients.of(hearing.installation).web
            async with asyncio.timeout(VIEW_SECONDS):
                await web.views_open(trigger_id=hearing.caller.trigger_id, view=view)
        except Exception as why:  # noqa: BLE001 (the guard of views.open: style.md's third place)
            log.warning("slack: the modal did not open", extra={"why": type(why).__name__})
            await self.tell(hearing, missed)
