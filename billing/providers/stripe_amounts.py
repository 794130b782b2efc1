"""Amounts as Stripe counts them, and as ISO 4217 does. https://docs.stripe.com/currencies"""

from billing.money import Currency, Money

# Counted in whole units there. The ariary (MGA) has two digits by ISO; the others have none there either.
_WHOLE = frozenset("BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF".split())
# Three digits, the last of which must be zero.
_THREE_DIGITS = frozenset("BHD JOD KWD OMR TND".split())
# Whole units by ISO or by the card networks' rules, but counted in hundredths that are always zero.
_HUNDREDS = frozenset({"ISK", "UGX"})


class NotCountable(ValueError):
    """An amount that Stripe cannot move: it has digits that the currency lacks there."""


def stripe_amount(money: Money) -> int:
    """The amount as Stripe counts it; raises `NotCountable` where that would lose a digit."""
    code = money.currency.code
    up, down = _factors(money.currency)
    amount, rest = divmod(money.minor * up, down)
    step = 10 if code in _THREE_DIGITS else 100 if code in _HUNDREDS else 1
    if rest or amount % step:
        raise NotCountable(f"{money.decimal} {code}")
    return amount


def money_of(amount: int, currency: str) -> Money:
    """Stripe's amount in our minor units; ValueError for a currency that ISO does not know.

    A fraction of a unit that ISO's digits cannot hold, as in ISK before 2023, is rounded half up.
    """
    known = Currency(currency.upper())
    up, down = _factors(known)
    return Money((amount * down + up // 2) // up, known)


def _factors(currency: Currency) -> tuple[int, int]:
    """Our minor units times the first, by the second, are Stripe's amount; one of them is 1."""
    code = currency.code
    there = 0 if code in _WHOLE else 3 if code in _THREE_DIGITS else 2
    shift: int = 10 ** abs(there - currency.exponent)
    return (shift, 1) if there >= currency.exponent else (1, shift)
