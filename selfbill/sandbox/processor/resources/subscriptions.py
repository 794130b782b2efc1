"""Subscriptions and their items: read, cancel at period end or now, undo, change the card that pays."""

from __future__ import annotations

from selfbill.sandbox.processor.call import Call
from selfbill.sandbox.processor.endpoint import PAGING, Endpoint
from selfbill.sandbox.processor.errors import ApiError, Json, missing
from selfbill.sandbox.processor.resources.catalogue import build_plan
from selfbill.sandbox.processor.state import ProcessorState, list_page

STATUSES = (
    "active",
    "trialing",
    "past_due",
    "paused",
    "unpaid",
    "canceled",
    "incomplete",
    "incomplete_expired",
)
ENDED = ("canceled", "incomplete_expired")
BEHIND = ("past_due", "unpaid", "incomplete")
FEEDBACK = ("customer_service", "low_quality", "missing_features", "other", "switched_service", "too_complex",
            "too_expensive", "unused")  # fmt: skip


def build_subscription(subscription_id: str, created: int, price: Json, fields: Json) -> Json:
    """A subscription to one price: `customer`, `current_period_end`, `status` and what else `fields` says."""
    start = int(fields.get("current_period_start", created))
    ends = int(fields["current_period_end"])
    scheduled, status = bool(fields.get("cancel_at_period_end", False)), fields.get("status", "active")
    canceled_at = fields.get("canceled_at", ends if status == "canceled" else created if scheduled else None)
    item = build_item(subscription_id, created, price, (start, ends))
    trial = (start, ends) if status == "trialing" else (None, None)
    return {
        "id": subscription_id,
        "object": "subscription",
        "application": None,
        "application_fee_percent": None,
        "automatic_tax": {"disabled_reason": None, "enabled": False, "liability": None},
        "billing_cycle_anchor": start,
        "billing_mode": {"type": "classic"},
        "billing_schedules": [],
        "cancel_at": ends if scheduled else None,
        "cancel_at_period_end": scheduled,
        "canceled_at": canceled_at,
        "cancellation_details": {"comment": None, "feedback": None, "reason": None},
        "collection_method": "charge_automatically",
        "created": created,
        "currency": price["currency"],
        "customer": fields["customer"],
        "default_payment_method": fields.get("default_payment_method"),
        "default_source": None,
        "default_tax_rates": [],
        "description": fields.get("description"),
        "discounts": [],
        "ended_at": fields.get("ended_at", canceled_at) if status == "canceled" else None,
        "invoice_settings": {"account_tax_ids": None, "issuer": {"type": "self"}},
        "items": {
            "object": "list",
            "data": [item],
            "has_more": False,
            "url": f"/v1/subscription_items?subscription={subscription_id}",
        },
        "latest_invoice": fields.get("latest_invoice"),
        "livemode": False,
        "metadata": fields.get("metadata", {}),
        "pause_collection": fields.get("pause_collection"),
        "pending_setup_intent": None,
        "schedule": None,
        "start_date": int(fields.get("start_date", created)),
        "status": status,
        "test_clock": None,
        "trial_end": trial[1],
        "trial_start": trial[0],
    }


def build_item(subscription_id: str, created: int, price: Json, period: tuple[int, int]) -> Json:
    """The line of a subscription; the period stands here, no longer on the subscription."""
    return {
        "id": f"si_{subscription_id.partition('_')[2]}",
        "object": "subscription_item",
        "billed_until": None,
        "billing_thresholds": None,
        "created": created,
        "current_period_end": period[1],
        "current_period_start": period[0],
        "discounts": [],
        "metadata": {},
        "plan": build_plan(price),
        "price": price,
        "quantity": 1,
        "subscription": subscription_id,
        "tax_rates": [],
    }


def period_end(subscription: Json) -> int:
    return max(int(item["current_period_end"]) for item in subscription["items"]["data"])


def period_start(subscription: Json) -> int:
    return int(subscription["items"]["data"][0]["current_period_start"])


def keep_subscription(state: ProcessorState, subscription: Json) -> Json:
    """Write it down, and when its scheduled end is, so that time can end it."""
    ended = subscription["status"] in ENDED
    due = None if ended else subscription["cancel_at"]
    return state.store.put({**subscription, "_ended": "yes" if ended else "no"}, due=due)


def get_subscription(state: ProcessorState, call: Call) -> Json:
    return state.get("subscription", call.path["id"])


def list_subscriptions(state: ProcessorState, call: Call) -> Json:
    """Without `status`, canceled ones are left out, as the processor does."""
    status = call.choice("status", (*STATUSES, "all", "ended"))
    equals = {"customer": call.text("customer"), "status": None if status in ("all", "ended") else status}
    if status is None:
        equals["_ended"] = "no"
    elif status == "ended":
        equals["_ended"] = "yes"
    return list_page(state, call, "subscription", equals, url="/v1/subscriptions")


