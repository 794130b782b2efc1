"""The port of payment processors: what one is asked, and what it may answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from billing.records import Operation
from billing.states import SubscriptionState


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


class AnswerLost(Exception):
    """Time-out, reset or 5xx: whether it happened is unknown."""


class TryLater(Exception):
    """The processor asked to wait (429, 409), and did nothing. `after` as it said, if it did."""

    def __init__(self, why: str, after: timedelta | None = None) -> None:
        super().__init__(why)
        self.after = after


class PaymentProvider(Protocol):
    """A payment processor."""

    async def carry_out(self, operation: Operation) -> ProcessorAnswer:
        """Do it with the operation's key. A definite no is an answer; raises `AnswerLost` or `TryLater`."""
        ...

    async def find(self, operation: Operation) -> ProcessorAnswer | None:
        """Read back what became of it, all pages; None: no trace. Raises `AnswerLost` or `TryLater`."""
        ...

    async def list_subscriptions(self) -> Sequence[ProcessorAnswer]:
        """All that have not ended, as they are now. Raises `AnswerLost` or `TryLater`."""
        ...

    async def read_subscription(self, processor_id: str) -> ProcessorAnswer | None:
        """The subscription as it is now; None if there is none."""
        ...
