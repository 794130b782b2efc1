"""Amounts as people type them in their own language: `1,234.50` in one is `1.234,50` in another."""

import re
import unicodedata
from decimal import Decimal

from babel.numbers import get_decimal_symbol, get_group_symbol

from billing.errors import Invalid
from billing.money import Currency, Money
from locales.translator import Translator

_DIGITS = re.compile(r"\d{1,12}", re.ASCII)


def parse_amount(field: str, typed: str, currency: Currency, say: Translator) -> Money:
    """Raises `Invalid` (field: missing, or amount with an example).

    Marks between thousands are the reader's own. A dot or a comma before the last digits is understood in
    every language, unless it stands where the reader puts marks between thousands.
    """
    bare = _plain(typed)
    if not bare:
        raise Invalid(field, "missing")
    whole, cents = _parted(bare, currency.exponent, say)
    if not _DIGITS.fullmatch(whole) or (cents and not _DIGITS.fullmatch(cents)):
        raise Invalid(field, "amount", example=Money(5 * 10 ** (currency.exponent + 1), currency))
    return Money(int(whole + cents.ljust(currency.exponent, "0")), currency)


def typed_amount(amount: Money, say: Translator) -> str:
    """The same the other way, for a field that shows it: `149.00`, or `149,00`."""
    digits = amount.currency.exponent
    whole, _, cents = f"{Decimal(amount.minor).scaleb(-digits):.{digits}f}".partition(".")
    return f"{whole}{get_decimal_symbol(say.locale)}{cents}" if cents else whole


def _plain(typed: str) -> str:
    """Without spaces and invisible marks, in ASCII digits: `١٢٫٥` has Arabic ones."""
    seen = (c for c in typed if not c.isspace() and unicodedata.category(c) != "Cf")
    return "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in seen)


def _parted(bare: str, most_cents: int, say: Translator) -> tuple[str, str]:
    """Units and cents; what cannot be read comes back as units that are no number."""
    decimal, group = get_decimal_symbol(say.locale), get_group_symbol(say.locale)
    whole, mark, cents = bare.rpartition(decimal)
    if mark and 0 < len(cents) <= most_cents:
        return _ungrouped(whole, group), cents
    if not mark and _is_grouped(bare, group):
        return _ungrouped(bare, group), ""
    for other in ".,٫":
        whole, mark, cents = bare.rpartition(other)
        if mark and 0 < len(cents) <= most_cents:
            return whole, cents
    return bare, ""


def _is_grouped(bare: str, group: str) -> bool:
    return (
        re.fullmatch(rf"\d{{1,3}}({re.escape(group)}\d{{2,3}})*{re.escape(group)}\d{{3}}", bare) is not None
    )


def _ungrouped(whole: str, group: str) -> str:
    return whole.replace(group, "") if _is_grouped(whole, group) else whole
