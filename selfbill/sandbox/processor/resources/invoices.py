"""Invoices of subscriptions: read, pay; and the next period, which the sandbox bills on demand."""

from __future__ import annotations

from typing import Any

from selfbill.sandbox.processor.call import Call
from selfbill.sandbox.processor.endpoint import PAGING, Endpoint
from selfbill.sandbox.processor.errors import ApiError, Json, card_declined, missing
from selfbill.sandbox.processor.resources.cards import FAILS_LATER
from selfbill.sandbox.processor.resources.charges import build_charge
from selfbill.sandbox.processor.resources.subscriptions import ENDED, keep_subscription, period_end
from selfbill.sandbox.processor.state import ProcessorState, list_page

PAYMENTS = "_payments"  # kept with the invoice, shown under `payments` when that is expanded


def build_invoice(invoice_id: str, created: int, fields: Json) -> Json:
    """An invoice: `amount`, `currency`, `customer`, `subscription`; open until it is paid."""
    amount, subscription = int(fields["amount"]), fields.get("subscription")
    nothing = dict.fromkeys(("finalized_at", "marked_uncollectible_at", "paid_at", "voided_at"))
    parent: Json = {
        "type": "subscription_details",
        "quote_details": None,
        "subscription_details": {"metadata": {}, "subscription": subscription},
    }
    return {
        "id": invoice_id,
        "object": "invoice",
        **_sums(amount),
        "attempt_count": 0,
        "attempted": False,
        "auto_advance": False,
        "automatic_tax": {"disabled_reason": None, "enabled": False, "liability": None, "status": None},
        "billing_reason": "subscription_cycle" if subscription else "manual",
        "collection_method": "charge_automatically",
        "created": created,
        "currency": fields["currency"].lower(),
        "customer": fields["customer"],
        "customer_email": fields.get("email"),
        "customer_name": fields.get("name"),
        "default_payment_method": None,
        "default_source": None,
        "default_tax_rates": [],
        "description": fields.get("description"),
        "discounts": [],
        "due_date": None,
        "hosted_invoice_url": None,
        "invoice_pdf": None,
        "issuer": {"type": "self"},
        "lines": {"object": "list", "data": [], "has_more": False, "url": f"/v1/invoices/{invoice_id}/lines"},
        "livemode": False,
        "metadata": fields.get("metadata", {}),
        "number": fields.get("number"),
        "parent": parent if subscription else None,
        "payment_settings": {
            "default_mandate": None,
            "payment_method_options": None,
            "payment_method_types": None,
        },
        "period_end": int(fields.get("period_end", created)),
        "period_start": int(fields.get("period_start", created)),
        "post_payment_credit_notes_amount": 0,
        "pre_payment_credit_notes_amount": 0,
        "receipt_number": None,
        "starting_balance": 0,
        "status": "open",
        "status_transitions": {**nothing, "finalized_at": created},
        "subtotal": amount,
        "total": amount,
        "_subscription": subscription,
        PAYMENTS: [],
    }


def _sums(amount: int) -> Json:
    due = {"amount_due": amount, "amount_remaining": amount}
    return {**due, "amount_overpaid": 0, "amount_paid": 0, "amount_shipping": 0}


def paid_by(invoice: Json, charge: Json) -> Json:
    """The invoice after this charge settled it."""
    at, amount = charge["created"], charge["amount"]
    payment = {
        "id": f"inpay_{charge['id'].partition('_')[2]}",
        "object": "invoice_payment",
        "amount_paid": amount,
        "amount_requested": amount,
        "created": at,
        "currency": invoice["currency"],
        "invoice": invoice["id"],
        "is_default": True,
        "livemode": False,
        "payment": {"type": "payment_intent", "payment_intent": charge["payment_intent"]},
        "status": "paid",
        "status_transitions": {"canceled_at": None, "paid_at": at},
    }
    return {
        **invoice,
        "amount_paid": amount,
        "amount_remaining": 0,
        "attempt_count": invoice["attempt_count"] + 1,
        "attempted": True,
        "status": "paid",
        "status_transitions": {**invoice["status_transitions"], "paid_at": at},
        PAYMENTS: [payment],
        "_payment_intent": charge["payment_intent"],
    }


def payments_of(invoice: Json) -> Json:
    url = f"/v1/invoice_payments?invoice={invoice['id']}"
    return {"object": "list", "data": invoice[PAYMENTS], "has_more": False, "url": url}


def get_invoice(state: ProcessorState, call: Call) -> Json:
    return state.get("invoice", call.path["id"])


