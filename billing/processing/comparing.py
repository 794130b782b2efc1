"""What is the same on both sides, list by list: payments, disputes, subscriptions. Pure but for reading."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, Protocol, TypeVar
from uuid import UUID

from billing.context import Context
from billing.ids import AccountId
from billing.ports.processing_compared import HereDispute, HereSubscription, Place
from billing.processing.asking_again import Looks
from billing.processing.compared import ABSENT, Difference, DifferenceKind, Side
from billing.processor import Listed
from billing.processor_facts import (
    ProcessorCharge,
    ProcessorDispute,
    ProcessorFact,
    ProcessorSubscription,
)
from billing.records import Payment
from billing.states import PaymentState, SubscriptionState

# What is younger may still be on its way between the two.
SETTLING = timedelta(minutes=15)
_ENDED = frozenset({SubscriptionState.CANCELED, SubscriptionState.COMPLETED})
_K = DifferenceKind

_Fact = TypeVar("_Fact", bound=ProcessorFact)
_Here = TypeVar("_Here")


@dataclass(frozen=True, slots=True)
class Desk:
    """Where both sides are read: `now` is when the comparison began."""

    ctx: Context
    provider: Looks
    account_id: AccountId
    now: datetime

    def is_settled(self, at: datetime) -> bool:
        """Whether what happened then must be known on both sides by now."""
        return at <= self.now - SETTLING


@dataclass(frozen=True, slots=True)
class Ours(Generic[_Here]):
    """One of our records, when it came to be, where a list goes on behind it, and the processor's id."""

    record: _Here
    place: Place
    processor_id: str


class Comparison(Protocol[_Fact, _Here]):
    """One list of the processor's beside ours."""

    what: Listed

    def names(self, fact: _Fact) -> tuple[str, ...]:
        """The ids by which ours may name it."""
        ...

    def made_at(self, fact: _Fact) -> datetime: ...
    async def compare(self, facts: Sequence[_Fact]) -> list[tuple[_Fact, Difference]]:
        """What is there, against ours."""
        ...

    async def read(self, processor_id: str) -> _Fact | None:
        """What is there now."""
        ...

    async def list_ours(self, since: datetime, before: Place, *, limit: int) -> list[Ours[_Here]]: ...
    def missing(self, ours: Ours[_Here]) -> Difference:
        """That ours is not there."""
        ...


class Charges:
    """Charges there, payments here."""

    what = Listed.CHARGES

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def names(self, fact: ProcessorCharge) -> tuple[str, ...]:
        """An export may name the payment intent, of which only one charge succeeds."""
        return (fact.id, fact.payment_intent) if fact.state is PaymentState.SUCCEEDED else (fact.id,)

    def made_at(self, fact: ProcessorCharge) -> datetime:
        """When it was paid."""
        return fact.paid_at

    async def compare(self, facts: Sequence[ProcessorCharge]) -> list[tuple[ProcessorCharge, Difference]]:
        """Amount, currency, and whether it was paid; who cannot sign in here has no payments here."""
        async with self._desk.ctx.read(self._desk.account_id) as work:
            found = await work.compared.find_payments(
                {*(each.id for each in facts), *(each.payment_intent for each in facts)}
            )
        here = {each.processor_id: each for each in found}
        differences = []
        for fact in facts:
            by_intent = here.get(fact.payment_intent) if fact.state is PaymentState.SUCCEEDED else None
            payment = here.get(fact.id) or by_intent
            kind = _charge_differs(fact, payment)
            if payment is not None and kind is not None:
                there = Side(fact.captured, fact.state)
                differences.append((fact, _of_payment(kind, payment, there, about=fact.id)))
            elif payment is None and await self._is_missed(fact):
                differences.append((fact, Difference(_K.CHARGE_UNKNOWN_HERE, fact.id, ABSENT, _side(fact))))
        return differences

    async def _is_missed(self, fact: ProcessorCharge) -> bool:
        if (
            fact.state is PaymentState.FAILED
            or not fact.captured.minor
            or not self._desk.is_settled(fact.paid_at)
        ):
            return False
        return bool(fact.buyer.email) or await can_sign_in(self._desk, fact.customer)

    async def read(self, processor_id: str) -> ProcessorCharge | None:
        """What is there now."""
        return await self._desk.provider.read_charge(processor_id)

    async def list_ours(self, since: datetime, before: Place, *, limit: int) -> list[Ours[Payment]]:
        """Those that were paid."""
        async with self._desk.ctx.read(self._desk.account_id) as work:
            page = await work.compared.list_payments(since, before, limit=limit)
        return [Ours(each, (each.paid_at, each.id), each.processor_id or "") for each in page]

    def missing(self, ours: Ours[Payment]) -> Difference:
        """Paid here, and nothing there."""
        return _of_payment(_K.PAYMENT_MISSING_THERE, ours.record, ABSENT, about=ours.processor_id)


