"""Budgets of failures at sign-in, counted in the database before the answer is worked out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network

from billing.errors import TooMany
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
    return [
        *[Budget(key, most, span) for key in (by_email, by_order) for most, span in _PER_KEY],
        Budget("account", 100, 5 * _MINUTE),
        Budget("account", 500, _DAY),
        Budget("server", 1000, 5 * _MINUTE, everywhere=True),
    ]


_PER_KEY = ((5, 15 * _MINUTE), (20, _DAY))


def staff_budgets(vault: Vault, email: str) -> list[Budget]:
    """One staff e-mail: 5 in 5 minutes, 20 an hour, 50 a day."""
    key = vault.digest(f"staff:{email}")
    return [Budget(key, 5, 5 * _MINUTE), Budget(key, 20, _HOUR), Budget(key, 50, _DAY)]


def mail_budgets(vault: Vault, email: str) -> list[Budget]:
    """Mails with a code or Order IDs to one mailbox: 3 in 15 minutes, 10 a day."""
    key = vault.digest(f"mail:{email}")
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
        return str(ip_network((address, 64), strict=False))
    return str(address)
