"""What customers declared, and what is done about it at the processor."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from billing import records as r
from billing.actors import Actor
from billing.ids import (
    HelpdeskId,
    OperationId,
    PaymentId,
    RequestId,
    StaffId,
    SubscriptionId,
    TicketId,
)
from billing.money import Money
from billing.states import (
    OperationState,
    RequestKind,
    RequestState,
)
from billing.views import RequestView


class RequestFilter(StrEnum):
    """Which requests the inbox lists."""

    WAITING = "waiting"
    UNDER_WAY = "under_way"
    FAILED = "failed"
    CLOSED = "closed"
    ALL = "all"


STATES_OF: Mapping[RequestFilter, tuple[RequestState, ...]] = {
    RequestFilter.WAITING: (RequestState.PENDING,),
    RequestFilter.UNDER_WAY: (RequestState.APPROVED,),
    RequestFilter.FAILED: (RequestState.FAILED,),
    RequestFilter.CLOSED: (RequestState.DENIED, RequestState.WITHDRAWN, RequestState.DONE),
    RequestFilter.ALL: tuple(RequestState),
}


@dataclass(frozen=True, slots=True)
class InboxQuery:
    """What the inbox is asked for; None asks for all. `least` and `most` leave out what is in other money."""

    which: RequestFilter = RequestFilter.WAITING
    kind: RequestKind | None = None
    asked_before: datetime | None = None
    least: Money | None = None
    most: Money | None = None
    helpdesk_id: HelpdeskId | None = None  # its ticket's
    assignee_id: StaffId | None = None
    unassigned: bool = False
    after: tuple[datetime, RequestId] | None = None  # the last one of the page before


class Requests(Protocol):
    """Requests and the approvals on them."""

    async def add(self, request: r.Request) -> None:
        """Raises `AlreadyPending` (what, since) if the same payment or subscription has an open request."""
        ...

    async def get(self, request_id: RequestId) -> r.Request: ...
    async def hold(self, request_id: RequestId) -> r.Request:
        """The request; whoever else holds it waits until this transaction ends."""
        ...

    async def find_open_refund(self, payment_id: PaymentId) -> r.Request | None:
        """The one that keeps this payment from being asked about again."""
        ...

    async def find_open_cancel(self, subscription_id: SubscriptionId) -> r.Request | None:
        """The open cancellation of this subscription, or the taking back of one."""
        ...

    async def get_view(self, request_id: RequestId) -> RequestView: ...
    async def find_by_reference(self, reference: str) -> r.Request | None: ...
    async def list_views(self, query: InboxQuery, *, limit: int) -> Sequence[RequestView]:
        """For the inbox: waiting oldest first, all others newest first."""
        ...

    async def list_views_of(self, request_ids: Sequence[RequestId]) -> Sequence[RequestView]:
        """In no order."""
        ...

    async def count_states(self, query: InboxQuery, *, most: int) -> Mapping[RequestState, int]:
        """How many stand where, each counted up to `most`; `which` and `after` do not matter."""
        ...

    async def list_earlier(self, request: r.Request, *, limit: int) -> Sequence[r.Request]:
        """What the same customer asked for before, newest first."""
        ...

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
        approved: Money | None = None,
    ) -> r.Request:
        """`UPDATE … WHERE state = expected`. No row changed: raises `AlreadyDecided` (who, when, state).

        A move to approved or denied also writes decided_*; approved to done clears `failure`.
        `approved` is how much of the amount; what was only proposed goes with a denial or a withdrawal.
        """
        ...

    async def propose(self, request_id: RequestId, amount: Money) -> r.Request:
        """How much a first person says yes to. Conditional: raises `AlreadyDecided` unless it is pending."""
        ...

    async def assign(self, request_id: RequestId, staff_id: StaffId | None) -> None:
        """As its ticket was, so that the inbox finds it by this."""
        ...

    async def set_ticket(self, request_id: RequestId, ticket_id: TicketId) -> None: ...
    async def add_approval(self, approval: r.Approval) -> None: ...
    async def list_approvals(self, request_id: RequestId) -> Sequence[r.Approval]: ...


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