def _charge_differs(fact: ProcessorCharge, payment: Payment | None) -> DifferenceKind | None:
    if payment is None:
        return None
    if fact.state is not payment.state:
        return _K.CHARGE_STATE
    if fact.state is PaymentState.SUCCEEDED and fact.captured != payment.captured:
        return _K.CHARGE_AMOUNT
    return None


def _side(fact: ProcessorCharge) -> Side:
    return Side(fact.captured, fact.state)


def _of_payment(kind: DifferenceKind, payment: Payment, there: Side, *, about: str) -> Difference:
    here = Side(payment.captured, payment.state)
    return Difference(kind, about, here, there, payment.order_id or "", payment.customer_id)


class Disputes:
    """Disputes on both sides; one of a payment that we do not know is told by that payment."""

    what = Listed.DISPUTES

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def names(self, fact: ProcessorDispute) -> tuple[str, ...]:
        """Only its own."""
        return (fact.id,)

    def made_at(self, fact: ProcessorDispute) -> datetime:
        """When the bank opened it."""
        return fact.made_at

    async def compare(self, facts: Sequence[ProcessorDispute]) -> list[tuple[ProcessorDispute, Difference]]:
        """Sum and state."""
        async with self._desk.ctx.read(self._desk.account_id) as work:
            found = await work.compared.find_disputes({each.id for each in facts})
            names = {name for each in facts for name in (each.charge, each.payment_intent) if name}
            paid = {each.processor_id: each for each in await work.compared.find_payments(names)}
        here = {each.dispute.processor_id: each for each in found}
        differences = []
        for fact in facts:
            ours, there = here.get(fact.id), Side(fact.amount, fact.state)
            payment = paid.get(fact.charge) or paid.get(fact.payment_intent)
            if ours is not None and (ours.dispute.amount, ours.dispute.state) != (fact.amount, fact.state):
                differences.append((fact, _of_dispute(_K.DISPUTE_DIFFERS, ours, there)))
            elif ours is None and payment is not None and self._desk.is_settled(fact.made_at):
                name, who = payment.order_id or "", payment.customer_id
                differences.append(
                    (fact, Difference(_K.DISPUTE_UNKNOWN_HERE, fact.id, ABSENT, there, name, who))
                )
        return differences

    async def read(self, processor_id: str) -> ProcessorDispute | None:
        """What is there now."""
        return await self._desk.provider.read_dispute(processor_id)

    async def list_ours(self, since: datetime, before: Place, *, limit: int) -> list[Ours[HereDispute]]:
        """All of them; the id is what orders those of one instant."""
        at, last = before
        before = (at, "" if isinstance(last, UUID) else last)
        async with self._desk.ctx.read(self._desk.account_id) as work:
            page = await work.compared.list_disputes(since, before, limit=limit)
        return [
            Ours(each, (each.dispute.opened_at, each.dispute.processor_id), each.dispute.processor_id)
            for each in page
        ]

    def missing(self, ours: Ours[HereDispute]) -> Difference:
        """Known here, and nothing there."""
        return _of_dispute(_K.DISPUTE_MISSING_THERE, ours.record, ABSENT)


