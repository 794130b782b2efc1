"""The doors of the product: what storage must offer. Implementations live elsewhere."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from billing import records as r
from billing.actors import Actor
from billing.edges import CardPlace, Code, Envelope, SlackLink, Visit
from billing.ids import (
    AccountId,
    CodeId,
    CustomerId,
    DocumentId,
    EnvelopeId,
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
    VisitId,
)
from billing.messages import Message
from billing.money import Money
from billing.states import (
    DocumentKind,
    OperationState,
    RequestKind,
    RequestState,
    SubscriptionState,
    Surface,
    TicketState,
)
from billing.views import PurchaseView, RequestView, TicketView


class Accounts(Protocol):
    """The account this unit of work is bound to."""

    async def get(self) -> r.Account: ...
    async def add(self, account: r.Account) -> None: ...


class StaffMembers(Protocol):
    """The people who work for the account."""

    async def get(self, staff_id: StaffId) -> r.Staff: ...
    async def find_by_email(self, email_key: str) -> r.Staff | None: ...
    async def add(self, staff: r.Staff) -> None: ...
    async def list(self) -> Sequence[r.Staff]: ...


class Customers(Protocol):
    """Customers and the e-mails seen on their payments; `email_key` is normalised by `emails.email_key`."""

    async def get(self, customer_id: CustomerId) -> r.Customer: ...
    async def find_by_pair(self, order_id: str, email_key: str) -> r.Customer | None: ...
    async def list_by_email(self, email_key: str) -> Sequence[r.Customer]: ...
    async def list_email_keys(self, customer_id: CustomerId) -> Sequence[str]: ...
    async def set_locale(self, customer_id: CustomerId, locale: str) -> None: ...


class Purchases(Protocol):
    """What customers bought: purchases, products, payments, refunds, subscriptions."""

    async def list_views(self, customer_id: CustomerId) -> Sequence[PurchaseView]: ...
    async def get_view(self, purchase_id: PurchaseId) -> PurchaseView: ...
    async def get_payment(self, payment_id: PaymentId) -> r.Payment: ...
    async def get_subscription(self, subscription_id: SubscriptionId) -> r.Subscription: ...
    async def list_order_ids(self, customer_id: CustomerId) -> Sequence[tuple[str, datetime, str]]:
        """Order ID, paid at, product name; newest first, at most 100."""
        ...

    async def find_payment_by_processor(self, processor_id: str) -> r.Payment | None: ...
    async def find_subscription_by_processor(self, processor_id: str) -> r.Subscription | None: ...
    async def reserve(self, payment_id: PaymentId, amount: Money) -> None:
        """Conditional: raises `RefundTooLarge` when refunded + reserved + amount > captured - disputed."""
        ...

    async def release(self, payment_id: PaymentId, amount: Money) -> None:
        """Give a reservation back."""
        ...

    async def settle_refund(self, refund: r.Refund) -> bool:
        """Move the amount from reserved to refunded and keep the refund; False if it is there already."""
        ...

    async def reverse_refund(self, refund_id: RefundId, at: datetime) -> r.Refund | None:
        """The processor took it back: refunded goes down again. None if it was reversed before."""
        ...

    async def find_refund_by_operation(self, operation_id: OperationId) -> r.Refund | None: ...
    async def get_refund(self, refund_id: RefundId) -> r.Refund: ...
    async def set_subscription(
        self,
        subscription_id: SubscriptionId,
        state: SubscriptionState,
        *,
        period_ends_at: datetime | None,
        ended_at: datetime | None,
    ) -> None:
        """What the processor says now; a period end of None keeps what is known."""
        ...


class Products(Protocol):
    """What is sold."""

    async def list(self) -> Sequence[r.Product]: ...
    async def set_refund_days(self, product_id: ProductId, days: int | None) -> None:
        """Raises `NotFound`."""
        ...


class Helpdesks(Protocol):
    """Helpdesks, departments, and the Self billing settings of each surface."""

    async def get(self, helpdesk_id: HelpdeskId) -> r.Helpdesk: ...
    async def find_by_slug(self, slug: str) -> r.Helpdesk | None: ...
    async def list(self) -> Sequence[r.Helpdesk]: ...
    async def list_departments(self, helpdesk_id: HelpdeskId) -> Sequence[r.Department]: ...
    async def add(self, helpdesk: r.Helpdesk, departments: Sequence[r.Department]) -> None: ...
    async def get_self_billing(self, surface: Surface, helpdesk_id: HelpdeskId | None) -> r.SelfBilling: ...
    async def put_self_billing(self, settings: r.SelfBilling) -> None: ...


class RequestFilter(StrEnum):
    """Which requests the inbox lists."""

    WAITING = "waiting"
    UNDER_WAY = "under_way"
    FAILED = "failed"
    CLOSED = "closed"
    ALL = "all"


class Requests(Protocol):
    """Requests and the approvals on them."""

    async def add(self, request: r.Request) -> None:
        """Raises `AlreadyPending` (what, since) if the same payment or subscription has an open request."""
        ...

    async def get(self, request_id: RequestId) -> r.Request: ...
    async def get_view(self, request_id: RequestId) -> RequestView: ...
    async def find_by_reference(self, reference: str) -> r.Request | None: ...
    async def list_views(
        self, which: RequestFilter, *, before: datetime | None, limit: int
    ) -> Sequence[RequestView]:
        """For the inbox: waiting oldest first, all others newest first; `before` pages by `asked_at`."""
        ...

    async def count(self, which: RequestFilter) -> int: ...
    async def move(
        self,
        request_id: RequestId,
        expected: RequestState,
        to: RequestState,
        *,
        at: datetime,
        by: Actor,
        by_name: str = "",
        answer: str | None = None,
        failure: str | None = None,
    ) -> r.Request:
        """`UPDATE … WHERE state = expected`. No row changed: raises `AlreadyDecided` (who, when, state).

        A move to approved or denied also writes decided_*; approved to done clears `failure`.
        """
        ...

    async def set_ticket(self, request_id: RequestId, ticket_id: TicketId) -> None: ...
    async def add_approval(self, approval: r.Approval) -> None: ...
    async def list_approvals(self, request_id: RequestId) -> Sequence[r.Approval]: ...
    async def count_earlier(self, customer_id: CustomerId, kind: RequestKind, since: datetime) -> int: ...


class Operations(Protocol):
    """The ledger of what is done at the processor."""

    async def add(self, operation: r.Operation) -> None: ...
    async def get(self, operation_id: OperationId) -> r.Operation: ...
    async def find_latest(self, request_id: RequestId) -> r.Operation | None: ...
    async def find_by_processor(self, processor_id: str) -> r.Operation | None: ...
    async def begin_try(self, operation_id: OperationId, *, at: datetime) -> r.Operation:
        """Count a try; planned becomes sent, sent and unknown stay. A closed one raises `AlreadyDecided`."""
        ...

    async def note_processor_id(self, operation_id: OperationId, processor_id: str) -> None:
        """Accepted but not final: keep what the processor calls it; the state stays."""
        ...

    async def move(
        self,
        operation_id: OperationId,
        expected: OperationState,
        to: OperationState,
        *,
        at: datetime,
        processor_id: str | None = None,
        failure: str | None = None,
    ) -> r.Operation:
        """Conditional; no row changed: raises `AlreadyDecided`."""
        ...


class Tickets(Protocol):
    """Conversations, their timelines, and where their Slack cards stand."""

    async def add(self, ticket: r.Ticket) -> None: ...
    async def get(self, ticket_id: TicketId) -> r.Ticket: ...
    async def get_view(self, ticket_id: TicketId, *, internal: bool) -> TicketView:
        """`internal` False leaves notes out: what the customer may read."""
        ...

    async def list_of_customer(self, customer_id: CustomerId) -> Sequence[r.Ticket]: ...
    async def list_views(
        self, states: Sequence[TicketState], *, questions_only: bool, limit: int
    ) -> Sequence[TicketView]:
        """Oldest move first, without entries."""
        ...

    async def add_entry(self, entry: r.Entry) -> None: ...
    async def get_entry(self, ticket_id: TicketId, entry_id: object) -> r.Entry: ...
    async def move(
        self, ticket_id: TicketId, expected: TicketState, to: TicketState, *, at: datetime
    ) -> r.Ticket: ...

    async def find_card(self, ticket_id: TicketId) -> CardPlace | None: ...
    async def put_card(self, place: CardPlace) -> None: ...
    async def find_ticket_by_card(self, team_id: str, channel: str, ts: str) -> r.Ticket | None: ...


class Channels(Protocol):
    """Who is who in Slack."""

    async def find_link(self, team_id: str, user_id: str) -> SlackLink | None: ...
    async def find_link_of_staff(self, staff_id: StaffId) -> SlackLink | None: ...
    async def put_link(self, link: SlackLink) -> None: ...


class Documents(Protocol):
    """Issued documents and their number series."""

    async def find_invoice(self, payment_id: PaymentId) -> r.Document | None: ...
    async def find_credit_note(self, refund_id: RefundId) -> r.Document | None: ...
    async def get(self, document_id: DocumentId) -> r.Document: ...
    async def next_number(self, kind: DocumentKind) -> int:
        """The next of the series, taken by an update of its row in this transaction: no gaps, no doubles."""
        ...

    async def add(self, document: r.Document) -> None: ...


class Visits(Protocol):
    """Signed-in browsers and e-mailed codes. Tokens and codes are stored hashed only."""

    async def open(self, visit: Visit, *, token_hash: str) -> None: ...
    async def find(self, token_hash: str) -> Visit | None: ...
    async def touch(self, visit_id: VisitId, at: datetime) -> None: ...
    async def replace_token(
        self, visit_id: VisitId, *, token_hash: str, proved_at: datetime | None
    ) -> None: ...
    async def end(self, visit_id: VisitId) -> None: ...
    async def end_of_staff(self, staff_id: StaffId) -> None: ...
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


class Journal(Protocol):
    """Append-only: who did what, when, from where, and why."""

    async def write(self, by: Actor, verb: str, subject: str, *, at: datetime, facts: r.Facts) -> None: ...
    async def list_of(self, subject: str) -> Sequence[r.JournalLine]: ...


class Outbox(Protocol):
    """What must be told, written in the transaction that caused it."""

    async def put(self, message: Message, *, at: datetime, trace_id: str, dedupe: str | None = None) -> None:
        """One row; a `dedupe` that is there already is left alone."""
        ...


class OnceKeys(Protocol):
    """The one-time ids of forms: a resubmit leads to the first result."""

    async def claim(self, key: str, result: UUID, *, at: datetime) -> None:
        """Unique in the account; raises `Repeated` (first=UUID) if it was claimed before."""
        ...


class InboxOfEvents(Protocol):
    """Events of outside parties, each once."""

    async def take_in(self, source: str, external_id: str, kind: str, *, at: datetime, ignored: str) -> bool:
        """True the first time only; `ignored` says why nothing follows, empty otherwise."""
        ...


class UnitOfWork(Protocol):
    """One transaction, one account, its repositories."""

    account_id: AccountId
    accounts: Accounts
    staff: StaffMembers
    customers: Customers
    purchases: Purchases
    products: Products
    helpdesks: Helpdesks
    requests: Requests
    operations: Operations
    tickets: Tickets
    channels: Channels
    documents: Documents
    visits: Visits
    budgets: Budgets
    once: OnceKeys
    journal: Journal
    outbox: Outbox
    inbox: InboxOfEvents


class Store(Protocol):
    """The database, as use cases and the relay see it."""

    def begin(self, account_id: AccountId) -> AbstractAsyncContextManager[UnitOfWork]:
        """A writing transaction, committed at the end of the block, rolled back by any exception."""
        ...

    def read(self, account_id: AccountId) -> AbstractAsyncContextManager[UnitOfWork]:
        """A consistent view; writing in it fails."""
        ...

    # The few that see across accounts.
    async def find_account(self, directory: str) -> r.Account | None: ...
    async def find_account_by_slug(self, slug: str) -> r.Account | None: ...
    async def list_accounts(self) -> Sequence[r.Account]: ...
    async def find_slack_links(self, team_id: str, user_id: str) -> Sequence[SlackLink]: ...
    async def lease(
        self, destination: str, *, at: datetime, hold: timedelta, limit: int
    ) -> Sequence[Envelope]:
        """Due envelopes that nobody holds, oldest first, now held by the caller; counts a try."""
        ...

    async def free_leases(self) -> None:
        """At the start of the only process of a database (SQLite): nobody holds what a killed one held."""
        ...

    async def mark_delivered(self, envelope_id: EnvelopeId, *, at: datetime) -> None: ...
    async def put_back(
        self, envelope_id: EnvelopeId, *, due_at: datetime, why: str, given_up: bool
    ) -> None: ...

    async def count_waiting(self, destination: str | None = None) -> int:
        """Envelopes neither delivered nor given up."""
        ...

    async def is_ready(self) -> bool: ...
