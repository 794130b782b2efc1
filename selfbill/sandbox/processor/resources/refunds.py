"""Refunds: the one place where money goes back, and where it can come to nothing later."""

from __future__ import annotations

from selfbill.sandbox.processor.call import Call
from selfbill.sandbox.processor.endpoint import PAGING, Endpoint
from selfbill.sandbox.processor.errors import ApiError, Json, missing, parameter_missing
from selfbill.sandbox.processor.resources.disputes import is_refundable
from selfbill.sandbox.processor.state import (
    LISTING_LAG,
    REFUND_ASKS,
    REFUND_FAILS,
    REFUND_PENDING,
    REFUND_UNFUNDED,
    ProcessorState,
    list_page,
)

REASONS = ("duplicate", "fraudulent", "requested_by_customer")
SETTLES = {
    "pending": {"succeeded", "failed", "canceled"},
    "requires_action": {"succeeded", "failed", "canceled"},
    "succeeded": {"failed"},
    "failed": set[str](),
    "canceled": set[str](),
}
SYMBOLS = {"usd": "$", "eur": "€", "gbp": "£", "jpy": "¥"}
WITHOUT_CENTS = {"bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "ugx", "vnd", "vuv",
                 "xaf", "xof", "xpf"}  # fmt: skip


def create_refund(state: ProcessorState, call: Call) -> Json:
    """Give money of a charge back, if it has that much left and nobody disputes it."""
    charge = _charge_named(state, call)
    call.choice("reason", REASONS)
    amount = _amount_allowed(state, charge, call.integer("amount"))
    if state.faults.take("POST", "/v1/refunds", [REFUND_UNFUNDED]):
        raise ApiError(
            "Insufficient funds in your balance to refund this amount.", code="balance_insufficient"
        )
    later = state.faults.take("POST", "/v1/refunds", [REFUND_PENDING, REFUND_FAILS, REFUND_ASKS])
    fields = {"amount": amount, "reason": call.text("reason"), "metadata": call.metadata()}
    fields["status"] = "pending" if later else "succeeded"
    refund = build_refund(state.new_id("re"), state.now(), charge, fields)
    if later and later.kind == REFUND_ASKS:
        refund |= {"status": "requires_action", "_fails": False}
    elif later:
        refund |= {"pending_reason": "processing", "_fails": later.kind == REFUND_FAILS}
    charge = _count(charge, amount)
    state.store.put(refund, due=state.now() + int(later.seconds) if later else None)
    state.store.put(charge)
    state.emit("refund.created", refund, call)
    state.emit("charge.refunded", charge, call)
    return refund


def _charge_named(state: ProcessorState, call: Call) -> Json:
    if (charge_id := call.text("charge")) is not None:
        return state.get("charge", charge_id, "charge")
    if (intent := call.text("payment_intent")) is not None:
        charges = state.every("charge", {"payment_intent": intent}, limit=1)
        if not charges:
            raise missing("payment_intent", intent, "payment_intent")
        return charges[0]
    raise parameter_missing("charge")


def _amount_allowed(state: ProcessorState, charge: Json, asked: int | None) -> int:
    """The amount to give back: what was asked, or all that is left; refused beyond that."""
    left = charge["amount_captured"] - charge["amount_refunded"]
    if not charge["paid"] or not charge["captured"]:
        raise ApiError(f"Charge {charge['id']} has not succeeded and cannot be refunded.", param="charge")
    if not is_refundable(state, charge):
        raise ApiError(
            f"Charge {charge['id']} has been charged back; cannot issue a refund.", code="charge_disputed"
        )
    if left <= 0:
        raise ApiError(
            f"Charge {charge['id']} has already been refunded.",
            code="charge_already_refunded",
            param="charge",
        )
    if asked is not None and asked < 1:
        raise ApiError(
            "This value must be greater than or equal to 1.", code="parameter_invalid_integer", param="amount"
        )
    if asked is not None and asked > left:
        of_what = "unrefunded amount on charge" if charge["amount_refunded"] else "charge amount"
        raise ApiError(
            f"Refund amount ({in_words(asked, charge['currency'])}) is greater than {of_what}"
            f" ({in_words(left, charge['currency'])})",
            param="amount",
        )
    return left if asked is None else asked


