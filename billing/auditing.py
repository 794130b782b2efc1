"""Checks of the stored state: what must agree does, whatever crashed. Reads only, one page at a time."""

from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from billing.auditing_cards import check_change
from billing.auditing_documents import check_documents, check_series
from billing.auditing_words import Broken, Finding
from billing.context import Context
from billing.ids import AccountId
from billing.money import Money
from billing.ports.audit import AuditedPayment, AuditedRequest, AuditedRest
from billing.records import JournalLine, Operation
from billing.states import (
    DISPUTED,
    OPEN_OPERATION,
    REQUEST_MOVES,
    AlertKind,
    Decision,
    DisputeState,
    Handling,
    OperationKind,
    OperationState,
    RequestKind,
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
# Done, or failed again, by what happened at the processor: then by its word, and no operation of ours.
_DONE_ELSEWHERE, _REVERSED_ELSEWHERE = "request.done_elsewhere", "request.reversed_elsewhere"
_BY_PROCESSOR = "system:processor"
# What is unknown is looked at now and then; an hour after the first byte that calls people. This is enough
# for that look to have come, wherever the next one is not overdue.
_LONG = timedelta(hours=3)
# What is written in the journal on the way to each state of an operation.
_LINE_OF = {
    OperationState.SUCCEEDED: "operation.succeeded",
    OperationState.FAILED: "operation.failed",
    OperationState.REVERSED: "operation.reversed",
}


@dataclass(frozen=True, slots=True)
class Audited:
    """A page that was looked through."""

    requests: int
    payments: int
    changes: int  # of cards
    findings: tuple[Finding, ...]


async def audit_account(ctx: Context, account_id: AccountId) -> AsyncIterator[Audited]:
    """Page by page, down to the rest; each page is one view: it may run beside the service."""
    async for page in _requests(ctx, account_id):
        yield page
    newest = None
    while True:
        async with ctx.read(account_id) as work:
            payments = await work.audit.list_payments(newest, limit=PAGE)
        yield Audited(0, len(payments), 0, tuple(f for each in payments for f in check_payment(each)))
        if len(payments) < PAGE:
            break
        newest = payments[-1].payment.id
    changed = None
    while True:
        async with ctx.read(account_id) as work:
            changes = await work.audit.list_changes(changed, limit=PAGE)
        yield Audited(0, 0, len(changes), tuple(f for each in changes for f in check_change(each, ctx.now())))
        if len(changes) < PAGE:
            break
        changed = changes[-1].change.id
    async for page in _documents(ctx, account_id):
        yield page
    async with ctx.read(account_id) as work:
        rest = await work.audit.read_rest()
    yield Audited(0, 0, 0, tuple(check_rest(rest)))


async def _requests(ctx: Context, account_id: AccountId) -> AsyncIterator[Audited]:
    last = None
    while True:
        async with ctx.read(account_id) as work:
            page = await work.audit.list_requests(last, limit=PAGE)
        yield Audited(len(page), 0, 0, tuple(f for each in page for f in check_request(each, ctx.now())))
        if len(page) < PAGE:
            return
        last = page[-1].request.id


async def _documents(ctx: Context, account_id: AccountId) -> AsyncIterator[Audited]:
    last = None
    while True:
        async with ctx.read(account_id) as work:
            page = await work.documents.list_audited(last, limit=PAGE)
        yield Audited(0, 0, 0, tuple(f for each in page for f in check_documents(each)))
        if len(page) < PAGE:
            break
        last = page[-1].payment.id
    async with ctx.read(account_id) as work:
        last_numbers, counted = await work.documents.count_series()
    yield Audited(0, 0, 0, tuple(check_series(last_numbers, counted)))


def check_rest(rest: AuditedRest) -> Iterator[Finding]:
    """Each connection is checked by somebody; no row points to what its account does not have."""
    for connection in rest.connections:
        if connection.id not in rest.checks:
            yield Finding(Broken.NO_NEXT_TRY, connection.key_hint, "it is checking, and nobody will check it")
    for refund in rest.refunds_of_nothing:
        yield Finding(Broken.STRANGER, refund.hex, "a refund names an operation that is not there")
    for purchase in rest.purchases_of_nothing:
        yield Finding(Broken.STRANGER, purchase.hex, "a purchase names a subscription that is not there")


def check_payment(audited: AuditedPayment) -> Iterator[Finding]:
    """Its sums are those of its refunds, its disputes, and the open requests on it that no bank holds."""
    payment = audited.payment
    none = payment.captured - payment.captured
    subject = payment.order_id or payment.id.hex
    refunded = _sum(none, (each.amount for each in audited.refunds if each.reversed_at is None))
    waiting = (each for each in audited.open_requests if each.id not in audited.held)
    reserved = _sum(none, (each.refund_amount for each in waiting))
    if refunded != payment.refunded:
        yield Finding(Broken.REFUNDED_SUM, subject, f"{payment.refunded}, its refunds are {refunded}")
    if reserved != payment.reserved:
        yield Finding(Broken.RESERVED_SUM, subject, f"{payment.reserved}, open requests hold {reserved}")
    if not audited.disputes:  # an export may have told of a chargeback alone
        return
    taken = _sum(none, (each.amount for each in audited.disputes if each.state in DISPUTED))
    disputed = min(taken, payment.captured - payment.refunded - payment.reserved)
    if disputed != payment.disputed:
        yield Finding(Broken.DISPUTED_SUM, subject, f"{payment.disputed}, its disputes take {disputed}")
    crossed = {each.subject for each in audited.alerts if each.kind is AlertKind.REFUND_CROSSED_DISPUTE}
    if payment.refunded and payment.refunded + taken > payment.captured and taken and not crossed:
        yield Finding(Broken.NO_ALERT, subject, "it went back twice, and nobody was called")


def _sum(none: Money, amounts: Iterator[Money | None]) -> Money:
    return sum((each for each in amounts if each is not None), none)


def check_request(audited: AuditedRequest, now: datetime) -> Iterator[Finding]:
    """Its operations, refunds, approvals, ticket and journal tell one story."""
    for check in _CHECKS:
        for what, detail in check(audited):
            yield Finding(what, audited.request.reference, detail)
    for what, detail in _people_were_called(audited, now):
        yield Finding(what, audited.request.reference, detail)


_Told = Iterator[tuple[Broken, str]]


def _operation_follows(audited: AuditedRequest) -> _Told:
    last = audited.operations[-1].state if audited.operations else None
    wanted = _OPERATION_OF[audited.request.state]
    if _moved_by_processor(audited) is not None:
        wanted = frozenset({None, OperationState.FAILED})
    if last not in wanted:
        yield Broken.OPERATION_STATE, f"it is {audited.request.state}, its operation is {last or 'missing'}"
    for earlier in audited.operations[:-1]:
        if earlier.state not in {OperationState.FAILED, OperationState.REVERSED}:
            yield Broken.OPERATION_STATE, f"an earlier operation is {earlier.state}"


def _moved_by_processor(audited: AuditedRequest) -> JournalLine | None:
    """The line that says so, if the last move was what had happened at the processor itself."""
    moved = [line for line in audited.journal if "state" in line.facts]
    verbs = {
        RequestState.DONE: {_DONE_ELSEWHERE},
        RequestState.FAILED: {_REVERSED_ELSEWHERE},
    }.get(audited.request.state, set())
    steps = [line for line in moved if line.verb in verbs and line.by == _BY_PROCESSOR]
    later = {"operation.succeeded", "operation.failed", "operation.reversed"}
    if not steps or any(line.verb in later for line in moved[moved.index(steps[-1]) :]):
        return None
    return steps[-1]


def _met_elsewhere(audited: AuditedRequest) -> _Told:
    """A refund request that the processor met names the refund that did."""
    line = _moved_by_processor(audited)
    if line is None or audited.request.kind is not RequestKind.REFUND:
        return
    found = [each for each in audited.refunds if each.processor_id == line.facts.get("processor_id")]
    is_done = audited.request.state is RequestState.DONE
    if not any((each.reversed_at is None) is is_done for each in found):
        yield Broken.NO_REFUND, f"it is {audited.request.state} by the processor, and no refund says so"


def _held_by_a_bank(audited: AuditedRequest) -> _Told:
    """Only what is pending waits, and only while a bank has not said."""
    if audited.hold is None:
        return
    if audited.request.state is not RequestState.PENDING:
        yield Broken.HELD, f"it is {audited.request.state}, and waits for a bank"
    elif not any(each.state is DisputeState.OPEN for each in audited.disputes):
        yield Broken.HELD, "it waits for a bank, and nothing is disputed"


def _people_were_called(audited: AuditedRequest, now: datetime) -> _Told:
    """What is unknown for an hour is an alert, once somebody has looked at it since."""
    called = {each.subject for each in audited.alerts if each.kind is AlertKind.UNKNOWN_FOR_LONG}
    called |= {each.subject for each in audited.alerts if each.kind is AlertKind.KEY_MISMATCH}
    for operation in audited.operations:
        due = audited.undelivered.get(operation.id)
        if operation.state is not OperationState.UNKNOWN or operation.first_sent_at is None:
            continue
        is_overdue = due is None or due <= now
        if not is_overdue and now - operation.first_sent_at >= _LONG and not called:
            yield (
                Broken.NO_ALERT,
                f"unknown since {operation.first_sent_at.isoformat()}, and nobody was called",
            )


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
    refunds = {each.operation_id: each for each in audited.refunds if each.operation_id is not None}
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
    _met_elsewhere,
    _held_by_a_bank,
    _approved_before_sent,
    _refund_of_each,
    _next_try,
    _along_the_arrows,
    _lines_of_operations,
    _ticket_of_manual,
)
