"""What the edges keep as frozen records: browsers' visits and codes, people in Slack, envelopes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from billing.ids import AccountId, CodeId, CustomerId, EnvelopeId, HelpdeskId, StaffId, TicketId, VisitId
from billing.records import Facts
from billing.states import Surface


@dataclass(frozen=True, slots=True)
class Visit:
    """A signed-in browser of a customer or of staff; the token itself is only in the cookie."""

    id: VisitId
    account_id: AccountId
    customer_id: CustomerId | None
    staff_id: StaffId | None
    surface: Surface | None  # None: the desk
    helpdesk_id: HelpdeskId | None
    proved_at: datetime | None  # when the e-mailed code was given
    began_at: datetime
    seen_at: datetime
    half: bool = False  # staff: the password was right, the second factor is still to come


@dataclass(frozen=True, slots=True)
class Code:
    """An e-mailed code: hashed, one use, bound to browser, purpose and (if known) a customer."""

    id: CodeId
    account_id: AccountId
    browser: str  # hash of the browser's token
    purpose: str  # `sign-in` or `prove`
    customer_id: CustomerId | None
    code_hash: str
    made_at: datetime
    expires_at: datetime
    tries: int
    used_at: datetime | None


@dataclass(frozen=True, slots=True)
class CardPlace:
    """Where a ticket's card stands in Slack."""

    account_id: AccountId
    ticket_id: TicketId
    team_id: str
    channel: str
    ts: str


@dataclass(frozen=True, slots=True)
class SlackLink:
    """A confirmed pair of Slack user and staff member."""

    account_id: AccountId
    team_id: str
    user_id: str
    staff_id: StaffId


@dataclass(frozen=True, slots=True)
class Envelope:
    """One outbox row, leased: what must be told, where, and how often it was tried."""

    id: EnvelopeId
    account_id: AccountId
    destination: str
    kind: str
    payload: Facts
    tries: int
    put_at: datetime
    trace_id: str
