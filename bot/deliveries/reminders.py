"""Reminders: in the thread of a card, or to one person alone. What was settled meanwhile is not spoken of."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial

from billing.actors import SystemActor
from billing.channels import read_slack_user
from billing.context import Context
from billing.edges import CardPlace, Envelope
from billing.errors import DeliveryFailed
from billing.escalating import mail_instead
from billing.hours import is_our_turn
from billing.ids import AccountId, TicketId
from billing.messages import read_message
from billing.records import Account
from billing.relay import Deliver
from billing.slack.messages import NudgeDue, ReminderDue
from billing.views import RequestView, TicketView
from bot.deliveries.cards import Cards
from bot.deliveries.posting import Posting
from bot.reminders import Ways, nudge, thread_reminder
from bot.workspaces import Workspace
from locales.translator import get_translator

# Somebody whom Slack does not let us write to.
_UNREACHABLE = frozenset(
    {
        "account_inactive",
        "cannot_dm_bot",
        "channel_not_found",
        "is_archived",
        "method_not_supported_for_channel_type",
        "missing_scope",
        "restricted_action",
        "user_disabled",
        "user_not_found",
        "user_not_visible",
        "users_not_found",
    }
)


@dataclass(frozen=True, slots=True)
class Waits:
    """A ticket that is still our turn, and where its card stands."""

    ticket: TicketView
    request: RequestView | None
    place: CardPlace | None


class Reminders:
    """Deliveries of reminders."""

    def __init__(self, posting: Posting, cards: Cards) -> None:
        self._posting = posting
        self._cards = cards

    def by_kind(self) -> Mapping[str, Deliver]:
        """For the relay."""
        return {ReminderDue.kind: self.remind, NudgeDue.kind: self.nudge}

    async def remind(self, ctx: Context, envelope: Envelope) -> None:
        """A reply in the card's thread; where the card is gone, a new one is posted first."""
        ticket_id = read_message(ReminderDue, envelope.payload).ticket_id
        async with self._cards.turn(ticket_id):
            waits = await _find_waiting(ctx, envelope.account_id, ticket_id)
            workspace = await self._posting.find(ctx, envelope.account_id)
            if waits is None or workspace is None:
                return
            is_here = waits.place is not None and waits.place.team_id == workspace.installation.team_id
            place = waits.place if is_here else None
            reply = partial(self._reply, ctx, envelope, workspace, waits)
            await self._cards.reply_below(ctx, envelope, ticket_id, place, reply)

    async def _reply(
        self, ctx: Context, envelope: Envelope, workspace: Workspace, waits: Waits, place: CardPlace
    ) -> None:
        view = waits.request or waits.ticket
        ways = Ways(_desk(ctx, workspace.account, waits))
        told = thread_reminder(view, ways, workspace.say, now=ctx.now())
        await self._posting.post(
            ctx,
            workspace,
            place.channel,
            told,
            _mark(envelope),
            thread_ts=place.ts,
            look_first=envelope.tries > 1,
        )

    async def nudge(self, ctx: Context, envelope: Envelope) -> None:
        """A direct message; by mail where Slack has nobody to give it to."""
        due = read_message(NudgeDue, envelope.payload)
        waits = await _find_waiting(ctx, envelope.account_id, due.ticket_id)
        if waits is None:
            return
        workspace = await self._posting.find(ctx, envelope.account_id)
        try:
            is_told = workspace is not None and await self._write(ctx, envelope, workspace, waits)
        except DeliveryFailed as failure:
            if failure.why not in _UNREACHABLE:
                raise
            is_told = False
        if not is_told:
            by = SystemActor(envelope.account_id, "relay", envelope.trace_id)
            await mail_instead(ctx, due, once=envelope.id.hex, by=by)

    async def _write(self, ctx: Context, envelope: Envelope, workspace: Workspace, waits: Waits) -> bool:
        """False: in this workspace nobody is known as them, or Slack says it is nobody who decides."""
        due = read_message(NudgeDue, envelope.payload)
        assert waits.request is not None, "of questions nobody is told alone"
        async with ctx.read(envelope.account_id) as work:
            staff = await work.staff.get(due.staff_id)
            link = await work.channels.find_link_of_staff(staff.id)
            if link is None or link.team_id != workspace.installation.team_id:
                return False
            user = await read_slack_user(work, link.team_id, link.user_id)
        if not staff.active or (user.profile is not None and user.profile.outsider is not None):
            return False
        card = await self._find_card(ctx, workspace, waits.place)
        ways = Ways(_desk(ctx, workspace.account, waits), card)
        say = get_translator(staff.locale, user.time_zone(workspace.account))
        told = nudge(waits.request, staff, due.step, ways, say, now=ctx.now())
        web = workspace.slack.web
        opened = await self._posting.call(ctx, workspace, web.conversations_open, users=link.user_id)
        channel = str(opened["channel"]["id"])
        await self._posting.post(
            ctx, workspace, channel, told, _mark(envelope), look_first=envelope.tries > 1
        )
        return True

    async def _find_card(self, ctx: Context, workspace: Workspace, place: CardPlace | None) -> str:
        """The address of the card; empty where it stands nowhere, or Slack does not say."""
        if place is None or place.team_id != workspace.installation.team_id:
            return ""
        method = workspace.slack.web.chat_getPermalink
        try:
            answer = await self._posting.call(
                ctx, workspace, method, channel=place.channel, message_ts=place.ts
            )
        except DeliveryFailed:
            return ""  # the desk is one click away as well
        return str(answer.get("permalink") or "")


async def _find_waiting(ctx: Context, account_id: AccountId, ticket_id: TicketId) -> Waits | None:
    """None: it was settled or snoozed meanwhile, or waits on the customer."""
    async with ctx.read(account_id) as work:
        ticket = await work.tickets.get_view(ticket_id, internal=False)
        request_id = ticket.ticket.request_id
        request = await work.requests.get_view(request_id) if request_id else None
        place = await work.tickets.find_card(ticket_id)
    is_asleep = ticket.snooze is not None and ticket.snooze.holds(ctx.now())
    if is_asleep or not is_our_turn(ticket.ticket, request.request if request else None):
        return None
    return Waits(replace(ticket, entries=()), request, place)


def _desk(ctx: Context, account: Account, waits: Waits) -> str:
    if waits.request is not None:
        return ctx.addresses.desk_request(account, waits.request.request.id)
    return ctx.addresses.desk_ticket(account, waits.ticket.ticket.id)


def _mark(envelope: Envelope) -> dict[str, object]:
    return {"event_type": "selfbill_reminder", "event_payload": {"id": envelope.id.hex}}
