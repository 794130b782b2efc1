"""Records read together: a purchase, a request or a ticket with all that a page about it shows."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from billing.hours import Snooze
from billing.merchant import Attachment
from billing.processing.records import Hold
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
    Staff,
    Subscription,
    Ticket,
)
from billing.states import OperationState, RequestState

# Actor.key of what was decided by what happened at the payment processor.
BY_PROCESSOR = "system:processor"


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
    became: tuple[RequestState, ...] = ()  # where those earlier ones stand now, newest first
    due_at: datetime | None = None  # by when somebody should decide; None: it is nobody's turn here
    snooze: Snooze | None = None  # the last one, over or not
    assignee: Staff | None = None
    hold: Hold | None = None  # it waits for a bank that decides about the same money

    @property
    def is_done_elsewhere(self) -> bool:
        """What was asked for is so, by what happened at the processor itself and not by us."""
        ours = self.operation is not None and self.operation.state is OperationState.SUCCEEDED
        return self.request.state is RequestState.DONE and not ours

    @property
    def is_lost_to_bank(self) -> bool:
        """A dispute was lost: the customer has the money back from their bank."""
        return self.request.state is RequestState.DENIED and self.request.decided_by == BY_PROCESSOR


@dataclass(frozen=True, slots=True)
class TicketView:
    """A ticket with its customer, helpdesk and timeline, oldest entry first; `files` with its messages.

    `due_at`: by when a question should be answered; None for a request's ticket, and if it is not our turn.
    """

    ticket: Ticket
    customer: Customer
    helpdesk: Helpdesk
    entries: tuple[Entry, ...] = field(default=())
    files: tuple[Attachment, ...] = ()
    due_at: datetime | None = None
    snooze: Snooze | None = None  # the last one, over or not
    assignee: Staff | None = None
