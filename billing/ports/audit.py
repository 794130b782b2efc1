"""What `selfbill audit` reads: requests and payments with everything that must agree with them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from billing import records as r
from billing.ids import CardChangeId, PaymentId, RequestId
from billing.processing.records import Alert, CardChange, CardStep, Connection, Dispute, Hold


@dataclass(frozen=True, slots=True)
class AuditedRequest:
    """A request with all that was ever written about it, each oldest first."""

    request: r.Request
    ticket: r.Ticket | None  # the one that says it is about this request
    approvals: tuple[r.Approval, ...]
    operations: tuple[r.Operation, ...]
    refunds: tuple[r.Refund, ...]  # of its payment
    journal: tuple[r.JournalLine, ...]
    undelivered: Mapping[UUID, datetime]  # by operation: when its message is due; given up ones too
    alerts: tuple[Alert, ...]  # about these operations, open or not
    hold: Hold | None
    disputes: tuple[Dispute, ...]  # of its payment


@dataclass(frozen=True, slots=True)
class AuditedPayment:
    """A payment with what its sums are made of."""

    payment: r.Payment
    refunds: tuple[r.Refund, ...]
    open_requests: tuple[r.Request, ...]  # refunds that are pending or approved
    held: frozenset[RequestId]  # of these: those that wait for a bank
    disputes: tuple[Dispute, ...]
    alerts: tuple[Alert, ...]  # about these disputes, open or not


@dataclass(frozen=True, slots=True)
class AuditedChange:
    """A card change with its steps, its journal, and what will go on with it."""

    change: CardChange
    steps: tuple[CardStep, ...]
    journal: tuple[r.JournalLine, ...]
    undelivered: Mapping[UUID, datetime]  # by change or step: when its message is due
    alerts: tuple[Alert, ...]


@dataclass(frozen=True, slots=True)
class AuditedDocuments:
    """All documents of a payment, in the order in which they were issued, with its refunds."""

    payment: r.Payment
    refunds: tuple[r.Refund, ...]
    documents: tuple[r.Document, ...]


@dataclass(frozen=True, slots=True)
class AuditedRest:
    """What is few: connections with those that will be checked, and rows that point to nothing of theirs."""

    connections: tuple[Connection, ...]
    checks: frozenset[UUID]  # connections whose message waits
    refunds_of_nothing: tuple[UUID, ...]  # they name an operation that the account does not have
    purchases_of_nothing: tuple[UUID, ...]  # the same of a subscription


class Audit(Protocol):
    """The whole of an account, page by page, in the order of ids."""

    async def list_requests(self, after: RequestId | None, *, limit: int) -> Sequence[AuditedRequest]: ...
    async def list_payments(self, after: PaymentId | None, *, limit: int) -> Sequence[AuditedPayment]: ...
    async def list_changes(self, after: CardChangeId | None, *, limit: int) -> Sequence[AuditedChange]: ...
    async def read_rest(self) -> AuditedRest: ...
