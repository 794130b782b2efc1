"""Stripe's objects in our words: customers, subscriptions, charges, refunds and disputes."""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import stripe

from billing.ids import OperationId
from billing.processor_facts import (
    ProcessorCharge,
    ProcessorCustomer,
    ProcessorDispute,
    ProcessorRefund,
    ProcessorSubscription,
)
from billing.providers.stripe_amounts import money_of
from billing.providers.stripe_catalogue import Wares, point_of_price
from billing.providers.stripe_client import OPERATION_MARK, told
from billing.records import Address, Card
from billing.states import DisputeState, PaymentState, SubscriptionState

_S, _D = SubscriptionState, DisputeState
_SUBSCRIPTION_STATES = {
    "trialing": _S.TRIALING,
    "active": _S.ACTIVE,
    "past_due": _S.PAST_DUE,
    "unpaid": _S.PAST_DUE,
    "incomplete": _S.PAST_DUE,
    "paused": _S.PAUSED,
    "canceled": _S.CANCELED,
    "incomplete_expired": _S.CANCELED,
}
# An inquiry that ended without a dispute, and a dispute that was prevented, have taken nothing.
_DISPUTE_STATES = {
    "warning_needs_response": _D.INQUIRY,
    "warning_under_review": _D.INQUIRY,
    "warning_closed": _D.WON,
    "prevented": _D.WON,
    "won": _D.WON,
    "lost": _D.LOST,
}
FAILED_REFUND = frozenset({"failed", "canceled"})


def customer_fact(customer: stripe.Customer) -> ProcessorCustomer:
    """A customer; the card by default is the invoices' one, or the one of old."""
    locales = told(customer, "preferred_locales") or []
    return ProcessorCustomer(
        id=customer.id,
        name=customer.name or "",
        email=customer.email or "",
        locale=locales[0] if locales else None,
        address=_address(customer.name, customer.email, told(customer, "address")),
        default_method=default_method_of(customer),
        made_at=moment(customer.created),
    )


def default_method_of(customer: stripe.Customer) -> str:
    """The id of the card that pays unless a subscription has its own; empty: none."""
    settings = told(customer, "invoice_settings")
    return id_of(told(settings, "default_payment_method")) or id_of(told(customer, "default_source"))


def subscription_fact(subscription: stripe.Subscription, wares: Wares) -> ProcessorSubscription:
    """A subscription; with its card if `default_payment_method` and the customer's are expanded."""
    items = subscription["items"].data
    price = items[0].price if items else None
    own = told(subscription, "default_payment_method")
    product = id_of(told(price, "product"))
    return ProcessorSubscription(
        id=subscription.id,
        customer=id_of(subscription.customer),
        state=state_of(subscription),
        period_ends_at=period_end_of(subscription),
        ended_at=_moment_or_none(told(subscription, "ended_at")),
        method=id_of(own) or id_of(told(subscription, "default_source")),
        card=card_of(own) or _default_card(subscription),
        product=wares.name_of(product) or product,
        price_point=point_of_price(price) if price is not None else "",
        made_at=moment(subscription.created),
    )


def _default_card(subscription: stripe.Subscription) -> Card | None:
    if id_of(told(subscription, "default_payment_method")) or id_of(told(subscription, "default_source")):
        return None
    settings = told(subscription.customer, "invoice_settings")
    return card_of(told(settings, "default_payment_method"))


def state_of(subscription: stripe.Subscription) -> SubscriptionState:
    """What it is now, and whether its end is scheduled."""
    state = _SUBSCRIPTION_STATES.get(subscription.status, _S.ACTIVE)
    if state is _S.CANCELED:
        return state
    if subscription.cancel_at_period_end or told(subscription, "cancel_at"):
        return _S.CANCEL_SCHEDULED
    return _S.PAUSED if told(subscription, "pause_collection") else state


def period_end_of(subscription: stripe.Subscription) -> datetime | None:
    """When it is paid next, or ends if that is scheduled."""
    # In this API version the period is on the items, not on the subscription.
    ends = [item.current_period_end for item in subscription["items"].data]
    return _moment_or_none(told(subscription, "cancel_at") or max(ends, default=None))


