"""Charges, and the payment intents they are the result of."""

from __future__ import annotations

from selfbill.sandbox.processor.call import Call
from selfbill.sandbox.processor.endpoint import PAGING, Endpoint
from selfbill.sandbox.processor.errors import Json, error_code, missing
from selfbill.sandbox.processor.resources.cards import DECLINED, MESSAGES, card_facts
from selfbill.sandbox.processor.state import ProcessorState, list_page

ASKED_ABOUT = "_asked_about"  # on an invoice: the card whose bank wants the cardholder's yes


def intent_id(charge_id: str) -> str:
    """The payment intent of a charge that came from elsewhere carries the same letters."""
    return "pi_" + charge_id.partition("_")[2]


def build_charge(charge_id: str, created: int, fields: Json) -> Json:
    """A charge with Stripe's fields: `amount`, `currency`, `customer`, and what else `fields` says of it."""
    amount, status = int(fields["amount"]), fields.get("status", "succeeded")
    refunded, paid = int(fields.get("amount_refunded", 0)), status == "succeeded"
    failed = status == "failed"
    captured, decline = (
        paid and bool(fields.get("captured", True)),
        fields.get("decline_code", "generic_decline"),
    )
    card = card_facts(fields.get("card", {}))
    return {
        "id": charge_id,
        "object": "charge",
        "amount": amount,
        "amount_captured": amount if captured else 0,
        "amount_refunded": refunded,
        "balance_transaction": None,
        "billing_details": _billing_details(fields),
        "calculated_statement_descriptor": None,
        "captured": captured,
        "created": created,
        "currency": fields["currency"].lower(),
        "customer": fields.get("customer"),
        "description": fields.get("description"),
        "disputed": bool(fields.get("disputed", False)),
        "failure_code": error_code(decline) if failed else None,
        "failure_message": MESSAGES.get(decline, DECLINED) if failed else None,
        "fraud_details": {},
        "livemode": False,
        "metadata": fields.get("metadata", {}),
        "paid": paid,
        "outcome": _outcome(decline, failed=failed),
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


def _outcome(decline: str, *, failed: bool) -> Json:
    """What the network said of it."""
    nothing = dict.fromkeys(("advice_code", "network_advice_code", "network_decline_code"))
    return {
        **nothing,
        "network_status": "declined_by_network" if failed else "approved_by_network",
        "reason": decline if failed else None,
        "risk_level": "normal",
        "seller_message": "The bank did not return any further details." if failed else "Payment complete.",
        "type": "issuer_declined" if failed else "authorized",
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


def build_payment_intent(intent: str, facts: Json) -> Json:
    """An intent to pay: `amount`, `currency`, `customer`, `created`, and how far it came (`status`)."""
    paid = facts["status"] == "succeeded"
    return {
        "id": intent,
        "object": "payment_intent",
        "amount": facts["amount"],
        "amount_capturable": facts.get("amount_capturable", 0),
        "amount_received": facts["amount"] if paid else 0,
        "automatic_payment_methods": None,
        "canceled_at": None,
        "cancellation_reason": None,
        "capture_method": "automatic",
        "client_secret": f"{intent}_secret_sandbox",
        "confirmation_method": "automatic",
        "created": facts["created"],
        "currency": facts["currency"],
        "customer": facts["customer"],
        "description": facts.get("description"),
        "last_payment_error": None,
        "latest_charge": facts.get("latest_charge"),
        "livemode": False,
        "metadata": facts.get("metadata", {}),
        "next_action": facts.get("next_action"),
        "payment_method": facts.get("payment_method"),
        "payment_method_types": ["card"],
        "receipt_email": facts.get("receipt_email"),
        "status": facts["status"],
    }


def _intent_of_charge(charge: Json) -> Json:
    """The intent as its latest charge shows it."""
    status = "succeeded" if charge["captured"] else "requires_capture"
    kept = ("amount", "created", "currency", "customer", "description", "metadata", "receipt_email")
    facts = {name: charge[name] for name in kept} | {"latest_charge": charge["id"]}
    facts["status"] = status if charge["paid"] else "requires_payment_method"
    facts["amount_capturable"] = charge["amount"] if facts["status"] == "requires_capture" else 0
    facts["payment_method"] = charge["payment_method"] if charge["paid"] else None
    return build_payment_intent(charge["payment_intent"], facts)


def _intent_of_invoice(invoice: Json) -> Json:
    """The intent of an invoice that nobody has been charged for, or whose charge the bank asks about."""
    asked = invoice.get(ASKED_ABOUT)
    facts = {name: invoice[name] for name in ("created", "currency", "customer")}
    facts |= {"amount": invoice["amount_due"], "payment_method": asked}
    facts["status"] = "requires_action" if asked else "requires_payment_method"
    if asked:
        facts["next_action"] = {
            "type": "use_stripe_sdk",
            "use_stripe_sdk": {"type": "three_d_secure_redirect"},
        }
    return build_payment_intent(invoice["_payment_intent"], facts)


def find_payment_intent(state: ProcessorState, payment_intent: str) -> Json | None:
    invoices = state.every("invoice", {"payment_intent": payment_intent}, limit=1)
    if invoices and invoices[0].get(ASKED_ABOUT):
        return _intent_of_invoice(invoices[0])
    charges = state.every("charge", {"payment_intent": payment_intent}, limit=1)
    if charges:
        return _intent_of_charge(charges[0])
    return _intent_of_invoice(invoices[0]) if invoices else None


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
