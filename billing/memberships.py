"""Memberships: a merchant's member sites, and where the help icon of each leads."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from billing import plans
from billing.actors import StaffActor, SystemActor
from billing.context import Context
from billing.emails import email_key
from billing.errors import Invalid, NotFound, NotInPlan
from billing.ids import AccountId, HelpdeskId, MembershipId, new_id
from billing.links import outside_address
from billing.merchant import Membership
from billing.plans import Counted
from billing.ports import UnitOfWork
from billing.records import Account, Helpdesk
from billing.rights import must_manage
from billing.states import Support
from billing.versions import must_be_seen

MOST_NAME = 120


@dataclass(frozen=True, slots=True)
class MembershipDraft:
    """A membership as typed; what belongs to a kind of support that was not chosen is kept too."""

    name: str
    site_url: str
    support: Support
    helpdesk_id: HelpdeskId | None
    external_url: str
    email: str


@dataclass(frozen=True, slots=True)
class MembershipList:
    """All that are not archived, by name; helpdesks by id, the archived too.

    `full` is why there can be no further one, if so.
    """

    account: Account
    memberships: tuple[Membership, ...]
    helpdesks: Mapping[HelpdeskId, Helpdesk]
    full: NotInPlan | None

    def helpdesk_of(self, membership: Membership) -> Helpdesk | None:
        """Where its icon leads, if that is a helpdesk."""
        if membership.support is not Support.HELPDESK or membership.helpdesk_id is None:
            return None
        return self.helpdesks.get(membership.helpdesk_id)


@dataclass(frozen=True, slots=True)
class SupportPlace:
    """Where a help icon leads; at most one of the three is set, and None of them means: nowhere."""

    account: Account
    membership: Membership
    helpdesk: Helpdesk | None = None
    address: str = ""
    email: str = ""


async def list_memberships(ctx: Context, *, by: StaffActor) -> MembershipList:
    """What owners and managers set up; raises `Forbidden`."""
    async with ctx.read(by.account_id) as work:
        await must_manage(work, by)
        account = await work.accounts.get()
        memberships = tuple(each for each in await work.memberships.list() if each.archived_at is None)
        return MembershipList(
            account=account,
            memberships=memberships,
            helpdesks={each.id: each for each in await work.helpdesks.list()},
            full=plans.why_no_room(account, Counted.MEMBERSHIPS, len(memberships)),
        )


async def show_membership(ctx: Context, membership_id: MembershipId, *, by: StaffActor) -> Membership:
    """As it is now; raises `NotFound`, also where it is archived, and `Forbidden`."""
    async with ctx.read(by.account_id) as work:
        await must_manage(work, by)
        return await _get_live(work, membership_id)


async def create_membership(
    ctx: Context, draft: MembershipDraft, *, by: StaffActor | SystemActor, once_key: str
) -> Membership:
    """One more; raises `Forbidden`, `NotInPlan`, `Invalid` (the field), `Repeated` (first)."""
    async with ctx.begin(by.account_id) as work:
        await must_manage(work, by)
        account = await work.accounts.hold()
        membership = Membership(
            id=new_id(MembershipId),
            account_id=account.id,
            name="",
            site_url="",
            support=Support.NONE,
            helpdesk_id=None,
            external_url="",
            email="",
            made_at=ctx.now(),
            archived_at=None,
        )
        await work.once.claim(once_key, membership.id, at=ctx.now())
        plans.must_have_room(account, Counted.MEMBERSHIPS, (await work.setup.read_usage()).memberships)
        membership = await _apply(ctx, work, account, membership, draft)
        await work.memberships.add(membership)
        await _note(ctx, work, "membership.created", membership, by=by)
        return membership


async def change_membership(
    ctx: Context,
    membership_id: MembershipId,
    draft: MembershipDraft,
    *,
    by: StaffActor | SystemActor,
    seen: str | None,
) -> Membership:
    """Icons that are on pages already lead there at once; raises `Stale` (theirs), and what creating does."""
    async with ctx.begin(by.account_id) as work:
        await must_manage(work, by)
        account = await work.accounts.hold()
        before = must_be_seen(await _get_live(work, membership_id), seen)
        membership = await _apply(ctx, work, account, before, draft)
        if membership != before:
            await work.memberships.save(membership)
            await _note(ctx, work, "membership.changed", membership, by=by, before=before)
        return membership


async def archive_membership(
    ctx: Context, membership_id: MembershipId, *, by: StaffActor | SystemActor, seen: str | None
) -> Membership:
    """Its icons lead nowhere from now on; raises `NotFound`, `Stale`."""
    async with ctx.begin(by.account_id) as work:
        await must_manage(work, by)
        await work.accounts.hold()
        membership = must_be_seen(await _get_live(work, membership_id), seen)
        membership = replace(membership, archived_at=ctx.now())
        await work.memberships.save(membership)
        await _note(ctx, work, "membership.archived", membership, by=by)
        return membership


async def find_support(ctx: Context, account_id: AccountId, membership_id: MembershipId) -> SupportPlace:
    """For whoever pressed the icon; raises `NotFound` where support is none, archived, or gone."""
    async with ctx.read(account_id) as work:
        membership = await _get_live(work, membership_id)
        place = SupportPlace(await work.accounts.get(), membership)
        match membership.support:
            case Support.NONE:
                raise NotFound
            case Support.HELPDESK:
                assert membership.helpdesk_id is not None  # the table's own CHECK
                helpdesk = await work.helpdesks.get(membership.helpdesk_id)
                if helpdesk.archived_at is not None or not plans.has_helpdesks(place.account):
                    raise NotFound
                return replace(place, helpdesk=helpdesk)
            case Support.EXTERNAL:
                return replace(place, address=membership.external_url)
            case Support.EMAIL:
                return replace(place, email=membership.email)


async def _get_live(work: UnitOfWork, membership_id: MembershipId) -> Membership:
    membership = await work.memberships.get(membership_id)
    if membership.archived_at is not None:
        raise NotFound
    return membership


async def _apply(
    ctx: Context, work: UnitOfWork, account: Account, membership: Membership, draft: MembershipDraft
) -> Membership:
    """The membership as the draft wants it; raises `Invalid` for what the chosen support needs."""
    name, support = draft.name.strip(), draft.support
    if not name:
        raise Invalid("name", "missing")
    if len(name) > MOST_NAME:
        raise Invalid("name", "too-long", most=MOST_NAME)
    if support is Support.HELPDESK:
        plans.must_have_helpdesks(account)
    return replace(
        membership,
        name=name,
        site_url=_address(ctx, "site_url", draft.site_url, is_needed=False),
        support=support,
        helpdesk_id=await _helpdesk(work, draft.helpdesk_id, is_needed=support is Support.HELPDESK),
        external_url=_address(ctx, "external_url", draft.external_url, is_needed=support is Support.EXTERNAL),
        email=_email(draft.email, is_needed=support is Support.EMAIL),
    )


def _address(ctx: Context, field: str, typed: str, *, is_needed: bool) -> str:
    if not typed.strip():
        if is_needed:
            raise Invalid(field, "missing")
        return ""
    address = outside_address(typed, own_origin=ctx.addresses.origin)
    if not address:
        raise Invalid(field, "no-address")
    return address


def _email(typed: str, *, is_needed: bool) -> str:
    if not typed.strip():
        if is_needed:
            raise Invalid("email", "missing")
        return ""
    if not email_key(typed):
        raise Invalid("email", "no-email")
    return typed.strip()


async def _helpdesk(
    work: UnitOfWork, helpdesk_id: HelpdeskId | None, *, is_needed: bool
) -> HelpdeskId | None:
    """One of the account's own that customers can open; raises `Invalid`, also for another account's."""
    if helpdesk_id is None:
        if is_needed:
            raise Invalid("helpdesk", "choice")
        return None
    live = {each.id for each in await work.helpdesks.list() if each.archived_at is None}
    if helpdesk_id in live:
        return helpdesk_id
    if is_needed:
        raise Invalid("helpdesk", "unknown")
    return None


async def _note(
    ctx: Context,
    work: UnitOfWork,
    verb: str,
    membership: Membership,
    *,
    by: StaffActor | SystemActor,
    before: Membership | None = None,
) -> None:
    names = {each.id: each.name for each in await work.helpdesks.list()}
    facts = _facts(membership, names)
    if before is not None:
        facts |= {f"{name}_before": value for name, value in _facts(before, names).items()}
    subject = f"membership:{membership.id.hex}"
    await work.journal.write(by, verb, subject, at=ctx.now(), facts=facts)


def _facts(membership: Membership, names: Mapping[HelpdeskId, str]) -> dict[str, str]:
    """For the journal, which outlives the helpdesk that it names."""
    helpdesk = names.get(membership.helpdesk_id, "") if membership.helpdesk_id else ""
    leads_to = {
        Support.NONE: "",
        Support.HELPDESK: helpdesk,
        Support.EXTERNAL: membership.external_url,
        Support.EMAIL: membership.email,
    }
    return {
        "name": membership.name,
        "site_url": membership.site_url,
        "support": membership.support.value,
        "leads_to": leads_to[membership.support],
    }
