"""The words of the design as frozen records. Storage returns these, never rows; times are aware UTC."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from billing.ids import (
    AccountId,
    ApprovalId,
    CustomerId,
    DepartmentId,
    DocumentId,
    EntryId,
    HelpdeskId,
    OperationId,
    PaymentId,
    ProductId,
    PurchaseId,
    RefundId,
    RequestId,
    StaffId,
    SubscriptionId,
    TicketId,
)
from billing.money import Currency, Money
from billing.states import (
    APPROVED_ONCE,
    AskCode,
    CancelWhen,
    Decision,
    DocumentKind,
    EntryKind,
    Handling,
    OperationKind,
    OperationState,
    PaymentState,
    PlanName,
    ProductKind,
    RequestKind,
    RequestState,
    Role,
    SubscriptionState,
    Surface,
    TicketState,
)

# What JSON columns and outbox payloads hold: short facts, ids as hex, times as ISO 8601.
Facts = Mapping[str, str | int | bool | None]


@dataclass(frozen=True, slots=True)
class Address:
    """A name and a postal address as printed on documents; empty strings where unknown."""

    name: str
    company: str = ""
    tax_id: str = ""
    email: str = ""
    street: str = ""
    city: str = ""
    postcode: str = ""
    region: str = ""
    country: str = ""


@dataclass(frozen=True, slots=True)
class Account:
    """A merchant's business. `directory` is its path on the shared host; `colour` is `#rrggbb`."""

    id: AccountId
    slug: str
    directory: str
    name: str
    plan: PlanName
    currency: Currency
    locale: str
    time_zone: str
    seller: Address
    colour: str
    domain: str | None = None  # their own host, proved
    second_factor: bool = True  # every staff member needs one
    two_people_above_minor: int | None = None  # a refund above it needs two people's yes
    bulk_up_to_minor: int | None = None  # up to what refunds may be decided many at once


@dataclass(frozen=True, slots=True)
class Staff:
    """A person who works for an account. `limit_minor`, in the account's currency, binds agents only."""

    id: StaffId
    account_id: AccountId
    email: str
    name: str
    role: Role
    limit_minor: int | None
    password_hash: str
    locale: str
    active: bool


@dataclass(frozen=True, slots=True)
class Product:
    """What is sold; `refund_days` None means that no refund period was set, and all are within it."""

    id: ProductId
    account_id: AccountId
    name: str
    price_point: str
    kind: ProductKind
    refund_days: int | None


@dataclass(frozen=True, slots=True)
class Customer:
    """A person who bought; `email` is the newest purchase e-mail, as typed then."""

    id: CustomerId
    account_id: AccountId
    name: str
    email: str
    locale: str | None


@dataclass(frozen=True, slots=True)
class Purchase:
    """One product bought by one customer."""

    id: PurchaseId
    account_id: AccountId
    customer_id: CustomerId
    product_id: ProductId
    subscription_id: SubscriptionId | None
    purchased_at: datetime


@dataclass(frozen=True, slots=True)
class Card:
    """The card that pays, as the processor describes it. Never a number."""

    brand: str
    last_four: str
    expires_on: date | None


@dataclass(frozen=True, slots=True)
class Payment:
    """One charge of a purchase. Only a succeeded one has an Order ID; all amounts share a currency."""

    id: PaymentId
    account_id: AccountId
    purchase_id: PurchaseId
    customer_id: CustomerId
    order_id: str | None
    state: PaymentState
    captured: Money
    tax: Money
    refunded: Money
    reserved: Money
    disputed: Money
    paid_at: datetime
    number: int | None  # which payment of its subscription
    processor_id: str | None
    buyer: Address

    @property
    def left(self) -> Money:
        """What can still be refunded."""
        return self.captured - self.refunded - self.reserved - self.disputed


@dataclass(frozen=True, slots=True)
class Subscription:
    """The recurring agreement of a purchase; `period_ends_at` None means unknown, and is never invented."""

    id: SubscriptionId
    account_id: AccountId
    customer_id: CustomerId
    purchase_id: PurchaseId
    state: SubscriptionState
    period_ends_at: datetime | None
    ended_at: datetime | None
    processor_id: str | None
    card: Card | None


@dataclass(frozen=True, slots=True)
class Refund:
    """Money that went back for a payment: imported, or the effect of an operation."""

    id: RefundId
    account_id: AccountId
    payment_id: PaymentId
    operation_id: OperationId | None
    amount: Money
    processor_id: str | None
    refunded_at: datetime
    reversed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Department:
    """A part of a helpdesk that tickets go to."""

    id: DepartmentId
    account_id: AccountId
    helpdesk_id: HelpdeskId
    name: str
    archived_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Helpdesk:
    """Where tickets are; `slack_channel` None: no cards. `billing_shown`: My Orders is displayed."""

    id: HelpdeskId
    account_id: AccountId
    slug: str
    name: str
    slack_channel: str | None
    billing_shown: bool
    archived_at: datetime | None
    welcome: str = ""
    colour: str | None = None  # None: the account's
    logo: str | None = None  # its digest, re-encoded


