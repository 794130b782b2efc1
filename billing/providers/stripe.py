"""Stripe, through its official SDK on aiohttp: refunds and subscriptions, with our keys and read-backs."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import stripe

from billing.processor import AnswerLost, Outcome, ProcessorAnswer, TryLater
from billing.records import Operation
from billing.states import OperationKind, SubscriptionState

# Our mark on what we make there, so that a read-back finds it again.
OPERATION_MARK = "selfbill_operation"
# Seconds. A delivery makes up to three calls, and all of them must fit into the relay's lease.
PATIENCE = 8.0

_SUBSCRIPTION_STATES = {
    "trialing": SubscriptionState.TRIALING,
    "active": SubscriptionState.ACTIVE,
    "past_due": SubscriptionState.PAST_DUE,
    "unpaid": SubscriptionState.PAST_DUE,
    "incomplete": SubscriptionState.PAST_DUE,
    "paused": SubscriptionState.PAUSED,
    "canceled": SubscriptionState.CANCELED,
    "incomplete_expired": SubscriptionState.CANCELED,
}
_REFUND_OUTCOMES = {
    "succeeded": Outcome.SUCCEEDED,
    "pending": Outcome.PENDING,
    "requires_action": Outcome.PENDING,
    "failed": Outcome.FAILED,
    "canceled": Outcome.FAILED,
}


class StripeProvider:
    """`PaymentProvider` for one Stripe account; close it in the end."""

    def __init__(self, key: str, *, api: str | None = None, patience: float = PATIENCE) -> None:
        self._http = stripe.AIOHTTPClient(timeout=aiohttp.ClientTimeout(total=patience))
        self._client = stripe.StripeClient(
            key,
            base_addresses={"api": api} if api else {},
            http_client=self._http,
            # A silent second try inside one call would hide from the ledger what was sent.
            max_network_retries=0,
        )

    async def close(self) -> None:
        """Close the connections."""
        await self._http.close_async()  # type: ignore[no-untyped-call]

    async def carry_out(self, operation: Operation) -> ProcessorAnswer:
        """Do it with the operation's key. A definite no is an answer; raises `AnswerLost`, `TryLater`."""
        async with _doubts():
            try:
                if operation.kind is OperationKind.REFUND:
                    return await self._refund(operation)
                return await self._change_subscription(operation)
            except (stripe.InvalidRequestError, stripe.CardError) as no:
                return await self._explain(operation, no)

    async def _refund(self, operation: Operation) -> ProcessorAnswer:
        assert operation.amount is not None
        refund = await self._client.v1.refunds.create_async(
            {
                "charge": operation.processor_target,
                "amount": operation.amount.minor,
                # Never `fraudulent`, whatever the customer wrote: it blocks their card and e-mail.
                "reason": "requested_by_customer",
                "metadata": {OPERATION_MARK: operation.id.hex},
            },
            {"idempotency_key": operation.key},
        )
        return _refund_answer(refund)

    async def _change_subscription(self, operation: Operation) -> ProcessorAnswer:
        subscriptions = self._client.v1.subscriptions
        options: stripe.RequestOptions = {"idempotency_key": operation.key}
        if operation.kind is OperationKind.CANCEL_NOW:
            changed = await subscriptions.cancel_async(operation.processor_target, {}, options)
        else:
            ends = operation.kind is OperationKind.CANCEL_AT_PERIOD_END
            changed = await subscriptions.update_async(
                operation.processor_target, {"cancel_at_period_end": ends}, options
            )
        return _subscription_answer(changed)

    async def _explain(self, operation: Operation, no: stripe.StripeError) -> ProcessorAnswer:
        """A definite no; but a subscription that is already as asked for is a success."""
        if operation.kind is not OperationKind.REFUND:
            found = await self.find(operation)
            if found is not None:
                return found
        return ProcessorAnswer(Outcome.FAILED, failure=no.code or "declined")

    async def find(self, operation: Operation) -> ProcessorAnswer | None:
        """Read back what became of it, all pages; None: no trace of it."""
        async with _doubts():
            if operation.kind is OperationKind.REFUND:
                return await self._find_refund(operation)
            answer = await self.read_subscription(operation.processor_target)
            return answer if answer is not None and _is_as_asked(operation, answer) else None

    async def _find_refund(self, operation: Operation) -> ProcessorAnswer | None:
        page = await self._client.v1.refunds.list_async({"charge": operation.processor_target, "limit": 100})
        async for refund in page.auto_paging_iter():
            marks: dict[str, Any] = refund.to_dict().get("metadata") or {}
            is_ours = marks.get(OPERATION_MARK) == operation.id.hex
            if is_ours or refund.id == operation.processor_id:
                return _refund_answer(refund)
        return None

    async def list_subscriptions(self) -> Sequence[ProcessorAnswer]:
        """All that have not ended, page by page."""
        async with _doubts():
            page = await self._client.v1.subscriptions.list_async({"limit": 100})
            return [_subscription_answer(each) async for each in page.auto_paging_iter()]

    async def read_subscription(self, processor_id: str) -> ProcessorAnswer | None:
        """The subscription as it is now; None if there is none."""
        async with _doubts():
            try:
                found = await self._client.v1.subscriptions.retrieve_async(processor_id)
            except stripe.InvalidRequestError as no:
                if no.code == "resource_missing":
                    return None
                raise AnswerLost(str(no)) from no
            return _subscription_answer(found)


