"""Whom the contract is tested against: the small Stripe, and Stripe itself in test mode if a key is given."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

import stripe

from billing.providers.stripe import StripeProvider
from selfbill.sandbox.processor import ProcessorSandbox
from selfbill.sandbox.processor.call import Call
from selfbill.sandbox.processor.resources.cards import TEST_CARDS, save_test_card
from selfbill.sandbox.processor.resources.customers import delete_customer
from tests.make import TurnedClock

KEY = "SELFBILL_TEST_STRIPE_KEY"
# Kinds of test cards: the number to type, and the token that stands for it.
CARDS = {
    "visa": ("4242424242424242", "pm_card_visa"),
    "mastercard": ("5555555555554444", "pm_card_mastercard"),
    "asks": ("4000002760003184", "pm_card_authenticationRequired"),
    "declined": ("4000000000000341", "pm_card_chargeCustomerFail"),
}
DAY = 86_400


class Processor(ABC):
    """A processor's account that holds nothing of ours yet, and how its own things come to be."""

    def __init__(self, provider: StripeProvider) -> None:
        self.provider = provider

    @abstractmethod
    async def customer(self, card: str = "visa") -> str:
        """With this card as their default."""

    @abstractmethod
    async def another_card(self, customer: str, card: str = "mastercard") -> str:
        """On the customer's file, not their default."""

    @abstractmethod
    async def charge(self, customer: str, amount: int = 1000, currency: str = "usd") -> str: ...

    @abstractmethod
    async def subscription(self, customer: str, product: str = "Gold", amount: int = 3900) -> str:
        """Monthly, in dollars, paid."""

    @abstractmethod
    async def overdue(self, subscription: str) -> str:
        """An open invoice of the subscription; its id."""

    @abstractmethod
    async def refund_elsewhere(self, charge: str, amount: int, mark: dict[str, str] | None = None) -> str: ...

    @abstractmethod
    async def make_default(self, customer: str, method: str) -> None:
        """What the portal does with a new card."""

    @abstractmethod
    async def forget(self, customer: str) -> None:
        """Delete the customer."""


class SmallStripe(Processor):
    """The stand-in, with what Stripe cannot be told to do."""

    def __init__(self, sandbox: ProcessorSandbox, clock: TurnedClock, provider: StripeProvider) -> None:
        super().__init__(provider)
        self.sandbox = sandbox
        self.clock = clock

    @property
    def _now(self) -> int:
        return self.sandbox.state.now()

    async def customer(self, card: str = "visa") -> str:
        name = f"cus_{uuid4().hex[:14]}"
        fields = {"email": f"{name}@example.net", "name": "Alice", "card": {"number": CARDS[card][0]}}
        self.sandbox.seed([{"object": "customer", "id": name, "created": self._now, **fields}])
        return name

    async def another_card(self, customer: str, card: str = "mastercard") -> str:
        with self.sandbox.state.by_hand(customer):
            return str(
                save_test_card(
                    self.sandbox.state, TEST_CARDS[CARDS[card][0]], expires=(12, 2034), customer=customer
                )["id"]
            )

    async def charge(self, customer: str, amount: int = 1000, currency: str = "usd") -> str:
        return str(self.sandbox.sell(amount, currency, customer=customer, description="A print")["id"])

    async def subscription(self, customer: str, product: str = "Gold", amount: int = 3900) -> str:
        name = f"sub_{uuid4().hex[:14]}"
        price = {"product": product, "unit_amount": amount, "currency": "usd", "interval": "month"}
        ends = {"current_period_start": self._now, "current_period_end": self._now + 30 * DAY}
        line = {"object": "subscription", "id": name, "customer": customer, "created": self._now}
        self.sandbox.seed([{**line, **ends, "price": price}])
        self.sandbox.renew(name)
        return name

    async def overdue(self, subscription: str) -> str:
        customer = self.sandbox.state.get("subscription", subscription)["customer"]
        owner = self.sandbox.state.get("customer", customer)
        before = owner["invoice_settings"]["default_payment_method"]
        self.sandbox.change_card_elsewhere(customer, CARDS["declined"][0])
        invoice = self.sandbox.renew(subscription)["latest_invoice"]
        await self.make_default(customer, before)
        return str(invoice)

    async def refund_elsewhere(self, charge: str, amount: int, mark: dict[str, str] | None = None) -> str:
        return str(self.sandbox.refund_elsewhere(charge, amount, metadata=mark)["id"])

    async def make_default(self, customer: str, method: str) -> None:
        with self.sandbox.state.by_hand(customer):
            owner = self.sandbox.state.get("customer", customer)
            settings = {**owner["invoice_settings"], "default_payment_method": method}
            self.sandbox.state.store.put({**owner, "invoice_settings": settings})

    async def forget(self, customer: str) -> None:
        with self.sandbox.state.by_hand(customer):
            delete_customer(self.sandbox.state, Call({"id": customer}, {}))