@dataclass(frozen=True, slots=True)
class SelfBilling:
    """The settings of one surface. None for refund or cancel means: not allowed."""

    account_id: AccountId
    surface: Surface
    helpdesk_id: HelpdeskId | None  # the helpdesk this surface is; None on the portal
    invoices: bool
    card_update: bool
    refund: Handling | None
    cancel: Handling | None
    cancel_when: CancelWhen
    ticket_helpdesk_id: HelpdeskId | None  # where Manual tickets open
    ticket_department_id: DepartmentId | None
    code_for_documents: AskCode
    code_for_refund: AskCode
    code_for_card: AskCode


@dataclass(frozen=True, slots=True)
class PolicySnapshot:
    """The policy that held when the request was made, kept with it and shown to customer and decider."""

    handling: Handling
    refund_days: int | None
    period_ends_at: datetime | None
    within_period: bool | None  # None: no period applies
    cancel_when: CancelWhen | None


@dataclass(frozen=True, slots=True)
class Request:
    """What a customer declared. `decided_*` say who answered; `answer` is what the customer reads of it."""

    id: RequestId
    account_id: AccountId
    reference: str
    kind: RequestKind
    state: RequestState
    surface: Surface
    helpdesk_id: HelpdeskId | None  # where it was made; None on the portal
    customer_id: CustomerId
    purchase_id: PurchaseId
    payment_id: PaymentId | None
    subscription_id: SubscriptionId | None
    ticket_id: TicketId | None
    amount: Money | None  # None unless a refund
    reason: str  # a RefundReason or CancelReason, or empty
    message: str  # the customer's own words
    policy: PolicySnapshot
    asked_at: datetime
    moved_at: datetime
    decided_at: datetime | None
    decided_by: str | None  # Actor.key
    decided_by_name: str | None
    answer: str
    failure: str | None  # why the last operation failed, a stable code
    approved_amount: Money | None = None  # what was approved of the amount, or is proposed to a second person
    asked_by: str | None = None  # Actor.key of staff who acted for the customer
    withdrawn_by: str | None = None  # the name of staff who withdrew it for the customer

    @property
    def refund_amount(self) -> Money | None:
        """What goes back, or would: all that was asked, until less was approved."""
        approved = self.approved_amount if self.state in APPROVED_ONCE else None
        return self.amount if approved is None else approved

    @property
    def is_partial(self) -> bool:
        """Less was approved than was asked for."""
        return self.refund_amount != self.amount


@dataclass(frozen=True, slots=True)
class Approval:
    """One yes or no on a request."""

    id: ApprovalId
    account_id: AccountId
    request_id: RequestId
    by: str  # Actor.key
    says: Decision
    at: datetime
    amount: Money | None = None  # what was said yes to; None unless a refund
    by_name: str = ""
    answer: str = ""  # the words to the customer that go with it


@dataclass(frozen=True, slots=True)
class Operation:
    """What is done at the processor for an approved request. `key` goes with every try."""

    id: OperationId
    account_id: AccountId
    request_id: RequestId
    kind: OperationKind
    state: OperationState
    key: str
    payment_id: PaymentId | None
    subscription_id: SubscriptionId | None
    processor_target: str  # the processor's id of the charge or subscription
    amount: Money | None
    tries: int
    first_sent_at: datetime | None
    last_sent_at: datetime | None
    processor_id: str | None  # what came of it, e.g. the refund's id
    failure: str | None
    moved_at: datetime


@dataclass(frozen=True, slots=True)
class Ticket:
    """The conversation about something in a helpdesk; `request_id` None: a question."""

    id: TicketId
    account_id: AccountId
    reference: str
    helpdesk_id: HelpdeskId
    department_id: DepartmentId | None
    customer_id: CustomerId
    request_id: RequestId | None
    subject: str  # empty when it is about a request
    state: TicketState
    opened_at: datetime
    moved_at: datetime
    assignee_id: StaffId | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a ticket: a message, an internal note, or an event (its verb and facts)."""

    id: EntryId
    account_id: AccountId
    ticket_id: TicketId
    kind: EntryKind
    by: str  # Actor.key
    by_name: str
    text: str
    verb: str
    facts: Facts
    at: datetime


@dataclass(frozen=True, slots=True)
class Document:
    """A document as issued: `frozen` is everything that is printed, never edited afterwards."""

    id: DocumentId
    account_id: AccountId
    kind: DocumentKind
    number: str
    payment_id: PaymentId
    refund_id: RefundId | None
    issued_at: datetime
    frozen: Mapping[str, object]
    revision: int = 0  # of the payment's invoice: one more after each correction
    corrects_id: DocumentId | None = None  # the invoice that this one takes back, or stands in for


@dataclass(frozen=True, slots=True)
class JournalLine:
    """Who did what, when, from where, and why. Append-only."""

    account_id: AccountId
    at: datetime
    by: str
    origin: str
    verb: str
    subject: str  # e.g. `request:<hex>`
    facts: Facts
    trace_id: str
