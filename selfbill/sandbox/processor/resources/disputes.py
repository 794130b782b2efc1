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
    dispute = _build_dispute(state, charge, amount or charge["amount"], reason)
    state.store.put(dispute)
    state.store.put({**charge, "disputed": True})
    state.emit("charge.dispute.created", dispute)
    return dispute


def _build_dispute(state: ProcessorState, charge: Json, amount: int, reason: str) -> Json:
    evidence = {
        "due_by": state.now() + ANSWER_WITHIN,
        "has_evidence": False,
        "past_due": False,
        "submission_count": 0,
    }
    return {
        "id": state.new_id("du"),
        "object": "dispute",
        "amount": amount,
        "balance_transactions": [],
        "charge": charge["id"],
        "created": state.now(),
        "currency": charge["currency"],
        "enhanced_eligibility_types": [],
        "evidence": {},
        "evidence_details": evidence,
        "is_charge_refundable": False,
        "livemode": False,
        "metadata": {},
        "payment_intent": charge["payment_intent"],
        "reason": reason,
        "status": "needs_response",
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
