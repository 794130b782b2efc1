"""What staff change about their own access: their password, and the visits they forgot to end."""

import asyncio
from dataclasses import replace

from billing.actors import StaffActor
from billing.context import Context
from billing.edges import Visit
from billing.errors import Invalid
from billing.messages import Notice, StaffNoticeMail
from billing.passwords import must_be_good
from billing.staff import journal_staff
from billing.staff_signin import must_have_password


async def change_password(ctx: Context, visit: Visit, *, old: str, new: str, by: StaffActor) -> None:
    """Another password; all their other visits end, and they are told by mail.

    Raises `Invalid` (password: not the present one; new_password: too short or too common) and `TooMany`.
    """
    staff = await must_have_password(ctx, old, by=by)
    try:
        must_be_good(new, own_words=(staff.name, staff.email))
    except Invalid as refusal:
        raise Invalid("new_password", refusal.problem, **refusal.data) from None
    password_hash = await asyncio.to_thread(ctx.vault.hash_password, new)
    async with ctx.begin(by.account_id) as work:
        await work.accounts.hold()  # what is saved is the whole person, whose role an owner may be changing
        current = await work.staff.get(by.staff_id)
        await work.staff.save(replace(current, password_hash=password_hash))
        await work.visits.end_of_staff(by.staff_id, but=visit.id)
        facts = {"name": current.name}
        await journal_staff(ctx, work, by.staff_id, "staff.password_changed", facts, by=by)
        message = StaffNoticeMail(by.staff_id, Notice.NEW_PASSWORD.value)
        await work.outbox.put(message, at=ctx.now(), trace_id=by.trace_id)


async def sign_out_everywhere(ctx: Context, *, by: StaffActor) -> None:
    """Every visit of theirs ends, this one too."""
    async with ctx.begin(by.account_id) as work:
        await work.visits.end_of_staff(by.staff_id)
        facts = {"name": (await work.staff.get(by.staff_id)).name}
        await journal_staff(ctx, work, by.staff_id, "staff.signed_out_everywhere", facts, by=by)
