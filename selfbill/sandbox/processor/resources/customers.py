"""Customers: create, read, change, find by e-mail."""

from __future__ import annotations

import re

from selfbill.sandbox.processor.call import Call
from selfbill.sandbox.processor.endpoint import PAGING, Endpoint
from selfbill.sandbox.processor.errors import ApiError, Json
from selfbill.sandbox.processor.resources.subscriptions import end_subscription
from selfbill.sandbox.processor.state import ProcessorState, list_page, visible

DELETED = "deleted customer"  # the kind that a customer becomes, which no list has
_CLAUSE = re.compile(r"""\s*(?:(email|name|phone)|metadata\[["'](\w+)["']\])\s*(:|~)\s*["']([^"']*)["']\s*""")


def build_customer(customer_id: str, created: int, fields: Json) -> Json:
    """A customer with Stripe's fields; what `fields` does not say is empty."""
    default_card = fields.get("default_payment_method")
    return {
        "id": customer_id,
        "object": "customer",
        "address": fields.get("address"),
        "balance": 0,
        "created": created,
        "currency": fields.get("currency"),
        "default_source": None,
        "delinquent": False,
        "description": fields.get("description"),
        "discount": None,
        "email": fields.get("email"),
        "invoice_prefix": customer_id[-8:].upper(),
        "invoice_settings": {
            "custom_fields": None,
            "default_payment_method": default_card,
            "footer": None,
            "rendering_options": None,
        },
        "livemode": False,
        "metadata": fields.get("metadata", {}),
        "name": fields.get("name"),
        "phone": fields.get("phone"),
        "preferred_locales": fields.get("preferred_locales", []),
        "shipping": None,
        "tax_exempt": "none",
        "test_clock": None,
    }


def create_customer(state: ProcessorState, call: Call) -> Json:
    fields = {name: call.text(name) for name in ("email", "name", "phone", "description")}
    customer = build_customer(state.new_id("cus"), state.now(), {**fields, "metadata": call.metadata()})
    state.emit("customer.created", state.store.put(customer), call)
    return customer


def get_customer(state: ProcessorState, call: Call) -> Json:
    """A deleted one is still found here, and says only that."""
    kept = state.store.find(call.path["id"])
    if kept is not None and kept["object"] == DELETED:
        return _stub(kept["id"])
    return state.get("customer", call.path["id"])


def delete_customer(state: ProcessorState, call: Call) -> Json:
    """For good: the subscriptions end at once, the charges stay."""
    customer = state.get("customer", call.path["id"])
    for each in state.every("subscription", {"customer": customer["id"], "_ended": "no"}):
        end_subscription(state, each, call)
    state.emit("customer.deleted", customer, call)
    state.store.remove(customer["id"])
    state.store.put({"id": customer["id"], "object": DELETED, "created": customer["created"]})
    return _stub(customer["id"])


def _stub(customer_id: str) -> Json:
    return {"id": customer_id, "object": "customer", "deleted": True}


def update_customer(state: ProcessorState, call: Call) -> Json:
    before = state.get("customer", call.path["id"])
    sent: Json = {
        name: call.text(name) for name in ("email", "name", "phone", "description") if name in call.params
    }
    customer = {**before, **sent, "metadata": call.metadata(before["metadata"])}
    if (card_id := call.text("invoice_settings.default_payment_method")) is not None:
        customer = with_default_card(state, customer, card_id)
    state.emit("customer.updated", state.store.put(customer), call, before=before)
    return customer


def with_default_card(state: ProcessorState, customer: Json, card_id: str) -> Json:
    """The customer whose invoices this card pays; it must be attached to them."""
    card = state.store.find(card_id) if card_id else None
    if card_id and (card is None or card.get("customer") != customer["id"]):
        raise ApiError(
            f"The customer does not have a payment method with the ID {card_id}. "
            "The payment method must be attached to the customer.",
            code="resource_missing",
            param="invoice_settings[default_payment_method]",
        )
    settings = {**customer["invoice_settings"], "default_payment_method": card_id or None}
    return {**customer, "invoice_settings": settings}


def list_customers(state: ProcessorState, call: Call) -> Json:
    return list_page(state, call, "customer", {"email": call.text("email")}, url="/v1/customers")


def search_customers(state: ProcessorState, call: Call) -> Json:
    """Stripe's query language as far as `email:"…" AND metadata["…"]:"…"` goes."""
    customers = state.every("customer", limit=500_000)
    for clause in call.must_text("query").split(" AND "):
        match = _CLAUSE.fullmatch(clause)
        if match is None:
            raise ApiError(f"We were unable to parse your search query: {clause}", param="query")
        customers = [each for each in customers if _agrees(each, *match.groups())]
    limit = call.integer("limit") or 10
    return {
        "object": "search_result",
        "data": [visible(each) for each in customers[:limit]],
        "has_more": len(customers) > limit,
        "next_page": None,
        "url": "/v1/customers/search",
    }


def _agrees(customer: Json, name: str | None, meta: str | None, sign: str, wanted: str) -> bool:
    value = str((customer["metadata"].get(meta) if meta else customer.get(name or "")) or "").lower()
    return wanted.lower() in value if sign == "~" else wanted.lower() == value


ENDPOINTS = [
    Endpoint(
        "POST",
        "/v1/customers",
        create_customer,
        "CustomerCreateParams",
        "email name phone description metadata",
    ),
    Endpoint("GET", "/v1/customers", list_customers, "CustomerListParams", f"email created {PAGING}"),
    Endpoint("GET", "/v1/customers/search", search_customers, "CustomerSearchParams", "query limit"),
    Endpoint("GET", "/v1/customers/{id}", get_customer, "CustomerRetrieveParams"),
    Endpoint("DELETE", "/v1/customers/{id}", delete_customer, "CustomerDeleteParams", expands=False),
    Endpoint(
        "POST",
        "/v1/customers/{id}",
        update_customer,
        "CustomerUpdateParams",
        "email name phone description metadata invoice_settings",
    ),
]
