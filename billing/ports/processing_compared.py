"""Our side of a comparison with the payment processor: found by its ids, or listed newest first."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from billing import records as r
from billing.ids import OperationId
from billing.processing.records import Dispute

# Where a list goes on: before this time, and there before this id.
Place = tuple[datetime, UUID | str]


@dataclass(frozen=True, slots=True)
class HereRefund:
    """A refund with its payment."""

    refund: r.Refund
    payment: r.Payment


@dataclass(frozen=True, slots=True)
class HereOperation:
    """An operation of a refund, and what people call its request."""

    operation: r.Operation
    reference: str


@dataclass(frozen=True, slots=True)
class HereDispute:
    """A dispute with its payment."""

    dispute: Dispute
    payment: r.Payment


@dataclass(frozen=True, slots=True)
class HereSubscription:
    """A subscription, and when it was bought."""

    subscription: r.Subscription
    bought_at: datetime


class Compared(Protocol):
    """By the processor's ids; lists hold only what has one, made since a time, newest first."""

    async def find_payments(self, ids: Collection[str]) -> Sequence[r.Payment]: ...
    async def list_payments(self, since: datetime, before: Place, *, limit: int) -> Sequence[r.Payment]:
        """Only those that were paid."""
        ...

    async def find_refunds(self, ids: Collection[str]) -> Sequence[HereRefund]: ...
    async def list_refunds(self, since: datetime, before: Place, *, limit: int) -> Sequence[HereRefund]:
        """Only those that stand."""
        ...

    async def find_operations(self, ids: Collection[OperationId]) -> Sequence[HereOperation]: ...
    async def find_disputes(self, ids: Collection[str]) -> Sequence[HereDispute]: ...
    async def list_disputes(self, since: datetime, before: Place, *, limit: int) -> Sequence[HereDispute]: ...
    async def find_subscriptions(self, ids: Collection[str]) -> Sequence[HereSubscription]: ...
    async def list_subscriptions(
        self, since: datetime, before: Place, *, limit: int
    ) -> Sequence[HereSubscription]:
        """Only those that have not ended."""
        ...

    async def find_linked(self, customers: Collection[str]) -> frozenset[str]:
        """Which of the processor's customers are known here."""
        ...
