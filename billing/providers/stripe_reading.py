"""What there is at Stripe now, one by one and in pages."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar, assert_never

import stripe

from billing.processor import AnswerLost, Listed, NotPermitted, Page
from billing.processor_facts import (
    ProcessorCharge,
    ProcessorCustomer,
    ProcessorDispute,
    ProcessorFact,
    ProcessorInvoice,
    ProcessorRefund,
    ProcessorSubscription,
)
from billing.providers.stripe_amounts import money_of
from billing.providers.stripe_catalogue import FRESH_FOR, Catalogue
from billing.providers.stripe_client import PATIENCE, StripeDoor, doubts, found, is_missing
from billing.providers.stripe_facts import (
    charge_fact,
    customer_fact,
    dispute_fact,
    id_of,
    refund_fact,
    subscription_fact,
)
from billing.providers.stripe_invoices import invoice_fact, learn_wares
from billing.providers.stripe_lists import ASK, MOST, Created, is_intent, refunds_of

# The card that pays: the subscription's own, or the customer's.
CARDS = ["default_payment_method", "customer.invoice_settings.default_payment_method"]

_EXPANDED = {Listed.INVOICES: ["data.payments"]}

_Thing = TypeVar("_Thing", bound=stripe.StripeObject)
_Answer = TypeVar("_Answer")


class StripeReading(StripeDoor):
    """`Reads` at Stripe."""

    def __init__(
        self,
        key: str,
        *,
        api: str | None = None,
        http: stripe.AIOHTTPClient | None = None,
        patience: float = PATIENCE,
    ) -> None:
        super().__init__(key, api=api, http=http, patience=patience)
        self._catalogue = Catalogue(self._v1)
        self._sees_no_cards_until = 0.0  # of the monotonic clock

    async def read_customer(self, processor_id: str) -> ProcessorCustomer | None:
        """A customer; a deleted one is none."""
        customer = await found(self._v1.customers.retrieve_async(processor_id))
        return None if customer is None else customer_fact(customer)

    async def read_subscription(self, processor_id: str) -> ProcessorSubscription | None:
        """A subscription with its card; one that has ended is still there."""
        subscription = await self._with_cards(
            lambda cards: found(self._v1.subscriptions.retrieve_async(processor_id, {"expand": cards}))
        )
        return None if subscription is None else (await self._subscriptions([subscription]))[0]

    async def _with_cards(self, read: Callable[[list[str]], Awaitable[_Answer]]) -> _Answer:
        """Without the cards, if the key may not see them."""
        if time.monotonic() < self._sees_no_cards_until:
            return await read([])
        try:
            return await read(CARDS)
        except NotPermitted:
            answer = await read([])
            self._sees_no_cards_until = time.monotonic() + FRESH_FOR
            return answer

    async def _subscriptions(self, some: Sequence[stripe.Subscription]) -> list[ProcessorSubscription]:
        items = [item for each in some for item in each["items"].data]
        wares = await self._catalogue.learn(id_of(item.price.product) for item in items)
        return [subscription_fact(each, wares) for each in some]

    async def _invoices(self, some: Sequence[stripe.Invoice]) -> list[ProcessorInvoice]:
        wares = await learn_wares(self._catalogue, some)
        return [invoice_fact(each, wares) for each in some]

    async def read_charge(self, processor_id: str) -> ProcessorCharge | None:
        """By its id or its payment intent's, with what its invoice says."""
        if is_intent(processor_id):
            charge = await self._find_charge(processor_id)
        else:
            charge = await _found(self._v1.charges.retrieve_async(processor_id))
        if charge is None:
            return None
        return replace(charge_fact(charge), invoice=await self._invoice_of(charge))

    async def _find_charge(self, intent: str) -> stripe.Charge | None:
        """The one that succeeded; else the latest try."""
        page = await found(self._v1.charges.list_async({"payment_intent": intent, "limit": MOST}))
        tries: list[stripe.Charge] = [each for each in page.data if _is_known(each)] if page else []
        return next((each for each in tries if each.status != "failed"), tries[0] if tries else None)

    async def _invoice_of(self, charge: stripe.Charge) -> ProcessorInvoice | None:
        intent = id_of(charge.payment_intent)
        if not intent:
            return None
        payment: stripe.params.InvoicePaymentListParamsPayment = {
            "type": "payment_intent",
            "payment_intent": intent,
        }
        page = await found(self._v1.invoice_payments.list_async({"payment": payment, "limit": 1}))
        return await self.read_invoice(id_of(page.data[0].invoice)) if page and page.data else None

    async def read_refund(self, processor_id: str) -> ProcessorRefund | None:
        """A refund, whatever became of it."""
        refund = await _found(self._v1.refunds.retrieve_async(processor_id))
        return None if refund is None else refund_fact(refund)

    async def list_refunds(self, charge: str) -> Sequence[ProcessorRefund]:
        """All of one charge, newest first; the charge may be named by its payment intent."""
        return [refund_fact(each) for each in await refunds_of(self._v1, charge) if _is_known(each)]

    async def read_dispute(self, processor_id: str) -> ProcessorDispute | None:
        """A dispute, or the inquiry before one."""
        dispute = await _found(self._v1.disputes.retrieve_async(processor_id))
        return None if dispute is None else dispute_fact(dispute)

    async def read_invoice(self, processor_id: str) -> ProcessorInvoice | None:
        """An invoice with its payments."""
        invoice = await _found(self._v1.invoices.retrieve_async(processor_id, {"expand": ["payments"]}))
        return None if invoice is None else (await self._invoices([invoice]))[0]

    async def read_method_customer(self, method: str) -> str | None:
        """Whose card this is; None: nobody's, or there is no such card."""
        card = await found(self._v1.payment_methods.retrieve_async(method))
        return None if card is None else id_of(card.customer) or None

    async def list_page(
        self,
        what: Listed,
        *,
        after: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> Page:
        """At most 100, made in [since, until), newest first; `after` is what the page before gave."""
        created: Created = {}
        if since is not None:
            created["gte"] = int(since.timestamp())
        if until is not None:
            created["lt"] = int(until.timestamp())
        things = await self._list(what, after, created)
        known = [each for each in things.data if _is_known(each)]
        last = things.data[-1] if things.has_more and things.data else None
        return Page(
            facts=await self._facts(what, known),
            after=f"{last.id}@{last.created}" if last is not None else None,
            left_out=len(things.data) - len(known),
        )

    async def _list(self, what: Listed, after: str | None, created: Created) -> stripe.ListObject[Any]:
        """A page after the cursor; if its object was deleted meanwhile, all that is not newer than it was."""
        object_id, _, made = (after or "").partition("@")
        try:
            return await self._ask(what, created, object_id)
        except stripe.InvalidRequestError as no:
            if not (made and is_missing(no)):
                raise AnswerLost(str(no)) from no
        return await self._ask(what, {**created, "lte": int(made)}, "")

    async def _ask(self, what: Listed, created: Created, after: str) -> stripe.ListObject[Any]:
        async def ask(expand: Sequence[str]) -> stripe.ListObject[Any]:
            async with doubts():
                return await ASK[what](self._v1, created, after, expand)

        if what is Listed.SUBSCRIPTIONS:
            return await self._with_cards(lambda cards: ask([f"data.{each}" for each in cards]))
        return await ask(_EXPANDED.get(what, ()))

    async def _facts(self, what: Listed, things: Sequence[Any]) -> Sequence[ProcessorFact]:
        match what:
            case Listed.CUSTOMERS:
                return [customer_fact(each) for each in things]
            case Listed.SUBSCRIPTIONS:
                return await self._subscriptions(things)
            case Listed.INVOICES:
                return await self._invoices(things)
            case Listed.CHARGES:
                return [charge_fact(each) for each in things]
            case Listed.REFUNDS:
                return [refund_fact(each) for each in things]
            case Listed.DISPUTES:
                return [dispute_fact(each) for each in things]
            case _:
                assert_never(what)


async def _found(reading: Awaitable[_Thing]) -> _Thing | None:
    """As `found`; what is in a currency that ISO does not know is none of ours."""
    thing = await found(reading)
    return thing if thing is not None and _is_known(thing) else None


def _is_known(thing: stripe.StripeObject) -> bool:
    """It has no currency, or one that ISO knows."""
    currency = getattr(thing, "currency", None)
    if not isinstance(currency, str) or isinstance(thing, stripe.Customer | stripe.Subscription):
        return True
    try:
        money_of(0, currency)
    except ValueError:
        return False
    return True
