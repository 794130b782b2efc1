"""Refunds as the processor has them now: ours by their mark, and those that were made elsewhere."""

from datetime import datetime
from enum import StrEnum

from billing import telling
from billing.actors import SystemActor
from billing.errors import NotFound, RefundTooLarge, Unavailable
from billing.ids import RefundId, new_id
from billing.money import Money
from billing.outcomes import drop, hold_operation, record
from billing.ports import UnitOfWork
from billing.processing import elsewhere
from billing.processing.alerts import raise_alert
from billing.processing.crossing import find_payment, payment_facts, watch_crossing
from billing.processor import Outcome, ProcessorAnswer
from billing.processor_facts import ProcessorRefund
from billing.records import Operation, Payment, Refund, Request
from billing.states import OPEN_OPERATION, OPEN_REQUEST, AlertKind, OperationState, RequestState

# Why an operation of ours that was planned is not sent any more.
REFUNDED_ELSEWHERE = "refunded_elsewhere"
# With these a request has failed although its money did go back, as is known by now.
_GONE_ALREADY = frozenset(
    {REFUNDED_ELSEWHERE, "charge_already_refunded", "amount_too_large", "never_arrived"}
)


class TakenIn(StrEnum):
    """What came of something that the processor said."""

    NEWS = "news"  # the books say so now
    KNOWN = "known"  # they did already, or nothing follows
    LINKED = "linked"  # an export had brought it without the processor's id
    WAITS = "waits"  # not final, or something of ours is under way: read it again
    NO_PAYMENT = "no_payment"  # it is about a charge that we do not know yet
    NO_ROOM = "no_room"  # more than is left: people were called


async def take_in_refund(
    work: UnitOfWork, fact: ProcessorRefund, *, by: SystemActor, at: datetime
) -> TakenIn:
    """The refund as it is now, whatever was heard before, in any order and as often as it comes.

    By our mark it is the effect of an operation, even if its answer was lost; of two with one mark the first
    counts as that, and people are called. Without one it was made elsewhere: kept beside what is reserved
    if it fits; else what it overtook is closed as done by the processor; else people are called. While
    something of ours is under way nothing is judged. Raises `Unavailable` if others were faster: try again.
    """
    operation = await _find_ours(work, fact)
    if operation is None:
        return await _take_in_foreign(work, fact, by=by, at=at)
    operation = await hold_operation(work, operation.id)
    if operation.processor_id not in {None, fact.id}:
        return await _take_in_double(work, fact, by=by, at=at)
    if operation.state is OperationState.PLANNED:
        operation = await _note_sent(work, operation, by=by, at=at)
    if operation.state in OPEN_OPERATION or (operation.state is OperationState.SUCCEEDED and fact.has_failed):
        await record(work, operation, answer_of(fact), by=by, at=at)
        return TakenIn.NEWS
    if operation.state is OperationState.FAILED and operation.processor_id is None:
        return await _take_in_late(work, operation, fact, by=by, at=at)
    return TakenIn.KNOWN


async def _note_sent(work: UnitOfWork, operation: Operation, *, by: SystemActor, at: datetime) -> Operation:
    """It is there, so it went out, though our books do not know: they came out of a backup, perhaps."""
    sent = await work.operations.begin_try(operation.id, at=at)
    request = await work.requests.get(operation.request_id)
    await telling.tell_step(work, request, "operation.sent", by=by, by_name="", at=at)
    return sent


async def _take_in_late(
    work: UnitOfWork, operation: Operation, fact: ProcessorRefund, *, by: SystemActor, at: datetime
) -> TakenIn:
    """It was given up as never arrived, and is there nevertheless: as if somebody else had made it.

    But never beside what was asked again since: that is the same money, and must not go back twice.
    """
    latest = await work.operations.find_latest(operation.request_id)
    if latest is not None and latest.state is OperationState.SUCCEEDED:
        return await _take_in_double(work, fact, by=by, at=at)
    return await _take_in_foreign(work, fact, by=by, at=at, is_late=True)


