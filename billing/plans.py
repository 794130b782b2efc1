"""What each plan includes."""

from billing.errors import NotInPlan
from billing.records import Account
from billing.states import PlanName

_WITH_HELPDESKS = frozenset({PlanName.GROWTH, PlanName.PROFESSIONAL, PlanName.ENTERPRISE})


def has_helpdesks(account: Account) -> bool:
    """Helpdesks, and with them Manual handling and Slack, come with growth and above."""
    return account.plan in _WITH_HELPDESKS


def must_have_helpdesks(account: Account) -> None:
    """Raises `NotInPlan` (plan)."""
    if not has_helpdesks(account):
        raise NotInPlan(plan=account.plan)
