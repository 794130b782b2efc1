"""What an audit may find."""

from dataclasses import dataclass
from enum import StrEnum


class Broken(StrEnum):
    """What does not agree."""

    REFUNDED_SUM = "refunded-sum"
    RESERVED_SUM = "reserved-sum"
    OPERATION_STATE = "operation-state"
    NO_APPROVAL = "no-approval"
    NO_REFUND = "no-refund"
    REFUND_AMOUNT = "refund-amount"
    NO_NEXT_TRY = "no-next-try"
    ARROW = "arrow"
    JOURNAL = "journal"
    TICKET = "ticket"
    DISPUTED_SUM = "disputed-sum"
    HELD = "held"
    CARD_STEPS = "card-steps"
    NO_ALERT = "no-alert"
    STRANGER = "stranger"
    DOCUMENT_SUM = "document-sum"
    CREDIT_NOTES = "credit-notes"
    SERIES = "series"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that does not agree: about which request or payment, and what is there instead."""

    what: Broken
    subject: str  # a request's reference, a payment's Order ID or id, a card change's id, a document's number
    detail: str