def answer_of(fact: ProcessorRefund) -> ProcessorAnswer:
    """What this refund says of the operation that made it."""
    if fact.has_failed:
        return ProcessorAnswer(Outcome.FAILED, processor_id=fact.id, failure=fact.failure or "declined")
    outcome = Outcome.SUCCEEDED if fact.is_final else Outcome.PENDING
    return ProcessorAnswer(outcome, processor_id=fact.id)


async def _find_ours(work: UnitOfWork, fact: ProcessorRefund) -> Operation | None:
    """By the processor's id, else by our mark; a mark on what we would not have done is none of ours."""
    operation = await work.operations.find_by_processor(fact.id)
    if operation is None and fact.operation_id is not None:
        try:
            operation = await work.operations.get(fact.operation_id)
        except NotFound:
            return None
    if operation is None:
        return None
    is_as_sent = operation.processor_target in {fact.charge, fact.payment_intent}
    return operation if is_as_sent and operation.amount == fact.amount else None


async def _take_in_double(
    work: UnitOfWork, fact: ProcessorRefund, *, by: SystemActor, at: datetime
) -> TakenIn:
    """A second refund with one mark: the money is gone, so it counts; and people must look."""
    came = await _take_in_foreign(work, fact, by=by, at=at)
    if came is TakenIn.NEWS and not fact.has_failed:
        payment = await find_payment(work, fact)
        assert payment is not None
        facts = {**payment_facts(payment, fact.amount, fact.id), "is_double": True}
        kind, subject = AlertKind.REFUNDED_ELSEWHERE, f"refund:{fact.id}"
        await raise_alert(work, kind, subject, facts, by=by, at=at)
    return came


async def _take_in_foreign(
    work: UnitOfWork, fact: ProcessorRefund, *, by: SystemActor, at: datetime, is_late: bool = False
) -> TakenIn:
    known = await work.purchases.find_refund_by_processor(fact.id)
    if known is not None:
        return await _follow_known(work, known, fact, by=by, at=at)
    if fact.has_failed:
        return TakenIn.KNOWN
    if not fact.is_final:
        return TakenIn.WAITS
    payment = await find_payment(work, fact)
    if payment is None:
        return TakenIn.NO_PAYMENT
    if await work.purchases.name_refund(payment.id, fact.amount, fact.id):
        return TakenIn.LINKED
    return await _keep_foreign(work, payment, fact, by=by, at=at, is_late=is_late)


async def _follow_known(
    work: UnitOfWork, known: Refund, fact: ProcessorRefund, *, by: SystemActor, at: datetime
) -> TakenIn:
    """One that is in the books: it may have been taken back since."""
    if not fact.has_failed or known.reversed_at is not None or known.operation_id is not None:
        return TakenIn.KNOWN
    closed = await elsewhere.find_done_by(work, known)
    if await work.purchases.reverse_refund(known.id, at) is None:
        return TakenIn.KNOWN
    payment = await work.purchases.get_payment(known.payment_id)
    facts = {**payment_facts(payment, known.amount, fact.id), "failure": fact.failure or "declined"}
    subject = f"payment:{payment.id.hex}"
    await work.journal.write(by, "refund.reversed_elsewhere", subject, at=at, facts=facts)
    await elsewhere.settle_foreign_alert(work, fact.id, by=by, at=at)
    await watch_crossing(work, payment.id, by=by, at=at)
    if closed is not None:
        failure = fact.failure or "declined"
        await elsewhere.reopen_as_failed(work, closed, known, failure, by=by, at=at)
    return TakenIn.NEWS


async def _keep_foreign(
    work: UnitOfWork,
    payment: Payment,
    fact: ProcessorRefund,
    *,
    by: SystemActor,
    at: datetime,
    is_late: bool,
) -> TakenIn:
    """Requests are held before payments, here and everywhere: two at once must not wait for each other."""
    request = await _hold_concerned(work, payment)
    operation = await work.operations.find_latest(request.id) if request is not None else None
    if operation is not None and operation.state in OPEN_OPERATION - {OperationState.PLANNED}:
        return TakenIn.WAITS
    payment = await work.purchases.get_payment(payment.id)
    left = await _left_beside_refunds(work, payment)
    if fact.amount.currency != left.currency or fact.amount > left:
        await _call_people(work, payment, fact, by=by, at=at)
        return TakenIn.NO_ROOM
    if request is None or request.state not in OPEN_REQUEST:
        await _settle(work, payment, fact, by=by, at=at)
    elif not is_late and request.refund_amount is not None and fact.amount + request.refund_amount <= left:
        await _settle(work, payment, fact, by=by, at=at)
        await _tell_beside(work, request, fact, by=by, at=at)
        return TakenIn.NEWS
    else:
        request = await _make_way(work, request, operation, by=by, at=at)
        await _settle(work, payment, fact, by=by, at=at)
    if request is not None and _is_unmet(request):
        await elsewhere.close_as_done(
            work, request, processor_id=fact.id, by=by, at=at, went_back=fact.amount
        )
    return TakenIn.NEWS


