"""What rows of the past say about a subscription and about how a product is paid: pure rules."""

import re

from billing.imports.rows import PastRow, RowKind
from billing.states import ProductKind, SubscriptionState

_S = SubscriptionState
# `3 x 299`: so many payments of so much. A hint only: nothing in an export says that it is a plan.
_PLAN = re.compile(r"\s*([0-9]{1,3})\s*[x×*]\s*[^0-9\s]?\s*[0-9][0-9.,]*.*", re.IGNORECASE)
# What a row makes of a subscription in each state; where it says nothing, the state stays.
_RUNNING = (_S.TRIALING, _S.ACTIVE, _S.PAST_DUE, _S.PAUSED, _S.COMPLETED)
_MOVES = {
    RowKind.REBILL: dict.fromkeys(_RUNNING, _S.ACTIVE),
    RowKind.FAILED: dict.fromkeys(_RUNNING, _S.PAST_DUE),
    RowKind.CANCEL_ASKED: dict.fromkeys(_RUNNING, _S.CANCEL_SCHEDULED),
    RowKind.CANCEL_REVERTED: dict.fromkeys((*_RUNNING, _S.CANCEL_SCHEDULED), _S.ACTIVE),
    RowKind.CANCELED: dict.fromkeys(SubscriptionState, _S.CANCELED),
}


def plan_length(price_point: str) -> int | None:
    """How many payments a payment plan has, as its price point hints; None if it hints at none."""
    match = _PLAN.fullmatch(price_point)
    count = int(match[1]) if match else 0
    return count if count > 1 else None


def product_kind(row: PastRow) -> ProductKind:
    """How the product of this row is paid."""
    if not row.agreement_ref:
        return ProductKind.ONE_TIME
    return ProductKind.PAYMENT_PLAN if plan_length(row.price_point) else ProductKind.SUBSCRIPTION


def next_state(state: SubscriptionState, row: PastRow) -> SubscriptionState:
    """The subscription's state after this row, if the row is the newest so far.

    Only a Revert takes a scheduled end back, and only a new Sale follows a Cancellation.
    """
    if row.kind is RowKind.SALE:
        return _S.TRIALING if row.trial else _S.ACTIVE
    return _MOVES.get(row.kind, {}).get(state, state)


def paid_off(state: SubscriptionState, paid: int, length: int | None) -> SubscriptionState:
    """A plan whose payments are all there is completed: the export has no row that says so.

    A cancellation that the export does tell of outranks this hint.
    """
    if length is not None and paid >= length and state is _S.ACTIVE:
        return _S.COMPLETED
    return state
