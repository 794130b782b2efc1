"""Stripe's lists, newest first: one typed call each."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeAlias, TypedDict

import stripe

from billing.processor import AnswerLost, Listed
from billing.providers.stripe_client import doubts, found

MOST = 100  # objects a page


class Created(TypedDict, total=False):
    """A span of `created`, in seconds."""

    gt: int
    gte: int
    lt: int
    lte: int


# Made when, after which object (empty: from the newest), with what expanded.
Ask: TypeAlias = Callable[[stripe.V1Services, Created, str, Sequence[str]], Awaitable[stripe.ListObject[Any]]]


async def refunds_of(v1: stripe.V1Services, payment: str) -> list[stripe.Refund]:
    """All of one payment, newest first. It may be named by its charge or its intent, or be nobody's."""
    params: stripe.params.RefundListParams = {"limit": MOST}
    if is_intent(payment):
        params["payment_intent"] = payment
    else:
        params["charge"] = payment
    page = await found(v1.refunds.list_async(params))
    if page is None:
        return []
    async with doubts():
        try:
            return [each async for each in page.auto_paging_iter()]
        except stripe.InvalidRequestError as no:
            raise AnswerLost(str(no)) from no


def is_intent(processor_id: str) -> bool:
    """An export may have told us the payment intent instead of its charge."""
    return processor_id.startswith("pi_")


def _customers(
    v1: stripe.V1Services, created: Created, after: str, expand: Sequence[str]
) -> Awaitable[stripe.ListObject[stripe.Customer]]:
    params: stripe.params.CustomerListParams = {"limit": MOST, "created": created, "expand": [*expand]}
    if after:
        params["starting_after"] = after
    return v1.customers.list_async(params)


def _subscriptions(
    v1: stripe.V1Services, created: Created, after: str, expand: Sequence[str]
) -> Awaitable[stripe.ListObject[stripe.Subscription]]:
    params: stripe.params.SubscriptionListParams = {"limit": MOST, "created": created, "expand": [*expand]}
    params["status"] = "all"  # without it those that have ended are left out
    if after:
        params["starting_after"] = after
    return v1.subscriptions.list_async(params)


def _invoices(
    v1: stripe.V1Services, created: Created, after: str, expand: Sequence[str]
) -> Awaitable[stripe.ListObject[stripe.Invoice]]:
    params: stripe.params.InvoiceListParams = {"limit": MOST, "created": created, "expand": [*expand]}
    if after:
        params["starting_after"] = after
    return v1.invoices.list_async(params)


def _charges(
    v1: stripe.V1Services, created: Created, after: str, expand: Sequence[str]
) -> Awaitable[stripe.ListObject[stripe.Charge]]:
    params: stripe.params.ChargeListParams = {"limit": MOST, "created": created, "expand": [*expand]}
    if after:
        params["starting_after"] = after
    return v1.charges.list_async(params)


def _refunds(
    v1: stripe.V1Services, created: Created, after: str, expand: Sequence[str]
) -> Awaitable[stripe.ListObject[stripe.Refund]]:
    params: stripe.params.RefundListParams = {"limit": MOST, "created": created, "expand": [*expand]}
    if after:
        params["starting_after"] = after
    return v1.refunds.list_async(params)


def _disputes(
    v1: stripe.V1Services, created: Created, after: str, expand: Sequence[str]
) -> Awaitable[stripe.ListObject[stripe.Dispute]]:
    params: stripe.params.DisputeListParams = {"limit": MOST, "created": created, "expand": [*expand]}
    if after:
        params["starting_after"] = after
    return v1.disputes.list_async(params)


ASK: Mapping[Listed, Ask] = {
    Listed.CUSTOMERS: _customers,
    Listed.SUBSCRIPTIONS: _subscriptions,
    Listed.INVOICES: _invoices,
    Listed.CHARGES: _charges,
    Listed.REFUNDS: _refunds,
    Listed.DISPUTES: _disputes,
}