def _refund_answer(refund: stripe.Refund) -> ProcessorAnswer:
    outcome = _REFUND_OUTCOMES.get(refund.status or "", Outcome.PENDING)
    failure = None
    if outcome is Outcome.FAILED:
        failure = getattr(refund, "failure_reason", None) or "declined"
    return ProcessorAnswer(outcome, processor_id=refund.id, failure=failure)


def _subscription_answer(subscription: stripe.Subscription) -> ProcessorAnswer:
    state = _SUBSCRIPTION_STATES.get(subscription.status, SubscriptionState.ACTIVE)
    if subscription.cancel_at_period_end and state is not SubscriptionState.CANCELED:
        state = SubscriptionState.CANCEL_SCHEDULED
    # In this API version the period is on the items, not on the subscription.
    ends = [item.current_period_end for item in subscription["items"].data]
    return ProcessorAnswer(
        Outcome.SUCCEEDED,
        processor_id=subscription.id,
        period_ends_at=datetime.fromtimestamp(max(ends), UTC) if ends else None,
        subscription_state=state,
    )


def _is_as_asked(operation: Operation, answer: ProcessorAnswer) -> bool:
    state = answer.subscription_state
    match operation.kind:
        case OperationKind.CANCEL_AT_PERIOD_END:
            return state in {SubscriptionState.CANCEL_SCHEDULED, SubscriptionState.CANCELED}
        case OperationKind.CANCEL_NOW:
            return state is SubscriptionState.CANCELED
        case _:
            return state not in {SubscriptionState.CANCEL_SCHEDULED, SubscriptionState.CANCELED}


@asynccontextmanager
async def _doubts() -> AsyncIterator[None]:
    """Stripe's errors as ours: what surely did nothing is `TryLater`, any doubt is `AnswerLost`."""
    try:
        yield
    except (stripe.RateLimitError, stripe.AuthenticationError, stripe.PermissionError) as busy:
        raise TryLater(busy.code or type(busy).__name__, _retry_after(busy)) from busy
    except stripe.IdempotencyError as mismatch:
        # The key went out with other parameters: never "fixed" with a new key, people must look.
        raise AnswerLost("idempotency mismatch") from mismatch
    except (stripe.APIConnectionError, stripe.APIError, aiohttp.ClientError, TimeoutError) as lost:
        # A key in use is to the SDK an error as any 500.
        if isinstance(lost, stripe.APIError) and lost.http_status == 409:
            raise TryLater("the key is in use", _retry_after(lost)) from lost
        # The SDK lets an answer that breaks off in its body through as aiohttp's own error.
        raise AnswerLost(type(lost).__name__) from lost


def _retry_after(error: stripe.StripeError) -> timedelta | None:
    headers: Any = error.headers or {}
    seconds = str(headers.get("Retry-After") or headers.get("retry-after") or "")
    return timedelta(seconds=int(seconds)) if seconds.isdigit() else None
