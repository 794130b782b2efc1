"""What each plan includes, and the one place where its limits are enforced."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from billing.errors import NotInPlan
from billing.records import Account
from billing.states import PlanName


class Counted(StrEnum):
    """What a plan includes a number of."""

    HELPDESKS = "helpdesks"
    STAFF = "staff"
    MEMBERSHIPS = "memberships"
    DOMAINS = "domains"


@dataclass(frozen=True, slots=True)
class PlanLimits:
    """How many of each a plan includes; None is as many as they want, 0 is none at all."""

    plan: PlanName
    helpdesks: int | None
    staff: int | None
    memberships: int | None
    domains: int | None

    def of(self, what: Counted) -> int | None:
        """How many; None is as many as they want."""
        match what:
            case Counted.HELPDESKS:
                return self.helpdesks
            case Counted.STAFF:
                return self.staff
            case Counted.MEMBERSHIPS:
                return self.memberships
            case Counted.DOMAINS:
                return self.domains

    def has_room(self, what: Counted, count: int) -> bool:
        """Whether so many may be there."""
        most = self.of(what)
        return most is None or count <= most

    @property
    def has_helpdesks(self) -> bool:
        """Helpdesks, and with them Manual handling and Slack."""
        return self.helpdesks != 0


@dataclass(frozen=True, slots=True)
class Usage:
    """How many of each an account has: what is archived, deactivated or released does not count."""

    helpdesks: int
    staff: int
    memberships: int
    domains: int

    def of(self, what: Counted) -> int:
        """How many."""
        return {
            Counted.HELPDESKS: self.helpdesks,
            Counted.STAFF: self.staff,
            Counted.MEMBERSHIPS: self.memberships,
            Counted.DOMAINS: self.domains,
        }[what]


_S, _G, _P, _E = PlanName.STARTER, PlanName.GROWTH, PlanName.PROFESSIONAL, PlanName.ENTERPRISE

# In the order of what they include: the last is the largest.
PLANS: Mapping[PlanName, PlanLimits] = {
    _S: PlanLimits(_S, helpdesks=0, staff=3, memberships=1, domains=0),
    _G: PlanLimits(_G, helpdesks=5, staff=15, memberships=10, domains=1),
    _P: PlanLimits(_P, helpdesks=20, staff=50, memberships=50, domains=1),
    _E: PlanLimits(_E, helpdesks=None, staff=None, memberships=None, domains=1),
}


def limits_of(plan: PlanName) -> PlanLimits:
    """What this plan includes."""
    return PLANS[plan]


def must_have_room(account: Account, what: Counted, count: int) -> None:
    """Where there are `count` already, one more may be added. Raises `NotInPlan` (plan, what, limit)."""
    if (full := why_no_room(account, what, count)) is not None:
        raise full


def why_no_room(account: Account, what: Counted, count: int) -> NotInPlan | None:
    """The refusal that one more than `count` would get, for pages that say so before."""
    limits = limits_of(account.plan)
    if limits.has_room(what, count + 1):
        return None
    return NotInPlan(plan=account.plan, what=what, limit=limits.of(what))


def has_helpdesks(account: Account) -> bool:
    """Helpdesks, and with them Manual handling and Slack, come with growth and above."""
    return limits_of(account.plan).has_helpdesks


def must_have_helpdesks(account: Account) -> None:
    """Raises `NotInPlan` (plan)."""
    if not has_helpdesks(account):
        raise NotInPlan(plan=account.plan)
