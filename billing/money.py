"""Money: integer minor units of a known currency, which refuses to mix."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

# ISO 4217 exponents other than two. CLDR's digits differ (it gives RSD none), so the table is ours.
_EXPONENTS = {
    **dict.fromkeys("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split(), 0),
    **dict.fromkeys("BHD IQD JOD KWD LYD OMR TND".split(), 3),
    "CLF": 4,
    "UYW": 4,
}
_TWO_DIGITS = frozenset(
    """AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD
    CDF CHF CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD
    HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD
    MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON
    RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD
    TZS UAH USD UYU UZS VES WST XCD XCG YER ZAR ZMW ZWG""".split()
)


_WRITTEN = re.compile(r"[-+]?(\d+|\d{1,3}(,\d{3})+)(\.\d{1,4})?", re.ASCII)
_BEYOND = 10**18  # more than the database's integers surely hold


class CurrencyMismatch(TypeError):
    """Two currencies met: a bug, never a refusal."""


@dataclass(frozen=True, slots=True)
class Currency:
    """An ISO 4217 currency; `exponent` is the number of digits of its minor unit."""

    code: str

    def __post_init__(self) -> None:
        if self.code not in _EXPONENTS and self.code not in _TWO_DIGITS:
            raise ValueError(f"unknown currency {self.code!r}")

    @property
    def exponent(self) -> int:
        """How many decimal digits an amount in this currency has."""
        return _EXPONENTS.get(self.code, 2)


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units, e.g. `Money(5900, Currency("USD"))` is 59.00 dollars."""

    minor: int
    currency: Currency

    @classmethod
    def parse(cls, text: str, currency: Currency) -> Money:
        """`1,234.50` in minor units; ValueError for anything else, and for digits the currency lacks."""
        if not _WRITTEN.fullmatch(text.strip()):
            raise ValueError(f"not an amount: {text!r}")
        amount = Decimal(text.strip().replace(",", "")).scaleb(currency.exponent)
        if amount != amount.to_integral_value() or abs(amount) >= _BEYOND:
            raise ValueError(f"not an amount of {currency.code}: {text!r}")
        return cls(int(amount), currency)

    @classmethod
    def zero(cls, currency: Currency) -> Money:
        """Nothing, in this currency."""
        return cls(0, currency)

    @property
    def decimal(self) -> Decimal:
        """The amount in major units, exact, with all digits of the currency: `Decimal("59.00")`."""
        return Decimal(self.minor).scaleb(-self.currency.exponent)

    def _same(self, other: Money) -> int:
        if self.currency != other.currency:
            raise CurrencyMismatch(f"{self.currency.code} met {other.currency.code}")
        return other.minor

    def __add__(self, other: Money) -> Money:
        return Money(self.minor + self._same(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.minor - self._same(other), self.currency)

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def __abs__(self) -> Money:
        return Money(abs(self.minor), self.currency)

    def __lt__(self, other: Money) -> bool:
        return self.minor < self._same(other)

    def __le__(self, other: Money) -> bool:
        return self.minor <= self._same(other)

    def __gt__(self, other: Money) -> bool:
        return self.minor > self._same(other)

    def __ge__(self, other: Money) -> bool:
        return self.minor >= self._same(other)

    def __bool__(self) -> bool:
        return self.minor != 0

    def split(self, weights: Sequence[int]) -> list[Money]:
        """Parts in proportion to `weights` that add up exactly, by largest remainder."""
        whole = sum(weights)
        parts = [self.minor * weight // whole for weight in weights]
        by_remainder = sorted(
            range(len(weights)), key=lambda i: self.minor * weights[i] % whole, reverse=True
        )
        for i in by_remainder[: self.minor - sum(parts)]:
            parts[i] += 1
        return [Money(part, self.currency) for part in parts]


def total(amounts: Iterable[Money], currency: Currency) -> Money:
    """The sum; nothing adds up to zero of `currency`."""
    result = Money.zero(currency)
    for amount in amounts:
        result = result + amount
    return result
