"""Budgets of failures at sign-in, counted in the database before the answer is worked out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network

from billing.errors import TooMany
from billing.ids import StaffId
from billing.ports import UnitOfWork
from billing.vault import Vault

_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Budget:
    """At most `most` failures of `key` in each window of `span`."""

    key: str
    most: int
    span: timedelta
    everywhere: bool = False


def client_budgets(vault: Vault, client: str) -> list[Budget]:
    """One network address (IPv4 /32, IPv6 /64); past it the answer is 429."""
    key = vault.digest(f"client:{_network(client)}")
    return [Budget(key, 10, 5 * _MINUTE, everywhere=True), Budget(key, 50, _HOUR, everywhere=True)]


def pair_budgets(vault: Vault, email: str, order_id: str) -> list[Budget]:
    """One e-mail, one Order ID, the account, the server; past any of them sign-in is by code only."""
    by_email = vault.digest(f"email:{email}")
    by_order = vault.digest(f"order:{order_id}")
    return [*[Budget(key, most, span) for key in (by_email, by_order) for most, span in _PER_KEY], *SHARED]


_PER_KEY = ((5, 15 * _MINUTE), (20, _DAY))
_ACCOUNT = (Budget("account", 100, 5 * _MINUTE), Budget("account", 500, _DAY))
# What all who sign in to an account, or to the server, spend together.
SHARED = (*_ACCOUNT, Budget("server", 1000, 5 * _MINUTE, everywhere=True))
# Marks an account that is by code only; short windows, so that the hour is one, and not nearly two.
_UNDER_ATTACK = Budget("account-under-attack", 1, 5 * _MINUTE)


def staff_budgets(vault: Vault, email: str) -> list[Budget]:
    """One staff e-mail: 5 in 5 minutes, 20 an hour, 50 a day."""
    key = vault.digest(f"staff:{email}")
    return [Budget(key, 5, 5 * _MINUTE), Budget(key, 20, _HOUR), Budget(key, 50, _DAY)]


def factor_budgets(vault: Vault, staff_id: StaffId) -> list[Budget]:
    """The second factor of one person, as many tries as for their password."""
    return staff_budgets(vault, f"factor:{staff_id.hex}")


def mail_budgets(vault: Vault, what: str, email: str) -> list[Budget]:
    """Mails of one kind to one mailbox, 3 in 15 minutes, 10 a day: no kind uses up another's."""
    key = vault.digest(f"mail:{what}:{email}")
    return [Budget(key, 3, 15 * _MINUTE), Budget(key, 10, _DAY)]


async def take(work: UnitOfWork, budgets: Sequence[Budget], *, at: datetime) -> Budget | None:
    """Count one on each; the first budget that is overspent by it, or None."""
    spent = None
    for budget in budgets:
        count = await work.budgets.take(
            _windowed(budget), span=budget.span, at=at, everywhere=budget.everywhere
        )
        if count > budget.most and spent is None:
            spent = budget
    return spent


async def take_pair(work: UnitOfWork, budgets: Sequence[Budget], *, at: datetime) -> bool:
    """Count one on each; whether sign-in is by code only now. An overspent account stays so for an hour."""
    spent = [budget for budget in budgets if await take(work, [budget], at=at) is not None]
    marked = await take(work, [_UNDER_ATTACK], at=at) is not None
    await give_back(work, [_UNDER_ATTACK], at=at)
    if any(budget in _ACCOUNT for budget in spent):
        # A row keeps its latest window: what is counted an hour ahead stands until then.
        await take(work, [_UNDER_ATTACK], at=at + _HOUR)
    return bool(spent) or marked


async def give_back(work: UnitOfWork, budgets: Sequence[Budget], *, at: datetime) -> None:
    """It was no failure after all."""
    for budget in budgets:
        await work.budgets.give_back(_windowed(budget), span=budget.span, at=at, everywhere=budget.everywhere)


def too_many(budget: Budget, at: datetime) -> TooMany:
    """The refusal, with the seconds until the budget's window ends."""
    span = int(budget.span.total_seconds())
    return TooMany(retry_after=span - int(at.timestamp()) % span)


def _windowed(budget: Budget) -> str:
    return f"{budget.key}:{int(budget.span.total_seconds())}"


def _network(client: str) -> str:
    try:
        address = ip_address(client)
    except ValueError:
        return client
    if isinstance(address, IPv6Address):
        # As a socket for both families names an IPv4 peer: one /64 would be all of them together.
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(ip_network((address, 64), strict=False))
    return str(address)
