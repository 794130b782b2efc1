"""Places in merchants' own texts, in braces: which there are for each kind of text, and our own replacer."""

import re
from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from billing.errors import Invalid
from billing.states import TextKind
from billing.texts import MOST_TEXT, checked_text

_PLACE = re.compile(r"\{(\w+)\}", re.ASCII)
_MEANT_AS_PLACE = re.compile(
    r"\{[ \t]*\w+[ \t]*\}"
)  # in any alphabet: people translate what stands in braces
MOST_SIGNATURE = 500


class Place(StrEnum):
    """What a text may leave open, in braces: filled from what it is about."""

    CUSTOMER_NAME = "customer_name"
    PRODUCT = "product"
    AMOUNT = "amount"
    ORDER_ID = "order_id"
    REFERENCE = "reference"
    MERCHANT = "merchant"

    @property
    def written(self) -> str:
        """As it stands in a text: `{product}`."""
        return f"{{{self.value}}}"


class MailKind(StrEnum):
    """Mails to customers in which a merchant may say something of their own; what a MAIL text is about."""

    CODE = "code"
    ORDER_IDS = "order-ids"
    RECEIVED = "received"  # a request
    DENIED = "denied"
    DONE = "done"
    FAILED = "failed"
    WITHDRAWN = "withdrawn"
    CARD = "card"
    TICKET = "ticket"
    INVOICE = "invoice"


ANSWER_PLACES = (Place.CUSTOMER_NAME, Place.PRODUCT, Place.AMOUNT, Place.ORDER_ID)
_OF_REQUEST = (*ANSWER_PLACES, Place.REFERENCE, Place.MERCHANT)
_OF_KIND: Mapping[TextKind, tuple[Place, ...]] = MappingProxyType(
    {
        TextKind.WELCOME: (Place.MERCHANT,),
        TextKind.REFUND_POLICY: (Place.MERCHANT, Place.PRODUCT),
        TextKind.ANSWER: ANSWER_PLACES,
        TextKind.SIGNATURE: (Place.MERCHANT,),
    }
)
_OF_MAIL: Mapping[MailKind, tuple[Place, ...]] = MappingProxyType(
    {
        MailKind.CODE: (Place.MERCHANT,),
        MailKind.ORDER_IDS: (Place.MERCHANT,),
        MailKind.RECEIVED: _OF_REQUEST,
        MailKind.DENIED: _OF_REQUEST,
        MailKind.DONE: _OF_REQUEST,
        MailKind.FAILED: _OF_REQUEST,
        MailKind.WITHDRAWN: _OF_REQUEST,
        MailKind.CARD: (Place.CUSTOMER_NAME, Place.MERCHANT),
        MailKind.TICKET: (Place.CUSTOMER_NAME, Place.REFERENCE, Place.MERCHANT),
        MailKind.INVOICE: (*ANSWER_PLACES, Place.MERCHANT),
    }
)


def places_of(kind: TextKind, about: str) -> tuple[Place, ...]:
    """What a text of this kind may leave open."""
    return _OF_MAIL[MailKind(about)] if kind is TextKind.MAIL else _OF_KIND[kind]


def most_of(kind: TextKind) -> int:
    """How many characters a text of this kind may have."""
    return MOST_SIGNATURE if kind is TextKind.SIGNATURE else MOST_TEXT


def fill_places(text: str, facts: Mapping[Place, str]) -> str:
    """The text with these places filled; what a fact holds is never read again, other braces stay."""

    def fact(found: re.Match[str]) -> str:
        try:
            return facts.get(Place(found[1]), found[0])
        except ValueError:
            return found[0]

    return _PLACE.sub(fact, text)


def checked_places(field: str, text: str, places: tuple[Place, ...], *, most: int = MOST_TEXT) -> str:
    """The text without outer white space; raises `Invalid` (missing, too-long, unknown-place)."""
    text = checked_text(field, text, most=most)
    written = [each.written for each in places]
    for found in _MEANT_AS_PLACE.finditer(text):
        if found[0] not in written:
            # Customers would read it as it stands, so a slip is said at once.
            raise Invalid(field, "unknown-place", place=found[0], known=" ".join(written))
    return text
