"""The team: who works for an account, in which role and up to what, and how they come in and leave."""

from dataclasses import dataclass, replace
from datetime import datetime

from billing import plans
from billing.actors import StaffActor, SystemActor
from billing.context import Context
from billing.emails import email_key
from billing.errors import Forbidden, InUse, Invalid, NotFound
from billing.ids import StaffId, new_id
from billing.merchant import Invitation
from billing.messages import Notice, StaffNoticeMail
from billing.passwords import must_be_good
from billing.plans import Counted
from billing.ports import UnitOfWork
from billing.records import Account, Facts, Staff
from billing.rights import must_be_proved, must_own
from billing.slack.homes import homes_changed
from billing.states import Role
from billing.versions import must_be_seen

MOST_LETTERS = 80  # of a name
_Who = StaffActor | SystemActor


@dataclass(frozen=True, slots=True)
class Terms:
    """What an owner sets for somebody; forms carry its version."""

    role: Role
    limit_minor: int | None


@dataclass(frozen=True, slots=True)
class Member:
    """One line of the team's page."""

    staff: Staff
    has_factor: bool
    seen_at: datetime | None

    @property
    def terms(self) -> Terms:
        """As they are now."""
        return terms_of(self.staff)


@dataclass(frozen=True, slots=True)
class TeamView:
    """All who work for an account, and whoever is asked to."""

    account: Account
    members: list[Member]
    invitations: list[Invitation]


def terms_of(staff: Staff) -> Terms:
    """What an owner set for them."""
    return Terms(staff.role, staff.limit_minor)


async def add_staff(
    ctx: Context,
    *,
    email: str,
    name: str,
    role: Role,
    password: str,
    limit_minor: int | None,
    locale: str,
    by: SystemActor,
) -> Staff:
    """A person who may sign in at the desk, by command; raises `Invalid` for e-mail, password or limit."""
    must_be_terms(Terms(role, limit_minor))
    if not email_key(email):
        raise Invalid("email", "invalid")
    must_be_good(password, own_words=(name, email))
    staff = Staff(
        id=new_id(StaffId),
        account_id=by.account_id,
        email=email.strip(),
        name=name,
        role=role,
        limit_minor=limit_minor,
        password_hash=ctx.vault.hash_password(password),
        locale=locale,
        active=True,
    )
    async with ctx.begin(by.account_id) as work:
        if await work.staff.find_by_email(email_key(email)) is not None:
            raise Invalid("email", "taken")
        await must_have_room(work, await work.accounts.hold())
        await work.staff.add(staff)
        facts = {"name": name, "role": role.value, "limit_minor": limit_minor}
        await journal_staff(ctx, work, staff.id, "staff.added", facts, by=by)
    return staff


async def list_team(ctx: Context, *, by: StaffActor) -> TeamView:
    """Everybody, by name. Raises `Forbidden` for who is no owner."""
    async with ctx.read(by.account_id) as work:
        await must_own(work, by)
        account, with_factor = await work.accounts.get(), await work.team.list_with_factor()
        seen = await work.staff.list_seen()
        members = [
            Member(each, each.id in with_factor, seen.get(each.id)) for each in await work.staff.list()
        ]
        return TeamView(account, members, list(await work.team.list_open_invitations()))


async def show_member(ctx: Context, staff_id: StaffId, *, by: StaffActor) -> Member:
    """One of them. Raises `Forbidden`, `NotFound`."""
    async with ctx.read(by.account_id) as work:
        await must_own(work, by)
        staff = await work.staff.get(staff_id)
        has_factor = await work.team.find_factor(staff_id) is not None
        return Member(staff, has_factor, (await work.staff.list_seen()).get(staff_id))


async def change_terms(ctx: Context, staff_id: StaffId, terms: Terms, *, seen: str | None, by: _Who) -> Staff:
    """Another role or limit; holds from their next request.

    Raises `ProofNeeded`, `Forbidden` (not an owner, or oneself), `Invalid` (limit), `Stale` (theirs:
    Terms) and `InUse` (`last-owner`).
    """
    must_be_terms(terms)
    async with ctx.begin(by.account_id) as work:
        staff = await _hold_other(ctx, work, staff_id, by)
        before = must_be_seen(terms_of(staff), seen)
        if before.role is Role.OWNER and terms.role is not Role.OWNER:
            await _must_leave_an_owner(work, staff)
        changed = replace(staff, role=terms.role, limit_minor=terms.limit_minor)
        await work.staff.save(changed)
        await homes_changed(work, ctx.now(), by.trace_id)
        facts: Facts = {
            "name": staff.name,
            "role": terms.role.value,
            "role_before": before.role.value,
            "limit_minor": terms.limit_minor,
            "limit_minor_before": before.limit_minor,
        }
        await journal_staff(ctx, work, staff_id, "staff.changed", facts, by=by)
        return changed


