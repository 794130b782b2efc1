"""Staff sign in: with a password, then the second factor; and prove later, once more, who they are."""

import asyncio
import secrets
from dataclasses import dataclass, replace

from billing import budgets
from billing.actors import StaffActor, Via
from billing.context import Context
from billing.edges import Visit
from billing.emails import email_key
from billing.errors import Forbidden, Invalid, SignInNeeded, WrongPair
from billing.ids import AccountId, StaffId
from billing.ports import UnitOfWork
from billing.records import Account, Staff
from billing.second_factor import count_try, keep_factor, use_factor
from billing.signin import SignedIn, journal_visit, keep_visit


@dataclass(frozen=True, slots=True)
class HalfWay:
    """Whoever gave their password: who they are, and whether they have a second factor to give."""

    account: Account
    staff: Staff
    has_factor: bool


async def sign_in_staff(
    ctx: Context, account_id: AccountId, *, email: str, password: str, client: str, trace_id: str
) -> SignedIn:
    """Staff by e-mail and password; a half visit where a second factor is to follow.

    Raises `WrongPair`, the same for all causes, and `TooMany`.
    """
    mail = email_key(email)
    counted = budgets.staff_budgets(ctx.vault, mail) + budgets.client_budgets(ctx.vault, client)
    async with ctx.begin(account_id) as work:
        spent = await budgets.take(work, counted, at=ctx.now())
        staff = await work.staff.find_by_email(mail)
    if spent is not None:
        raise budgets.too_many(spent, ctx.now())
    # Hashing is slow on purpose: outside the transaction and the event loop.
    known = staff.password_hash if staff is not None else None
    is_right = await asyncio.to_thread(ctx.vault.is_password, password, known)
    if staff is None or not is_right or not staff.active:
        raise WrongPair("email", "wrong-password")
    async with ctx.begin(account_id) as work:
        # While it was hashed they may have been deactivated, or have changed the password that somebody has.
        await work.accounts.hold()
        now = await work.staff.get(staff.id)
        if not now.active or now.password_hash != known:
            raise WrongPair("email", "wrong-password")
        await budgets.give_back(work, counted, at=ctx.now())
        return await begin_staff_visit(ctx, work, staff.id, client=client, trace_id=trace_id)


async def begin_staff_visit(
    ctx: Context, work: UnitOfWork, staff_id: StaffId, *, client: str, trace_id: str
) -> SignedIn:
    """Within a use case, after the password: half where they have a factor, or the account wants one."""
    by = StaffActor(work.account_id, staff_id, Via.WEB, client, trace_id)
    has_factor = await work.team.find_factor(staff_id) is not None
    half = has_factor or (await work.accounts.get()).second_factor
    if not half:
        await work.staff.touch(staff_id, ctx.now())
    return await keep_visit(ctx, work, by, None, half=half)


async def show_half_way(ctx: Context, visit: Visit) -> HalfWay:
    """What the page for the second factor says. Raises `SignInNeeded` for any other visit."""
    staff_id = _of_half(visit)
    async with ctx.read(visit.account_id) as work:
        account, staff = await work.accounts.get(), await work.staff.get(staff_id)
        return HalfWay(account, staff, await work.team.find_factor(staff_id) is not None)


async def give_factor(ctx: Context, visit: Visit, *, code: str, client: str, trace_id: str) -> SignedIn:
    """The app's code, or a recovery code: the half visit is whole, under a new token.

    Raises `Invalid` (code), the same for all causes, and `TooMany`.
    """
    by = StaffActor(visit.account_id, _of_half(visit), Via.WEB, client, trace_id)
    await count_try(ctx, by.account_id, by.staff_id)
    async with ctx.begin(by.account_id) as work:
        factor = await work.team.find_factor(by.staff_id)
        if factor is None:
            raise Invalid("code", "wrong-factor")
        await use_factor(ctx, work, factor, code, by=by)
        return await _make_whole(ctx, work, visit, by)


async def set_up_factor(
    ctx: Context, visit: Visit, *, sealed: str, code: str, client: str, trace_id: str
) -> SignedIn:
    """At the first sign-in: a second factor that was just scanned, and the half visit is whole.

    Raises `Invalid` (code), `TooMany`, and `Forbidden` for whoever has a factor already.
    """
    by = StaffActor(visit.account_id, _of_half(visit), Via.WEB, client, trace_id)
    await count_try(ctx, by.account_id, by.staff_id)
    async with ctx.begin(by.account_id) as work:
        await work.accounts.hold()  # of two first factors at once one is first
        if await work.team.find_factor(by.staff_id) is not None:
            raise Forbidden
        await keep_factor(ctx, work, by.staff_id, sealed=sealed, code=code, by=by)
        return await _make_whole(ctx, work, visit, by)


async def must_give_code(ctx: Context, *, by: StaffActor) -> bool:
    """Whether a fresh proof takes a code beside the password."""
    async with ctx.read(by.account_id) as work:
        return await work.team.find_factor(by.staff_id) is not None


async def prove_staff(ctx: Context, visit: Visit, *, password: str, code: str, by: StaffActor) -> SignedIn:
    """Password and second factor once more: the same visit, freshly proved, under a new token.

    Raises `Invalid` (password or code) and `TooMany`.
    """
    await must_have_password(ctx, password, by=by)
    if await must_give_code(ctx, by=by):
        await count_try(ctx, by.account_id, by.staff_id)
    async with ctx.begin(by.account_id) as work:
        factor = await work.team.find_factor(by.staff_id)
        if factor is not None:
            await use_factor(ctx, work, factor, code, by=by)
        return await _renew(ctx, work, visit, by, "visit.proved")


async def must_have_password(ctx: Context, password: str, *, by: StaffActor) -> Staff:
    """It is theirs; counted like sign-in. Raises `Invalid` (password, `wrong-password`) and `TooMany`."""
    async with ctx.begin(by.account_id) as work:
        staff = await work.staff.get(by.staff_id)
        counted = budgets.staff_budgets(ctx.vault, email_key(staff.email))
        spent = await budgets.take(work, counted, at=ctx.now())
    if spent is not None:
        raise budgets.too_many(spent, ctx.now())
    if not await asyncio.to_thread(ctx.vault.is_password, password, staff.password_hash):
        raise Invalid("password", "wrong-password")
    async with ctx.begin(by.account_id) as work:
        await budgets.give_back(work, counted, at=ctx.now())
    return staff


async def _make_whole(ctx: Context, work: UnitOfWork, visit: Visit, by: StaffActor) -> SignedIn:
    await work.staff.touch(by.staff_id, ctx.now())
    return await _renew(ctx, work, visit, by, "visit.began")


async def _renew(ctx: Context, work: UnitOfWork, visit: Visit, by: StaffActor, verb: str) -> SignedIn:
    token, now = secrets.token_urlsafe(32), ctx.now()
    await budgets.give_back(work, budgets.factor_budgets(ctx.vault, by.staff_id), at=now)
    await work.visits.replace_token(visit.id, token_hash=ctx.vault.digest(token), proved_at=now)
    await journal_visit(work, by, verb, visit.id, at=now)
    return SignedIn(replace(visit, proved_at=now, half=False), token)


def _of_half(visit: Visit) -> StaffId:
    if not visit.half or visit.staff_id is None:
        raise SignInNeeded
    return visit.staff_id
