"""Invoices of subscriptions: read, pay; and the next period, which the sandbox bills on demand."""

from __future__ import annotations

from typing import NoReturn

from selfbill.sandbox.processor.call import Call
from selfbill.sandbox.processor.endpoint import PAGING, Endpoint
from selfbill.sandbox.processor.errors import ApiError, Json, card_declined, missing, needs_the_cardholder
from selfbill.sandbox.processor.resources.cards import ASKS, FAILS_LATER
from selfbill.sandbox.processor.resources.charges import ASKED_ABOUT, build_charge, find_payment_intent
from selfbill.sandbox.processor.resources.invoice_shapes import PAYMENTS, build_invoice, paid_by
from selfbill.sandbox.processor.resources.subscriptions import (
    BEHIND,
    ENDED,
    keep_subscription,
    period_end,
    period_start,
)
from selfbill.sandbox.processor.state import ProcessorState, list_page


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
    limit = call.integer("limit") or 10
    more = len(found) > limit
    return {"object": "list", "data": found[:limit], "has_more": more, "url": "/v1/invoice_payments"}


def pay_invoice(state: ProcessorState, call: Call) -> Json:
    """Charge the card named, or the one on file; 402 when it is declined."""
    invoice = get_invoice(state, call)
    must_be_open(invoice)
    card = _paying_card(state, invoice, call.text("payment_method"))
    return charge_invoice(state, invoice, card, call)


def must_be_open(invoice: Json) -> None:
    if invoice["status"] != "open":
        raise ApiError("Invoice is already paid" if invoice["status"] == "paid" else "Invoice is not open")


def void_invoice(state: ProcessorState, call: Call) -> Json:
    """Nobody has to pay it any more."""
    before = get_invoice(state, call)
    must_be_open(before)
    times = {**before["status_transitions"], "voided_at": state.now()}
    voided = state.store.put({**before, "status": "void", "status_transitions": times, "amount_remaining": 0})
    state.emit("invoice.voided", voided, call, before=before)
    return voided


def _paying_card(state: ProcessorState, invoice: Json, named: str | None) -> Json:
    """The card named, else the subscription's own, else the customer's default."""
    subscription = state.store.find(invoice["_subscription"] or "") or {}
    owner = state.get("customer", invoice["customer"], "customer")
    default = owner["invoice_settings"]["default_payment_method"]
    card_id = named or subscription.get("default_payment_method") or default
    if card_id is None:
        raise ApiError(
            "There is no `default_payment_method` set on this Customer or Invoice. Please attempt this "
            "payment again by providing a payment method.",
            code="invoice_payment_intent_requires_payment_method",
        )
    card = state.store.find(card_id)
    if card is None or card.get("customer") != owner["id"]:
        raise missing("PaymentMethod", card_id, "payment_method")
    return card


def charge_invoice(
    state: ProcessorState, invoice: Json, card: Json, call: Call | None = None, *, is_confirmed: bool = False
) -> Json:
    """One charge of the card: it settles the invoice, is declined and noted, or waits for the cardholder."""
    if card.get(ASKS) and not is_confirmed:
        return _ask_the_cardholder(state, invoice, card, call)
    facts = {name: invoice[name] for name in ("currency", "customer")} | {"email": invoice["customer_email"]}
    facts |= {"amount": invoice["amount_due"], "payment_method": card["id"], "card": card["card"]}
    facts |= {"payment_intent": invoice["_payment_intent"], "name": invoice["customer_name"]}
    facts["description"] = "Subscription update" if invoice["_subscription"] else invoice["description"]
    if decline := card.get(FAILS_LATER):
        facts |= {"status": "failed", "decline_code": decline}
    charge = build_charge(state.new_id("ch"), state.now(), facts)
    state.emit("charge.failed" if decline else "charge.succeeded", state.store.put(charge), call)
    if decline:
        _note_failure(state, invoice, call, None)
        raise card_declined(decline, charge["failure_message"], charge=charge["id"])
    paid = state.store.put(paid_by(invoice, charge))
    _tell_of_intent(state, paid, "payment_intent.succeeded", call)
    for kind in ("invoice.paid", "invoice.payment_succeeded"):
        state.emit(kind, paid, call, before=invoice)
    _resume(state, paid, call)
    return paid


