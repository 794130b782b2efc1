"""What an invoice looks like: its line, its tax, its payment, open or settled."""

from __future__ import annotations

import hashlib

from selfbill.sandbox.processor.errors import Json
from selfbill.sandbox.processor.resources.charges import ASKED_ABOUT

PAYMENTS = "_payments"  # kept with the invoice, shown under `payments` when that is expanded
TAX_RATE = "txr_1SelfbillSandbox"


def build_invoice(invoice_id: str, created: int, fields: Json) -> Json:
    """An invoice: `amount` (tax included), `tax`, `currency`, `customer`, `subscription`, `price`, period.

    Open until it is paid; `page` is where its hosted page is.
    """
    amount, subscription = int(fields["amount"]), fields.get("subscription")
    intent = fields.get("payment_intent") or f"pi_{invoice_id.partition('_')[2]}"
    nothing = dict.fromkeys(("finalized_at", "marked_uncollectible_at", "paid_at", "voided_at"))
    return {
        "id": invoice_id,
        "object": "invoice",
        **_sums(amount, int(fields.get("tax", 0))),
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
        "hosted_invoice_url": fields.get("page"),
        "invoice_pdf": None,
        "issuer": {"type": "self"},
        "lines": _lines(invoice_id, fields),
        "livemode": False,
        "metadata": fields.get("metadata", {}),
        "number": fields.get("number") or _number(invoice_id),
        "parent": _parent(subscription) if subscription else None,
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
        "_subscription": subscription,
        "_payment_intent": intent,
        PAYMENTS: [_payment(invoice_id, created, fields["currency"].lower(), intent, amount)],
    }


def _parent(subscription: str) -> Json:
    details = {"metadata": {}, "subscription": subscription}
    return {"type": "subscription_details", "quote_details": None, "subscription_details": details}


def _lines(invoice_id: str, fields: Json) -> Json:
    data = [build_line(invoice_id, fields)] if fields.get("price") else []
    return {"object": "list", "data": data, "has_more": False, "url": f"/v1/invoices/{invoice_id}/lines"}


def _number(invoice_id: str) -> str:
    return f"INV-{hashlib.sha256(invoice_id.encode()).hexdigest()[:8].upper()}"


def _sums(amount: int, tax: int) -> Json:
    due = {"amount_due": amount, "amount_remaining": amount, "total": amount}
    nothing = {"amount_overpaid": 0, "amount_paid": 0, "amount_shipping": 0}
    without = dict.fromkeys(("subtotal_excluding_tax", "total_excluding_tax"), amount - tax)
    return {**due, **nothing, **without, "subtotal": amount, "total_taxes": _taxes(amount, tax)}


def _taxes(amount: int, tax: int) -> list[Json]:
    if not tax:
        return []
    one = {
        "amount": tax,
        "tax_behavior": "inclusive",
        "tax_rate_details": {"tax_rate": TAX_RATE},
        "taxability_reason": "standard_rated",
        "taxable_amount": amount - tax,
        "type": "tax_rate_details",
    }
    return [one]


def build_line(invoice_id: str, fields: Json) -> Json:
    """The one line: a price, once, and for which period; with a subscription, of its item."""
    price, amount, tax = fields["price"], int(fields["amount"]), int(fields.get("tax", 0))
    subscription, details = fields.get("subscription"), None
    if subscription:
        details = {
            "invoice_item": None,
            "proration": False,
            "proration_details": {"credited_items": None},
            "subscription": subscription,
            "subscription_item": f"si_{subscription.partition('_')[2]}",
        }
    pricing = {"price": price["id"], "product": price["product"]}
    kind = "subscription_item_details" if subscription else "invoice_item_details"
    item = {
        "invoice_item": f"ii_{invoice_id.partition('_')[2]}",
        "proration": False,
        "proration_details": None,
    }
    item["subscription"] = None
    parents = {"subscription_item_details": details, "invoice_item_details": None if subscription else item}
    return {
        "id": f"il_{invoice_id.partition('_')[2]}",
        "object": "line_item",
        "amount": amount,
        "currency": fields["currency"].lower(),
        "description": f"1 × {fields.get('product', price['nickname'] or price['product'])}",
        "discount_amounts": [],
        "discountable": True,
        "discounts": [],
        "invoice": invoice_id,
        "livemode": False,
        "metadata": {},
        "parent": {"type": kind, **parents},
        "period": {"end": int(fields.get("period_end", 0)), "start": int(fields.get("period_start", 0))},
        "pretax_credit_amounts": [],
        "pricing": {
            "price_details": pricing,
            "type": "price_details",
            "unit_amount_decimal": str(amount),
        },
        "quantity": 1,
        "quantity_decimal": "1",
        "subscription": subscription,
        "subtotal": amount,
        "taxes": _taxes(amount, tax),
    }


def _payment(invoice_id: str, created: int, currency: str, intent: str, amount: int) -> Json:
    return {
        "id": f"inpay_{invoice_id.partition('_')[2]}",
        "object": "invoice_payment",
        "amount_paid": None,
        "amount_requested": amount,
        "created": created,
        "currency": currency,
        "invoice": invoice_id,
        "is_default": True,
        "livemode": False,
        "payment": {"type": "payment_intent", "payment_intent": intent},
        "status": "open",
        "status_transitions": {"canceled_at": None, "paid_at": None},
    }


def paid_by(invoice: Json, charge: Json) -> Json:
    """The invoice after this charge settled it."""
    at, amount, intent = charge["created"], charge["amount"], charge["payment_intent"]
    payment = {
        **invoice[PAYMENTS][0],
        "amount_paid": amount,
        "payment": {"type": "payment_intent", "payment_intent": intent},
        "status": "paid",
        "status_transitions": {"canceled_at": None, "paid_at": at},
    }
    return {
        **{name: value for name, value in invoice.items() if name != ASKED_ABOUT},
        "amount_paid": amount,
        "amount_remaining": 0,
        "attempt_count": invoice["attempt_count"] + 1,
        "attempted": True,
        "status": "paid",
        "status_transitions": {**invoice["status_transitions"], "paid_at": at},
        PAYMENTS: [payment],
        "_payment_intent": intent,
    }
