"""Disputes: a bank takes a charge back; opened and closed through the sandbox's control addresses."""

from __future__ import annotations

from selfbill.sandbox.processor.call import Call
from selfbill.sandbox.processor.endpoint import PAGING, Endpoint
from selfbill.sandbox.processor.errors import ApiError, Json
from selfbill.sandbox.processor.state import ProcessorState, list_page

CLOSED_WELL = ("won", "warning_closed")
INQUIRY = ("warning_needs_response", "warning_under_review")
ANSWER_WITHIN = 7 * 86_400
EVIDENCE = (
    *("access_activity_log", "billing_address", "cancellation_policy", "cancellation_policy_disclosure"),
    *("cancellation_rebuttal", "customer_communication", "customer_email_address", "customer_name"),
    *("customer_purchase_ip", "customer_signature", "duplicate_charge_documentation"),
    *("duplicate_charge_explanation", "duplicate_charge_id", "product_description", "receipt"),
    *("refund_policy", "refund_policy_disclosure", "refund_refusal_explanation", "service_date"),
    *("service_documentation", "shipping_address", "shipping_carrier", "shipping_date"),
    *("shipping_documentation", "shipping_tracking_number", "uncategorized_file", "uncategorized_text"),
)
FEE = 1500  # what the processor takes for a dispute, in minor units


def is_refundable(state: ProcessorState, charge: Json) -> bool:
    """No dispute of the charge is open or lost; an inquiry keeps no money back."""
    if not charge["disputed"]:
        return True
    disputes = state.every("dispute", {"charge": charge["id"]})
    return bool(disputes) and all(each["status"] in (*CLOSED_WELL, *INQUIRY) for each in disputes)


def open_dispute(
    state: ProcessorState,
    charge_id: str,
    amount: int | None = None,
    reason: str = "fraudulent",
    *,
    is_inquiry: bool = False,
) -> Json:
    """The bank asks for the money of a charge, all of it or `amount`; an inquiry only asks."""
    charge = state.get("charge", charge_id, "charge")
    if not is_refundable(state, charge):
        raise ApiError(f"Charge {charge_id} is disputed already.")
    fields = {"amount": amount, "reason": reason, "due_by": state.now() + ANSWER_WITHIN}
    fields["status"] = INQUIRY[0] if is_inquiry else "needs_response"
    dispute = build_dispute(state.new_id("du"), state.now(), charge, fields)
    state.store.put(dispute)
    state.store.put({**charge, "disputed": True})
    state.emit("charge.dispute.created", dispute)
    return dispute if is_inquiry else _move_funds(state, dispute, "withdrawn")


def escalate_dispute(state: ProcessorState, dispute_id: str) -> Json:
    """The inquiry becomes a dispute: now the money is taken."""
    before = state.get("dispute", dispute_id)
    if before["status"] not in INQUIRY:
        raise ApiError(f"Dispute {dispute_id} is no inquiry.")
    dispute = {**before, "status": "needs_response", "is_charge_refundable": False}
    state.emit("charge.dispute.updated", state.store.put(dispute), before=before)
    return _move_funds(state, dispute, "withdrawn")


def _move_funds(state: ProcessorState, dispute: Json, way: str) -> Json:
    """The amount and the fee leave the merchant's balance, or come back to it."""
    sign = -1 if way == "withdrawn" else 1
    moved = {
        "id": state.new_id("txn"),
        "object": "balance_transaction",
        "amount": sign * dispute["amount"],
        "available_on": state.now(),
        "balance_type": "payments",
        "created": state.now(),
        "currency": dispute["currency"],
        "description": f"Chargeback {way} for {dispute['charge']}",
        "exchange_rate": None,
        "fee": -sign * FEE,
        "fee_details": [_fee(-sign * FEE, dispute["currency"])],
        "net": sign * (dispute["amount"] + FEE),
        "reporting_category": "dispute" if sign < 0 else "dispute_reversal",
        "source": dispute["id"],
        "status": "available",
        "type": "adjustment",
    }
    after = {**dispute, "balance_transactions": [*dispute["balance_transactions"], moved]}
    state.emit(f"charge.dispute.funds_{way}", state.store.put(after), before=dispute)
    return after