def _ask_the_cardholder(state: ProcessorState, invoice: Json, card: Json, call: Call | None) -> NoReturn:
    noted = _note_failure(state, invoice, call, card["id"])
    state.emit("invoice.payment_action_required", noted, call)
    raise needs_the_cardholder()


def _note_failure(state: ProcessorState, invoice: Json, call: Call | None, asked_about: str | None) -> Json:
    noted = {**invoice, "attempted": True, "attempt_count": invoice["attempt_count"] + 1}
    noted[ASKED_ABOUT] = asked_about
    state.store.put(noted)
    kind = "payment_intent.requires_action" if asked_about else "payment_intent.payment_failed"
    _tell_of_intent(state, noted, kind, call)
    state.emit("invoice.payment_failed", noted, call, before=invoice)
    return noted


def _tell_of_intent(state: ProcessorState, invoice: Json, kind: str, call: Call | None) -> None:
    if (intent := find_payment_intent(state, invoice["_payment_intent"])) is not None:
        state.emit(kind, intent, call)


def _resume(state: ProcessorState, paid: Json, call: Call | None) -> None:
    """A subscription that fell behind is active again once its latest invoice is paid."""
    before = state.store.find(paid["_subscription"] or "")
    if before is None or before["status"] not in BEHIND or before["latest_invoice"] not in (None, paid["id"]):
        return
    after = keep_subscription(state, {**before, "status": "active"})
    state.emit("customer.subscription.updated", after, call, before=before)


def renew_subscription(state: ProcessorState, subscription_id: str) -> Json:
    """Bill the next period now, as the processor does when one ends; past_due when the card does not pay."""
    before = state.get("subscription", subscription_id)
    if before["status"] in ENDED:
        raise ApiError("A canceled subscription has no next period.")
    item, length = before["items"]["data"][0], period_end(before) - period_start(before)
    start = period_end(before)
    period = {"current_period_start": start, "current_period_end": start + length}
    invoice = _bill(state, before, (start, start + length))
    after = {**before, "items": {**before["items"], "data": [{**item, **period}]}, "status": "active"}
    after["latest_invoice"] = invoice["id"]
    keep_subscription(state, after)
    try:
        charge_invoice(state, invoice, _paying_card(state, invoice, None))
    except ApiError:
        after["status"] = "past_due"
    state.emit("customer.subscription.updated", keep_subscription(state, after), before=before)
    return after


def _bill(state: ProcessorState, subscription: Json, period: tuple[int, int]) -> Json:
    """The invoice of the next period, open."""
    price, invoice_id = subscription["items"]["data"][0]["price"], state.new_id("in")
    owner = state.get("customer", subscription["customer"])
    product = state.store.find(price["product"]) or {}
    facts = {
        "amount": price["unit_amount"],
        "currency": subscription["currency"],
        "customer": subscription["customer"],
        "email": owner["email"],
        "name": owner["name"],
        "page": f"{state.public_url}/invoice/{invoice_id}",
        "period_end": period[1],
        "period_start": period[0],
        "price": price,
        "product": product.get("name", price["product"]),
        "subscription": subscription["id"],
    }
    invoice = state.store.put(build_invoice(invoice_id, state.now(), facts))
    for kind in ("invoice.created", "invoice.finalized"):
        state.emit(kind, invoice)
    _tell_of_intent(state, invoice, "payment_intent.created", None)
    return invoice


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
    Endpoint("POST", f"{_ONE}/pay", pay_invoice, "InvoicePayParams", "payment_method off_session"),
    Endpoint("POST", f"{_ONE}/void", void_invoice, "InvoiceVoidInvoiceParams"),
    Endpoint(
        "GET",
        "/v1/invoice_payments",
        list_invoice_payments,
        "InvoicePaymentListParams",
        f"invoice payment {PAGING}",
    ),
]
