"""When what the processor could not say yet is asked again."""

from datetime import datetime, timedelta

from billing.edges import Envelope
from billing.errors import DeliveryFailed
from billing.processor import TryLater

# When what is unknown or pending is read again; then it stands as an alert.
READ_AGAIN = (
    timedelta(seconds=5),
    timedelta(seconds=30),
    timedelta(minutes=5),
    timedelta(hours=1),
    *[timedelta(days=1)] * 5,
)
LONGEST_WAIT = timedelta(hours=1)  # while the processor says that it is too busy, and does nothing


def next_read(envelope: Envelope) -> timedelta:
    """By the schedule; past its end, daily."""
    return READ_AGAIN[min(envelope.tries, len(READ_AGAIN)) - 1]


def wait_for(envelope: Envelope, busy: TryLater | None = None) -> timedelta:
    """Until the next try of what surely was not done: as the processor said, if it did."""
    said = busy.after if busy else None
    return said or min(next_read(envelope), LONGEST_WAIT)


def read_again(
    why: str, envelope: Envelope, *, began: datetime | None = None, now: datetime
) -> DeliveryFailed:
    """Read again by the schedule; what began ends by time too, as a busy processor also counts tries."""
    is_over = envelope.tries > len(READ_AGAIN)
    if began is not None:
        is_over = is_over and now - began >= sum(READ_AGAIN, timedelta())
    return DeliveryFailed(why, permanent=is_over, after=next_read(envelope))
