"""Amounts as people type them into a form."""

import re

from billing.errors import Invalid
from billing.money import Currency, Money

_TYPED = re.compile(r"(\d{1,12})(?:[.,](\d+))?")


def read_amount(field: str, text: str, currency: Currency) -> Money | None:
    """`50`, `50.00` or `50,00`, None for nothing; raises `Invalid` (field, `amount`).

    Marks between thousands are refused rather than guessed at: `1,000` is one thing here, another there.
    """
    bare = "".join(text.split())
    if not bare:
        return None
    found = _TYPED.fullmatch(bare)
    cents = (found[2] or "") if found else ""
    if found is None or len(cents) > currency.exponent:
        raise Invalid(field, "amount", example=Money(5 * 10 ** (currency.exponent + 1), currency))
    return Money(int(found[1] + cents.ljust(currency.exponent, "0")), currency)


def typed_amount(amount: Money) -> str:
    """The same the other way, for a form that shows what is set: `50.00`."""
    digits = amount.currency.exponent
    if not digits:
        return str(amount.minor)
    text = str(amount.minor).rjust(digits + 1, "0")
    return f"{text[:-digits]}.{text[-digits:]}"
