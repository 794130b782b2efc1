"""Sales as an import works on them: loaded, changed in memory over a chunk of rows, written together."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from billing.documents.records import PaidBy, Snapshot, SoldLine
from billing.ids import AccountId, CustomerId, PaymentId, ProductId, PurchaseId, SubscriptionId
from billing.records import Address, Purchase, Refund
from billing.states import PaymentState, ProductKind, SubscriptionState

Place = tuple[int, int]  # where a row stands in time: see `PastRow.place`
# Where what the processor brought stands: its word is newer than any row.
PROCESSORS: Place = (99_999_999_999_999, 0)


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

    @property
    def is_linked(self) -> bool:
        """The processor brought them, and a row turned out to be about them."""
        return self.place == PROCESSORS


@dataclass(slots=True)
class Owner:
    """Somebody whom the processor brought: `is_alone` if one customer of it is all that they are there.

    `refs` are what sources call them. As in `billing.processing.customers`, another e-mail becomes theirs
    only where nobody else is they as well.
    """

    id: CustomerId
    name: str
    email: str
    refs: set[str]
    is_alone: bool
    email_keys: set[str] = field(default_factory=set)  # that rows bring them

    def may_learn_from(self, ref: str) -> bool:
        """Whether an e-mail that a row of `ref` names signs them in."""
        return self.is_alone and self.refs <= {ref}


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

    @property
    def is_linked(self) -> bool:
        """The processor brought it, and says where it stands."""
        return self.place == PROCESSORS


@dataclass(slots=True)
class PaymentDraft:
    """A payment; what rows give back or dispute is kept apart, so that storage adds rather than sets."""

    id: PaymentId
    purchase_id: PurchaseId
    customer_id: CustomerId
    product_id: ProductId | None  # None where nobody asks
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
    is_processors: bool = False  # no row made it: the processor brought it
    has_rows_order_id: bool = False  # its Order ID is a row's
    has_document: bool = False  # whose words are not changed any more
    subscription_id: SubscriptionId | None = None  # of its purchase, where that was loaded
    known_refunds: list[int] = field(default_factory=list)  # in minor units, by the processor or by us
    is_disputed: bool = False  # as the processor itself says
    sold: tuple[SoldLine, ...] = ()  # of a new one
    through: str = ""  # what it was paid through

    def snapshot(self, account_id: AccountId) -> Snapshot:
        """What was sold with it, for its documents."""
        return Snapshot(self.id, account_id, self.sold, PaidBy(through=self.through))

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
    owners: list[Owner] = field(default_factory=list)
    customer_links: dict[str, CustomerId] = field(default_factory=dict)
    agreement_links: list[AgreementDraft] = field(default_factory=list)
    filled_payments: dict[PaymentId, PaymentDraft] = field(default_factory=dict)
    renamed_by: set[int] = field(default_factory=set)  # rows whose Order ID a payment took over
    reversed_payments: list[PaymentDraft] = field(default_factory=list)
    refunds: list[Refund] = field(default_factory=list)
