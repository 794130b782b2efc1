"""Whether a staff member is mailed about requests that wait: chosen in My account, or by the mail itself."""

import hmac

from billing.actors import StaffActor
from billing.context import Context
from billing.errors import NotFound
from billing.ids import AccountId, StaffId


async def wants_reminders(ctx: Context, *, by: StaffActor) -> bool:
    """As they chose; at first everybody does."""
    async with ctx.read(by.account_id) as work:
        return await work.staff.wants_reminders(by.staff_id)


async def choose_reminders(ctx: Context, *, wanted: bool, by: StaffActor) -> None:
    """Theirs alone: others go on being mailed, and the inbox stays as it is."""
    async with ctx.begin(by.account_id) as work:
        await work.staff.set_reminders(by.staff_id, wanted=wanted, at=ctx.now())


def stopping_token(ctx: Context, account_id: AccountId, staff_id: StaffId) -> str:
    """What stands in the mails of one person, and lets whoever has such a mail do this one thing."""
    return ctx.vault.digest(f"no-reminders:{account_id.hex}:{staff_id.hex}")[:32]


async def stop_reminders(ctx: Context, account_id: AccountId, staff_id: StaffId, token: str) -> None:
    """By their mail program, without signing in; the same twice is once. Raises `NotFound`."""
    if not hmac.compare_digest(token.encode(), stopping_token(ctx, account_id, staff_id).encode()):
        raise NotFound
    async with ctx.begin(account_id) as work:
        person = await work.staff.get(staff_id)
        await work.staff.set_reminders(person.id, wanted=False, at=ctx.now())
