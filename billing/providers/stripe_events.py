"""Stripe's webhooks: signed bytes in, a typed event out."""

import json
from datetime import datetime
from typing import Final, Literal

import stripe

from billing.inbox import ProcessorEvent

TOLERANCE = 300  # seconds, both ways
# What endpoints are told in: the version that the SDK's types describe.
API_VERSION: Literal["2026-10-28.endive"] = "2026-10-28.endive"
# The kinds of events that something follows from; each is only a hint to read its object.
KINDS: Final = (
    "charge.captured",
    "charge.dispute.closed",
    "charge.dispute.created",
    "charge.dispute.funds_reinstated",
    "charge.dispute.funds_withdrawn",
    "charge.dispute.updated",
    "charge.failed",
    "charge.refunded",
    "charge.succeeded",
    "charge.updated",
    "checkout.session.completed",
    "checkout.session.expired",
    "customer.subscription.created",
    "customer.subscription.deleted",
    "customer.subscription.paused",
    "customer.subscription.resumed",
    "customer.subscription.updated",
    "customer.updated",
    "invoice.paid",
    "invoice.payment_action_required",
    "invoice.payment_failed",
    "invoice.voided",
    "payment_method.attached",
    "payment_method.automatically_updated",
    "payment_method.detached",
    "payment_method.updated",
    "refund.created",
    "refund.failed",
    "refund.updated",
)


class NotSigned(ValueError):
    """Not by this account's secret, or too old, or of the future."""


def read_event(body: bytes, signature: str, secret: str, *, now: datetime) -> ProcessorEvent:
    """The event in a webhook's raw body; raises `NotSigned`, or ValueError for a body that is no event."""
    try:
        stripe.WebhookSignature.verify_header(body.decode(), signature, secret, tolerance=None)
    except (UnicodeDecodeError, stripe.SignatureVerificationError) as bad:
        raise NotSigned("bad signature") from bad
    # The SDK checks the past only, and by a clock of its own.
    if abs(now.timestamp() - _signed_at(signature)) > TOLERANCE:
        raise NotSigned("outside the tolerance")
    return _parse(body)


def _signed_at(signature: str) -> int:
    stamps = [part[2:] for part in signature.split(",") if part.startswith("t=")]
    # Two, or one that the SDK reads otherwise, could make old bytes look young.
    if len(stamps) != 1 or not (stamps[0].isascii() and stamps[0].isdigit()):
        raise NotSigned("no time stamp")
    return int(stamps[0])


def _parse(body: bytes) -> ProcessorEvent:
    try:
        event = stripe.Event.construct_from(json.loads(body), None)
        subject = event.data.object
        said = (event.id, event.type, subject["object"], subject["id"])
        livemode, account = getattr(event, "livemode", None), getattr(event, "account", None)
    except (ValueError, KeyError, AttributeError, TypeError, RecursionError) as bad:
        raise ValueError("not an event") from bad
    is_odd = not isinstance(livemode, bool | None) or not isinstance(account, str | None)
    if is_odd or not all(isinstance(each, str) and each for each in said):
        raise ValueError("not an event")
    external_id, kind, object_kind, object_id = said
    return ProcessorEvent(
        source="stripe",
        external_id=external_id,
        kind=kind,
        object_kind=object_kind,
        object_id=object_id,
        livemode=livemode,
        account=account or "",
    )
