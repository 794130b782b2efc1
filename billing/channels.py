"""Slack as the product sees it: who clicked, and how a refused click is answered."""

from dataclasses import dataclass
from datetime import datetime

from billing.actors import StaffActor, SystemActor, Via
from billing.context import Context
from billing.errors import NotForGuests, NotFound, NotLinked, NotStaff, ProfileUnknown, Refusal
from billing.ids import AccountId, RequestId, TicketId
from billing.merchant import ReaderZone
from billing.messages import CardDue, WhisperDue
from billing.ports import UnitOfWork
from billing.records import Account, Staff
from billing.slack.linking import with_link
from billing.slack.profiles import put_profile_due
from billing.slack.records import SlackProfile
from billing.zones import staff_key

# We do not know them, or not well enough: Slack is asked, so that the next click may be better.
_UNSURE = (NotLinked, NotForGuests, ProfileUnknown)


@dataclass(frozen=True, slots=True)
class SlackUser:
    """Somebody in Slack: whom they are confirmed to be, and what Slack last said of them."""

    account_id: AccountId
    team_id: str
    user_id: str
    staff: Staff | None
    profile: SlackProfile | None
    zone: ReaderZone | None = None  # as the desk knows it

    def language(self, account: Account) -> str:
        """Their own at the desk, else the one they have in Slack, else the account's."""
        if self.staff is not None:
            return self.staff.locale
        return (self.profile and self.profile.locale) or account.locale

    def time_zone(self, account: Account) -> str:
        """The one they chose at the desk, else the one they have in Slack, else the account's."""
        if self.zone is not None and self.zone.chosen:
            return self.zone.time_zone
        return (self.profile and self.profile.time_zone) or account.time_zone


async def find_slack_user(ctx: Context, account_id: AccountId, *, team_id: str, user_id: str) -> SlackUser:
    """What the database holds of them. Slack is not asked."""
    async with ctx.read(account_id) as work:
        return await read_slack_user(work, team_id, user_id)


async def read_slack_user(work: UnitOfWork, team_id: str, user_id: str) -> SlackUser:
    """The same within a transaction or a view."""
    link = await work.channels.find_link(team_id, user_id)
    staff = await work.staff.get(link.staff_id) if link is not None else None
    profile = await work.channels.find_profile(team_id, user_id)
    zone = await work.words.find_zone(staff_key(staff.id)) if staff is not None else None
    return SlackUser(work.account_id, team_id, user_id, staff, profile, zone)


def must_be_staff(user: SlackUser, *, now: datetime, trace_id: str) -> tuple[StaffActor, Staff]:
    """The active staff member this Slack user is confirmed to be.

    Raises `NotForGuests` (guest, stranger, bot, gone), `NotLinked`, `NotStaff` (they left), and
    `ProfileUnknown` where Slack has not said within a day who this is.
    """
    if user.profile is not None and user.profile.outsider is not None:
        raise NotForGuests(why=user.profile.outsider)
    if user.staff is None:
        raise NotLinked
    if not user.staff.active:
        raise NotStaff
    if user.profile is None or user.profile.is_old(now):
        raise ProfileUnknown
    client = f"{user.team_id}/{user.user_id}"
    return StaffActor(user.account_id, user.staff.id, Via.SLACK, client, trace_id), user.staff


async def identify_slack_user(
    ctx: Context, account_id: AccountId, *, team_id: str, user_id: str, trace_id: str
) -> tuple[StaffActor, Staff]:
    """Whom a Slack user is confirmed to be; raises as `must_be_staff`. Slack is not asked."""
    user = await find_slack_user(ctx, account_id, team_id=team_id, user_id=user_id)
    return must_be_staff(user, now=ctx.now(), trace_id=trace_id)


async def answer_refused_click(
    ctx: Context,
    account: Account,
    whisper: WhisperDue,
    refusal: Refusal,
    *,
    request_id: RequestId | None,
    trace_id: str,
    card: tuple[str, str] | None = None,
    team_id: str = "",
    ticket_id: TicketId | None = None,
) -> None:
    """A refused click is answered to the clicker alone, kept in the journal, and its card drawn anew.

    `card` is the Slack team and message that was clicked: it tells the ticket where the button does not.
    `team_id` is the connected workspace's: whom we do not know there is offered a link, and looked at.
    """
    by = SystemActor(account.id, "slack", trace_id)
    async with ctx.begin(account.id) as work:
        if team_id and isinstance(refusal, NotLinked):
            whisper = await with_link(ctx, work, account, whisper, team_id)
        if team_id and isinstance(refusal, _UNSURE):
            await put_profile_due(work, team_id, whisper.user_id, at=ctx.now(), trace_id=trace_id)
        await work.outbox.put(whisper, at=ctx.now(), trace_id=trace_id)
        facts = {"refusal": refusal.code, "user": whisper.user_id}
        subject = f"request:{request_id.hex}" if request_id else "request:unknown"
        if ticket_id is not None:
            subject = f"ticket:{ticket_id.hex}"
        await work.journal.write(by, "click.refused", subject, at=ctx.now(), facts=facts)
        drawn = await _ticket_of(work, whisper.channel, request_id, ticket_id, card)
        if drawn is not None:
            await work.outbox.put(CardDue(drawn), at=ctx.now(), trace_id=trace_id)


async def tell_clicker(ctx: Context, account: Account, whisper: WhisperDue, *, trace_id: str) -> None:
    """Something for one Slack user alone; nothing else happens."""
    async with ctx.begin(account.id) as work:
        await work.outbox.put(whisper, at=ctx.now(), trace_id=trace_id)


async def _ticket_of(
    work: UnitOfWork,
    channel: str,
    request_id: RequestId | None,
    ticket_id: TicketId | None,
    card: tuple[str, str] | None,
) -> TicketId | None:
    try:
        if ticket_id is not None:
            return (await work.tickets.get(ticket_id)).id
        if request_id is not None:
            return (await work.requests.get(request_id)).ticket_id
    except NotFound:
        pass
    ticket = await work.tickets.find_ticket_by_card(card[0], channel, card[1]) if card else None
    return ticket.id if ticket else None
