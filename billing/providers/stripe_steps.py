"""What is done with a new card at Stripe, one call each: done before is done, and a no has its reason."""

from __future__ import annotations

from typing import assert_never

import stripe

from billing.processing.records import CardChange, CardStep
from billing.processor import Outcome, StepAnswer
from billing.providers.stripe_amounts import money_of
from billing.providers.stripe_cards import StripeCards
from billing.providers.stripe_client import code_of, doubts, found, told
from billing.providers.stripe_facts import default_method_of, id_of, state_of
from billing.states import CardStepKind, SubscriptionState

# The bank wants the customer's yes; the invoice's own page asks for it.
_ASKS = frozenset(
    {
        "authentication_required",
        "invoice_payment_intent_requires_action",
        "payment_intent_authentication_failure",
        "subscription_payment_intent_requires_action",
    }
)
_DONE = StepAnswer(Outcome.SUCCEEDED)


class StripeSteps(StripeCards):
    """The steps of `ChangesCards` at Stripe."""

    async def carry_out_step(self, change: CardChange, step: CardStep) -> StepAnswer:
        """With the step's key. A definite no is an answer; what is so already has succeeded."""
        if (before := await self._judge(change, step)) is not None:
            return before
        async with doubts():
            try:
                await self._do(change, step, {"idempotency_key": step.key})
            except (stripe.InvalidRequestError, stripe.CardError) as no:
                return await self._explain_step(change, step, no)
        return _DONE

    async def _do(self, change: CardChange, step: CardStep, options: stripe.RequestOptions) -> None:
        v1 = self._v1
        match step.kind:
            case CardStepKind.MOVE_SUBSCRIPTION:
                await v1.subscriptions.update_async(
                    step.target, {"default_payment_method": change.method}, options
                )
            case CardStepKind.SET_DEFAULT:
                settings: stripe.params.CustomerUpdateParamsInvoiceSettings = {
                    "default_payment_method": change.method
                }
                await v1.customers.update_async(step.target, {"invoice_settings": settings}, options)
            case CardStepKind.PAY_INVOICE:
                await v1.invoices.pay_async(step.target, {"payment_method": change.method}, options)
            case CardStepKind.DROP_CARD:
                await v1.payment_methods.detach_async(step.target, {}, options)
            case _:
                assert_never(step.kind)

    async def _explain_step(self, change: CardChange, step: CardStep, no: stripe.StripeError) -> StepAnswer:
        """A definite no; unless it is so already, or waits for the customer's yes to their bank."""
        there = await self.find_step(change, step)
        if there is not None:
            return there
        code = told(no.error, "decline_code") or code_of(no) or "declined"
        if step.kind is CardStepKind.PAY_INVOICE and not _ASKS.isdisjoint({code, code_of(no)}):
            invoice = await found(self._v1.invoices.retrieve_async(step.target))
            link = told(invoice, "hosted_invoice_url")
            if link:
                return StepAnswer(Outcome.PENDING, link=link)
        return StepAnswer(Outcome.FAILED, failure=code)

    async def find_step(self, change: CardChange, step: CardStep) -> StepAnswer | None:
        """Read back what became of it; None: not so, as far as can be seen."""
        match step.kind:
            case CardStepKind.MOVE_SUBSCRIPTION:
                return await self._find_move(change, step.target)
            case CardStepKind.SET_DEFAULT:
                customer = await found(self._v1.customers.retrieve_async(step.target))
                if customer is None:
                    return StepAnswer(Outcome.FAILED, failure="no_customer")
                return _DONE if default_method_of(customer) == change.method else None
            case CardStepKind.PAY_INVOICE:
                return await self._find_payment(step.target)
            case CardStepKind.DROP_CARD:
                method = await found(self._v1.payment_methods.retrieve_async(step.target))
                return _DONE if method is None or method.customer is None else None
            case _:
                assert_never(step.kind)

    async def _find_move(self, change: CardChange, processor_id: str) -> StepAnswer | None:
        subscription = await found(self._v1.subscriptions.retrieve_async(processor_id))
        if subscription is None or state_of(subscription) is SubscriptionState.CANCELED:
            return StepAnswer(Outcome.FAILED, failure="already_canceled")
        return _DONE if id_of(subscription.default_payment_method) == change.method else None

    async def _find_payment(self, invoice_id: str) -> StepAnswer | None:
        invoice = await found(
            self._v1.invoices.retrieve_async(invoice_id, {"expand": ["payments.data.payment.payment_intent"]})
        )
        if invoice is None or invoice.status in ("void", "uncollectible", "draft"):
            return StepAnswer(Outcome.FAILED, failure="not_payable")
        if invoice.status == "paid":
            return _DONE
        link = told(invoice, "hosted_invoice_url")
        if link and _asks_the_bank(invoice):
            return StepAnswer(Outcome.PENDING, link=link)
        return None

    async def _judge(self, change: CardChange, step: CardStep) -> StepAnswer | None:
        """What is done already, and what must not be done: pay more than was shown, drop another's card."""
        if step.kind is CardStepKind.PAY_INVOICE and step.amount is not None:
            invoice = await found(self._v1.invoices.retrieve_async(step.target))
            if invoice is None or id_of(invoice.customer) != change.processor_customer:
                return StepAnswer(Outcome.FAILED, failure="not_payable")
            if invoice.status == "paid":
                return _DONE
            due = money_of(invoice.amount_remaining, invoice.currency)
            if due.currency != step.amount.currency or due > step.amount:
                return StepAnswer(Outcome.FAILED, failure="amount_changed")
        if step.kind is CardStepKind.DROP_CARD:
            method = await found(self._v1.payment_methods.retrieve_async(step.target))
            if method is None or method.customer is None:
                return _DONE
            if id_of(method.customer) != change.processor_customer:
                return StepAnswer(Outcome.FAILED, failure="not_of_this_customer")
        return None


def _asks_the_bank(invoice: stripe.Invoice) -> bool:
    payments = told(invoice, "payments")
    intents = [told(each.payment, "payment_intent") for each in payments.data] if payments else []
    return any(told(each, "status") == "requires_action" for each in intents)
