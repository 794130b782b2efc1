"""Records as the values of their columns: what is inserted."""

from dataclasses import asdict, fields
from typing import Any

from billing import records as r
from billing.money import Money

Values = dict[str, Any]


def account_values(account: r.Account) -> Values:
    """For `accounts`."""
    values = plain_values(account, "id", "currency", "seller")
    return {
        **values,
        "account_id": account.id,
        "currency": account.currency.code,
        "seller": asdict(account.seller),
    }


def product_values(product: r.Product) -> Values:
    """For `products`."""
    return plain_values(product)


def customer_values(customer: r.Customer) -> Values:
    """For `customers`; its e-mail keys are rows of `customer_emails`."""
    return plain_values(customer)


def purchase_values(purchase: r.Purchase) -> Values:
    """For `purchases`."""
    return plain_values(purchase)


def subscription_values(subscription: r.Subscription) -> Values:
    """For `subscriptions`."""
    return {**plain_values(subscription, "card"), **card_values(subscription.card)}


def card_values(card: r.Card | None) -> Values:
    """The columns that describe a subscription's card."""
    return {
        "card_brand": card.brand if card else None,
        "card_last_four": card.last_four if card else None,
        "card_expires_on": card.expires_on if card else None,
    }


def payment_values(payment: r.Payment) -> Values:
    """For `payments`; its amounts share a currency, or `CurrencyMismatch`."""
    assert payment.left.minor >= 0
    return {
        **plain_values(payment, "captured", "tax", "refunded", "reserved", "disputed", "buyer"),
        "currency": (payment.captured + payment.tax).currency.code,
        "captured_minor": payment.captured.minor,
        "tax_minor": payment.tax.minor,
        "refunded_minor": payment.refunded.minor,
        "reserved_minor": payment.reserved.minor,
        "disputed_minor": payment.disputed.minor,
        "buyer": asdict(payment.buyer),
    }


def refund_values(refund: r.Refund) -> Values:
    """For `refunds`."""
    return {**plain_values(refund, "amount"), **_amount(refund.amount)}


def request_values(request: r.Request) -> Values:
    """For `requests`, as the customer made it."""
    return {
        **plain_values(request, "amount", "approved_amount", "policy", "withdrawn_by"),
        **_amount(request.amount),
        "approved_minor": request.approved_amount.minor if request.approved_amount else None,
        "policy": _policy(request.policy),
        "moved_by": request.asked_by or f"customer:{request.customer_id.hex}",
        "moved_by_name": "",
    }


def approval_values(approval: r.Approval) -> Values:
    """For `approvals`, without its place; the currency is the request's."""
    amount = approval.amount
    return {**plain_values(approval, "amount"), "amount_minor": None if amount is None else amount.minor}


def operation_values(operation: r.Operation) -> Values:
    """For `operations`, without its place."""
    return {**plain_values(operation, "amount"), **_amount(operation.amount)}


def plain_values(record: Any, *without: str) -> Values:
    """All fields but these, where columns are named as they are."""
    return {f.name: getattr(record, f.name) for f in fields(record) if f.name not in without}


def _amount(amount: Money | None) -> Values:
    return {
        "amount_minor": None if amount is None else amount.minor,
        "currency": None if amount is None else amount.currency.code,
    }


def _policy(policy: r.PolicySnapshot) -> Values:
    ends = policy.period_ends_at
    return {**asdict(policy), "period_ends_at": ends.isoformat() if ends else None}