def update_subscription(state: ProcessorState, call: Call) -> Json:
    before = get_subscription(state, call)
    if before["status"] in ENDED and set(call.params) - {"metadata", "cancellation_details", "expand"}:
        raise ApiError("A canceled subscription can only update its cancellation_details and metadata.")
    after = {**before, "metadata": call.metadata(before["metadata"])}
    if (scheduled := call.flag("cancel_at_period_end")) is not None:
        after |= _scheduled(state, before) if scheduled else _not_scheduled(before)
    if "cancellation_details" in call.params:
        after["cancellation_details"] = _details(call, after["cancellation_details"])
    if (card_id := call.text("default_payment_method")) is not None:
        after["default_payment_method"] = _card_of(state, before["customer"], card_id)
    if after != before:
        state.emit("customer.subscription.updated", keep_subscription(state, after), call, before=before)
    return after


def _scheduled(state: ProcessorState, subscription: Json) -> Json:
    if subscription["cancel_at_period_end"]:
        return {}
    details = {**subscription["cancellation_details"], "reason": "cancellation_requested"}
    at = {"cancel_at": period_end(subscription), "canceled_at": state.now()}
    return {"cancel_at_period_end": True, **at, "cancellation_details": details}


def _not_scheduled(subscription: Json) -> Json:
    """Takes the end of the period back; an end at a date, `cancel_at` alone, is another setting."""
    if not subscription["cancel_at_period_end"]:
        return {}
    nothing = {"comment": None, "feedback": None, "reason": None}
    return {
        "cancel_at_period_end": False,
        "cancel_at": None,
        "canceled_at": None,
        "cancellation_details": nothing,
    }


def _details(call: Call, before: Json) -> Json:
    sent = {name: call.text(f"cancellation_details.{name}") for name in ("comment", "feedback")}
    call.choice("cancellation_details.feedback", FEEDBACK)
    return {**before, **{name: value for name, value in sent.items() if value is not None}}


def _card_of(state: ProcessorState, customer: str, card_id: str) -> str | None:
    card = state.store.find(card_id) if card_id else None
    if card_id and (card is None or card.get("customer") != customer):
        raise missing("PaymentMethod", card_id, "default_payment_method")
    return card_id or None


def cancel_subscription(state: ProcessorState, call: Call) -> Json:
    """End it now. One that has ended already is gone for this address, as it is at the processor."""
    subscription = get_subscription(state, call)
    if subscription["status"] in ENDED:
        raise missing("subscription", subscription["id"])
    details = _details(call, {**subscription["cancellation_details"], "reason": "cancellation_requested"})
    return end_subscription(state, {**subscription, "cancellation_details": details}, call)


def end_subscription(state: ProcessorState, subscription: Json, call: Call | None = None) -> Json:
    """Canceled, from this moment."""
    now = state.now()
    ended = {**subscription, "status": "canceled", "ended_at": now}
    ended["canceled_at"] = subscription["canceled_at"] or now
    keep_subscription(state, ended)
    state.emit("customer.subscription.deleted", ended, call)
    return ended


def get_item(state: ProcessorState, call: Call) -> Json:
    owner = state.store.find(f"sub_{call.path['id'].partition('_')[2]}")
    if owner is None:
        raise missing("subscription_item", call.path["id"])
    item: Json = owner["items"]["data"][0]
    return item


def list_items(state: ProcessorState, call: Call) -> Json:
    items: Json = state.get("subscription", call.must_text("subscription"), "subscription")["items"]
    return items


_ONE = "/v1/subscriptions/{id}"

ENDPOINTS = [
    Endpoint(
        "GET",
        "/v1/subscriptions",
        list_subscriptions,
        "SubscriptionListParams",
        f"customer status created {PAGING}",
    ),
    Endpoint("GET", _ONE, get_subscription, "SubscriptionRetrieveParams"),
    Endpoint(
        "POST",
        _ONE,
        update_subscription,
        "SubscriptionUpdateParams",
        "cancel_at_period_end cancellation_details default_payment_method metadata",
    ),
    Endpoint("DELETE", _ONE, cancel_subscription, "SubscriptionCancelParams", "cancellation_details"),
    Endpoint(
        "GET", "/v1/subscription_items", list_items, "SubscriptionItemListParams", f"subscription {PAGING}"
    ),
    Endpoint("GET", "/v1/subscription_items/{id}", get_item, "SubscriptionItemRetrieveParams"),
]
