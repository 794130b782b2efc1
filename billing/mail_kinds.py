"""The kinds of mail that customers get, and what a merchant's own paragraph in each may name."""

from collections.abc import Mapping
from enum import StrEnum

_ALL = frozenset({"customer", "merchant"})
_REQUEST = _ALL | {"product", "reference"}


class MailKind(StrEnum):
    """`merchant_texts.about` of a paragraph of the merchant's own is one of these."""

    CODE = "code"
    ORDER_IDS = "order-ids"
    REQUEST_RECEIVED = "request-received"
    REQUEST_WAITING = "request-waiting"
    REQUEST_DONE = "request-done"
    REQUEST_DENIED = "request-denied"
    REQUEST_WITHDRAWN = "request-withdrawn"
    REQUEST_FAILED = "request-failed"
    QUESTION_RECEIVED = "question-received"
    ANSWER = "answer"
    CARD_CHANGED = "card-changed"
    CARD_NOT_CHANGED = "card-not-changed"
    INVOICE = "invoice"


PLACEHOLDERS: Mapping[MailKind, frozenset[str]] = {
    MailKind.CODE: frozenset({"merchant"}),  # it is mailed before anybody knows who asks
    MailKind.ORDER_IDS: frozenset({"merchant"}),
    MailKind.REQUEST_RECEIVED: _REQUEST,
    MailKind.REQUEST_WAITING: _REQUEST,
    MailKind.REQUEST_DONE: _REQUEST,
    MailKind.REQUEST_DENIED: _REQUEST,
    MailKind.REQUEST_WITHDRAWN: _REQUEST,
    MailKind.REQUEST_FAILED: _REQUEST,
    MailKind.QUESTION_RECEIVED: _ALL | {"reference"},
    MailKind.ANSWER: _ALL | {"reference"},
    MailKind.CARD_CHANGED: _ALL,
    MailKind.CARD_NOT_CHANGED: _ALL,
    MailKind.INVOICE: _ALL | {"product", "amount"},
}