def _fee(amount: int, currency: str) -> Json:
    facts = {"application": None, "description": "Dispute fee", "type": "stripe_fee"}
    return {"amount": amount, "currency": currency, **facts}


def build_dispute(dispute_id: str, created: int, charge: Json, fields: Json) -> Json:
    """A dispute of a charge: `amount` (the whole charge by default), `reason`, `status`, `due_by`."""
    status = fields.get("status", "needs_response")
    return {
        "id": dispute_id,
        "object": "dispute",
        "amount": int(fields.get("amount") or charge["amount"]),
        "balance_transactions": [],
        "charge": charge["id"],
        "created": created,
        "currency": charge["currency"],
        "enhanced_eligibility_types": [],
        "evidence": {**dict.fromkeys(EVIDENCE), "enhanced_evidence": {}},
        "evidence_details": {
            "due_by": fields.get("due_by"),
            "enhanced_eligibility": {},
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
            "submission_method": "not_submitted",
        },
        "is_charge_refundable": status in (*CLOSED_WELL, *INQUIRY),
        "livemode": False,
        "metadata": {},
        "payment_intent": charge["payment_intent"],
        "payment_method_details": {"card": _card(charge, status), "type": "card"},
        "reason": fields.get("reason", "general"),
        "status": status,
    }


def _card(charge: Json, status: str) -> Json:
    brand = charge["payment_method_details"]["card"]["brand"]
    kind = "inquiry" if status in INQUIRY else "chargeback"
    return {"brand": brand, "case_type": kind, "network": brand, "network_reason_code": None}


def close_dispute(state: ProcessorState, dispute_id: str, status: str) -> Json:
    """The bank decides: `won` gives the money back to the merchant, `lost` does not.

    An inquiry ends `warning_closed`, whichever way it is asked to end well.
    """
    before = state.get("dispute", dispute_id)
    if before["status"] in (*CLOSED_WELL, "lost"):
        raise ApiError(f"This dispute is already closed: {before['status']}.")
    if before["status"] in INQUIRY and status != "lost":
        status = "warning_closed"
    dispute = {**before, "status": status, "is_charge_refundable": status in CLOSED_WELL}
    state.store.put(dispute)
    if status == "won" and before["balance_transactions"]:
        dispute = _move_funds(state, dispute, "reinstated")
    state.emit("charge.dispute.closed", dispute, before=before)
    return dispute


def get_dispute(state: ProcessorState, call: Call) -> Json:
    return state.get("dispute", call.path["id"])


def list_disputes(state: ProcessorState, call: Call) -> Json:
    equals = {name: call.text(name) for name in ("charge", "payment_intent")}
    return list_page(state, call, "dispute", equals, url="/v1/disputes")


def update_dispute(state: ProcessorState, call: Call) -> Json:
    """Evidence and metadata; with `submit` the bank looks at it."""
    before = get_dispute(state, call)
    after = {**before, "metadata": call.metadata(before["metadata"])}
    if call.tree("evidence"):
        sent = {name: call.text(f"evidence.{name}") for name in call.tree("evidence")}
        after["evidence"] = {**before["evidence"], **sent}
        after["evidence_details"] = {**before["evidence_details"], "has_evidence": True}
        if call.flag("submit") is not False and before["status"].endswith("needs_response"):
            after["status"] = before["status"].replace("needs_response", "under_review")
    state.emit("charge.dispute.updated", state.store.put(after), call, before=before)
    return after


def accept_dispute(state: ProcessorState, call: Call) -> Json:
    """The merchant gives in: lost."""
    return close_dispute(state, call.path["id"], "lost")


ENDPOINTS = [
    Endpoint(
        "GET", "/v1/disputes", list_disputes, "DisputeListParams", f"charge payment_intent created {PAGING}"
    ),
    Endpoint("GET", "/v1/disputes/{id}", get_dispute, "DisputeRetrieveParams"),
    Endpoint("POST", "/v1/disputes/{id}", update_dispute, "DisputeUpdateParams", "evidence metadata submit"),
    Endpoint("POST", "/v1/disputes/{id}/close", accept_dispute, "DisputeCloseParams"),
]
