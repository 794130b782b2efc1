"""Who in Slack is whom at the desk: offered to the Slack user alone, confirmed by signed-in staff."""

import re
import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from billing import budgets, plans
from billing.actors import StaffActor
from billing.budgets import Budget
from billing.context import Context
from billing.edges import SlackLink
from billing.errors import Forbidden, Invalid, NotForGuests, NotFound
from billing.ids import AccountId, LinkOfferId, StaffId, new_id
from billing.messages import Notice, StaffNoticeMail, WhisperDue
from billing.ports import UnitOfWork
from billing.records import Account, Facts, Staff
from billing.rights import must_be_proved
from billing.slack.messages import HomeDue, LinkOfferDue, ProfileDue
from billing.slack.profiles import put_profile_due
from billing.slack.records import Installation, LinkOffer, SlackProfile
from billing.states import Role

OFFER_LIVES = timedelta(hours=1)
MOST_OFFERS = 50  # of one asker while an offer lives
_MEMBER_ID = re.compile(r"[UW][A-Z0-9]{4,31}")


@dataclass(frozen=True, slots=True)
class OfferView:
    """What somebody is about to confirm; `holder` is who that Slack user has been at the desk until now."""

    offer: LinkOffer
    installation: Installation
    account: Account
    staff: Staff
    profile: SlackProfile | None
    holder: Staff | None
    earlier: SlackLink | None  # of the staff member, to another Slack user

    @property
    def user_name(self) -> str:
        """As Slack shows them, else their id."""
        return (self.profile and self.profile.name) or self.offer.user_name or self.offer.user_id


async def with_link(
    ctx: Context, work: UnitOfWork, account: Account, whisper: WhisperDue, team_id: str
) -> WhisperDue:
    """Within a use case: a button leads its reader, alone, to the page where they say who they are."""
    _, token = await make_offer(ctx, work, team_id=team_id, user_id=whisper.user_id)
    return replace(whisper, link=ctx.addresses.slack_link(account, ""), token=ctx.vault.seal(token))


async def make_offer(
    ctx: Context,
    work: UnitOfWork,
    *,
    team_id: str,
    user_id: str,
    user_name: str = "",
    staff_id: StaffId | None = None,
) -> tuple[LinkOffer, str]:
    """Within a use case: one more offer, and its token, which is kept as a hash only."""
    token, now = secrets.token_hex(16), ctx.now()
    offer = LinkOffer(
        id=new_id(LinkOfferId),
        account_id=work.account_id,
        token_hash=_hash(ctx, token),
        team_id=team_id,
        user_id=user_id,
        user_name=user_name,
        staff_id=staff_id,
        made_at=now,
        expires_at=now + OFFER_LIVES,
    )
    await work.channels.add_offer(offer)
    return offer, token


async def send_offer(ctx: Context, staff_id: StaffId, *, user_id: str, by: StaffActor) -> None:
    """A direct message asks a Slack user whether they are this staff member; nothing is linked by it.

    Owners ask for everybody, others for themselves. Raises `Forbidden`, `NotFound` (staff, or no workspace),
    `NotInPlan`, `Invalid` (user: `missing`, `not-a-member-id`, `outsider`) and `TooMany`.
    """
    async with ctx.begin(by.account_id) as work:
        plans.must_have_helpdesks(await work.accounts.get())
        staff = await _must_change(work, staff_id, by)
        user_id = _member_id(user_id)
        installation = await work.installations.find_live()
        if installation is None or not staff.active:
            raise NotFound
        team_id = installation.team_id
        profile = await work.channels.find_profile(team_id, user_id)
        if profile is not None and profile.outsider is not None:
            raise Invalid("user", "outsider")
        spent = await budgets.take(work, _budgets(ctx, f"{team_id}:{user_id}", by), at=ctx.now())
        if spent is not None:
            raise budgets.too_many(spent, ctx.now())
        name = profile.name if profile is not None else ""
        offer, token = await make_offer(
            ctx, work, team_id=team_id, user_id=user_id, user_name=name, staff_id=staff_id
        )
        message = LinkOfferDue(offer.id, ctx.vault.seal(token))
        await work.outbox.put(message, at=ctx.now(), trace_id=by.trace_id)
        await put_profile_due(work, team_id, user_id, at=ctx.now(), trace_id=by.trace_id)
        link = SlackLink(by.account_id, team_id, user_id, staff_id)
        await _journal(ctx, work, "slack.link_offered", staff, link, by=by)


def _budgets(ctx: Context, asked: str, by: StaffActor) -> list[Budget]:
    """A few messages to one person; and of one asker enough for a whole team, too few for a company."""
    key = ctx.vault.digest(f"slack-link-by:{by.staff_id.hex}")
    return [*budgets.mail_budgets(ctx.vault, "slack-link", asked), Budget(key, MOST_OFFERS, OFFER_LIVES)]


async def show_offer(ctx: Context, token: str, *, by: StaffActor) -> OfferView:
    """Both sides of an open offer, before anything is confirmed; it is not used up by that.

    Raises `NotFound`, the same for used, over, of another account or workspace, and for somebody else.
    """
    async with ctx.read(by.account_id) as work:
        return await _open_offer(ctx, work, token, by)


async def find_open_offer(ctx: Context, account_id: AccountId, token: str) -> LinkOffer | None:
    """None where it is used, over or unknown."""
    async with ctx.read(account_id) as work:
        offer = await work.channels.find_offer(_hash(ctx, token))
    return offer if offer is not None and _is_open(offer, ctx.now()) else None