async def deactivate_staff(ctx: Context, staff_id: StaffId, *, by: _Who) -> None:
    """They are out at once: every visit of theirs ends, their Home in Slack is emptied.

    Raises as `change_terms`.
    """
    async with ctx.begin(by.account_id) as work:
        staff = await _hold_other(ctx, work, staff_id, by)
        if not staff.active:
            return
        await _must_leave_an_owner(work, staff)
        await work.staff.save(replace(staff, active=False))
        await work.visits.end_of_staff(staff_id)
        await homes_changed(work, ctx.now(), by.trace_id)
        await journal_staff(ctx, work, staff_id, "staff.deactivated", {"name": staff.name}, by=by)


async def reactivate_staff(ctx: Context, staff_id: StaffId, *, by: _Who) -> None:
    """They may sign in again, with what they had. Raises `ProofNeeded`, `Forbidden` and `NotInPlan`."""
    async with ctx.begin(by.account_id) as work:
        staff = await _hold_other(ctx, work, staff_id, by)
        if staff.active:
            return
        await must_have_room(work, await work.accounts.get())
        await work.staff.save(replace(staff, active=True))
        await journal_staff(ctx, work, staff_id, "staff.reactivated", {"name": staff.name}, by=by)


async def reset_factor(ctx: Context, staff_id: StaffId, *, by: _Who) -> None:
    """They lost it: it and its recovery codes go, their visits end, and they are told by mail.

    Raises `ProofNeeded`, `Forbidden`, and `NotFound` where there is no factor.
    """
    async with ctx.begin(by.account_id) as work:
        staff = await _hold_other(ctx, work, staff_id, by)
        if not await work.team.drop_factor(staff_id):
            raise NotFound
        await work.visits.end_of_staff(staff_id)
        await journal_staff(ctx, work, staff_id, "staff.factor_reset", {"name": staff.name}, by=by)
        message = StaffNoticeMail(staff_id, Notice.FACTOR_RESET.value)
        await work.outbox.put(message, at=ctx.now(), trace_id=by.trace_id)


async def require_factor(ctx: Context, *, required: bool, by: _Who) -> None:
    """Whether everybody needs a second factor. Where they do now, whoever has none signs in anew.

    Raises `ProofNeeded` and `Forbidden`.
    """
    must_be_proved(by, ctx.now())
    async with ctx.begin(by.account_id) as work:
        account = await work.accounts.hold()
        await must_own(work, by)
        if account.second_factor == required:
            return
        await work.accounts.save(replace(account, second_factor=required))
        verb = "account.factor_required" if required else "account.factor_lifted"
        await work.journal.write(by, verb, f"account:{account.id.hex}", at=ctx.now(), facts={})
        if required:
            with_factor = await work.team.list_with_factor()
            for staff in await work.staff.list():
                if staff.id not in with_factor:
                    await work.visits.end_of_staff(staff.id)


def must_be_terms(terms: Terms) -> None:
    """A limit is an agent's, and none below zero. Raises `Invalid` (limit)."""
    if terms.limit_minor is not None and (terms.role is not Role.AGENT or terms.limit_minor < 0):
        raise Invalid("limit", "invalid")


async def must_have_room(work: UnitOfWork, account: Account) -> None:
    """Within a use case that holds the account: one more may work here. Raises `NotInPlan`."""
    active = sum(staff.active for staff in await work.staff.list())
    plans.must_have_room(account, Counted.STAFF, active)


async def journal_staff(
    ctx: Context, work: UnitOfWork, staff_id: StaffId, verb: str, facts: Facts, *, by: _Who
) -> None:
    """Within a use case: one line about a staff member."""
    await work.journal.write(by, verb, f"staff:{staff_id.hex}", at=ctx.now(), facts=facts)


async def _hold_other(ctx: Context, work: UnitOfWork, staff_id: StaffId, by: _Who) -> Staff:
    """Somebody else of the team; the account is held, so that two owners cannot demote each other at once."""
    must_be_proved(by, ctx.now())
    await work.accounts.hold()
    await must_own(work, by)
    staff = await work.staff.get(staff_id)
    if isinstance(by, StaffActor) and by.staff_id == staff_id:
        raise Forbidden
    return staff


async def _must_leave_an_owner(work: UnitOfWork, staff: Staff) -> None:
    others = [
        each
        for each in await work.staff.list()
        if each.active and each.role is Role.OWNER and each.id != staff.id
    ]
    if staff.role is Role.OWNER and not others:
        raise InUse(what="last-owner", name=staff.name)
