"""The port of payment processors: what one is asked, and what it may answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from billing.ids import AccountId
from billing.processing.records import CardChange, CardStep
from billing.processor_facts import (
    ProcessorCharge,
    ProcessorCustomer,
    ProcessorDispute,
    ProcessorFact,
    ProcessorInvoice,
    ProcessorRefund,
    ProcessorSubscription,
)
from billing.records import Card, Operation
from billing.states import CardPageKind, Permission, SubscriptionState


class Outcome(StrEnum):
    """What a processor says of an operation."""

    SUCCEEDED = "succeeded"
    PENDING = "pending"  # accepted, not yet final: the operation stays sent
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class ProcessorAnswer:
    """The processor's word on one operation. `period_ends_at` for subscriptions; `failure` a stable code."""

    outcome: Outcome
    processor_id: str | None = None
    failure: str | None = None
    period_ends_at: datetime | None = None
    subscription_state: SubscriptionState | None = None


@dataclass(frozen=True, slots=True)
class KeyCheck:
    """Whose a key is, and which of the permissions we need it lacks."""

    processor_account: str
    name: str
    livemode: bool
    missing: tuple[Permission, ...]


@dataclass(frozen=True, slots=True)
class WebhookEndpoint:
    """Where events are told; `secret` signs them."""

    id: str
    secret: str


@dataclass(frozen=True, slots=True)
class CardPage:
    """The processor's page for a new card; `method_before`: the customer's default then, or empty."""

    kind: CardPageKind
    session: str
    link: str
    expires_at: datetime
    method_before: str


class CardPageState(StrEnum):
    """What reading back says of the page."""

    WAITING = "waiting"  # no new card yet
    COMPLETE = "complete"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class CardPageAnswer:
    """The processor's word on the page; with the new card once it is complete."""

    state: CardPageState
    method: str = ""
    card: Card | None = None


@dataclass(frozen=True, slots=True)
class CardUses:
    """What a customer there pays with: each subscription that has not ended, and what is overdue."""

    default_method: str  # empty: none
    subscriptions: Sequence[ProcessorSubscription]
    overdue: Sequence[ProcessorInvoice]  # open, of these subscriptions, payable now


@dataclass(frozen=True, slots=True)
class StepAnswer:
    """The processor's word on a card step. PENDING with a `link`: the bank wants the customer's yes there."""

    outcome: Outcome
    failure: str | None = None
    link: str | None = None


class Listed(StrEnum):
    """The lists of the processor, in the order in which they are walked."""

    CUSTOMERS = "customers"
    SUBSCRIPTIONS = "subscriptions"
    INVOICES = "invoices"
    CHARGES = "charges"
    REFUNDS = "refunds"
    DISPUTES = "disputes"


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list, newest first; `after` is the cursor of the next, None: this was the last.

    `left_out` are objects in a currency that no ISO table knows.
    """

    facts: Sequence[ProcessorFact]
    after: str | None
    left_out: int = 0


class AnswerLost(Exception):
    """Time-out, reset or 5xx: whether it happened is unknown."""


class KeyMismatch(AnswerLost):
    """The key went out with other parameters before: unknown, and people must look."""


class KeyRefused(Exception):
    """The processor does not know this key, or knows it no more."""


class TryLater(Exception):
    """The processor asked to wait (429, 409), and did nothing. `after` as it said, if it did."""

    def __init__(self, why: str, after: timedelta | None = None) -> None:
        super().__init__(why)
        self.after = after


class Refused(Exception):
    """A definite no where no answer can say so; nothing was done. `code` is stable."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class NotPermitted(TryLater):
    """The key may not do this, so surely nothing was done; it waits until people allow it.

    `permission` is the processor's own name of what is missing, or empty.
    """

    def __init__(self, permission: str, after: timedelta | None = None) -> None:
        super().__init__(f"the key may not: {permission or 'not said what'}", after)
        self.permission = permission


# Doors into the processor by one account's key. Everything raises `AnswerLost`, `TryLater`, `KeyRefused`.
class CarriesOut(Protocol):
    """Operations."""

    async def carry_out(self, operation: Operation) -> ProcessorAnswer:
        """Do it with the operation's key. A definite no is an answer."""
        ...

    async def find(self, operation: Operation) -> ProcessorAnswer | None:
        """Read back what became of it, all pages; None: no trace."""
        ...


class Reads(Protocol):
    """What is there now: None where there is no such object."""

    async def read_customer(self, processor_id: str) -> ProcessorCustomer | None: ...
    async def read_subscription(self, processor_id: str) -> ProcessorSubscription | None: ...
    async def read_charge(self, processor_id: str) -> ProcessorCharge | None:
        """By its id or its payment intent's, with what its invoice says."""
        ...

    async def read_refund(self, processor_id: str) -> ProcessorRefund | None: ...
    async def list_refunds(self, charge: str) -> Sequence[ProcessorRefund]:
        """All of one charge, newest first."""
        ...

    async def read_dispute(self, processor_id: str) -> ProcessorDispute | None: ...
    async def read_invoice(self, processor_id: str) -> ProcessorInvoice | None: ...
    async def read_method_customer(self, method: str) -> str | None:
        """Whose card this is; None: nobody's, or there is no such card."""
        ...

    async def list_page(
        self,
        what: Listed,
        *,
        after: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> Page:
        """At most 100, made in [since, until); charges come without their invoice, invoices name theirs."""
        ...


class ChangesCards(Protocol):
    """A customer's way to another card."""

    async def read_card_uses(self, processor_customer: str) -> CardUses: ...
    async def open_card_page(
        self, change: CardChange, *, processor_customer: str, return_url: str, locale: str
    ) -> CardPage:
        """The hosted page for this change, made once for its key: portal flow, else Checkout setup.

        Raises `Refused` if there is no such customer, or no page can be made for them.
        """
        ...

    async def read_card_page(self, change: CardChange) -> CardPageAnswer:
        """Whether our page, of our customer, has a new card; never from a return address."""
        ...

    async def carry_out_step(self, change: CardChange, step: CardStep) -> StepAnswer:
        """With the step's key. A definite no is an answer; what is so already has succeeded."""
        ...

    async def find_step(self, change: CardChange, step: CardStep) -> StepAnswer | None:
        """Read back what became of it; None: not so, as far as can be seen."""
        ...


class ChecksKeys(Protocol):
    """The connection itself."""

    async def check_key(self) -> KeyCheck:
        """Whose key this is, and what it may not do; changes nothing there."""
        ...

    async def add_webhook(self, url: str, *, key: str) -> WebhookEndpoint | None:
        """An endpoint for the kinds of events that we read; None: the key may not."""
        ...

    async def drop_webhook(self, webhook_id: str) -> None:
        """Gone already is fine."""
        ...


class PaymentProvider(CarriesOut, Reads, ChangesCards, ChecksKeys, Protocol):
    """A payment processor, whole."""


class Providers(Protocol):
    """The payment processor of each account."""

    async def of(self, account_id: AccountId) -> PaymentProvider | None:
        """By the account's live connection; None: it has none."""
        ...
