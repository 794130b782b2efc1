"""The second factor: one-time codes of an authenticator app (TOTP), and recovery codes if it is lost."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import quote

from billing import budgets
from billing.actors import StaffActor
from billing.context import Context
from billing.edges import Visit
from billing.errors import Forbidden, Invalid, NotFound
from billing.ids import AccountId, StaffId
from billing.merchant import SecondFactor
from billing.messages import Notice, StaffNoticeMail
from billing.ports import UnitOfWork
from billing.records import Account, Staff
from billing.rights import must_be_proved
from billing.vault import Vault

STEP = 30  # seconds
# For as long into a step the code of the one before is taken too: people type slowly.
_LATE = 10
_OFFER_LASTS = timedelta(minutes=30)
_NAMED = 60  # characters that the app shows; a QR code holds no more than some 2,300 bytes
RECOVERY_CODES = 10
_RECOVERY_LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"  # 31: twelve of them are 59 random bits


@dataclass(frozen=True, slots=True)
class FactorOffer:
    """A new seed, for the app to take in. `sealed` brings it back with the code that confirms it."""

    seed: str
    address: str  # otpauth://…, what the QR code says
    sealed: str


@dataclass(frozen=True, slots=True)
class FactorState:
    """What somebody's own page says of their second factor."""

    confirmed_at: datetime | None
    recovery_codes: int  # left
    is_required: bool


def offer_factor(ctx: Context, account: Account, staff: Staff) -> FactorOffer:
    """A fresh seed for this person; nothing is kept until its first code is given."""
    seed = ctx.vault.new_seed()
    sealed = ctx.vault.seal(f"{staff.id.hex}:{int(ctx.now().timestamp())}:{seed}")
    return _offer(account, staff, seed, sealed)


def same_offer(ctx: Context, account: Account, staff: Staff, sealed: str) -> FactorOffer:
    """The offer that a form brought back, to be shown again. Raises `Invalid` (code, `offer-over`)."""
    return _offer(account, staff, _read_offer(ctx, staff.id, sealed), sealed)


def _offer(account: Account, staff: Staff, seed: str, sealed: str) -> FactorOffer:
    issuer, who = quote(account.name[:_NAMED]), quote(staff.email[:_NAMED])
    return FactorOffer(seed, f"otpauth://totp/{issuer}:{who}?secret={seed}&issuer={issuer}", sealed)


def _read_offer(ctx: Context, staff_id: StaffId, sealed: str) -> str:
    try:
        owner, made_at, seed = ctx.vault.unseal(sealed).split(":")
    except ValueError:
        raise Invalid("code", "offer-over") from None
    if owner != staff_id.hex or ctx.now().timestamp() - int(made_at) > _OFFER_LASTS.total_seconds():
        raise Invalid("code", "offer-over")
    return seed


async def keep_factor(
    ctx: Context, work: UnitOfWork, staff_id: StaffId, *, sealed: str, code: str, by: StaffActor
) -> None:
    """Within a use case: the offered seed is theirs from now on. Raises `Invalid` (code)."""
    seed, now = _read_offer(ctx, staff_id, sealed), ctx.now()
    step = matching_step(ctx.vault, seed, code, now)
    if step is None:
        raise Invalid("code", "wrong-factor")
    before = await work.team.find_factor(staff_id)
    await work.team.drop_factor(staff_id)  # the recovery codes of an earlier one go with it
    await work.team.put_factor(SecondFactor(work.account_id, staff_id, ctx.vault.seal(seed), now, step))
    verb = "staff.factor_set" if before is None else "staff.factor_replaced"
    await tell_factor(ctx, work, staff_id, verb, Notice.FACTOR_SET, by=by)


async def change_factor(ctx: Context, *, sealed: str, code: str, by: StaffActor, visit: Visit) -> None:
    """Signed-in staff set up a second factor, or another one; their other visits end.

    Raises `ProofNeeded`, `Invalid` (code), `TooMany`.
    """
    must_be_proved(by, ctx.now())
    await count_try(ctx, by.account_id, by.staff_id)
    async with ctx.begin(by.account_id) as work:
        await keep_factor(ctx, work, by.staff_id, sealed=sealed, code=code, by=by)
        await budgets.give_back(work, budgets.factor_budgets(ctx.vault, by.staff_id), at=ctx.now())
        await work.visits.end_of_staff(by.staff_id, but=visit.id)


