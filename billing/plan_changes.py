"""Changing the plan, and what stops a downgrade."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from billing import plans
from billing.actors import StaffActor, SystemActor
from billing.context import Context
from billing.errors import InUse
from billing.plans import Counted, Usage
from billing.ports import UnitOfWork
from billing.records import Account, Helpdesk, SelfBilling
from billing.rights import must_manage, must_own
from billing.states import Handling, PlanName, Surface
from billing.versions import must_be_seen, version_of


@dataclass(frozen=True, slots=True)
class ManualSurface:
    """A surface where refund or cancel is Manual; `helpdesk` None is the portal."""

    helpdesk: Helpdesk | None
    settings: SelfBilling


@dataclass(frozen=True, slots=True)
class Excess:
    """More of something than the plan includes."""

    what: Counted
    used: int
    limit: int


@dataclass(frozen=True, slots=True)
class Obstacles:
    """What stands in the way of a plan; nothing does where all are empty."""

    manual: tuple[ManualSurface, ...]
    excesses: tuple[Excess, ...]

    def __bool__(self) -> bool:
        """Whether anything does."""
        return bool(self.manual or self.excesses)


@dataclass(frozen=True, slots=True)
class PlanStanding:
    """The account, what it uses, and its Manual surfaces. `version` is what a form shows."""

    account: Account
    usage: Usage
    manual: tuple[ManualSurface, ...]
    version: str

    def obstacles_of(self, plan: PlanName) -> Obstacles:
        """What would have to be undone first."""
        return find_obstacles(plan, self.usage, self.manual)


def find_obstacles(plan: PlanName, usage: Usage, manual: Sequence[ManualSurface]) -> Obstacles:
    """Manual cannot stay without helpdesks, and nothing may be more than the plan includes."""
    limits = plans.limits_of(plan)
    excesses = []
    for what in Counted:
        limit, used = limits.of(what), usage.of(what)
        if limit is not None and used > limit:
            excesses.append(Excess(what, used, limit))
    return Obstacles(() if limits.has_helpdesks else tuple(manual), tuple(excesses))


async def show_plan(ctx: Context, *, by: StaffActor) -> PlanStanding:
    """For owners and managers; raises `Forbidden`."""
    async with ctx.read(by.account_id) as work:
        await must_manage(work, by)
        account = await work.accounts.get()
        usage = await work.setup.read_usage()
        return PlanStanding(account, usage, await _manual_surfaces(work), version_of(account.plan))


async def change_plan(
    ctx: Context, plan: PlanName, *, by: StaffActor | SystemActor, seen: str | None
) -> Account:
    """An owner takes another plan, at once; the same again changes nothing.

    Raises `Forbidden`, `Stale` (theirs), `InUse`: what `manual` with surfaces, or `room` with excesses.
    """
    async with ctx.begin(by.account_id) as work:
        await must_own(work, by)
        account = await work.accounts.hold()
        must_be_seen(account.plan, seen)
        if plan is account.plan:
            return account
        usage = await work.setup.read_usage()
        obstacles = find_obstacles(plan, usage, await _manual_surfaces(work))
        if obstacles.manual:
            raise InUse(what="manual", surfaces=obstacles.manual, plan=plan)
        if obstacles.excesses:
            raise InUse(what="room", excesses=obstacles.excesses, plan=plan)
        changed = replace(account, plan=plan)
        await work.accounts.save(changed)
        facts = {"before": account.plan.value, "after": plan.value}
        subject = f"account:{account.id.hex}"
        await work.journal.write(by, "plan.changed", subject, at=ctx.now(), facts=facts)
        return changed


async def _manual_surfaces(work: UnitOfWork) -> tuple[ManualSurface, ...]:
    """The portal first, then helpdesks that are open, by name."""
    settings = await work.helpdesks.get_self_billing(Surface.PORTAL, None)
    found = [ManualSurface(None, settings)]
    for helpdesk in await work.helpdesks.list():
        if helpdesk.archived_at is None:
            settings = await work.helpdesks.get_self_billing(Surface.HELPDESK, helpdesk.id)
            found.append(ManualSurface(helpdesk, settings))
    return tuple(each for each in found if Handling.MANUAL in {each.settings.refund, each.settings.cancel})
