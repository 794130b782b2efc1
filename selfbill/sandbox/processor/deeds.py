"""What happens at the processor without us: by the merchant in the dashboard, a bank, time, a buyer."""

from __future__ import annotations

from typing import Any

from selfbill.sandbox.processor.call import Call
from selfbill.sandbox.processor.entering import put_card
from selfbill.sandbox.processor.errors import Json
from selfbill.sandbox.processor.resources import disputes, invoices, refunds, subscriptions
from selfbill.sandbox.processor.resources.charges import build_charge
from selfbill.sandbox.processor.resources.subscriptions import keep_subscription
from selfbill.sandbox.processor.state import ProcessorState


def _asked(**values: Any) -> Call:
    """As if the API had been asked this."""
    return Call({}, {name: value for name, value in values.items() if value is not None})


def refund_elsewhere(
    state: ProcessorState,
    charge: str,
    amount: int | None = None,
    *,
    reason: str | None = None,
    metadata: Json | None = None,
) -> Json:
    """A refund from the dashboard: all that is left, or `amount` in minor units."""
    with state.by_hand(charge):
        asked = None if amount is None else str(amount)
        return refunds.create_refund(
            state, _asked(charge=charge, amount=asked, reason=reason, metadata=metadata)
        )


def settle_refund(state: ProcessorState, refund: str, status: str, reason: str = "unknown") -> Json:
    with state.by_hand(refund):
        return refunds.settle_refund(state, refund, status, reason)


def cancel_elsewhere(state: ProcessorState, subscription: str, *, at_period_end: bool = False) -> Json:
    """Canceled in the dashboard, now or at the end of its period."""
    with state.by_hand(subscription):
        if not at_period_end:
            return subscriptions.cancel_subscription(state, Call({"id": subscription}, {}))
        return _schedule(state, subscription, "true")


def undo_elsewhere(state: ProcessorState, subscription: str) -> Json:
    """The scheduled end is taken back in the dashboard."""
    with state.by_hand(subscription):
        return _schedule(state, subscription, "false")


def _schedule(state: ProcessorState, subscription: str, ends: str) -> Json:
    return subscriptions.update_subscription(
        state, Call({"id": subscription}, {"cancel_at_period_end": ends})
    )


def set_subscription(state: ProcessorState, subscription: str, **fields: Any) -> Json:
    """Put fields of a subscription as they shall be, such as `status`, and tell it."""
    with state.by_hand(subscription):
        before = state.get("subscription", subscription)
        after = keep_subscription(state, {**before, **fields})
        state.emit("customer.subscription.updated", after, before=before)
        return after


def change_card_elsewhere(
    state: ProcessorState,
    customer: str,
    number: str = "5555555555554444",
    *,
    subscription: str | None = None,
    expires: tuple[int, int] = (12, 2034),
) -> Json:
    """Another card on the customer's file, which pays one subscription or is the default."""
    with state.by_hand(customer):
        return put_card(state, customer, number, expires=expires, subscription=subscription)


def open_dispute(
    state: ProcessorState,
    charge: str,
    amount: int | None = None,
    *,
    reason: str = "fraudulent",
    is_inquiry: bool = False,
) -> Json:
    with state.by_hand(charge):
        return disputes.open_dispute(state, charge, amount, reason, is_inquiry=is_inquiry)


def escalate_dispute(state: ProcessorState, dispute: str) -> Json:
    with state.by_hand(dispute):
        return disputes.escalate_dispute(state, dispute)


def close_dispute(state: ProcessorState, dispute: str, status: str) -> Json:
    with state.by_hand(dispute):
        return disputes.close_dispute(state, dispute, status)


def renew(state: ProcessorState, subscription: str) -> Json:
    with state.by_hand(subscription):
        return invoices.renew_subscription(state, subscription)


def sell(
    state: ProcessorState,
    amount: int,
    currency: str = "usd",
    *,
    customer: str | None = None,
    description: str | None = None,
    **fields: Any,
) -> Json:
    """A new charge of a customer (or of a guest), as `build_charge` takes its fields; it is told."""
    with state.by_hand(customer or ""):
        facts: Json = {"amount": amount, "currency": currency, "customer": customer, **fields}
        facts["description"] = description
        if customer is not None:
            owner = state.get("customer", customer)
            facts = {"email": owner["email"], "name": owner["name"], **facts}
        charge = state.store.put(build_charge(state.new_id("ch"), state.now(), facts))
        state.emit("charge.succeeded" if charge["paid"] else "charge.failed", charge)
        return charge
