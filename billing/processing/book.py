"""What a page of the processor's objects comes to: found or made, and written together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from billing.ids import AccountId, CustomerId, PurchaseId, SubscriptionId, new_id
from billing.ports import UnitOfWork
from billing.ports.processing_syncs import KnownAgreement, NewSales, ProductKey
from billing.processing.customers import People
from billing.processing.products import Shelf
from billing.processor_facts import ProcessorSubscription
from billing.records import Purchase, Subscription
from billing.states import SubscriptionState


class Book:
    """Purchases and subscriptions of one page; `sales` is what is to be written."""

    def __init__(
        self,
        account_id: AccountId,
        people: People,
        shelf: Shelf,
        agreements: Mapping[str, KnownAgreement],
        sales: NewSales,
    ) -> None:
        self.people = people
        self.sales = sales
        self.account_id = account_id
        self._shelf = shelf
        self._agreements = {key: each.subscription for key, each in agreements.items()}

    def find_agreement(self, processor_id: str) -> Subscription | None:
        """The subscription that the processor calls so, known or made in this page."""
        return self._agreements.get(processor_id)

    def subscribe(self, fact: ProcessorSubscription, owner: CustomerId) -> Subscription:
        """A subscription of ours with its purchase."""
        subscription_id = new_id(SubscriptionId)
        purchase = self.buy(
            owner, (fact.product, fact.price_point), at=fact.made_at, subscription_id=subscription_id
        )
        subscription = Subscription(
            id=subscription_id,
            account_id=self.account_id,
            customer_id=owner,
            purchase_id=purchase,
            state=fact.state,
            period_ends_at=fact.period_ends_at,
            ended_at=_end_of(fact),
            processor_id=fact.id,
            card=fact.card,
        )
        self.sales.subscriptions.append(subscription)
        self._agreements[fact.id] = subscription
        return subscription

    def buy(
        self,
        owner: CustomerId,
        product: ProductKey,
        *,
        at: datetime,
        subscription_id: SubscriptionId | None = None,
    ) -> PurchaseId:
        """A new purchase."""
        purchase = Purchase(
            id=new_id(PurchaseId),
            account_id=self.account_id,
            customer_id=owner,
            product_id=self._shelf[product],
            subscription_id=subscription_id,
            purchased_at=at,
        )
        self.sales.purchases.append(purchase)
        return purchase.id


async def write_book(work: UnitOfWork, book: Book) -> None:
    """All of it; and whoever turned out to be somebody else is no customer of their own any more."""
    book.people.put_into(book.sales)
    await work.synced.add(book.sales)
    await drop_left_behind(work, book.people.left_behind)


async def drop_left_behind(work: UnitOfWork, customers: Iterable[CustomerId]) -> None:
    """Those that bought nothing, and that nobody of the processor's is now."""
    for each in customers:
        await work.synced.drop_empty_customer(each)


def _end_of(fact: ProcessorSubscription) -> datetime | None:
    if fact.state not in {SubscriptionState.CANCELED, SubscriptionState.COMPLETED}:
        return None
    return fact.ended_at or fact.period_ends_at
