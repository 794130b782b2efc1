"""Records read together: a purchase, a request or a ticket with all that a page about it shows."""

from __future__ import annotations

from dataclasses import dataclass, field

from billing.merchant import Attachment
from billing.records import (
    Account,
    Approval,
    Customer,
    Entry,
    Helpdesk,
    Operation,
    Payment,
    Product,
    Purchase,
    Refund,
    Request,
    Subscription,
    Ticket,
)


@dataclass(frozen=True, slots=True)
class PurchaseView:
    """A purchase with all that its module on My Orders shows; payments newest first."""

    purchase: Purchase
    product: Product
    subscription: Subscription | None
    payments: tuple[Payment, ...]
    refunds: tuple[Refund, ...] = ()
    requests: tuple[Request, ...] = ()  # newest first


@dataclass(frozen=True, slots=True)
class RequestView:
    """A request with everything that a card, a page or a mail about it needs."""

    request: Request
    account: Account
    customer: Customer
    product: Product
    purchase: Purchase
    payment: Payment | None
    subscription: Subscription | None
    operation: Operation | None  # the latest
    ticket: Ticket | None
    helpdesk: Helpdesk | None  # the ticket's
    earlier: int = 0  # this customer's other requests of the same kind in the 12 months before
    approvals: tuple[Approval, ...] = ()  # while it waits for a second person: who said yes, oldest first


@dataclass(frozen=True, slots=True)
class TicketView:
    """A ticket with its customer, helpdesk and timeline, oldest entry first; `files` with its messages."""

    ticket: Ticket
    customer: Customer
    helpdesk: Helpdesk
    entries: tuple[Entry, ...] = field(default=())
    files: tuple[Attachment, ...] = ()