class RealStripe(Processor):
    """Stripe itself, in test mode; what is made there stays there."""

    def __init__(self, key: str, provider: StripeProvider) -> None:
        super().__init__(provider)
        self._v1 = stripe.StripeClient(key, http_client=stripe.AIOHTTPClient()).v1

    async def customer(self, card: str = "visa") -> str:
        method = CARDS[card][1]
        settings: stripe.params.CustomerCreateParamsInvoiceSettings = {"default_payment_method": method}
        made = await self._v1.customers.create_async(
            {
                "name": "Alice",
                "email": "alice@example.com",
                "payment_method": method,
                "invoice_settings": settings,
            }
        )
        return made.id

    async def another_card(self, customer: str, card: str = "mastercard") -> str:
        attached = await self._v1.payment_methods.attach_async(CARDS[card][1], {"customer": customer})
        return attached.id

    async def charge(self, customer: str, amount: int = 1000, currency: str = "usd") -> str:
        intent = await self._v1.payment_intents.create_async(
            {
                "amount": amount,
                "currency": currency,
                "customer": customer,
                "description": "A print",
                "payment_method": "pm_card_visa",
                "payment_method_types": ["card"],
                "confirm": True,
            }
        )
        return str(intent.latest_charge)

    async def subscription(self, customer: str, product: str = "Gold", amount: int = 3900) -> str:
        ware = await self._v1.products.create_async({"name": product})
        made = await self._v1.subscriptions.create_async(
            {
                "customer": customer,
                "items": [
                    {
                        "price_data": {
                            "currency": "usd",
                            "product": ware.id,
                            "unit_amount": amount,
                            "recurring": {"interval": "month"},
                        }
                    }
                ],
            }
        )
        return made.id

    async def overdue(self, subscription: str) -> str:
        there = await self._v1.subscriptions.retrieve_async(subscription)
        customer = str(there.customer)
        item: stripe.params.InvoiceItemCreateParams = {"customer": customer, "subscription": subscription}
        await self._v1.invoice_items.create_async({**item, "amount": 3900, "currency": "usd"})
        invoice = await self._v1.invoices.create_async({"customer": customer, "subscription": subscription})
        await self._v1.invoices.finalize_invoice_async(invoice.id, {"auto_advance": False})
        return invoice.id

    async def refund_elsewhere(self, charge: str, amount: int, mark: dict[str, str] | None = None) -> str:
        made = await self._v1.refunds.create_async(
            {"charge": charge, "amount": amount, "metadata": mark or {}}
        )
        return made.id

    async def make_default(self, customer: str, method: str) -> None:
        settings: stripe.params.CustomerUpdateParamsInvoiceSettings = {"default_payment_method": method}
        await self._v1.customers.update_async(customer, {"invoice_settings": settings})

    async def forget(self, customer: str) -> None:
        await self._v1.customers.delete_async(customer)


@asynccontextmanager
async def open_small() -> AsyncIterator[SmallStripe]:
    clock = TurnedClock()
    async with ProcessorSandbox(clock=clock) as sandbox:
        provider = StripeProvider(sandbox.secret_key, api=sandbox.url, patience=5)
        yield SmallStripe(sandbox, clock, provider)
        await provider.close()


@asynccontextmanager
async def open_real(key: str) -> AsyncIterator[RealStripe]:
    assert "_test_" in key, f"{KEY} must be a key of test mode"
    provider = StripeProvider(key, patience=30)
    yield RealStripe(key, provider)
    await provider.close()
