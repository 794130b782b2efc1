"""What a payment processor says of its objects, in our words. Amounts as it counts them, times aware UTC."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from billing.documents.records import SoldLine
from billing.ids import OperationId
from billing.money import Money
from billing.records import Address, Card
from billing.states import DisputeState, PaymentState, SubscriptionState


@dataclass(frozen=True, slots=True)
class ProcessorCustomer:
    """A customer there; several may be one person here."""

    id: str
    name: str
    email: str
    locale: str | None
    address: Address
    default_method: str  # the card that pays by default; empty: none
    made_at: datetime


@dataclass(frozen=True, slots=True)
class ProcessorSubscription:
    """A subscription there, with the card that pays it, its own or the customer's default."""

    id: str
    customer: str
    state: SubscriptionState
    period_ends_at: datetime | None
    ended_at: datetime | None
    method: str  # its own card; empty: the customer's default pays
    card: Card | None  # None: not told in this answer, or there is none
    product: str
    price_point: str
    made_at: datetime


@dataclass(frozen=True, slots=True)
class ProcessorInvoice:
    """An invoice there, and which payment settled it."""

    id: str
    customer: str
    subscription: str  # empty: none
    payment_intents: tuple[str, ...]  # as charges name theirs, failed ones too
    number: str
    product: str
    price_point: str
    total: Money
    tax: Money
    due: Money
    is_open: bool
    made_at: datetime
    link: str = ""  # its page there, where the customer can pay it
    lines: tuple[SoldLine, ...] = ()  # what was sold; none: they do not come to the total


@dataclass(frozen=True, slots=True)
class ProcessorCharge:
    """A charge there. `refunded` is what the processor counts as gone back.

    `captured` of a failed one is what was tried; nothing captured at all: it waits, and nothing was paid.
    """

    id: str
    payment_intent: str  # its own id, if it was made without one
    customer: str  # empty: a guest
    state: PaymentState
    captured: Money
    refunded: Money
    paid_at: datetime
    description: str
    failure: str | None
    buyer: Address
    card: Card | None
    invoice: ProcessorInvoice | None = None  # in lists it is not told


@dataclass(frozen=True, slots=True)
class ProcessorRefund:
    """A refund there. `operation_id` is our mark on it; None: made elsewhere."""

    id: str
    charge: str
    payment_intent: str
    amount: Money
    is_final: bool
    has_failed: bool
    failure: str | None
    operation_id: OperationId | None
    made_at: datetime


@dataclass(frozen=True, slots=True)
class ProcessorDispute:
    """A dispute there."""

    id: str
    charge: str
    payment_intent: str
    amount: Money
    state: DisputeState
    reason: str
    made_at: datetime


ProcessorFact: TypeAlias = (
    ProcessorCustomer
    | ProcessorSubscription
    | ProcessorInvoice
    | ProcessorCharge
    | ProcessorRefund
    | ProcessorDispute
)
