"""Invitations, second factors and recovery codes; each is used by one statement, so that one of many wins."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, delete, func, insert, select, update

from billing.emails import email_key
from billing.ids import InvitationId, StaffId
from billing.merchant import Invitation, SecondFactor
from storage.bound import ACCOUNT, Bound, Shape
from storage.rows import plain_values
from storage.tables.team import OPEN, invitations, recovery_codes, second_factors

_i, _f, _r = invitations.c, second_factors.c, recovery_codes.c
_INVITATION = Shape(
    (
        _i.id,
        _i.account_id,
        _i.email,
        _i.name,
        _i.role,
        _i.limit_minor,
        _i.locale,
        _i.invited_by,
        _i.made_at,
        _i.expires_at,
        _i.used_at,
        _i.withdrawn_at,
    ),
    Invitation,
)
_FACTOR = Shape((_f.account_id, _f.staff_id, _f.seed, _f.confirmed_at, _f.last_step), SecondFactor)
_ALL = select(*_INVITATION.columns).where(_i.account_id == ACCOUNT)
_BY_TOKEN = _ALL.where(_i.token_hash == bindparam("the_token"))
_ONE = _ALL.where(_i.id == bindparam("invitation_id"))
_OPEN = _ALL.where(OPEN).order_by(_i.made_at.desc(), _i.id)
_FACTOR_OF = select(*_FACTOR.columns).where(
    _f.account_id == ACCOUNT, _f.staff_id == bindparam("the_staff_id")
)
_WITH_FACTOR = select(_f.staff_id).where(_f.account_id == ACCOUNT)
_LEFT = (
    select(func.count())
    .select_from(recovery_codes)
    .where(_r.account_id == ACCOUNT, _r.staff_id == bindparam("the_staff_id"), _r.used_at.is_(None))
)


class StoredTeam(Bound):
    """`billing.ports.Team`."""

    async def add_invitation(self, invitation: Invitation, *, token_hash: str) -> None:
        """A unique index keeps a second open one to the same address out."""
        values = {**plain_values(invitation), "email_key": email_key(invitation.email)}
        await self._insert(invitations, {**values, "token_hash": token_hash})

    async def find_invitation(self, token_hash: str) -> Invitation | None:
        """Used or not."""
        return await self._find(_INVITATION, _BY_TOKEN, the_token=token_hash)

    async def get_invitation(self, invitation_id: InvitationId) -> Invitation:
        """Raises `NotFound`."""
        return await self._get(_INVITATION, _ONE, invitation_id=invitation_id)

    async def list_open_invitations(self) -> list[Invitation]:
        """Newest first."""
        return await self._list(_INVITATION, _OPEN)

    async def withdraw_open(self, email_key: str, *, at: datetime) -> None:
        """The index of open ones leads to it."""
        await self.connection.execute(
            update(invitations)
            .where(_i.account_id == self.account_id, _i.email_key == email_key, OPEN)
            .values(withdrawn_at=at)
        )

    async def withdraw_invitation(self, invitation_id: InvitationId, *, at: datetime) -> bool:
        """Only while it is open."""
        return (
            await self._change(
                update(invitations)
                .where(_i.account_id == self.account_id, _i.id == invitation_id, OPEN)
                .values(withdrawn_at=at)
                .returning(_i.id)
            )
            is not None
        )

    async def use_invitation(self, token_hash: str, *, at: datetime) -> Invitation | None:
        """Only while it is open and in time."""
        row = await self._change(
            update(invitations)
            .where(_i.account_id == self.account_id, _i.token_hash == token_hash, _i.expires_at > at, OPEN)
            .values(used_at=at)
            .returning(*_INVITATION.columns)
        )
        return None if row is None else _INVITATION.read(row)

    async def find_factor(self, staff_id: StaffId) -> SecondFactor | None:
        """Theirs, if they have one."""
        return await self._find(_FACTOR, _FACTOR_OF, the_staff_id=staff_id)

    async def put_factor(self, factor: SecondFactor) -> None:
        """In the place of an earlier one; its steps begin with the one it was confirmed by."""
        statement = self._upsert(second_factors).values(self._own(plain_values(factor)))
        await self.connection.execute(
            statement.on_conflict_do_update(
                index_elements=[_f.account_id, _f.staff_id],
                set_={name: statement.excluded[name] for name in ("seed", "confirmed_at", "last_step")},
            )
        )

    async def use_step(self, staff_id: StaffId, step: int) -> bool:
        """Of many at once one changes the row."""
        return (
            await self._change(
                update(second_factors)
                .where(_f.account_id == self.account_id, _f.staff_id == staff_id, _f.last_step < step)
                .values(last_step=step)
                .returning(_f.staff_id)
            )
            is not None
        )

    async def drop_factor(self, staff_id: StaffId) -> bool:
        """Without the factor its recovery codes are worth nothing."""
        await self._drop_recovery_codes(staff_id)
        gone = delete(second_factors).where(_f.account_id == self.account_id, _f.staff_id == staff_id)
        return await self._change(gone.returning(_f.staff_id)) is not None

    async def list_with_factor(self) -> frozenset[StaffId]:
        """Whoever has one."""
        return frozenset(StaffId(row[0]) for row in await self._rows(_WITH_FACTOR))

    async def put_recovery_codes(self, staff_id: StaffId, hashes: Sequence[str]) -> None:
        """The earlier ones go."""
        await self._drop_recovery_codes(staff_id)
        rows = [self._own({"staff_id": staff_id, "code_hash": each}) for each in hashes]
        await self.connection.execute(insert(recovery_codes), rows)

    async def use_recovery_code(self, staff_id: StaffId, code_hash: str, *, at: datetime) -> bool:
        """Of many at once one changes the row."""
        return (
            await self._change(
                update(recovery_codes)
                .where(
                    _r.account_id == self.account_id,
                    _r.staff_id == staff_id,
                    _r.code_hash == code_hash,
                    _r.used_at.is_(None),
                )
                .values(used_at=at)
                .returning(_r.staff_id)
            )
            is not None
        )

    async def count_recovery_codes(self, staff_id: StaffId) -> int:
        """Those that are left."""
        return int((await self._rows(_LEFT, the_staff_id=staff_id))[0][0])

    async def _drop_recovery_codes(self, staff_id: StaffId) -> None:
        await self.connection.execute(
            delete(recovery_codes).where(_r.account_id == self.account_id, _r.staff_id == staff_id)
        )
