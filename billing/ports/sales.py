"""What was bought, and the documents issued for it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from billing import records as r
from billing.ids import (
    CustomerId,
    DocumentId,
    OperationId,
    PaymentId,
    ProductId,
    PurchaseId,
    RefundId,
    SubscriptionId,
)
from billing.money import Money
from billing.ports.audit import AuditedDocuments
from billing.states import (
    DocumentKind,
    SubscriptionState,
)
from billing.views import PurchaseView


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
        """Move the amount from reserved to refunded and keep the refund; False if it is there already.

        One without an operation reserved nothing. Raises `RefundTooLarge` where it does not fit.
        """
        ...

    async def adopt_refund(self, refund: r.Refund) -> None:
        """One that is in the books as made elsewhere is this operation's; what that had reserved is free."""
        ...

    async def name_refund(self, payment_id: PaymentId, amount: Money, processor_id: str) -> bool:
        """Whether an export had brought one of this amount, nameless: it is called so from now on."""
        ...

    async def reverse_refund(self, refund_id: RefundId, at: datetime) -> r.Refund | None:
        """The processor took it back: refunded goes down again. None if it was reversed before."""
        ...

    async def find_refund_by_operation(self, operation_id: OperationId) -> r.Refund | None: ...
    async def find_refund_by_processor(self, processor_id: str) -> r.Refund | None: ...
    async def get_refund(self, refund_id: RefundId) -> r.Refund: ...
    async def set_subscription(
        self,
        subscription_id: SubscriptionId,
        state: SubscriptionState,
        *,
        period_ends_at: datetime | None,
        ended_at: datetime | None,
        card: r.Card | None = None,
    ) -> None:
        """What the processor says now; a period end or card of None keeps what is known."""
        ...


class Products(Protocol):
    """What is sold."""

    async def list(self) -> Sequence[r.Product]: ...
    async def get(self, product_id: ProductId) -> r.Product: ...
    async def find(self, words: str, *, limit: int, offset: int) -> Sequence[r.Product]:
        """By name, those whose name or price point holds these words; empty words: all."""
        ...

    async def set_refund_days(self, product_id: ProductId, days: int | None) -> None:
        """Raises `NotFound`."""
        ...


class Documents(Protocol):
    """Issued documents and their number series."""

    async def find_invoice(self, payment_id: PaymentId) -> r.Document | None:
        """The one that holds: the newest after corrections."""
        ...

    async def find_credit_note(self, refund_id: RefundId) -> r.Document | None: ...
    async def find_receipt(self, payment_id: PaymentId) -> r.Document | None: ...
    async def list_of_payment(self, payment_id: PaymentId) -> Sequence[r.Document]:
        """All that were issued for it and its refunds, in the order in which they were."""
        ...

    async def find_notes(self, payment_id: PaymentId) -> Sequence[r.Document]:
        """The credit notes of its refunds."""
        ...

    async def find_standing_notes(self, payment_id: PaymentId) -> Sequence[r.Document]:
        """The credit notes of its refunds that the processor has not taken back."""
        ...

    async def get(self, document_id: DocumentId) -> r.Document: ...
    async def list_audited(self, after: PaymentId | None, *, limit: int) -> Sequence[AuditedDocuments]:
        """Of so many payments that have any, in the order of their ids."""
        ...

    async def count_series(self) -> tuple[Mapping[DocumentKind, int], Mapping[DocumentKind, int]]:
        """The number given last, and how many documents there are."""
        ...

    async def next_number(self, kind: DocumentKind) -> int:
        """The next of the series, taken by an update of its row in this transaction: no gaps, no doubles."""
        ...

    async def add(self, document: r.Document) -> None: ...