async def _hold_concerned(work: UnitOfWork, payment: Payment) -> Request | None:
    """The open request about this payment, else the last one."""
    request = await work.requests.find_open_refund(payment.id)
    if request is None:
        view = await work.purchases.get_view(payment.purchase_id)
        request = next((each for each in view.requests if each.payment_id == payment.id), None)
    return await work.requests.hold(request.id) if request is not None else None


async def _left_beside_refunds(work: UnitOfWork, payment: Payment) -> Money:
    """A bank that took the same money does not make a refund untrue; it only is heard of as well."""
    left = payment.captured - payment.refunded
    return left if await work.disputes.list_of(payment.id) else left - payment.disputed


async def _make_way(
    work: UnitOfWork, request: Request, operation: Operation | None, *, by: SystemActor, at: datetime
) -> Request:
    """What the request held is free: it went back already, and nothing of ours is sent any more."""
    if operation is not None and operation.state is OperationState.PLANNED:
        await drop(work, operation, REFUNDED_ELSEWHERE, at=at)
        told, verb = {"failure": REFUNDED_ELSEWHERE}, "operation.failed"
        await telling.tell_step(work, request, verb, by=by, by_name="", at=at, facts=told)
    elif not await work.disputes.find_hold(request.id):
        assert request.payment_id is not None
        assert request.amount is not None
        await work.purchases.release(request.payment_id, request.amount)
    return await work.requests.get(request.id)


def _is_unmet(request: Request) -> bool:
    """Open, or failed because the money was gone already, or thought never to have arrived."""
    return request.state in OPEN_REQUEST or (
        request.state is RequestState.FAILED and request.failure in _GONE_ALREADY
    )


async def _settle(
    work: UnitOfWork, payment: Payment, fact: ProcessorRefund, *, by: SystemActor, at: datetime
) -> None:
    refund = Refund(
        id=new_id(RefundId),
        account_id=payment.account_id,
        payment_id=payment.id,
        operation_id=None,
        amount=fact.amount,
        processor_id=fact.id,
        refunded_at=fact.made_at,
        reversed_at=None,
    )
    try:
        is_new = await work.purchases.settle_refund(refund)
    except RefundTooLarge:
        is_new = False
    if not is_new:
        raise Unavailable  # somebody asked, or took this very refund in, since we looked
    facts = payment_facts(payment, fact.amount, fact.id)
    subject = f"payment:{payment.id.hex}"
    await work.journal.write(by, "refund.made_elsewhere", subject, at=at, facts=facts)
    await elsewhere.settle_foreign_alert(work, fact.id, by=by, at=at)
    await watch_crossing(work, payment.id, by=by, at=at)


async def _tell_beside(
    work: UnitOfWork, request: Request, fact: ProcessorRefund, *, by: SystemActor, at: datetime
) -> None:
    """Whoever decides the rest should know; the request goes on as it is."""
    facts = {**telling.money_facts(fact.amount, fact.amount), "processor_id": fact.id}
    verb = "request.refunded_beside"
    await telling.tell_step(work, request, verb, by=by, by_name="", at=at, facts=facts)


async def _call_people(
    work: UnitOfWork, payment: Payment, fact: ProcessorRefund, *, by: SystemActor, at: datetime
) -> None:
    facts = payment_facts(payment, fact.amount, fact.id)
    kind = AlertKind.REFUNDED_ELSEWHERE
    await raise_alert(work, kind, f"refund:{fact.id}", facts, by=by, at=at)