async def confirm_link(ctx: Context, token: str, *, by: StaffActor) -> None:
    """Signed-in staff say that this Slack user is them; whoever it was before is so no more.

    They are told by mail, and Slack is asked about the user at once. Raises as `show_offer`, `ProofNeeded`,
    and `NotForGuests` where Slack has said that this is no full member.
    """
    must_be_proved(by, ctx.now())
    async with ctx.begin(by.account_id) as work:
        await work.accounts.hold()  # two confirmations at once would each see the links as they were before
        if await _is_confirmed(ctx, work, token, by):
            return  # the form was sent twice
        view = await _open_offer(ctx, work, token, by)
        offer = view.offer
        if view.profile is not None and view.profile.outsider is not None:
            raise NotForGuests(why=view.profile.outsider)
        if not await work.channels.use_offer(offer.token_hash, at=ctx.now()):
            raise NotFound
        link = SlackLink(by.account_id, offer.team_id, offer.user_id, view.staff.id)
        if view.holder is not None and view.holder.id != view.staff.id:
            await _end_link(ctx, work, view.holder, link, by=by)
        await work.channels.put_link(link)
        await _journal(ctx, work, "slack.linked", view.staff, link, by=by)
        notice = StaffNoticeMail(view.staff.id, Notice.SLACK_LINKED.value)
        await work.outbox.put(notice, at=ctx.now(), trace_id=by.trace_id)
        look = ProfileDue(offer.team_id, offer.user_id)
        await work.outbox.put(look, at=ctx.now(), trace_id=by.trace_id)
        if view.earlier is not None:
            await _redraw_home(ctx, work, view.earlier, by=by)
        await _redraw_home(ctx, work, link, by=by)


async def unlink(ctx: Context, staff_id: StaffId, *, by: StaffActor) -> None:
    """They are nobody in Slack from their next click on, and are told by mail.

    One's own link, and owners everybody's. Raises `ProofNeeded`, `Forbidden`, `NotFound` (there is none).
    """
    must_be_proved(by, ctx.now())
    async with ctx.begin(by.account_id) as work:
        staff = await _must_change(work, staff_id, by)
        link = await work.channels.find_link_of_staff(staff_id)
        if link is None or not await work.channels.drop_link(staff_id):
            raise NotFound
        await _end_link(ctx, work, staff, link, by=by)
        await _redraw_home(ctx, work, link, by=by)


async def _is_confirmed(ctx: Context, work: UnitOfWork, token: str, by: StaffActor) -> bool:
    """The offer was used, and this is who its user is by now."""
    offer = await work.channels.find_offer(_hash(ctx, token))
    if offer is None or offer.used_at is None:
        return False
    link = await work.channels.find_link(offer.team_id, offer.user_id)
    return link is not None and link.staff_id == by.staff_id


async def _open_offer(ctx: Context, work: UnitOfWork, token: str, by: StaffActor) -> OfferView:
    offer = await work.channels.find_offer(_hash(ctx, token))
    if offer is None or not _is_open(offer, ctx.now()):
        raise NotFound
    installation, staff = await work.installations.find_live(), await work.staff.get(by.staff_id)
    if installation is None or installation.team_id != offer.team_id:
        raise NotFound
    if not staff.active or offer.staff_id not in {None, by.staff_id}:
        raise NotFound
    held = await work.channels.find_link(offer.team_id, offer.user_id)
    return OfferView(
        offer=offer,
        installation=installation,
        account=await work.accounts.get(),
        staff=staff,
        profile=await work.channels.find_profile(offer.team_id, offer.user_id),
        holder=await work.staff.get(held.staff_id) if held is not None else None,
        earlier=await work.channels.find_link_of_staff(by.staff_id),
    )


def _member_id(typed: str) -> str:
    """As Slack writes it. Raises `Invalid` (user)."""
    user_id = typed.strip().upper()
    if not user_id:
        raise Invalid("user", "missing")
    if not _MEMBER_ID.fullmatch(user_id):
        raise Invalid("user", "not-a-member-id")
    return user_id


def _is_open(offer: LinkOffer, now: datetime) -> bool:
    return offer.used_at is None and offer.expires_at > now


async def _must_change(work: UnitOfWork, staff_id: StaffId, by: StaffActor) -> Staff:
    """One's own, or as an owner; raises `Forbidden`, `NotFound`."""
    asking = await work.staff.get(by.staff_id)
    if not asking.active or (asking.role is not Role.OWNER and staff_id != by.staff_id):
        raise Forbidden
    return await work.staff.get(staff_id)


async def _end_link(ctx: Context, work: UnitOfWork, staff: Staff, link: SlackLink, *, by: StaffActor) -> None:
    await _journal(ctx, work, "slack.unlinked", staff, link, by=by)
    notice = StaffNoticeMail(staff.id, Notice.SLACK_UNLINKED.value)
    await work.outbox.put(notice, at=ctx.now(), trace_id=by.trace_id)


async def _redraw_home(ctx: Context, work: UnitOfWork, link: SlackLink, *, by: StaffActor) -> None:
    """What they see there is another's from now on, or nobody's."""
    if await work.homes.find(link.team_id, link.user_id) is not None:
        home = HomeDue(link.team_id, link.user_id)
        await work.outbox.put(home, at=ctx.now(), trace_id=by.trace_id)


async def _journal(
    ctx: Context, work: UnitOfWork, verb: str, staff: Staff, link: SlackLink, *, by: StaffActor
) -> None:
    facts: Facts = {"name": staff.name, "team": link.team_id, "user": link.user_id}
    await work.journal.write(by, verb, f"staff:{staff.id.hex}", at=ctx.now(), facts=facts)


def _hash(ctx: Context, token: str) -> str:
    return ctx.vault.digest(f"slack-link:{token}")
