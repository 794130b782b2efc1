"""Money that banks took or ask about, and the requests that wait for them."""

from collections.abc import Sequence
from typing import Protocol

from billing.ids import PaymentId, RequestId
from billing.processing.records import Dispute, Hold


class Disputes(Protocol):
    """Disputes of one account, and the pending refund requests that they hold."""

    async def find(self, processor_id: str) -> Dispute | None:
        """As it was when it was last taken in."""
        ...

    async def put(self, dispute: Dispute) -> None:
        """A new one, or what it says now."""
        ...

    async def list_of(self, payment_id: PaymentId) -> Sequence[Dispute]:
        """Oldest first."""
        ...

    async def fit(self, payment_id: PaymentId) -> None:
        """What is disputed of a payment with disputes: their sum, or less, so that all fits into the payment.

        One UPDATE: min(sum of what is disputed, captured - refunded - reserved).
        """
        ...

    async def put_hold(self, hold: Hold) -> bool:
        """False: it was held before."""
        ...

    async def find_hold(self, request_id: RequestId) -> Hold | None: ...
    async def drop_hold(self, request_id: RequestId) -> bool:
        """False: nothing held it."""
        ...
