"""Charges, and the payment intents they are the result of."""

from __future__ import annotations

from selfbill.sandbox.processor.call import Call
from selfbill.sandbox.processor.endpoint import PAGING, Endpoint
from selfbill.sandbox.processor.errors import Json, missing
from selfbill.sandbox.processor.resources.cards import card_facts
from selfbill.sandbox.processor.state import ProcessorState, list_page


def intent_id(charge_id: str) -> str:
    """The payment intent of a charge that came from elsewhere carries the same letters."""
    return "pi_" + charge_id.partition("_")[2]


def build_charge(charge_id: str, created: int, fields: Json) -> Json:
    """A charge with Stripe's fields: `amount`, `currency`, `customer`, and what else `fields` says of it."""
    amount, status = int(fields["amount"]), fields.get("status", "succeeded")
    refunded, paid = int(fields.get("amount_refunded", 0)), status == "succeeded"
    card = card_facts(fields.get("card", {}))
    return {
        "id": charge_id,
        "object": "charge",
        "amount": amount,
        "amount_captured": amount if paid else 0,
        "amount_refunded": refunded,
        "balance_transaction": None,
        "billing_details": _billing_details(fields),
        "calculated_statement_descriptor": None,
        "captured": paid,
        "created": created,
        "currency": fields["currency"].lower(),
        "customer": fields.get("customer"),
        "description": fields.get("description"),
        "disputed": bool(fields.get("disputed", False)),
        "failure_code": None if paid else fields.get("failure_code", "card_declined"),
        "failure_message": None if paid else "Your card was declined.",
        "fraud_details": {},
        "livemode": False,
        "metadata": fields.get("metadata", {}),
        "paid": paid,
        "payment_intent": fields.get("payment_intent", intent_id(charge_id)),
        "payment_method": fields.get("payment_method"),
        "payment_method_details": {"type": "card", "card": {**card, "network": card["brand"]}},
        "receipt_email": fields.get("email"),
        "receipt_number": None,
        "receipt_url": None,
        "refunded": paid and refunded >= amount,
        "statement_descriptor": None,
        "status": status,
    }


def _billing_details(fields: Json) -> Json:
    return {
        "address": fields.get("address"),
        "email": fields.get("email"),
        "name": fields.get("name"),
        "phone": None,
        "tax_id": None,
    }


def get_charge(state: ProcessorState, call: Call) -> Json:
    return state.get("charge", call.path["id"])


def update_charge(state: ProcessorState, call: Call) -> Json:
    before = state.get("charge", call.path["id"])
    changed = {**before, "metadata": call.metadata(before["metadata"])}
    if "description" in call.params:
        changed["description"] = call.text("description")
    state.emit("charge.updated", state.store.put(changed), call, before=before)
    return changed


def list_charges(state: ProcessorState, call: Call) -> Json:
    equals = {name: call.text(name) for name in ("customer", "payment_intent")}
    return list_page(state, call, "charge", equals, url="/v1/charges")


def build_payment_intent(charge: Json) -> Json:
    """The intent as its one charge shows it."""
    paid = charge["status"] == "succeeded"
    return {
        "id": charge["payment_intent"],
        "object": "payment_intent",
        "amount": charge["amount"],
        "amount_capturable": 0,
        "amount_received": charge["amount_captured"],
        "automatic_payment_methods": None,
        "canceled_at": None,
        "cancellation_reason": None,
        "capture_method": "automatic",
        "client_secret": f"{charge['payment_intent']}_secret_sandbox",
        "confirmation_method": "automatic",
        "created": charge["created"],
        "currency": charge["currency"],
        "customer": charge["customer"],
        "description": charge["description"],
        "latest_charge": charge["id"],
        "livemode": False,
        "metadata": charge["metadata"],
        "next_action": None,
        "payment_method": charge["payment_method"] if paid else None,
        "payment_method_types": ["card"],
        "receipt_email": charge["receipt_email"],
        "status": "succeeded" if paid else "requires_payment_method",
    }


def find_payment_intent(state: ProcessorState, payment_intent: str) -> Json | None:
    charges = state.every("charge", {"payment_intent": payment_intent}, limit=1)
    return build_payment_intent(charges[0]) if charges else None


def get_payment_intent(state: ProcessorState, call: Call) -> Json:
    intent = find_payment_intent(state, call.path["id"])
    if intent is None:
        raise missing("payment_intent", call.path["id"], "intent")
    return intent


ENDPOINTS = [
    Endpoint(
        "GET", "/v1/charges", list_charges, "ChargeListParams", f"customer payment_intent created {PAGING}"
    ),
    Endpoint("GET", "/v1/charges/{id}", get_charge, "ChargeRetrieveParams"),
    Endpoint("POST", "/v1/charges/{id}", update_charge, "ChargeUpdateParams", "metadata description"),
    Endpoint("GET", "/v1/payment_intents/{id}", get_payment_intent, "PaymentIntentRetrieveParams"),
]
