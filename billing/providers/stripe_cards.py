"""A customer's way to another card: Stripe's hosted pages, and what reading back says of them."""

from __future__ import annotations

from datetime import timedelta

import stripe

from billing.processing.records import CardChange
from billing.processor import CardPage, CardPageAnswer, CardPageState, CardUses, NotPermitted, Refused
from billing.providers.stripe_client import CARD_CHANGE_MARK, code_of, doubts, found, told
from billing.providers.stripe_facts import card_of, default_method_of, id_of, moment
from billing.providers.stripe_lists import MOST
from billing.providers.stripe_reading import StripeReading
from billing.states import CardPageKind, SubscriptionState

# Stripe ends a portal session an hour after its customer's last step, and sooner if nobody comes.
PORTAL_LIVES = timedelta(hours=1)
# Of the languages that our customers have, those that both of Stripe's pages speak.
_LOCALES = frozenset("en de es fr it nl pl tr ja pt pt-BR zh zh-TW zh-HK".split())
# Stripe's seconds are cut, and its clock may be a little behind ours.
_CLOCKS_APART = timedelta(minutes=2)


class StripeCards(StripeReading):
    """The pages and reads of `ChangesCards` at Stripe."""

    async def read_card_uses(self, processor_customer: str) -> CardUses:
        """What the customer's subscriptions are paid with, and their open invoices."""
        customer = await found(self._v1.customers.retrieve_async(processor_customer))
        if customer is None:
            return CardUses(default_method="", subscriptions=(), overdue=())
        running = [
            each
            for each in await self._subscriptions(await self._running(processor_customer))
            if each.state is not SubscriptionState.CANCELED
        ]
        ids = {each.id for each in running}
        invoices = await self._invoices(await self._open_invoices(processor_customer))
        return CardUses(
            default_method=default_method_of(customer),
            subscriptions=running,
            overdue=[each for each in invoices if each.subscription in ids and each.due],
        )

    async def _running(self, customer: str) -> list[stripe.Subscription]:
        async def read(cards: list[str]) -> list[stripe.Subscription]:
            async with doubts():
                page = await self._v1.subscriptions.list_async(
                    {"customer": customer, "limit": MOST, "expand": [f"data.{each}" for each in cards]}
                )
                return [each async for each in page.auto_paging_iter()]

        return await self._with_cards(read)

    async def _open_invoices(self, customer: str) -> list[stripe.Invoice]:
        async with doubts():
            page = await self._v1.invoices.list_async(
                {"customer": customer, "status": "open", "limit": MOST, "expand": ["data.payments"]}
            )
            return [each async for each in page.auto_paging_iter()]

    async def open_card_page(
        self, change: CardChange, *, processor_customer: str, return_url: str, locale: str
    ) -> CardPage:
        """The portal's card flow; where the merchant has set no portal up, Checkout that saves a card."""
        customer = await found(self._v1.customers.retrieve_async(processor_customer))
        if customer is None:
            raise Refused("no_customer")
        speaks = _spoken(locale)
        try:
            return await self._open_portal(change, customer, return_url, speaks)
        except (stripe.InvalidRequestError, NotPermitted):
            return await self._open_checkout(change, customer, return_url, speaks)

    async def _open_portal(
        self, change: CardChange, customer: stripe.Customer, return_url: str, locale: str
    ) -> CardPage:
        async with doubts():
            session = await self._v1.billing_portal.sessions.create_async(
                {
                    "customer": customer.id,
                    "return_url": return_url,
                    "locale": locale,
                    "flow_data": {
                        "type": "payment_method_update",
                        "after_completion": {"type": "redirect", "redirect": {"return_url": return_url}},
                    },
                },
                {"idempotency_key": change.key},
            )
        return CardPage(
            kind=CardPageKind.PORTAL,
            session=session.id,
            link=session.url,
            expires_at=moment(session.created) + PORTAL_LIVES,
            method_before=default_method_of(customer),
        )

    async def _open_checkout(
        self, change: CardChange, customer: stripe.Customer, return_url: str, locale: str
    ) -> CardPage:
        mark = {CARD_CHANGE_MARK: change.id.hex}
        params: stripe.params.checkout.SessionCreateParams = {
            "mode": "setup",
            "customer": customer.id,
            "allowed_payment_method_types": ["card"],
            "success_url": return_url,
            "cancel_url": return_url,
            "locale": locale,
            "metadata": mark,
            "setup_intent_data": {"metadata": mark},
        }
        if customer.currency:
            params["currency"] = customer.currency
        async with doubts():
            try:
                session = await self._v1.checkout.sessions.create_async(
                    params, {"idempotency_key": f"{change.key}-checkout"}
                )
            except stripe.InvalidRequestError as no:
                raise Refused(code_of(no) or "no_card_page") from no
        return CardPage(
            kind=CardPageKind.CHECKOUT,
            session=session.id,
            link=session.url or "",
            expires_at=moment(session.expires_at),
            method_before=default_method_of(customer),
        )

    async def read_card_page(self, change: CardChange) -> CardPageAnswer:
        """Whether our page, of our customer, has a new card."""
        if change.page is CardPageKind.CHECKOUT:
            return await self._read_checkout(change)
        return await self._read_portal(change)

    async def _read_portal(self, change: CardChange) -> CardPageAnswer:
        """The portal tells nothing of a session: its customer pays with another card, made since."""
        customer = await found(self._v1.customers.retrieve_async(change.processor_customer))
        method = default_method_of(customer) if customer is not None else ""
        if not method or method == change.method_before:
            return CardPageAnswer(CardPageState.WAITING)
        card = await found(self._v1.payment_methods.retrieve_async(method))
        since = change.asked_at - _CLOCKS_APART
        if card is None or id_of(card.customer) != change.processor_customer or moment(card.created) < since:
            return CardPageAnswer(CardPageState.WAITING)
        return CardPageAnswer(CardPageState.COMPLETE, method=card.id, card=card_of(card))

    async def _read_checkout(self, change: CardChange) -> CardPageAnswer:
        session = await found(
            self._v1.checkout.sessions.retrieve_async(change.session, {"expand": ["setup_intent"]})
        )
        if session is None or session.status == "expired":
            return CardPageAnswer(CardPageState.EXPIRED)
        method = await self._saved(session) if _is_ours(session, change) else None
        if method is None or id_of(method.customer) != change.processor_customer:
            return CardPageAnswer(CardPageState.WAITING)
        return CardPageAnswer(CardPageState.COMPLETE, method=method.id, card=card_of(method))

    async def _saved(self, session: stripe.checkout.Session) -> stripe.PaymentMethod | None:
        intent = session.setup_intent
        if not isinstance(intent, stripe.SetupIntent) or intent.status != "succeeded":
            return None
        return await found(self._v1.payment_methods.retrieve_async(id_of(intent.payment_method)))


def _is_ours(session: stripe.checkout.Session, change: CardChange) -> bool:
    """Complete, made for this change, and for the customer whom we stored."""
    marks = told(session, "metadata")
    mark = marks.to_dict().get(CARD_CHANGE_MARK) if marks else None
    is_our_page = mark == change.id.hex and id_of(session.customer) == change.processor_customer
    return session.status == "complete" and is_our_page


def _spoken(locale: str) -> str:
    """`pt-BR` as it is, `zh-Hans-CN` and `de-AT` by their language; else what the browser asks for."""
    language, *_, last = locale.split("-") * 2
    return next((each for each in (f"{language}-{last}", language) if each in _LOCALES), "auto")