def charge_fact(charge: stripe.Charge) -> ProcessorCharge:
    """A charge without its invoice; raises ValueError for a currency that ISO does not know."""
    has_failed = charge.status == "failed"
    captured = charge.amount if has_failed else charge.amount_captured if charge.status == "succeeded" else 0
    details = told(charge, "payment_method_details")
    billing = charge.billing_details
    return ProcessorCharge(
        id=charge.id,
        payment_intent=id_of(charge.payment_intent) or charge.id,
        customer=id_of(charge.customer),
        state=PaymentState.FAILED if has_failed else PaymentState.SUCCEEDED,
        captured=money_of(captured, charge.currency),
        refunded=money_of(_given_back(charge), charge.currency),
        paid_at=moment(charge.created),
        description=charge.description or "",
        failure=charge.failure_code,
        buyer=_address(billing.name, billing.email or told(charge, "receipt_email"), billing.address),
        card=card_of(details),
    )


def _given_back(charge: stripe.Charge) -> int:
    """What went back of what was captured: Stripe counts as refunded also what was never taken."""
    never_taken = charge.amount - charge.amount_captured if charge.amount_captured else 0
    return max(charge.amount_refunded - never_taken, 0)


def refund_fact(refund: stripe.Refund) -> ProcessorRefund:
    """A refund, with our mark if it carries one."""
    charge = id_of(refund.charge)
    has_failed = refund.status in FAILED_REFUND
    return ProcessorRefund(
        id=refund.id,
        charge=charge,
        payment_intent=id_of(refund.payment_intent) or charge,
        amount=money_of(refund.amount, refund.currency),
        is_final=has_failed or refund.status == "succeeded",
        has_failed=has_failed,
        failure=(told(refund, "failure_reason") or "declined") if has_failed else None,
        operation_id=operation_of(refund),
        made_at=moment(refund.created),
    )


def operation_of(refund: stripe.Refund) -> OperationId | None:
    """The operation that our mark names; None: made elsewhere, or the mark is none of ours."""
    metadata = told(refund, "metadata")
    mark = metadata.to_dict().get(OPERATION_MARK) if metadata else None
    try:
        return OperationId(UUID(hex=str(mark))) if mark else None
    except ValueError:
        return None


def dispute_fact(dispute: stripe.Dispute) -> ProcessorDispute:
    """A dispute, or the inquiry before one."""
    charge = id_of(dispute.charge)
    return ProcessorDispute(
        id=dispute.id,
        charge=charge,
        payment_intent=id_of(dispute.payment_intent) or charge,
        amount=money_of(dispute.amount, dispute.currency),
        state=_DISPUTE_STATES.get(dispute.status, DisputeState.OPEN),
        reason=dispute.reason,
        made_at=moment(dispute.created),
    )


def card_of(method: Any) -> Card | None:
    """The card of an expanded payment method, or of a charge's details; None for anything else."""
    card = told(method, "card")
    if card is None:
        return None
    month, year = told(card, "exp_month"), told(card, "exp_year")
    return Card(
        brand=told(card, "brand") or "",
        last_four=told(card, "last4") or "",
        expires_on=date(year, month, monthrange(year, month)[1]) if month and year else None,
    )


def id_of(reference: Any) -> str:
    """The id of what may be an id, an expanded object or nothing (empty)."""
    if reference is None or isinstance(reference, str):
        return reference or ""
    return str(reference.id)


def moment(seconds: int) -> datetime:
    """Stripe's seconds as aware UTC."""
    return datetime.fromtimestamp(seconds, UTC)


def _moment_or_none(seconds: int | None) -> datetime | None:
    return None if seconds is None else moment(seconds)


def _address(name: str | None, email: str | None, address: Any) -> Address:
    lines = [told(address, "line1"), told(address, "line2")]
    return Address(
        name=name or "",
        email=email or "",
        street=", ".join(each for each in lines if each),
        city=told(address, "city") or "",
        postcode=told(address, "postal_code") or "",
        region=told(address, "state") or "",
        country=told(address, "country") or "",
    )