def _of_dispute(kind: DifferenceKind, ours: HereDispute, there: Side) -> Difference:
    dispute, payment = ours.dispute, ours.payment
    here = Side(dispute.amount, dispute.state)
    return Difference(kind, dispute.processor_id, here, there, payment.order_id or "", payment.customer_id)


class Subscriptions:
    """Subscriptions on both sides, whenever they were made: what they are now is what is charged."""

    what = Listed.SUBSCRIPTIONS

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def names(self, fact: ProcessorSubscription) -> tuple[str, ...]:
        """Only its own."""
        return (fact.id,)

    def made_at(self, fact: ProcessorSubscription) -> datetime:
        """When it was begun."""
        return fact.made_at

    async def compare(
        self, facts: Sequence[ProcessorSubscription]
    ) -> list[tuple[ProcessorSubscription, Difference]]:
        """State, and the end of a period that still runs. A plan that is paid off has ended there."""
        async with self._desk.ctx.read(self._desk.account_id) as work:
            found = await work.compared.find_subscriptions({each.id for each in facts})
        here = {each.subscription.processor_id: each for each in found}
        differences = []
        for fact in facts:
            ours, there = here.get(fact.id), Side(state=fact.state, until=_until(fact))
            if ours is None:
                if await self._is_missed(fact):
                    unknown = Difference(_K.SUBSCRIPTION_UNKNOWN_HERE, fact.id, ABSENT, there)
                    differences.append((fact, unknown))
            elif _subscription_differs(fact, ours):
                differences.append((fact, _of_subscription(_K.SUBSCRIPTION_DIFFERS, ours, there)))
        return differences

    async def _is_missed(self, fact: ProcessorSubscription) -> bool:
        if fact.state in _ENDED or not self._desk.is_settled(fact.made_at):
            return False
        return await can_sign_in(self._desk, fact.customer)

    async def read(self, processor_id: str) -> ProcessorSubscription | None:
        """What is there now."""
        return await self._desk.provider.read_subscription(processor_id)

    async def list_ours(self, since: datetime, before: Place, *, limit: int) -> list[Ours[HereSubscription]]:
        """Those that have not ended."""
        async with self._desk.ctx.read(self._desk.account_id) as work:
            page = await work.compared.list_subscriptions(since, before, limit=limit)
        return [
            Ours(each, (each.bought_at, each.subscription.id), each.subscription.processor_id or "")
            for each in page
        ]

    def missing(self, ours: Ours[HereSubscription]) -> Difference:
        """Runs here, and nothing there."""
        return _of_subscription(_K.SUBSCRIPTION_MISSING_THERE, ours.record, ABSENT)


def _until(fact: ProcessorSubscription) -> datetime | None:
    return None if fact.state in _ENDED else fact.period_ends_at


def _subscription_differs(fact: ProcessorSubscription, ours: HereSubscription) -> bool:
    state = ours.subscription.state
    if fact.state in _ENDED or state in _ENDED:
        return (fact.state in _ENDED) is not (state in _ENDED)
    # what the processor does not say, nobody here can know better
    ends_otherwise = fact.period_ends_at not in {None, ours.subscription.period_ends_at}
    return fact.state is not state or ends_otherwise


def _of_subscription(kind: DifferenceKind, ours: HereSubscription, there: Side) -> Difference:
    ends = None if ours.subscription.state in _ENDED else ours.subscription.period_ends_at
    here = Side(state=ours.subscription.state, until=ends)
    about = ours.subscription.processor_id or ""
    return Difference(kind, about, here, there, customer_id=ours.subscription.customer_id)


async def can_sign_in(desk: Desk, customer: str) -> bool:
    """Whether a customer of the processor's is, or could be, one of ours: without an e-mail nobody can."""
    if not customer:
        return False
    async with desk.ctx.read(desk.account_id) as work:
        if await work.compared.find_linked({customer}):
            return True
    fact = await desk.provider.read_customer(customer)
    return fact is not None and bool(fact.email)
