"""Refunds there beside refunds and operations here: the one list in which money may be lost twice."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from billing.ids import OperationId
from billing.ports.processing_compared import HereOperation, HereRefund, Place
from billing.processing.compared import ABSENT, Difference, DifferenceKind, RefundStands, Side
from billing.processing.comparing import Desk, Ours
from billing.processor import Listed
from billing.processor_facts import ProcessorRefund
from billing.records import Payment
from billing.states import OPEN_OPERATION, OperationState

_K = DifferenceKind


class Refunds:
    """By the processor's id; one that we do not know by the mark that our operation left on it."""

    what = Listed.REFUNDS

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def names(self, fact: ProcessorRefund) -> tuple[str, ...]:
        """Only its own."""
        return (fact.id,)

    def made_at(self, fact: ProcessorRefund) -> datetime:
        """When the processor took it on."""
        return fact.made_at

    async def compare(self, facts: Sequence[ProcessorRefund]) -> list[tuple[ProcessorRefund, Difference]]:
        """What is on its way there is waited for. One of an unknown payment is told by that payment."""
        async with self._desk.ctx.read(self._desk.account_id) as work:
            found = await work.compared.find_refunds({each.id for each in facts})
            here = {each.refund.processor_id: each for each in found}
            unknown = [each for each in facts if each.id not in here]
            marks = {each.operation_id for each in unknown if each.operation_id is not None}
            marked = {each.operation.id: each for each in await work.compared.find_operations(marks)}
            names = {name for each in unknown for name in (each.charge, each.payment_intent) if name}
            paid = {each.processor_id or "": each for each in await work.compared.find_payments(names)}
        differences = []
        for fact in facts:
            ours = here.get(fact.id)
            told = _differs(fact, ours) if ours is not None else self._unknown(fact, marked, paid)
            if told is not None:
                differences.append((fact, told))
        return differences

    def _unknown(
        self,
        fact: ProcessorRefund,
        marked: Mapping[OperationId, HereOperation],
        paid: Mapping[str, Payment],
    ) -> Difference | None:
        """A refund that stands there, and of which we know nothing."""
        if fact.has_failed or not fact.is_final or not self._desk.is_settled(fact.made_at):
            return None
        ours = marked.get(fact.operation_id) if fact.operation_id is not None else None
        if ours is not None:
            return self._of_operation(fact, ours)
        payment = paid.get(fact.charge) or paid.get(fact.payment_intent)
        if payment is None:
            return None
        name, who = payment.order_id or "", payment.customer_id
        return Difference(_K.REFUND_UNKNOWN_HERE, fact.id, ABSENT, _there(fact), name, who)

    def _of_operation(self, fact: ProcessorRefund, ours: HereOperation) -> Difference | None:
        operation = ours.operation
        kind = _K.REFUND_UNKNOWN_HERE
        if operation.state in OPEN_OPERATION:
            if not self._desk.is_settled(operation.last_sent_at or operation.moved_at):
                return None  # under way
            kind = _K.OPERATION_HAPPENED
        elif operation.state is OperationState.FAILED:
            kind = _K.FAILED_OPERATION_HAPPENED
        elif operation.processor_id != fact.id:
            kind = _K.REFUNDED_TWICE
        here = Side(operation.amount, operation.state)
        return Difference(kind, fact.id, here, _there(fact), ours.reference)

    async def read(self, processor_id: str) -> ProcessorRefund | None:
        """What is there now."""
        return await self._desk.provider.read_refund(processor_id)

    async def list_ours(self, since: datetime, before: Place, *, limit: int) -> list[Ours[HereRefund]]:
        """Those that stand."""
        async with self._desk.ctx.read(self._desk.account_id) as work:
            page = await work.compared.list_refunds(since, before, limit=limit)
        return [
            Ours(each, (each.refund.refunded_at, each.refund.id), each.refund.processor_id or "")
            for each in page
        ]

    def missing(self, ours: Ours[HereRefund]) -> Difference:
        """Refunded here, and nothing there."""
        return _of_refund(_K.REFUND_MISSING_THERE, ours.record, ABSENT)


def _differs(fact: ProcessorRefund, ours: HereRefund) -> Difference | None:
    """A refund that both know. On its way there, it may stand here: it was told as final before."""
    came_back = ours.refund.reversed_at is not None
    if (fact.has_failed and not came_back) or (fact.is_final and came_back and not fact.has_failed):
        return _of_refund(_K.REFUND_STATE, ours, _there(fact))
    if fact.amount != ours.refund.amount:
        return _of_refund(_K.REFUND_AMOUNT, ours, _there(fact))
    return None


def _there(fact: ProcessorRefund) -> Side:
    return Side(fact.amount, RefundStands.CAME_BACK if fact.has_failed else RefundStands.STANDS)


def _of_refund(kind: DifferenceKind, ours: HereRefund, there: Side) -> Difference:
    refund, payment = ours.refund, ours.payment
    stands = RefundStands.STANDS if refund.reversed_at is None else RefundStands.CAME_BACK
    here, about = Side(refund.amount, stands), refund.processor_id or ""
    return Difference(kind, about, here, there, payment.order_id or "", payment.customer_id)
