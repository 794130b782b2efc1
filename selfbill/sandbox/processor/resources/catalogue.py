"""Products and their prices, as subscriptions name them."""

from __future__ import annotations

from selfbill.sandbox.processor.call import Call
from selfbill.sandbox.processor.endpoint import PAGING, Endpoint
from selfbill.sandbox.processor.errors import Json
from selfbill.sandbox.processor.state import ProcessorState, list_page


def build_product(product_id: str, created: int, fields: Json) -> Json:
    return {
        "id": product_id,
        "object": "product",
        "active": True,
        "created": created,
        "default_price": fields.get("default_price"),
        "description": fields.get("description"),
        "images": [],
        "livemode": False,
        "marketing_features": [],
        "metadata": fields.get("metadata", {}),
        "name": fields["name"],
        "package_dimensions": None,
        "shippable": None,
        "statement_descriptor": None,
        "tax_code": None,
        "type": "service",
        "unit_label": None,
        "updated": created,
        "url": None,
    }


def build_price(price_id: str, created: int, fields: Json) -> Json:
    """A price: `product` (id), `unit_amount`, `currency`, and `interval`, `interval_count` if it recurs."""
    interval = fields.get("interval")
    recurring = {
        "interval": interval,
        "interval_count": int(fields.get("interval_count", 1)),
        "meter": None,
        "trial_period_days": None,
        "usage_type": "licensed",
    }
    return {
        "id": price_id,
        "object": "price",
        "active": True,
        "billing_scheme": "per_unit",
        "created": created,
        "currency": fields["currency"].lower(),
        "custom_unit_amount": None,
        "livemode": False,
        "lookup_key": None,
        "metadata": fields.get("metadata", {}),
        "nickname": fields.get("nickname"),
        "product": fields["product"],
        "recurring": recurring if interval else None,
        "tax_behavior": "unspecified",
        "tiers_mode": None,
        "transform_quantity": None,
        "type": "recurring" if interval else "one_time",
        "unit_amount": int(fields["unit_amount"]),
        "unit_amount_decimal": str(fields["unit_amount"]),
    }


def build_plan(price: Json) -> Json:
    """The older face of a recurring price, which subscription items still carry."""
    recurring = price["recurring"]
    return {
        "id": price["id"],
        "object": "plan",
        "active": price["active"],
        "amount": price["unit_amount"],
        "amount_decimal": price["unit_amount_decimal"],
        "billing_scheme": "per_unit",
        "created": price["created"],
        "currency": price["currency"],
        "interval": recurring["interval"],
        "interval_count": recurring["interval_count"],
        "livemode": False,
        "metadata": price["metadata"],
        "meter": None,
        "nickname": price["nickname"],
        "product": price["product"],
        "tiers_mode": None,
        "transform_usage": None,
        "trial_period_days": None,
        "usage_type": "licensed",
    }


def get_product(state: ProcessorState, call: Call) -> Json:
    return state.get("product", call.path["id"])


def list_products(state: ProcessorState, call: Call) -> Json:
    """A page of them; or those asked for by `ids`, as far as they are there."""
    if "ids" in call.params:
        named = [state.store.find(each) for each in call.texts("ids")]
        there = [each for each in named if each is not None and each["object"] == "product"]
        return {"object": "list", "data": there, "has_more": False, "url": "/v1/products"}
    return list_page(state, call, "product", {"active": call.flag("active")}, url="/v1/products")


def get_price(state: ProcessorState, call: Call) -> Json:
    return state.get("price", call.path["id"], "price")


def list_prices(state: ProcessorState, call: Call) -> Json:
    equals = {"active": call.flag("active"), "product": call.text("product"), "type": call.text("type")}
    return list_page(state, call, "price", equals, url="/v1/prices")


ENDPOINTS = [
    Endpoint("GET", "/v1/products", list_products, "ProductListParams", f"active created ids {PAGING}"),
    Endpoint("GET", "/v1/products/{id}", get_product, "ProductRetrieveParams"),
    Endpoint("GET", "/v1/prices", list_prices, "PriceListParams", f"active product type created {PAGING}"),
    Endpoint("GET", "/v1/prices/{id}", get_price, "PriceRetrieveParams"),
]
