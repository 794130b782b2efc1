"""The processor's subscriptions as ours: new ones with their purchase, the others as they are now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from billing.actors import SystemActor
from billing.agreements import take_in_subscription
from billing.ports import UnitOfWork
from billing.ports.processing_syncs import KnownAgreement, NewSales
from billing.processing.book import Book, write_book
from billing.processing.customers import find_people
from billing.processing.products import stock
from billing.processing.tally import Skip, Tally
from billing.processor_facts import ProcessorSubscription
from billing.states import ProductKind


async def take_in_subscriptions(
    work: UnitOfWork, facts: Sequence[ProcessorSubscription], *, by: SystemActor, at: datetime
) -> Tally:
    """A page of them, in one transaction; one whose customer has no e-mail waits for a charge that has."""
    tally = Tally()
    known = await work.synced.find_agreements({fact.id for fact in facts})
    new = [fact for fact in facts if fact.id not in known]
    book = await _open_book(work, facts, new, known)
    for fact in facts:
        if (agreement := known.get(fact.id)) is not None:
            tally.count_known(is_imported=agreement.is_imported)
            _tie(book, fact, agreement)
    for fact in sorted(new, key=lambda each: (each.made_at, each.id)):
        owner = book.people.find(fact.customer)
        if owner is None:
            tally.skipped[Skip.NO_CUSTOMER] += 1
        else:
            book.subscribe(fact, owner)
            tally.made += 1
    await write_book(work, book)
    for fact in facts:
        if fact.id in known and _has_changed(known[fact.id], fact):
            await take_in_subscription(work, fact, by=by, at=at)
    return tally


async def _open_book(
    work: UnitOfWork,
    facts: Sequence[ProcessorSubscription],
    new: Sequence[ProcessorSubscription],
    known: Mapping[str, KnownAgreement],
) -> Book:
    people = await find_people(work, {fact.customer for fact in facts}, ())
    sales = NewSales()
    wanted = {
        (fact.product, fact.price_point): ProductKind.SUBSCRIPTION
        for fact in new
        if people.find(fact.customer) is not None
    }
    return Book(work.account_id, people, await stock(work, wanted, sales), known, sales)


def _tie(book: Book, fact: ProcessorSubscription, agreement: KnownAgreement) -> None:
    """What an export brought says whose the processor's customer is; what we made, if nothing else does."""
    if agreement.is_imported or book.people.find(fact.customer) is None:
        book.people.tie(fact.customer, agreement.subscription.customer_id)


def _has_changed(agreement: KnownAgreement, fact: ProcessorSubscription) -> bool:
    """Most say nothing new at every walk, and need no statement of their own."""
    ours = agreement.subscription
    is_new_card = fact.card is not None and fact.card != ours.card
    return (ours.state, ours.period_ends_at) != (fact.state, fact.period_ends_at) or is_new_card
