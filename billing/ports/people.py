"""The business itself and its people: account, staff, customers, signed-in browsers, budgets."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from billing import records as r
from billing.edges import Code, Visit
from billing.ids import (
    CodeId,
    CustomerId,
    StaffId,
    VisitId,
)


class Accounts(Protocol):
    """The account this unit of work is bound to."""

    async def get(self) -> r.Account: ...
    async def add(self, account: r.Account) -> None: ...
    async def hold(self) -> r.Account:
        """The account; whoever else holds it waits until this transaction ends. For changing settings."""
        ...

    async def leave_directory(self, directory: str) -> None:
        """Nobody else may ever have it."""
        ...

    async def save(self, account: r.Account) -> None:
        """All but its id. Raises `Invalid` (directory or domain, `taken`)."""
        ...


class StaffMembers(Protocol):
    """The people who work for the account."""

    async def get(self, staff_id: StaffId) -> r.Staff: ...
    async def find_by_email(self, email_key: str) -> r.Staff | None: ...
    async def add(self, staff: r.Staff) -> None: ...
    async def list(self) -> Sequence[r.Staff]: ...
    async def save(self, staff: r.Staff) -> None:
        """All but their id, account and e-mail address."""
        ...

    async def touch(self, staff_id: StaffId, at: datetime) -> None:
        """They are at the desk."""
        ...

    async def list_seen(self) -> Mapping[StaffId, datetime]:
        """When each was last at the desk; who never was is not in it."""
        ...

    async def wants_reminders(self, staff_id: StaffId) -> bool:
        """Whether they are mailed about requests that wait."""
        ...

    async def set_reminders(self, staff_id: StaffId, *, wanted: bool, at: datetime) -> None: ...


class Customers(Protocol):
    """Customers and the e-mails seen on their payments; `email_key` is normalised by `emails.email_key`."""

    async def get(self, customer_id: CustomerId) -> r.Customer: ...
    async def find_by_pair(self, order_id: str, email_key: str) -> r.Customer | None: ...
    async def list_by_email(self, email_key: str) -> Sequence[r.Customer]: ...
    async def list_email_keys(self, customer_id: CustomerId) -> Sequence[str]: ...
    async def set_locale(self, customer_id: CustomerId, locale: str) -> None: ...


class Visits(Protocol):
    """Signed-in browsers and e-mailed codes. Tokens and codes are stored hashed only."""

    async def open(self, visit: Visit, *, token_hash: str) -> None: ...
    async def find(self, token_hash: str) -> Visit | None: ...
    async def touch(self, visit_id: VisitId, at: datetime) -> None: ...
    async def replace_token(self, visit_id: VisitId, *, token_hash: str, proved_at: datetime | None) -> None:
        """The old token is dead, and a visit that was half is whole."""
        ...

    async def end(self, visit_id: VisitId) -> None: ...
    async def end_of_staff(self, staff_id: StaffId, *, but: VisitId | None = None) -> None:
        """All their visits, wherever they are, except this one."""
        ...

    async def add_code(self, code: Code) -> None:
        """Also ends this browser's earlier codes for the same purpose: the newest only."""
        ...

    async def try_code(self, browser: str, purpose: str, code_hash: str, *, at: datetime) -> Code | None:
        """Counts a try; the code, now used, if it is the newest, right, in time, unused, within 5 tries."""
        ...

    async def find_code(self, code_id: CodeId) -> Code | None: ...
    async def count_codes(self, customer_id: CustomerId, since: datetime) -> int: ...


class Budgets(Protocol):
    """Counters of failures, in the database, atomic. `key` is hashed by the caller."""

    async def take(self, key: str, *, span: timedelta, at: datetime, everywhere: bool) -> int:
        """Count one in the current window of `span`; returns the count including this one.

        `everywhere` counts for the whole server, under the reserved account `UUID(int=0)`.
        """
        ...

    async def give_back(self, key: str, *, span: timedelta, at: datetime, everywhere: bool) -> None:
        """The attempt was no failure."""
        ...
