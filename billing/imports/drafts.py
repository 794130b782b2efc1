"""Sales as an import works on them: loaded, changed in memory over a chunk of rows, written together."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from billing.ids import CustomerId, PaymentId, ProductId, PurchaseId, SubscriptionId
from billing.records import Address, Purchase, Refund
from billing.states import PaymentState, ProductKind, SubscriptionState

Place = tuple[int, int]  # where a row stands in time: see `PastRow.place`


@dataclass(slots=True)
class CustomerDraft:
    """A customer; name and e-mail are those of the newest row, which stands at `place`.

    `is_changed`: a newer row has come; `is_renamed`: and it says another name or e-mail.
    """

    id: CustomerId
    ref: str
    name: str
    email: str
    place: Place
    email_keys: set[str] = field(default_factory=set)  # seen in this chunk, and perhaps never before
    is_new: bool = False
    is_changed: bool = False
    is_renamed: bool = False


@dataclass(slots=True)
class ProductDraft:
    """A product as the source names it; `is_linked`: that name leads to it already."""

    id: ProductId
    name: str
    price_point: str
    kind: ProductKind
    is_new: bool = False
    is_linked: bool = False
    is_changed: bool = False


@dataclass(slots=True)
class AgreementDraft:
    """A subscription as the rows tell it, up to `place`, with so many payments `paid`.

    `is_ours` False: the processor has said something else since, and its word stands.
    """

    id: SubscriptionId
    ref: str
    purchase_id: PurchaseId
    customer_id: CustomerId
    processor_id: str
    state: SubscriptionState
    ended_at: datetime | None
    place: Place
    paid: int = 0
    was: SubscriptionState | None = None  # as stored; None for a new one
    is_ours: bool = True
    is_changed: bool = False
    is_moved: bool = False  # to another state, or to another end


@dataclass(slots=True)
class PaymentDraft:
    """A payment; what rows give back or dispute is kept apart, so that storage adds rather than sets."""

    id: PaymentId
    purchase_id: PurchaseId
    customer_id: CustomerId
    product_id: ProductId
    order_id: str | None
    state: PaymentState
    currency: str
    captured_minor: int
    tax_minor: int
    paid_at: datetime
    number: int | None
    charge_id: str
    buyer: Address | None  # None where it was not loaded
    returned_minor: int = 0  # refunded, reserved and disputed, as stored
    refunded_minor: int = 0  # by this chunk
    disputed_minor: int = 0  # by this chunk
    refunded_here: bool = False  # an operation of ours has given money back

    @property
    def left_minor(self) -> int:
        """What can still be given back or disputed."""
        return self.captured_minor - self.returned_minor - self.refunded_minor - self.disputed_minor


@dataclass(slots=True)
class Changes:
    """What a chunk of rows comes to."""

    customers: list[CustomerDraft] = field(default_factory=list)
    products: list[ProductDraft] = field(default_factory=list)
    purchases: list[Purchase] = field(default_factory=list)
    purchased_earlier: dict[PurchaseId, datetime] = field(default_factory=dict)
    agreements: list[AgreementDraft] = field(default_factory=list)
    payments: list[PaymentDraft] = field(default_factory=list)
    reversed_payments: list[PaymentDraft] = field(default_factory=list)
    refunds: list[Refund] = field(default_factory=list)
