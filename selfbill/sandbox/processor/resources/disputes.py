"""Disputes: a bank takes a charge back; opened and closed through the sandbox's control addresses."""

from __future__ import annotations

from selfbill.sandbox.processor.call import Call
from selfbill.sandbox.processor.endpoint import PAGING, Endpoint
from selfbill.sandbox.processor.errors import ApiError, Json
from selfbill.sandbox.processor.state import ProcessorState, list_page

CLOSED_WELL = ("won", "warning_closed")
ANSWER_WITHIN = 7 * 86_400


def is_refundable(state: ProcessorState, charge: Json) -> bool:
    """No dispute of the charge is open or lost."""
    if not charge["disputed"]:
        return True
    disputes = state.every("dispute", {"charge": charge["id"]})
    return bool(disputes) and all(each["status"] in CLOSED_WELL for each in disputes)


def open_dispute(
    state: ProcessorState, charge_id: str, amount: int | None = None, reason: str = "fraudulent"
) -> Json:
    """The bank asks for the money of a charge, all of it or `amount`."""
    charge = state.get("charge", charge_id, "charge")
    if not is_refundable(state, charge):
        raise ApiError(f"Charge {charge_id} is disputed already.")
    fields = {"amount": amount, "reason": reason, "due_by": state.now() + ANSWER_WITHIN}
    dispute = build_dispute(state.new_id("du"), state.now(), charge, fields)
    state.store.put(dispute)
    state.store.put({**charge, "disputed": True})
    state.emit("charge.dispute.created", dispute)
    return dispute


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
        "evidence": {"enhanced_evidence": {}},
        "evidence_details": {
            "due_by": fields.get("due_by"),
            "enhanced_eligibility": {},
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
            "submission_method": "not_submitted",
        },
        "is_charge_refundable": status in CLOSED_WELL,
        "livemode": False,
        "metadata": {},
        "payment_intent": charge["payment_intent"],
        "reason": fields.get("reason", "general"),
        "status": status,
    }


def close_dispute(state: ProcessorState, dispute_id: str, status: str) -> Json:
    """The bank decides: `won` leaves the money with the merchant, `lost` does not."""
    before = state.get("dispute", dispute_id)
    dispute = {**before, "status": status, "is_charge_refundable": status in CLOSED_WELL}
    state.store.put(dispute)
    state.emit("charge.dispute.closed", dispute, before=before)
    return dispute


def get_dispute(state: ProcessorState, call: Call) -> Json:
    return state.get("dispute", call.path["id"])


def list_disputes(state: ProcessorState, call: Call) -> Json:
    equals = {name: call.text(name) for name in ("charge", "payment_intent")}
    return list_page(state, call, "dispute", equals, url="/v1/disputes")


ENDPOINTS = [
    Endpoint(
        "GET", "/v1/disputes", list_disputes, "DisputeListParams", f"charge payment_intent created {PAGING}"
    ),
    Endpoint("GET", "/v1/disputes/{id}", get_dispute, "DisputeRetrieveParams"),
]
