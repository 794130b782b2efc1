"""How staff come in: invitations, second factors, recovery codes. Tokens and codes come here hashed."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from billing.ids import InvitationId, StaffId
from billing.merchant import Invitation, SecondFactor


class Team(Protocol):
    """What stands beside the staff themselves."""

    async def add_invitation(self, invitation: Invitation, *, token_hash: str) -> None:
        """An open one to the same address must have been withdrawn before."""
        ...

    async def find_invitation(self, token_hash: str) -> Invitation | None: ...
    async def get_invitation(self, invitation_id: InvitationId) -> Invitation: ...
    async def list_open_invitations(self) -> Sequence[Invitation]:
        """Neither used nor withdrawn, the expired ones too; newest first."""
        ...

    async def withdraw_open(self, email_key: str, *, at: datetime) -> None:
        """The open invitation to this address, if there is one."""
        ...

    async def withdraw_invitation(self, invitation_id: InvitationId, *, at: datetime) -> bool:
        """Whether it was still open."""
        ...

    async def use_invitation(self, token_hash: str, *, at: datetime) -> Invitation | None:
        """One statement: of many at once one gets it, if it is open and in time."""
        ...

    async def find_factor(self, staff_id: StaffId) -> SecondFactor | None: ...
    async def put_factor(self, factor: SecondFactor) -> None:
        """In the place of an earlier one."""
        ...

    async def use_step(self, staff_id: StaffId, step: int) -> bool:
        """Whether this step of TOTP is later than all that were used; it is used now."""
        ...

    async def drop_factor(self, staff_id: StaffId) -> bool:
        """Their factor and their recovery codes; whether there was one."""
        ...

    async def list_with_factor(self) -> Collection[StaffId]: ...
    async def put_recovery_codes(self, staff_id: StaffId, hashes: Sequence[str]) -> None:
        """In the place of all earlier ones."""
        ...

    async def use_recovery_code(self, staff_id: StaffId, code_hash: str, *, at: datetime) -> bool:
        """Whether it is theirs and unused; it is used now."""
        ...

    async def count_recovery_codes(self, staff_id: StaffId) -> int:
        """Those that are left."""
        ...
