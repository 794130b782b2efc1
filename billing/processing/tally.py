"""What taking in a page came to: how much was made, linked, known, and skipped for which reason."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum


class Skip(StrEnum):
    """Why something of the processor's is of no use to us."""

    NO_EMAIL = "no_email"  # a customer whom nobody could sign in as
    NO_CUSTOMER = "no_customer"  # a subscription or charge of such a one, or of a guest without an e-mail
    NOT_CAPTURED = "not_captured"  # a charge that took no money, and did not fail
    NO_PAYMENT = "no_payment"  # a refund or dispute of a charge that was skipped
    WAITS = "waits"  # a refund that is not final, or while something of ours is under way: an event tells
    NO_ROOM = "no_room"  # more went back than our books have; people were called
    UNPAID = "unpaid"  # an invoice that no payment has settled, or nothing was to be paid


@dataclass(slots=True)
class Tally:
    """Counts of one list, or of one page. `linked`: found among what an export had brought."""

    made: int = 0
    linked: int = 0
    known: int = 0
    skipped: Counter[Skip] = field(default_factory=Counter)
    other_currency: int = 0  # taken in as it is, but said

    def count_known(self, *, is_imported: bool) -> None:
        """One that was there already."""
        if is_imported:
            self.linked += 1
        else:
            self.known += 1
