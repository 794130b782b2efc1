"""What is kept of the payment processor, as frozen records; times are aware UTC, secrets sealed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from billing.documents.records import SoldLine
from billing.ids import (
    AccountId,
    AlertId,
    CardChangeId,
    CardStepId,
    ConnectionId,
    CustomerId,
    HelpdeskId,
    PaymentId,
    ProductId,
    ReconcileId,
    RequestId,
    SubscriptionId,
    SyncRunId,
)
from billing.money import Money
from billing.records import Card, Facts
from billing.states import (
    AlertKind,
    CardChangeState,
    CardPageKind,
    CardStepKind,
    ConnectionEnd,
    ConnectionState,
    DisputeState,
    OperationState,
    Permission,
    Surface,
)


@dataclass(frozen=True, slots=True)
class Connection:
    """A key to the account's payment processor. What it may do, and whose it is, the processor has said."""

    id: ConnectionId
    account_id: AccountId
    provider: str  # `stripe`
    state: ConnectionState
    key: str  # sealed
    key_hint: str  # e.g. `rk_live_…Q7xA`: its kind and last four characters
    processor_account: str  # e.g. `acct_…`; empty until it was checked
    processor_name: str  # what the merchant calls it there
    livemode: bool | None
    missing: tuple[Permission, ...]
    problem: str  # a stable code; empty: none
    webhook_id: str  # empty: the merchant made the endpoint there by hand, or has not yet
    webhook_secret: str | None  # sealed
    asked_by: str  # Actor.key
    asked_at: datetime
    checked_at: datetime | None = None
    ended_at: datetime | None = None
    ended_why: ConnectionEnd | None = None


@dataclass(frozen=True, slots=True)
class ProcessorLink:
    """Which of our customers a customer of the processor is; several may be one person."""

    account_id: AccountId
    processor_id: str
    customer_id: CustomerId


@dataclass(frozen=True, slots=True)
class KnownInvoice:
    """What the processor's invoice says of the charge that paid it."""

    account_id: AccountId
    payment_intent: str
    invoice: str
    subscription: str  # the processor's id; empty: none
    product: str
    price_point: str
    number: str
    total: Money  # of it all: several payments may have settled it
    tax: Money
    lines: tuple[SoldLine, ...] = ()  # none: they were not told


@dataclass(frozen=True, slots=True)
class Dispute:
    """Money that the customer's bank took, or asks about."""

    account_id: AccountId
    processor_id: str
    payment_id: PaymentId
    amount: Money
    state: DisputeState
    reason: str  # the processor's word
    opened_at: datetime
    moved_at: datetime


@dataclass(frozen=True, slots=True)
class Hold:
    """A pending refund request waits for the end of a dispute; its reservation was let go meanwhile."""

    account_id: AccountId
    request_id: RequestId
    payment_id: PaymentId
    since: datetime


@dataclass(frozen=True, slots=True)
class Alert:
    """What people must look at; closed by them, or by what made it untrue."""

    id: AlertId
    account_id: AccountId
    kind: AlertKind
    subject: str  # e.g. `operation:<hex>`, `dispute:<processor id>`
    facts: Facts
    raised_at: datetime
    mailed_at: datetime | None = None  # None: owners were mailed about the same shortly before
    closed_at: datetime | None = None
    closed_by: str | None = None  # Actor.key
    closed_by_name: str = ""


@dataclass(frozen=True, slots=True)
class Overdue:
    """An invoice that waited when the customer was asked about it; never more than `due` is taken."""

    invoice: str
    subscription: str  # the processor's id
    number: str
    product: str
    due: Money
    since: datetime


@dataclass(frozen=True, slots=True)
class CardChange:
    """A customer's wish to pay with another card. The processor's page takes it; read-back proves it."""

    id: CardChangeId
    account_id: AccountId
    customer_id: CustomerId
    subscription_id: SubscriptionId  # where they began; others on the same card move too
    surface: Surface
    helpdesk_id: HelpdeskId | None
    state: CardChangeState
    key: str  # goes with every try to get the page
    processor_customer: str  # empty until the processor was asked whose subscription it is
    page: CardPageKind | None
    session: str  # the processor's id of the page; empty until it is there
    link: str | None  # sealed; None before and after the page is open
    method_before: str  # the card that paid when the page was made; empty: none
    method: str  # the new one, once it was read back
    card: Card | None  # the new one
    pays_overdue: bool  # the customer agreed to pay at once what is overdue
    problem: str  # a stable code; empty: none
    asked_by: str  # Actor.key
    asked_at: datetime
    moved_at: datetime
    expires_at: datetime | None
    # As they were when the page was made, which is what the customer reads before they go there.
    old_method: str = ""  # the card that pays the subscription; the customer's default may be another one
    moves: tuple[str, ...] = ()  # the processor's ids of the subscriptions that the new card will pay
    overdue: tuple[Overdue, ...] = ()


@dataclass(frozen=True, slots=True)
class CardStep:
    """One call with a new card: its own key, committed before the first byte, as an operation's."""

    id: CardStepId
    account_id: AccountId
    change_id: CardChangeId
    kind: CardStepKind
    state: OperationState
    key: str
    target: str  # the processor's id of the subscription, invoice, customer or card
    amount: Money | None  # of an invoice
    link: str | None  # sealed; the bank wants the customer's yes there
    failure: str | None
    tries: int
    first_sent_at: datetime | None
    last_sent_at: datetime | None
    moved_at: datetime


@dataclass(frozen=True, slots=True)
class SyncRun:
    """One walk through what the processor has. `since` None: everything."""

    id: SyncRunId
    account_id: AccountId
    connection_id: ConnectionId
    since: datetime | None
    holder: str
    held_until: datetime
    started_at: datetime
    finished_at: datetime | None
    totals: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class SyncMark:
    """How far a run has come in one list of the processor's."""

    run_id: SyncRunId
    what: str
    cursor: str  # the last object taken in; empty: none
    is_done: bool
    read: int
    made: int
    linked: int  # found among what an export had brought
    known: int
    skipped: int  # of no use to us, e.g. never paid


@dataclass(frozen=True, slots=True)
class OrderFormat:
    """How Order IDs are made where there is none: `{number}`, padded to `width`, `{year}`, `{month}`."""

    account_id: AccountId
    template: str
    width: int
    last: int  # the number given last


@dataclass(frozen=True, slots=True)
class EventCount:
    """How many events of a kind came in."""

    source: str
    kind: str
    is_ignored: bool
    count: int
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """One comparison with the processor, to its end; `differences` 0: a clean run."""

    id: ReconcileId
    account_id: AccountId
    since: datetime
    until: datetime
    compared: int
    differences: int
    started_at: datetime
    finished_at: datetime


@dataclass(frozen=True, slots=True)
class ProductLink:
    """Which of our products a product and price of the processor are."""

    account_id: AccountId
    source: str
    name: str
    price_point: str
    product_id: ProductId
