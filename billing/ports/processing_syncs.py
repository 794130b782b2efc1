"""What the processor has, taken in page by page: walks, which of our rows its objects are, Order IDs."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from billing import records as r
from billing.documents.records import Snapshot
from billing.ids import ConnectionId, CustomerId, PaymentId, ProductId, PurchaseId, SyncRunId
from billing.processing.records import (
    KnownInvoice,
    OrderFormat,
    ProcessorLink,
    ProductLink,
    SyncMark,
    SyncRun,
)
from billing.states import PaymentState

ProductKey = tuple[str, str]  # the name and the price point, as the processor says them


class WalkRunning(Exception):
    """Another walk through the same account is under way."""

    def __init__(self, run: SyncRun, seconds: int) -> None:
        super().__init__(run.holder, seconds)
        self.run = run
        self.seconds = seconds  # until it counts as dead, if it gives no sign


class WalkLost(Exception):
    """Somebody else goes on with this walk, or its connection ended; nothing more is written here."""


@dataclass(frozen=True, slots=True)
class KnownCustomer:
    """Somebody we know; `is_imported`: an export brought them, and their names stay as it said."""

    id: CustomerId
    name: str
    email: str
    locale: str | None
    is_imported: bool


@dataclass(frozen=True, slots=True)
class KnownAgreement:
    """A subscription that is ours already."""

    subscription: r.Subscription
    is_imported: bool


@dataclass(frozen=True, slots=True)
class KnownPayment:
    """A payment that is ours already; `order_id` None: it waits for its number, or has failed."""

    id: PaymentId
    purchase_id: PurchaseId
    customer_id: CustomerId
    processor_id: str
    state: PaymentState
    order_id: str | None
    is_imported: bool


@dataclass(frozen=True, slots=True)
class Unnumbered:
    """A succeeded payment without an Order ID."""

    id: PaymentId
    purchase_id: PurchaseId
    paid_at: datetime
    is_recurring: bool  # it belongs to a subscription


@dataclass(frozen=True, slots=True)
class Numbered:
    """The Order ID of a payment, and which payment of its subscription it is."""

    id: PaymentId
    order_id: str
    number: int | None


@dataclass(slots=True)
class NewSales:
    """What a page comes to, written together."""

    customers: list[r.Customer] = field(default_factory=list)
    email_keys: set[tuple[CustomerId, str]] = field(default_factory=set)  # some may be known
    changed_customers: list[r.Customer] = field(default_factory=list)
    links: list[ProcessorLink] = field(default_factory=list)
    moved_links: list[ProcessorLink] = field(default_factory=list)
    products: list[r.Product] = field(default_factory=list)
    product_links: list[ProductLink] = field(default_factory=list)
    purchases: list[r.Purchase] = field(default_factory=list)
    subscriptions: list[r.Subscription] = field(default_factory=list)
    payments: list[r.Payment] = field(default_factory=list)
    snapshots: list[Snapshot] = field(default_factory=list)


class SyncWalks(Protocol):
    """Walks of one account through what its processor has."""

    async def find_open(self) -> SyncRun | None: ...
    async def find_finished(self, connection_id: ConnectionId) -> SyncRun | None:
        """The last one of this connection that came to its end."""
        ...

    async def add(self, run: SyncRun) -> None:
        """Raises `WalkRunning` if one is open: the database holds that."""
        ...

    async def take(self, run: SyncRun, *, holder: str, until: datetime) -> SyncRun:
        """It changes hands if it is held as `run` says; raises `WalkRunning` if somebody was first."""
        ...

    async def drop(self, run_id: SyncRunId, *, at: datetime) -> None:
        """Its connection ended, so nobody goes on with it."""
        ...

    async def save(self, run: SyncRun) -> None:
        """Totals, end and how long it is held, if its holder still is; raises `WalkLost`."""
        ...

    async def list_marks(self, run_id: SyncRunId) -> Sequence[SyncMark]: ...
    async def move_mark(self, mark: SyncMark, *, expected: str) -> None:
        """On from the cursor `expected`; raises `WalkLost` where it stands elsewhere."""
        ...


class SyncedSales(Protocol):
    """Customers, purchases and payments by the processor's ids, many at a time."""

    async def hold(self) -> None:
        """Whoever else takes in for this account waits until this transaction ends: nothing twice."""
        ...

    async def find_links(self, processor_ids: Collection[str]) -> Mapping[str, CustomerId]: ...
    async def find_customers(self, email_keys: Collection[str]) -> Mapping[str, CustomerId]:
        """By e-mail, of those who have no other, or whom an export calls so; of several always the same."""
        ...

    async def find_imported(self, ids: Collection[CustomerId]) -> Collection[CustomerId]:
        """Those of them whom an export brought."""
        ...

    async def list_links(self, ids: Collection[CustomerId]) -> Mapping[CustomerId, Collection[str]]:
        """Which customers of the processor each of ours is."""
        ...

    async def get_customers(self, ids: Collection[CustomerId]) -> Mapping[CustomerId, KnownCustomer]: ...
    async def list_email_keys(self, ids: Collection[CustomerId]) -> Mapping[CustomerId, Collection[str]]: ...
    async def find_products(
        self, source: str, keys: Collection[ProductKey]
    ) -> Mapping[ProductKey, ProductId]:
        """Those linked to these words of the source, else those of the same name and price point."""
        ...

    async def find_linked_products(
        self, source: str, keys: Collection[ProductKey]
    ) -> Collection[ProductKey]: ...
    async def count_products(self, source: str) -> int:
        """How many words of the source are linked."""
        ...

    async def find_agreements(self, processor_ids: Collection[str]) -> Mapping[str, KnownAgreement]: ...
    async def find_payments(self, processor_ids: Collection[str]) -> Mapping[str, KnownPayment]: ...
    async def find_recurring(self, purchase_ids: Collection[PurchaseId]) -> Collection[PurchaseId]:
        """Those of these purchases that have a subscription."""
        ...

    async def keep_invoices(self, invoices: Sequence[KnownInvoice]) -> int:
        """How many were not known."""
        ...

    async def find_invoices(self, payment_intents: Collection[str]) -> Mapping[str, KnownInvoice]: ...
    async def add(self, sales: NewSales) -> None: ...
    async def drop_empty_customer(self, customer_id: CustomerId) -> bool:
        """One that bought nothing and that nobody of the processor's is any more."""
        ...

    async def find_refunds(self, processor_ids: Collection[str]) -> Mapping[str, r.Refund]: ...


class OrderIds(Protocol):
    """How Order IDs are made where there is none, and which were."""

    async def get(self) -> OrderFormat: ...
    async def put(self, order_format: OrderFormat) -> None: ...
    async def take(self, count: int) -> int:
        """So many numbers, by an update of their row; the first of them."""
        ...

    async def find_taken(self, order_ids: Collection[str]) -> Collection[str]: ...
    async def count_without(self, since: datetime | None) -> int: ...
    async def list_without(self, since: datetime | None, *, limit: int) -> Sequence[Unnumbered]:
        """Succeeded payments of the processor's that have none, paid at `since` or later, oldest first."""
        ...

    async def find_last_numbers(self, purchase_ids: Collection[PurchaseId]) -> Mapping[PurchaseId, int]:
        """The highest number among their payments, or how many succeeded; 0 where there is none."""
        ...

    async def set_all(self, numbered: Sequence[Numbered]) -> None: ...
