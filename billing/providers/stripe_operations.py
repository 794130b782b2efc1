"""Operations at Stripe: refunds and subscriptions, with our keys, our marks and read-backs."""

from __future__ import annotations

import stripe

from billing.processor import Outcome, ProcessorAnswer
from billing.providers.stripe_amounts import NotCountable, stripe_amount
from billing.providers.stripe_client import OPERATION_MARK, StripeDoor, code_of, doubts, found, told
from billing.providers.stripe_facts import operation_of, period_end_of, refund_fact, state_of
from billing.providers.stripe_lists import is_intent, refunds_of
from billing.records import Operation
from billing.states import OperationKind, SubscriptionState

_ENDING = frozenset({SubscriptionState.CANCEL_SCHEDULED, SubscriptionState.CANCELED})


class StripeOperations(StripeDoor):
    """`CarriesOut` at Stripe."""

    async def carry_out(self, operation: Operation) -> ProcessorAnswer:
        """Do it with the operation's key. A definite no is an answer; otherwise as the port says."""
        async with doubts():
            try:
                if operation.kind is OperationKind.REFUND:
                    return await self._refund(operation)
                return await self._change_subscription(operation)
            except (stripe.InvalidRequestError, stripe.CardError) as no:
                return await self._explain(operation, no)

    async def _refund(self, operation: Operation) -> ProcessorAnswer:
        assert operation.amount is not None
        try:
            amount = stripe_amount(operation.amount)
        except NotCountable:
            return ProcessorAnswer(Outcome.FAILED, failure="amount_not_possible")
        params: stripe.params.RefundCreateParams = {
            "amount": amount,
            # Never `fraudulent`, whatever the customer wrote: it blocks their card and e-mail.
            "reason": "requested_by_customer",
            "metadata": {OPERATION_MARK: operation.id.hex},
        }
        if is_intent(operation.processor_target):
            params["payment_intent"] = operation.processor_target
        else:
            params["charge"] = operation.processor_target
        refund = await self._v1.refunds.create_async(params, {"idempotency_key": operation.key})
        return refund_answer(refund)

    async def _change_subscription(self, operation: Operation) -> ProcessorAnswer:
        subscriptions = self._v1.subscriptions
        options: stripe.RequestOptions = {"idempotency_key": operation.key}
        if operation.kind is OperationKind.CANCEL_NOW:
            changed = await subscriptions.cancel_async(operation.processor_target, {}, options)
        else:
            ends = operation.kind is OperationKind.CANCEL_AT_PERIOD_END
            changed = await subscriptions.update_async(
                operation.processor_target, {"cancel_at_period_end": ends}, options
            )
        answer = subscription_answer(changed)
        if not _is_as_asked(operation, answer):
            # E.g. an end at a date of the merchant's own, which this undo does not take back.
            return ProcessorAnswer(Outcome.FAILED, processor_id=changed.id, failure="not_as_asked")
        return answer

    async def _explain(self, operation: Operation, no: stripe.StripeError) -> ProcessorAnswer:
        """A definite no; but a subscription that is already as asked for is a success."""
        if operation.kind is not OperationKind.REFUND:
            there = await self._read_state(operation.processor_target)
            if there is not None and _is_as_asked(operation, there):
                return there
            if there is not None and there.subscription_state is SubscriptionState.CANCELED:
                return ProcessorAnswer(Outcome.FAILED, failure="already_canceled")
        return ProcessorAnswer(Outcome.FAILED, failure=_reason(no))

    async def find(self, operation: Operation) -> ProcessorAnswer | None:
        """Read back what became of it, all pages; None: no trace of it."""
        if operation.kind is OperationKind.REFUND:
            return await self._find_refund(operation)
        there = await self._read_state(operation.processor_target)
        return there if there is not None and _is_as_asked(operation, there) else None

    async def _find_refund(self, operation: Operation) -> ProcessorAnswer | None:
        """By its id, which no list lags behind; else by our mark, and of several the first made."""
        if operation.processor_id is not None:
            refund = await found(self._v1.refunds.retrieve_async(operation.processor_id))
            if refund is not None:
                return refund_answer(refund)
        there = await refunds_of(self._v1, operation.processor_target)
        marked = [each for each in there if operation_of(each) == operation.id]
        return refund_answer(min(marked, key=lambda each: (each.created, each.id))) if marked else None

    async def _read_state(self, processor_id: str) -> ProcessorAnswer | None:
        subscription = await found(self._v1.subscriptions.retrieve_async(processor_id))
        return None if subscription is None else subscription_answer(subscription)


def refund_answer(refund: stripe.Refund) -> ProcessorAnswer:
    """The processor's word on a refund."""
    fact = refund_fact(refund)
    outcome = Outcome.FAILED if fact.has_failed else Outcome.SUCCEEDED if fact.is_final else Outcome.PENDING
    return ProcessorAnswer(outcome, processor_id=refund.id, failure=fact.failure)


def subscription_answer(subscription: stripe.Subscription) -> ProcessorAnswer:
    """The subscription as it is now."""
    return ProcessorAnswer(
        Outcome.SUCCEEDED,
        processor_id=subscription.id,
        period_ends_at=period_end_of(subscription),
        subscription_state=state_of(subscription),
    )


def _reason(no: stripe.StripeError) -> str:
    """Stripe's code; of an amount beyond what is left it says only which parameter is wrong."""
    return code_of(no) or ("amount_too_large" if told(no, "param") == "amount" else "declined")


def _is_as_asked(operation: Operation, answer: ProcessorAnswer) -> bool:
    state = answer.subscription_state
    match operation.kind:
        case OperationKind.CANCEL_AT_PERIOD_END:
            return state in _ENDING
        case OperationKind.CANCEL_NOW:
            return state is SubscriptionState.CANCELED
        case _:
            return state not in _ENDING
