"""When a helpdesk works: days and hours in the account's time zone, and what falls outside of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from billing.ids import AccountId, HelpdeskId, TicketId
from billing.states import AlarmKind


@dataclass(frozen=True, slots=True)
class Hours:
    """A helpdesk's working days and hours; minutes count from midnight, `closes` may be 1440."""

    account_id: AccountId
    helpdesk_id: HelpdeskId
    days: tuple[int, ...]  # of the week, 1 is Monday; never empty
    opens: int
    closes: int
    answer_hours: int  # within how many hours a request should be decided
    digest_at: int | None  # None: no daily digest


@dataclass(frozen=True, slots=True)
class Alarm:
    """What must happen at a time; `step` counts how often it did."""

    account_id: AccountId
    kind: AlarmKind
    subject: UUID
    due_at: datetime
    step: int


@dataclass(frozen=True, slots=True)
class Snooze:
    """Until when a ticket reminds nobody, and who said so."""

    account_id: AccountId
    ticket_id: TicketId
    until: datetime
    by: str  # Actor.key
    by_name: str
    at: datetime