def list_invoices(state: ProcessorState, call: Call) -> Json:
    equals = {
        "customer": call.text("customer"),
        "status": call.choice("status", ("draft", "open", "paid", "uncollectible", "void")),
        "subscription": call.text("subscription"),
    }
    return list_page(state, call, "invoice", equals, url="/v1/invoices")


def list_invoice_payments(state: ProcessorState, call: Call) -> Json:
    """Of one invoice, or the one that a payment intent settled."""
    if (invoice_id := call.text("invoice")) is not None:
        return payments_of(state.get("invoice", invoice_id, "invoice"))
    intent = call.text("payment.payment_intent")
    if intent is None:
        raise ApiError("The sandbox lists payments of one invoice or of one payment intent.", param="invoice")
    invoices = state.every("invoice", {"payment_intent": intent})
    found = [payment for invoice in invoices for payment in invoice[PAYMENTS]]
    return {"object": "list", "data": found, "has_more": False, "url": "/v1/invoice_payments"}


def pay_invoice(state: ProcessorState, call: Call) -> Json:
    """Charge the card named, or the one on file; 402 when it is declined."""
    invoice = get_invoice(state, call)
    if invoice["status"] != "open":
        raise ApiError("Invoice is already paid" if invoice["status"] == "paid" else "Invoice is not open")
    card = _paying_card(state, invoice, call.text("payment_method"))
    return charge_invoice(state, invoice, card, call)


def _paying_card(state: ProcessorState, invoice: Json, named: str | None) -> Json:
    candidates: list[Any] = [named]
    if (subscription := state.store.find(invoice["_subscription"] or "")) is not None:
        candidates.append(subscription["default_payment_method"])
    owner = state.get("customer", invoice["customer"], "customer")
    candidates.append(owner["invoice_settings"]["default_payment_method"])
    for card_id in filter(None, candidates):
        card = state.store.find(card_id)
        if card is None or card.get("customer") != owner["id"]:
            raise missing("PaymentMethod", card_id, "payment_method")
        return card
    raise ApiError("There is no default_payment_method set on this Customer or Invoice.", code="missing")


def charge_invoice(state: ProcessorState, invoice: Json, card: Json, call: Call | None = None) -> Json:
    """One charge of the card: it settles the invoice, or is declined and noted."""
    facts = {name: invoice[name] for name in ("currency", "customer")}
    facts |= {"amount": invoice["amount_due"], "payment_method": card["id"], "card": card["card"]}
    if card.get(FAILS_LATER):
        charge = build_charge(state.new_id("ch"), state.now(), {**facts, "status": "failed"})
        state.emit("charge.failed", state.store.put(charge), call)
        state.emit("invoice.payment_failed", invoice, call)
        raise card_declined("generic_decline", charge=charge["id"])
    charge = build_charge(state.new_id("ch"), state.now(), facts)
    paid = paid_by(invoice, charge)
    state.emit("charge.succeeded", state.store.put(charge), call)
    state.emit("invoice.paid", state.store.put(paid), call)
    return paid


def renew_subscription(state: ProcessorState, subscription_id: str) -> Json:
    """Bill the next period now, as the processor does when one ends; past_due when the card is declined."""
    before = state.get("subscription", subscription_id)
    if before["status"] in ENDED:
        raise ApiError("A canceled subscription has no next period.")
    item = before["items"]["data"][0]
    start, length = period_end(before), period_end(before) - item["current_period_start"]
    facts = {"amount": item["price"]["unit_amount"], "subscription": subscription_id, "period_start": start}
    facts |= {"currency": before["currency"], "customer": before["customer"], "period_end": start + length}
    invoice = state.store.put(build_invoice(state.new_id("in"), state.now(), facts))
    items = {
        **before["items"],
        "data": [{**item, "current_period_start": start, "current_period_end": start + length}],
    }
    after = {**before, "items": items, "latest_invoice": invoice["id"], "status": "active"}
    try:
        charge_invoice(state, invoice, _paying_card(state, invoice, None))
    except ApiError:
        after["status"] = "past_due"
    state.emit("customer.subscription.updated", keep_subscription(state, after), before=before)
    return after


_ONE = "/v1/invoices/{id}"

ENDPOINTS = [
    Endpoint(
        "GET",
        "/v1/invoices",
        list_invoices,
        "InvoiceListParams",
        f"customer subscription status created {PAGING}",
    ),
    Endpoint("GET", _ONE, get_invoice, "InvoiceRetrieveParams"),
    Endpoint("POST", f"{_ONE}/pay", pay_invoice, "InvoicePayParams", "payment_method"),
    Endpoint(
        "GET",
        "/v1/invoice_payments",
        list_invoice_payments,
        "InvoicePaymentListParams",
        f"invoice payment {PAGING}",
    ),
]
