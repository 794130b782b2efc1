"""Holds JSON against the annotations of the SDK's resource classes."""

from __future__ import annotations

import types
import typing
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, ForwardRef, Literal, Union

import stripe
from stripe import ListObject, StripeObject
from stripe._stripe_object import UntypedStripeObject

CLASSES: dict[str, type[StripeObject]] = {
    "account": stripe.Account,
    "balance_transaction": stripe.BalanceTransaction,
    "billing_portal.session": stripe.billing_portal.Session,
    "charge": stripe.Charge,
    "checkout.session": stripe.checkout.Session,
    "customer": stripe.Customer,
    "dispute": stripe.Dispute,
    "event": stripe.Event,
    "invoice": stripe.Invoice,
    "invoice_payment": stripe.InvoicePayment,
    "line_item": stripe.InvoiceLineItem,
    "payment_intent": stripe.PaymentIntent,
    "payment_method": stripe.PaymentMethod,
    "plan": stripe.Plan,
    "price": stripe.Price,
    "product": stripe.Product,
    "refund": stripe.Refund,
    "setup_intent": stripe.SetupIntent,
    "subscription": stripe.Subscription,
    "subscription_item": stripe.SubscriptionItem,
    "webhook_endpoint": stripe.WebhookEndpoint,
}
# Names that the processor may leave out: what is put in only by `expand`, what belongs to another kind of
# payment, and what came with features that this account does not use.
_ANYWHERE = "deleted customer_account managed_payments presentment_details status_details"
_MAY_BE_ABSENT = {
    "account": "company controller external_accounts future_requirements groups individual requirements"
    " tos_acceptance",
    "billing_portal.session": "after_expiration",
    "charge": "authorization_code level3 radar_options refunds transfer",
    "checkout.session": "allowed_payment_method_types discounts excluded_payment_method_types line_items"
    " name_collection optional_items redirect_on_completion return_url tax_id_collection",
    "customer": "business_name cash_balance individual_name invoice_credit_balance sources subscriptions tax"
    " tax_ids",
    "dispute": "intended_submission_method",
    "event": "account context reason",
    "invoice": "amount_paid_off_stripe confirmation_secret payments threshold_reason",
    "payment_intent": "allowed_payment_method_types hooks payment_details payment_record",
    "payment_method": " ".join(
        name
        for name, hint in stripe.PaymentMethod.__annotations__.items()
        if f"PaymentMethod.{name.title().replace('_', '')}]" in str(hint) and name != "card"
    ),
    "plan": "tiers",
    "price": "currency_options tiers",
    "refund": "customer description failure_balance_transaction failure_reason instructions_email next_action"
    " payment_method pending_reason",
    "setup_intent": "allowed_payment_method_types attach_to_self",
    "subscription_item": "current_trial",
    "webhook_endpoint": "secret",
}
MAY_BE_ABSENT = {CLASSES[kind]: set(names.split()) for kind, names in _MAY_BE_ABSENT.items()}
JSON_TYPES: dict[Any, tuple[type, ...]] = {Decimal: (str,), float: (int, float)}  # a decimal travels as text


def differences(value: Any, hint: Any, where: str) -> Iterator[str]:
    """Each place where a JSON value is not what the SDK's annotation says."""
    origin, inside = typing.get_origin(hint), typing.get_args(hint)
    if isinstance(hint, str | ForwardRef):
        yield from _reference_differences(value, where)
    elif origin in (Union, types.UnionType):
        tried = [list(differences(value, each, where)) for each in inside]
        yield from min(tried, key=len)
    elif origin is list and isinstance(value, list):
        for number, each in enumerate(value):
            yield from differences(each, inside[0], f"{where}[{number}]")
    elif ListObject in (origin, hint):
        yield from _list_differences(value, where)
    elif isinstance(hint, type) and issubclass(hint, StripeObject):
        yield from object_differences(value, hint, where)
    elif not _is_plain(value, hint, origin, inside):
        yield f"{where}: {value!r} is not {hint}"


def _is_plain(value: Any, hint: Any, origin: Any, inside: tuple[Any, ...]) -> bool:
    if origin is Literal:
        return value in inside
    if UntypedStripeObject in (origin, hint):
        return isinstance(value, dict)
    return type(value) in JSON_TYPES.get(hint, (hint,))


def _reference_differences(value: Any, where: str) -> Iterator[str]:
    """A name the SDK resolves late: an id, or an object of a kind that is known here."""
    if isinstance(value, dict) and "object" in value:
        yield from object_differences(value, CLASSES[value["object"]], where)
    elif not isinstance(value, str):
        yield f"{where}: {value!r} is neither an id nor an object"


def _list_differences(value: Any, where: str) -> Iterator[str]:
    if not isinstance(value, dict) or set(value) != {"object", "data", "has_more", "url"}:
        yield f"{where}: {value!r} is no list object"
        return
    for number, each in enumerate(value["data"]):
        yield from object_differences(each, CLASSES[each["object"]], f"{where}.data[{number}]")


def object_differences(value: Any, cls: type[StripeObject], where: str) -> Iterator[str]:
    """Unknown names, values of another type, and names without which the SDK's class is not complete."""
    if not isinstance(value, dict):
        yield f"{where}: {value!r} is no object"
        return
    hints = {
        name: hint for name, hint in vars(cls).get("__annotations__", {}).items() if name != "OBJECT_NAME"
    }
    for name, each in value.items():
        if name not in hints:
            yield f"{where}.{name}: the SDK does not know it"
        elif cls is not stripe.Event.Data:  # what an event is about is checked by itself
            yield from differences(each, hints[name], f"{where}.{name}")
    for name, hint in hints.items():
        if name not in value and not _may_be_absent(cls, name, hint):
            yield f"{where}.{name}: missing"


def _may_be_absent(cls: type[StripeObject], name: str, hint: Any) -> bool:
    """Inside an object whatever may be null; of an object itself only what is known to be left out."""
    if type(None) not in typing.get_args(hint):
        return False
    named = {*_ANYWHERE.split(), *MAY_BE_ABSENT.get(cls, ())}
    return cls not in CLASSES.values() or name in named