def in_words(amount: int, currency: str) -> str:
    """An amount as the processor's sentences print it."""
    sign = SYMBOLS.get(currency, f"{currency.upper()} ")
    return f"{sign}{amount}" if currency in WITHOUT_CENTS else f"{sign}{amount // 100}.{amount % 100:02d}"


def build_refund(refund_id: str, created: int, charge: Json, fields: Json) -> Json:
    """A refund of a charge: `amount`, `status`, `reason`, `metadata`."""
    return {
        "id": refund_id,
        "object": "refund",
        "amount": int(fields["amount"]),
        "balance_transaction": None,
        "charge": charge["id"],
        "created": created,
        "currency": charge["currency"],
        "destination_details": {"type": "card", "card": {"type": "refund", "reference_status": "pending"}},
        "metadata": fields.get("metadata", {}),
        "payment_intent": charge["payment_intent"],
        "reason": fields.get("reason"),
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": fields.get("status", "succeeded"),
        "transfer_reversal": None,
    }


def _count(charge: Json, amount: int) -> Json:
    refunded = charge["amount_refunded"] + amount
    return {**charge, "amount_refunded": refunded, "refunded": refunded >= charge["amount_captured"]}


def settle_refund(state: ProcessorState, refund_id: str, status: str, reason: str = "unknown") -> Json:
    """A pending refund succeeds or fails, or a succeeded one fails after all and its amount is free again."""
    before = state.get("refund", refund_id)
    if status not in SETTLES[before["status"]]:
        raise ApiError(f"Refund {refund_id} is already {before['status']}.")
    refund = {k: v for k, v in before.items() if k not in ("pending_reason", "_fails")}
    refund["status"] = status
    if status == "failed":
        refund |= {"failure_balance_transaction": state.new_id("txn"), "failure_reason": reason}
    if status in ("failed", "canceled"):
        state.store.put(_count(state.get("charge", refund["charge"]), -refund["amount"]))
    state.store.put(refund)
    state.emit("refund.updated", refund, before=before)
    state.emit("charge.refund.updated", refund, before=before)
    if status == "failed":
        state.emit("refund.failed", refund)
    return refund


def settle_due_refund(state: ProcessorState, refund: Json) -> None:
    """What a refund that was pending long enough comes to."""
    settle_refund(
        state, refund["id"], "failed" if refund["_fails"] else "succeeded", "expired_or_canceled_card"
    )


def get_refund(state: ProcessorState, call: Call) -> Json:
    return state.get("refund", call.path["id"])


def update_refund(state: ProcessorState, call: Call) -> Json:
    before = state.get("refund", call.path["id"])
    refund = {**before, "metadata": call.metadata(before["metadata"])}
    state.emit("refund.updated", state.store.put(refund), call, before=before)
    return refund


def cancel_refund(state: ProcessorState, call: Call) -> Json:
    """Only one that waits for its receiver can be canceled."""
    refund = get_refund(state, call)
    if refund["status"] != "requires_action":
        raise ApiError(f"This refund cannot be canceled: its status is {refund['status']}.")
    return settle_refund(state, refund["id"], "canceled")


def list_refunds(state: ProcessorState, call: Call) -> Json:
    lag = state.faults.take("GET", "/v1/refunds", [LISTING_LAG])
    equals = {name: call.text(name) for name in ("charge", "payment_intent")}
    return list_page(state, call, "refund", equals, url="/v1/refunds", lag=int(lag.seconds) if lag else 0)


ENDPOINTS = [
    Endpoint(
        "POST",
        "/v1/refunds",
        create_refund,
        "RefundCreateParams",
        "charge payment_intent amount reason metadata",
    ),
    Endpoint(
        "GET", "/v1/refunds", list_refunds, "RefundListParams", f"charge payment_intent created {PAGING}"
    ),
    Endpoint("GET", "/v1/refunds/{id}", get_refund, "RefundRetrieveParams"),
    Endpoint("POST", "/v1/refunds/{id}", update_refund, "RefundUpdateParams", "metadata"),
    Endpoint("POST", "/v1/refunds/{id}/cancel", cancel_refund, "RefundCancelParams"),
]
