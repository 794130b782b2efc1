"""Member sites with their help icons, what of the plan is used, and how far the first run has come."""

from collections.abc import Sequence
from typing import Protocol

from billing.checklist import SetupFacts
from billing.ids import MembershipId
from billing.merchant import Membership
from billing.plans import Usage


class Memberships(Protocol):
    """The account's member sites."""

    async def get(self, membership_id: MembershipId) -> Membership: ...
    async def list(self) -> Sequence[Membership]:
        """All, by name, the archived too."""
        ...

    async def add(self, membership: Membership) -> None: ...
    async def save(self, membership: Membership) -> None:
        """All but its id and account; raises `NotFound`."""
        ...


class Setup(Protocol):
    """What is there already, counted in one go."""

    async def read_usage(self) -> Usage: ...
    async def read_facts(self) -> SetupFacts: ...
