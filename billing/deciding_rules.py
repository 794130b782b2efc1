"""The rules of deciding: above what a refund takes two people, up to what many are decided at once."""

from dataclasses import replace

from billing.actors import StaffActor, SystemActor
from billing.context import Context
from billing.errors import Invalid
from billing.money import Money
from billing.policy import can_decide
from billing.ports import UnitOfWork
from billing.records import Account
from billing.rights import must_be_proved, must_own
from billing.versions import must_be_seen, version_of

_FEWEST = 2


def rules_version(account: Account) -> str:
    """What a form of these rules carries as `seen`: other settings of the account do not make it stale."""
    return version_of((account.two_people_above_minor, account.bulk_up_to_minor))


async def show_deciding_rules(ctx: Context, *, by: StaffActor) -> Account:
    """The account with its rules; raises `Forbidden` unless they own it."""
    async with ctx.read(by.account_id) as work:
        await must_own(work, by)
        return await work.accounts.get()


async def set_deciding_rules(
    ctx: Context,
    two_people_above: Money | None,
    bulk_up_to: Money | None,
    *,
    by: StaffActor | SystemActor,
    seen: str | None = None,
) -> Account:
    """Owners set them, freshly proved; None is off. Both are in the account's currency.

    Raises `Forbidden`, `ProofNeeded`, `Stale` (theirs: both), `Invalid` (two_people_above, bulk_up_to).
    """
    must_be_proved(by, ctx.now())
    async with ctx.begin(by.account_id) as work:
        await must_own(work, by)
        account = await work.accounts.hold()
        must_be_seen((account.two_people_above_minor, account.bulk_up_to_minor), seen)
        await _must_make_sense(work, account, two_people_above, bulk_up_to)
        changed = replace(
            account,
            two_people_above_minor=None if two_people_above is None else two_people_above.minor,
            bulk_up_to_minor=None if bulk_up_to is None else bulk_up_to.minor,
        )
        await work.accounts.save(changed)
        facts = {
            "two_people_above_minor": changed.two_people_above_minor,
            "bulk_up_to_minor": changed.bulk_up_to_minor,
            "two_people_above_minor_before": account.two_people_above_minor,
            "bulk_up_to_minor_before": account.bulk_up_to_minor,
            "currency": account.currency.code,
        }
        subject = f"account:{account.id.hex}"
        await work.journal.write(by, "deciding_rules.set", subject, at=ctx.now(), facts=facts)
        return changed


async def _must_make_sense(
    work: UnitOfWork, account: Account, two_people_above: Money | None, bulk_up_to: Money | None
) -> None:
    for field, amount in (("two_people_above", two_people_above), ("bulk_up_to", bulk_up_to)):
        if amount is not None and (amount.currency != account.currency or amount.minor < 0):
            raise Invalid(field, "amount", example=Money(5000, account.currency))
    if two_people_above is not None:
        deciders = [each for each in await work.staff.list() if can_decide(each)]
        if len(deciders) < _FEWEST:
            # Nobody could ever say the second yes.
            raise Invalid("two_people_above", "alone")
