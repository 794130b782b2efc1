"""The merchant's own domains."""

from typing import Protocol

from billing.ids import DomainId
from billing.merchant import Domain


class Domains(Protocol):
    """Every domain that the account ever added; at most one is held, which is not released."""

    async def get(self, domain_id: DomainId) -> Domain:
        """Raises `NotFound`."""
        ...

    async def find_held(self) -> Domain | None: ...
    async def add(self, domain: Domain) -> None: ...
    async def save(self, domain: Domain) -> None:
        """What a look or a release changed. Raises `Invalid` (host, `taken`): another proved it first."""
        ...

    async def is_taken(self, host: str) -> bool:
        """Whether another account holds this host, proved. The one question across accounts."""
        ...
