"""A card as pages show it: what it is called, when it expires, and whether that is soon."""

from dataclasses import dataclass
from datetime import datetime

from billing.records import Card
from locales.card_words import card_name, expires_soon, expiry, has_expired


@dataclass(frozen=True, slots=True)
class CardLine:
    """A card as we know it; `expires` as printed on it, or empty."""

    name: str
    expires: str
    has_expired: bool
    expires_soon: bool


def card_line(card: Card | None, *, now: datetime) -> CardLine | None:
    """What pages say of a card."""
    if card is None:
        return None
    return CardLine(card_name(card), expiry(card), has_expired(card, now=now), expires_soon(card, now=now))
