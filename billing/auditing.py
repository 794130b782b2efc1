"""Checks of the stored state: what must agree does, whatever crashed. Reads only, one page at a time."""

from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from billing.context import Context
from billing.ids import AccountId
from billing.money import Money
from billing.ports.audit import AuditedPayment, AuditedRequest
from billing.records import Operation
from billing.states import (
    OPEN_OPERATION,
    REQUEST_MOVES,
    Decision,
    Handling,
    OperationKind,
    OperationState,
    RequestState,
)

PAGE = 500
# What the last operation of a request may be in each of its states; no operation is None.
_OPERATION_OF: dict[RequestState, frozenset[OperationState | None]] = {
    RequestState.PENDING: frozenset({None}),
    RequestState.DENIED: frozenset({None}),
    RequestState.WITHDRAWN: frozenset({None}),
    RequestState.APPROVED: frozenset(OPEN_OPERATION),
    RequestState.DONE: frozenset({OperationState.SUCCEEDED}),
    RequestState.FAILED: frozenset({OperationState.FAILED, OperationState.REVERSED}),
}
# What is written in the journal on the way to each state of an operation.
_LINE_OF = {
    OperationState.SUCCEEDED: "operation.succeeded",
    OperationState.FAILED: "operation.failed",
    OperationState.REVERSED: "operation.reversed",
}


