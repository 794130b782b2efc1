"""Stripe's webhooks: signed bytes in, a typed event out."""

import json
from datetime import datetime

import stripe

from billing.inbox import ProcessorEvent

TOLERANCE = 300  # seconds, both ways


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
    except (ValueError, KeyError, AttributeError, TypeError, RecursionError) as bad:
        raise ValueError("not an event") from bad
    if not all(isinstance(each, str) and each for each in said):
        raise ValueError("not an event")
    external_id, kind, object_kind, object_id = said
    return ProcessorEvent(
        source="stripe",
        external_id=external_id,
        kind=kind,
        object_kind=object_kind,
        object_id=object_id,
    )
