"""Refunds and disputes of a walk: most are known, and the others are taken in as an event's would be."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TypeVar

from billing.actors import SystemActor
from billing.ports import UnitOfWork
from billing.ports.processing_syncs import KnownPayment
from billing.processing.disputes import take_in_dispute
from billing.processing.refunds import TakenIn, take_in_refund
from billing.processing.tally import Skip, Tally
from billing.processor_facts import ProcessorDispute, ProcessorRefund

_Fact = TypeVar("_Fact", ProcessorRefund, ProcessorDispute)
_SKIPS = {TakenIn.WAITS: Skip.WAITS, TakenIn.NO_PAYMENT: Skip.NO_PAYMENT, TakenIn.NO_ROOM: Skip.NO_ROOM}


async def take_in_refunds(
    work: UnitOfWork, facts: Sequence[ProcessorRefund], *, by: SystemActor, at: datetime
) -> Tally:
    """A page of them, the oldest first."""
    known = await work.synced.find_refunds({fact.id for fact in facts})

    def is_known(fact: ProcessorRefund) -> bool:
        refund = known.get(fact.id)
        return refund is not None and (refund.reversed_at is not None) == fact.has_failed

    tally, said_by = Tally(), _processor_of(by)
    for fact in await _sift(work, facts, is_known, tally):
        _count(tally, await take_in_refund(work, fact, by=said_by, at=at))
    return tally


async def take_in_disputes(
    work: UnitOfWork,
    facts: Sequence[ProcessorDispute],
    *,
    by: SystemActor,
    at: datetime,
    read_at: datetime | None = None,
) -> Tally:
    """A page of them, the oldest first."""
    known = {fact.id: await work.disputes.find(fact.id) for fact in facts}

    def is_known(fact: ProcessorDispute) -> bool:
        dispute = known[fact.id]
        return dispute is not None and (dispute.state, dispute.amount) == (fact.state, fact.amount)

    tally, said_by = Tally(), _processor_of(by)
    for fact in await _sift(work, facts, is_known, tally):
        _count(tally, await take_in_dispute(work, fact, by=said_by, at=at, read_at=read_at))
    return tally


def _processor_of(by: SystemActor) -> SystemActor:
    """Whoever walks has only read it: what is decided so is the processor's word, as with its events."""
    return SystemActor(by.account_id, "processor", by.trace_id)


async def _sift(
    work: UnitOfWork, facts: Sequence[_Fact], is_known: Callable[[_Fact], bool], tally: Tally
) -> list[_Fact]:
    """Those that say something new about a payment of ours, the oldest first; the others are counted."""
    keys = {fact.charge for fact in facts} | {fact.payment_intent for fact in facts}
    payments = await work.synced.find_payments(keys - {""})
    news = []
    for fact in sorted(facts, key=lambda each: (each.made_at, each.id)):
        if is_known(fact):
            tally.known += 1
        elif _is_ours(fact, payments):
            news.append(fact)
        else:
            tally.skipped[Skip.NO_PAYMENT] += 1
    return news


def _is_ours(fact: ProcessorRefund | ProcessorDispute, payments: Mapping[str, KnownPayment]) -> bool:
    return fact.charge in payments or fact.payment_intent in payments


def _count(tally: Tally, came: TakenIn) -> None:
    if came is TakenIn.NEWS:
        tally.made += 1
    elif came is TakenIn.LINKED:
        tally.linked += 1
    elif came is TakenIn.KNOWN:
        tally.known += 1
    else:
        tally.skipped[_SKIPS[came]] += 1
