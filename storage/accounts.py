"""The account of a unit of work, and the people who work for it."""

import builtins
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Update, bindparam, delete, or_, select, update
from sqlalchemy.exc import IntegrityError

from billing import records as r
from billing.emails import email_key
from billing.errors import Invalid, NotFound
from billing.ids import StaffId
from storage.bound import ACCOUNT, Bound
from storage.rows import account_values, plain_values
from storage.shapes import ACCOUNT as ACCOUNT_SHAPE
from storage.shapes import STAFF
from storage.tables.accounts import accounts
from storage.tables.accounts import former_directories as former
from storage.tables.accounts import staff as staff_table
from storage.tables.team import unmailed_staff

_c, _u = staff_table.c, unmailed_staff.c
_OWN = select(*ACCOUNT_SHAPE.columns).where(accounts.c.account_id == ACCOUNT)
_ALL_STAFF = select(*STAFF.columns).where(_c.account_id == ACCOUNT)
_ONE_OF_STAFF = _ALL_STAFF.where(_c.id == bindparam("staff_id"))
_BY_EMAIL = _ALL_STAFF.where(_c.email_key == bindparam("the_key"))
_BY_NAME = _ALL_STAFF.order_by(_c.name, _c.id)
_UNMAILED = select(_u.since).where(_u.account_id == ACCOUNT, _u.staff_id == bindparam("the_staff"))
_SEEN = select(_c.id, _c.seen_at).where(_c.account_id == ACCOUNT, _c.seen_at.is_not(None))


class StoredAccounts(Bound):
    """`billing.ports.Accounts`."""

    async def get(self) -> r.Account:
        """The account itself; raises `NotFound`."""
        return await self._get(ACCOUNT_SHAPE, _OWN)

    async def add(self, account: r.Account) -> None:
        """A new account, in a unit of work that is bound to it. Raises `Invalid` where a path is taken."""
        assert account.id == self.account_id
        if (taken := await self._taken(account)) is not None:
            raise Invalid(taken, "taken")
        await self._insert(accounts, account_values(account))

    async def hold(self) -> r.Account:
        """An update of nothing: it locks the row on PostgreSQL; SQLite has one writer anyhow."""
        statement = update(accounts).where(accounts.c.account_id == self.account_id)
        row = await self._change(statement.values(plan=accounts.c.plan).returning(*ACCOUNT_SHAPE.columns))
        if row is None:
            raise NotFound
        return ACCOUNT_SHAPE.read(row)

    async def save(self, account: r.Account) -> None:
        """Raises `Invalid` where another account has the directory or the domain."""
        assert account.id == self.account_id
        if (taken := await self._taken(account)) is not None:
            raise Invalid(taken, "taken")
        change = update(accounts).where(accounts.c.account_id == self.account_id)
        try:
            await self.connection.execute(change.values(**account_values(account)))
        except IntegrityError as clash:
            # Somebody took it since we looked: PostgreSQL has several writers at once.
            field = "domain" if "uq_accounts_domain" in str(clash.orig) else "directory"
            raise Invalid(field, "taken") from None

    async def leave_directory(self, directory: str) -> None:
        """It stays this account's, so that links to it never lead to somebody else."""
        await self._insert_once(former, {"account_id": self.account_id, "directory": directory})

    async def _taken(self, account: r.Account) -> str | None:
        """Which of its addresses another account has; nobody has no domain (`= NULL` would be `IS NULL`)."""
        same = [accounts.c.directory == account.directory]
        if account.domain is not None:
            same.append(accounts.c.domain == account.domain)
        rows = await self.connection.execute(
            select(accounts.c.directory).where(accounts.c.account_id != self.account_id, or_(*same))
        )
        left = await self.connection.execute(
            select(former.c.directory).where(
                former.c.account_id != self.account_id, former.c.directory == account.directory
            )
        )
        directories = [*rows.scalars(), *left.scalars()]
        if not directories:
            return None
        return "directory" if account.directory in directories else "domain"


class StoredStaff(Bound):
    """`billing.ports.StaffMembers`."""

    async def get(self, staff_id: StaffId) -> r.Staff:
        """Raises `NotFound`."""
        return await self._get(STAFF, _ONE_OF_STAFF, staff_id=staff_id)

    async def find_by_email(self, email_key: str) -> r.Staff | None:
        """Whoever signs in with this address."""
        return await self._find(STAFF, _BY_EMAIL, the_key=email_key)

    async def add(self, staff: r.Staff) -> None:
        """One more; their address is normalised here."""
        values = plain_values(staff)
        await self._insert(staff_table, {**values, "email_key": email_key(staff.email)})

    async def list(self) -> builtins.list[r.Staff]:
        """All, by name."""
        return await self._list(STAFF, _BY_NAME)

    async def save(self, staff: r.Staff) -> None:
        """Raises `NotFound`."""
        values = plain_values(staff, "id", "account_id", "email")
        if await self._change(self._one(staff.id).values(**values).returning(_c.id)) is None:
            raise NotFound

    async def touch(self, staff_id: StaffId, at: datetime) -> None:
        """To the minute, or so: whoever calls it takes care not to do it each time."""
        await self.connection.execute(self._one(staff_id).values(seen_at=at))

    async def list_seen(self) -> dict[StaffId, datetime]:
        """Who never was at the desk is not in it."""
        rows: Sequence[Sequence[Any]] = await self._rows(_SEEN)
        return {StaffId(row[0]): row[1] for row in rows}

    async def wants_reminders(self, staff_id: StaffId) -> bool:
        """Unless they said no."""
        return not await self._rows(_UNMAILED, the_staff=staff_id)

    async def set_reminders(self, staff_id: StaffId, *, wanted: bool, at: datetime) -> None:
        """The same twice is once."""
        if not wanted:
            await self._insert_once(unmailed_staff, {"staff_id": staff_id, "since": at})
            return
        mine = (_u.account_id == self.account_id, _u.staff_id == staff_id)
        await self.connection.execute(delete(unmailed_staff).where(*mine))

    def _one(self, staff_id: StaffId) -> Update:
        return update(staff_table).where(_c.account_id == self.account_id, _c.id == staff_id)
