"""What `selfbill audit` reads: requests and payments with everything that must agree with them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from billing import records as r
from billing.ids import OperationId, PaymentId, RequestId


@dataclass(frozen=True, slots=True)
class AuditedRequest:
    """A request with all that was ever written about it, each oldest first."""

    request: r.Request
    ticket: r.Ticket | None  # the one that says it is about this request
    approvals: tuple[r.Approval, ...]
    operations: tuple[r.Operation, ...]
    refunds: tuple[r.Refund, ...]  # of these operations
    journal: tuple[r.JournalLine, ...]
    undelivered: frozenset[OperationId]  # whose message to the processor waits, or was given up: an alert


@dataclass(frozen=True, slots=True)
class AuditedPayment:
    """A payment with what its sums are made of."""

    payment: r.Payment
    refunds: tuple[r.Refund, ...]
    open_requests: tuple[r.Request, ...]  # refunds that are pending or approved


class Audit(Protocol):
    """The whole of an account, page by page, in the order of ids."""

    async def list_requests(self, after: RequestId | None, *, limit: int) -> Sequence[AuditedRequest]: ...
    async def list_payments(self, after: PaymentId | None, *, limit: int) -> Sequence[AuditedPayment]: ...