class Broken(StrEnum):
    """What does not agree."""

    REFUNDED_SUM = "refunded-sum"
    RESERVED_SUM = "reserved-sum"
    OPERATION_STATE = "operation-state"
    NO_APPROVAL = "no-approval"
    NO_REFUND = "no-refund"
    REFUND_AMOUNT = "refund-amount"
    NO_NEXT_TRY = "no-next-try"
    ARROW = "arrow"
    JOURNAL = "journal"
    TICKET = "ticket"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that does not agree: about which request or payment, and what is there instead."""

    what: Broken
    subject: str  # a request's reference, or a payment's Order ID or id
    detail: str


@dataclass(frozen=True, slots=True)
class Audited:
    """A page that was looked through."""

    requests: int
    payments: int
    findings: tuple[Finding, ...]


async def audit_account(ctx: Context, account_id: AccountId) -> AsyncIterator[Audited]:
    """Every request, then every payment; each page is one view, so that it may run beside the service."""
    last = None
    while True:
        async with ctx.read(account_id) as work:
            requests = await work.audit.list_requests(last, limit=PAGE)
        yield Audited(len(requests), 0, tuple(f for each in requests for f in check_request(each)))
        if len(requests) < PAGE:
            break
        last = requests[-1].request.id
    newest = None
    while True:
        async with ctx.read(account_id) as work:
            payments = await work.audit.list_payments(newest, limit=PAGE)
        yield Audited(0, len(payments), tuple(f for each in payments for f in check_payment(each)))
        if len(payments) < PAGE:
            break
        newest = payments[-1].payment.id


def check_payment(audited: AuditedPayment) -> Iterator[Finding]:
    """Its sums are those of its refunds and of the open requests on it."""
    payment = audited.payment
    none = payment.captured - payment.captured
    subject = payment.order_id or payment.id.hex
    refunded = _sum(none, (each.amount for each in audited.refunds if each.reversed_at is None))
    reserved = _sum(none, (each.refund_amount for each in audited.open_requests))
    if refunded != payment.refunded:
        yield Finding(Broken.REFUNDED_SUM, subject, f"{payment.refunded}, its refunds are {refunded}")
    if reserved != payment.reserved:
        yield Finding(Broken.RESERVED_SUM, subject, f"{payment.reserved}, open requests hold {reserved}")


def _sum(none: Money, amounts: Iterator[Money | None]) -> Money:
    return sum((each for each in amounts if each is not None), none)


def check_request(audited: AuditedRequest) -> Iterator[Finding]:
    """Its operations, refunds, approvals, ticket and journal tell one story."""
    for check in _CHECKS:
        for what, detail in check(audited):
            yield Finding(what, audited.request.reference, detail)


_Told = Iterator[tuple[Broken, str]]


def _operation_follows(audited: AuditedRequest) -> _Told:
    last = audited.operations[-1].state if audited.operations else None
    if last not in _OPERATION_OF[audited.request.state]:
        yield Broken.OPERATION_STATE, f"it is {audited.request.state}, its operation is {last or 'missing'}"
    for earlier in audited.operations[:-1]:
        if earlier.state not in {OperationState.FAILED, OperationState.REVERSED}:
            yield Broken.OPERATION_STATE, f"an earlier operation is {earlier.state}"


def _approved_before_sent(audited: AuditedRequest) -> _Told:
    """Nothing goes out that neither a person nor the policy said yes to before."""
    if audited.request.policy.handling is Handling.AUTOMATED:
        return
    for operation in audited.operations:
        sent = operation.first_sent_at
        yes = [a for a in audited.approvals if a.says is Decision.YES and sent is not None and a.at <= sent]
        if sent is not None and not yes:
            yield Broken.NO_APPROVAL, f"sent on {sent.isoformat()} without an earlier yes"


def _refund_of_each(audited: AuditedRequest) -> _Told:
    refunds = {each.operation_id: each for each in audited.refunds}
    for operation in audited.operations:
        refund = refunds.get(operation.id)
        was_done = operation.state in {OperationState.SUCCEEDED, OperationState.REVERSED}
        if operation.kind is not OperationKind.REFUND:
            continue
        if was_done is (refund is None):
            found = "no refund" if refund is None else "a refund"
            yield Broken.NO_REFUND, f"the operation is {operation.state}, and there is {found}"
        elif refund is not None and refund.amount != operation.amount:
            yield Broken.REFUND_AMOUNT, f"{refund.amount} went back, {operation.amount} was approved"
        elif refund is not None and (refund.reversed_at is None) is not _stands(operation):
            yield Broken.NO_REFUND, f"the operation is {operation.state}, its refund says otherwise"


def _stands(operation: Operation) -> bool:
    return operation.state is OperationState.SUCCEEDED


def _next_try(audited: AuditedRequest) -> _Told:
    for operation in audited.operations:
        if operation.state in OPEN_OPERATION and operation.id not in audited.undelivered:
            yield Broken.NO_NEXT_TRY, f"its operation is {operation.state}, and nothing will try it again"


def _along_the_arrows(audited: AuditedRequest) -> _Told:
    """As the journal tells it, from pending to where it stands."""
    told = [RequestState(str(line.facts["state"])) for line in audited.journal if "state" in line.facts]
    before = RequestState.PENDING
    for state in told:
        if state is not before and state not in REQUEST_MOVES[before]:
            yield Broken.ARROW, f"from {before} to {state}"
        before = state
    if before is not audited.request.state:
        yield Broken.JOURNAL, f"it is {audited.request.state}, the journal ends with {before}"


def _lines_of_operations(audited: AuditedRequest) -> _Told:
    """As many lines as there are operations that came to this."""
    verbs = [line.verb for line in audited.journal]
    for state, verb in _LINE_OF.items():
        came = sum(state in _came_to(each) for each in audited.operations)
        if came != verbs.count(verb):
            yield Broken.JOURNAL, f"{came} operations came to {state}, {verbs.count(verb)} lines say so"


def _came_to(operation: Operation) -> frozenset[OperationState]:
    """Where it is, and where it must have been before: only what had succeeded is reversed."""
    if operation.state is OperationState.REVERSED:
        return frozenset({OperationState.SUCCEEDED, OperationState.REVERSED})
    return frozenset({operation.state})


def _ticket_of_manual(audited: AuditedRequest) -> _Told:
    request, ticket = audited.request, audited.ticket
    if (ticket.id if ticket else None) != request.ticket_id:
        yield Broken.TICKET, "request and ticket do not name each other"
    is_manual = request.policy.handling is Handling.MANUAL
    if is_manual and ticket is None:
        yield Broken.TICKET, "it is decided by people, and has no ticket"
    if not is_manual and request.state is RequestState.PENDING:
        yield Broken.TICKET, "it is decided by the policy, and still pending"


_CHECKS: tuple[Callable[[AuditedRequest], _Told], ...] = (
    _operation_follows,
    _approved_before_sent,
    _refund_of_each,
    _next_try,
    _along_the_arrows,
    _lines_of_operations,
    _ticket_of_manual,
)
