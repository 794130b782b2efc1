"""Joining a team: an invitation is mailed, used once within a day, and gives a name and a password."""

import asyncio
import secrets
from datetime import timedelta
from uuid import UUID

from billing import budgets
from billing.actors import StaffActor, SystemActor
from billing.context import Context
from billing.emails import email_key
from billing.errors import Conflict, Invalid, NotFound
from billing.ids import AccountId, InvitationId, StaffId, new_id
from billing.merchant import Invitation
from billing.messages import InvitationMail
from billing.passwords import must_be_good
from billing.ports import UnitOfWork
from billing.records import Facts, Staff
from billing.rights import must_be_proved, must_own
from billing.signin import SignedIn
from billing.staff import MOST_LETTERS, Terms, must_be_terms, must_have_room
from billing.staff_signin import begin_staff_visit
from billing.states import Role

INVITATION_LIVES = timedelta(hours=24)


async def invite_staff(
    ctx: Context, *, email: str, name: str, terms: Terms, locale: str, by: StaffActor | SystemActor
) -> Invitation:
    """Mail somebody an invitation; an open one to the same address is worth nothing from now on.

    Raises `ProofNeeded`, `Forbidden`, `Invalid` (email, name, limit), `NotInPlan` and `TooMany`.
    """
    must_be_proved(by, ctx.now())
    must_be_terms(terms)
    key = email_key(email)
    if not key:
        raise Invalid("email", "no-email")
    if len(name) > MOST_LETTERS:
        raise Invalid("name", "too-long", most=MOST_LETTERS)
    token = secrets.token_hex(16)
    async with ctx.begin(by.account_id) as work:
        account = await work.accounts.hold()
        await must_own(work, by)
        if await work.staff.find_by_email(key) is not None:
            raise Invalid("email", "works-here")
        await must_have_room(work, account)
        spent = await budgets.take(work, budgets.mail_budgets(ctx.vault, "invitation", key), at=ctx.now())
        if spent is not None:
            raise budgets.too_many(spent, ctx.now())
        invitation = _invitation(ctx, email, name, terms, locale=locale, by=by)
        await work.team.withdraw_open(key, at=ctx.now())
        await work.team.add_invitation(invitation, token_hash=_hash(ctx, token))
        await _journal(ctx, work, invitation, "staff.invited", by)
        message = InvitationMail(invitation.id, ctx.vault.seal(token))
        await work.outbox.put(message, at=ctx.now(), trace_id=by.trace_id)
    return invitation


def _invitation(
    ctx: Context, email: str, name: str, terms: Terms, *, locale: str, by: StaffActor | SystemActor
) -> Invitation:
    now = ctx.now()
    return Invitation(
        id=new_id(InvitationId),
        account_id=by.account_id,
        email=email.strip(),
        name=name.strip(),
        role=terms.role,
        limit_minor=terms.limit_minor,
        locale=locale,
        invited_by=by.key,
        made_at=now,
        expires_at=now + INVITATION_LIVES,
        used_at=None,
        withdrawn_at=None,
    )


async def withdraw_invitation(
    ctx: Context, invitation_id: InvitationId, *, by: StaffActor | SystemActor
) -> None:
    """Its link opens nothing any more. Raises `ProofNeeded`, `Forbidden`, `NotFound`, `Conflict` (used)."""
    must_be_proved(by, ctx.now())
    async with ctx.begin(by.account_id) as work:
        await must_own(work, by)
        invitation = await work.team.get_invitation(invitation_id)
        if not await work.team.withdraw_invitation(invitation_id, at=ctx.now()):
            raise Conflict
        await _journal(ctx, work, invitation, "staff.invitation_withdrawn", by)


async def find_invitation(ctx: Context, account_id: AccountId, token: str) -> Invitation:
    """The open invitation of this token; raises `NotFound`, the same for all causes."""
    async with ctx.read(account_id) as work:
        found = await work.team.find_invitation(_hash(ctx, token))
        is_open = found is not None and found.used_at is None and found.withdrawn_at is None
        if found is None or not is_open or found.expires_at <= ctx.now():
            raise NotFound
        await _must_hold(work, found)
    return found


async def _must_hold(work: UnitOfWork, invitation: Invitation) -> None:
    """Whoever is no owner any more has invited nobody: they would come back by it. Raises `NotFound`."""
    kind, _, inviter = invitation.invited_by.partition(":")
    if kind != "staff":
        return  # the command
    staff = await work.staff.get(StaffId(UUID(hex=inviter)))
    if not staff.active or staff.role is not Role.OWNER:
        raise NotFound


async def accept_invitation(
    ctx: Context,
    account_id: AccountId,
    *,
    token: str,
    name: str,
    password: str,
    locale: str,
    client: str,
    trace_id: str,
) -> SignedIn:
    """Whoever has the mail joins, and is signed in: half, where the account asks for a second factor.

    Raises `NotFound` (the invitation is used or over), `Invalid` (name or password) and `NotInPlan`.
    """
    invitation = await find_invitation(ctx, account_id, token)
    if not name.strip():
        raise Invalid("name", "missing")
    if len(name) > MOST_LETTERS:
        raise Invalid("name", "too-long", most=MOST_LETTERS)
    must_be_good(password, own_words=(name, invitation.email))
    password_hash = await asyncio.to_thread(ctx.vault.hash_password, password)
    async with ctx.begin(account_id) as work:
        account = await work.accounts.hold()
        used = await work.team.use_invitation(_hash(ctx, token), at=ctx.now())
        if used is None or await work.staff.find_by_email(email_key(used.email)) is not None:
            raise NotFound
        await _must_hold(work, used)
        await must_have_room(work, account)
        staff = _member(used, name.strip(), password_hash, locale)
        await work.staff.add(staff)
        by = SystemActor(account_id, "invitation", trace_id)
        await _journal(ctx, work, used, "staff.joined", by, staff_id=staff.id)
        return await begin_staff_visit(ctx, work, staff.id, client=client, trace_id=trace_id)


def _member(invitation: Invitation, name: str, password_hash: str, locale: str) -> Staff:
    return Staff(
        id=new_id(StaffId),
        account_id=invitation.account_id,
        email=invitation.email,
        name=name,
        role=invitation.role,
        limit_minor=invitation.limit_minor,
        password_hash=password_hash,
        locale=locale,
        active=True,
    )


async def _journal(
    ctx: Context,
    work: UnitOfWork,
    invitation: Invitation,
    verb: str,
    by: StaffActor | SystemActor,
    *,
    staff_id: StaffId | None = None,
) -> None:
    subject = f"staff:{staff_id.hex}" if staff_id else f"invitation:{invitation.id.hex}"
    facts: Facts = {
        "name": invitation.name,
        "email": invitation.email,
        "role": invitation.role.value,
        "limit_minor": invitation.limit_minor,
    }
    await work.journal.write(by, verb, subject, at=ctx.now(), facts=facts)


def _hash(ctx: Context, token: str) -> str:
    return ctx.vault.digest(f"invitation:{token}")