async def remove_factor(ctx: Context, *, by: StaffActor) -> None:
    """Staff do without, where the account lets them. Raises `ProofNeeded`, `Forbidden`, `NotFound`."""
    must_be_proved(by, ctx.now())
    async with ctx.begin(by.account_id) as work:
        if (await work.accounts.get()).second_factor:
            raise Forbidden
        if not await work.team.drop_factor(by.staff_id):
            raise NotFound
        await tell_factor(ctx, work, by.staff_id, "staff.factor_removed", Notice.FACTOR_REMOVED, by=by)


async def make_recovery_codes(ctx: Context, *, by: StaffActor) -> list[str]:
    """Ten new ones, in the place of all earlier; shown once. Raises `ProofNeeded`, `NotFound` (no factor)."""
    must_be_proved(by, ctx.now())
    codes = [_new_recovery_code() for _ in range(RECOVERY_CODES)]
    async with ctx.begin(by.account_id) as work:
        if await work.team.find_factor(by.staff_id) is None:
            raise NotFound
        hashes = [_recovery_hash(ctx.vault, by.staff_id, code) for code in codes]
        await work.team.put_recovery_codes(by.staff_id, hashes)
        await tell_factor(ctx, work, by.staff_id, "staff.recovery_codes_made", Notice.CODES_MADE, by=by)
    return codes


async def show_factor(ctx: Context, *, by: StaffActor) -> FactorState:
    """Their own."""
    async with ctx.read(by.account_id) as work:
        factor = await work.team.find_factor(by.staff_id)
        left = await work.team.count_recovery_codes(by.staff_id)
        account = await work.accounts.get()
    return FactorState(factor.confirmed_at if factor else None, left, account.second_factor)


async def count_try(ctx: Context, account_id: AccountId, staff_id: StaffId) -> None:
    """Before a code is looked at, and committed at once. Raises `TooMany`."""
    async with ctx.begin(account_id) as work:
        spent = await budgets.take(work, budgets.factor_budgets(ctx.vault, staff_id), at=ctx.now())
    if spent is not None:
        raise budgets.too_many(spent, ctx.now())


async def use_factor(
    ctx: Context, work: UnitOfWork, factor: SecondFactor, code: str, *, by: StaffActor
) -> None:
    """Within a use case: the app's code or a recovery code, each once. Raises `Invalid`."""
    typed = "".join(code.split())
    step = matching_step(ctx.vault, ctx.vault.unseal(factor.seed), typed, ctx.now())
    # The work is the same whatever was typed: a code of the app is looked for among the recovery codes too.
    spent = _recovery_hash(ctx.vault, factor.staff_id, code)
    is_recovery = await work.team.use_recovery_code(factor.staff_id, spent, at=ctx.now())
    is_new = await work.team.use_step(factor.staff_id, -1 if step is None else step)
    if is_recovery:
        await tell_factor(ctx, work, factor.staff_id, "staff.recovery_code_used", Notice.CODE_USED, by=by)
    elif not is_new:
        raise Invalid("code", "wrong-factor")


async def tell_factor(
    ctx: Context, work: UnitOfWork, staff_id: StaffId, verb: str, notice: Notice, *, by: StaffActor
) -> None:
    """In the journal, and mailed to the person."""
    staff = await work.staff.get(staff_id)
    await work.journal.write(by, verb, f"staff:{staff_id.hex}", at=ctx.now(), facts={"name": staff.name})
    message = StaffNoticeMail(staff_id, notice.value)
    await work.outbox.put(message, at=ctx.now(), trace_id=by.trace_id)


def matching_step(vault: Vault, seed: str, code: str, now: datetime) -> int | None:
    """The step whose code this is: the present one, or for ten seconds the one before."""
    seconds = int(now.timestamp())
    step, late = divmod(seconds, STEP)
    steps = [step, step - 1] if late <= _LATE else [step]
    typed = "".join(code.split())
    codes = {each: vault.one_time_code(seed, each) for each in steps}
    right = [each for each, of in codes.items() if secrets.compare_digest(typed.encode(), of.encode())]
    return max(right, default=None)


def _new_recovery_code() -> str:
    letters = "".join(secrets.choice(_RECOVERY_LETTERS) for _ in range(12))
    return "-".join(letters[at : at + 4] for at in (0, 4, 8))


def _recovery_hash(vault: Vault, staff_id: StaffId, code: str) -> str:
    bare = "".join(c for c in code.casefold() if c.isalnum())
    return vault.digest(f"recovery:{staff_id.hex}:{bare}")
