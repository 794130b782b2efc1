"""Money, dates and lists as the reader's locale writes them."""

import datetime as dt
import re
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_time, format_timedelta
from babel.lists import format_list
from babel.numbers import NumberPattern, format_decimal

from billing.money import Currency, Money

# CLDR wants a space between the letters of a code and a digit; Babel leaves it out.
_LTR, _RTL = "\u200e", "\u200f"
_SIGN = re.compile(r"[A-Z]*[$£€¥₩₹₪₫₱]")
_NEGATIVE = re.compile(rf"{_RTL}?(-[\d.,\u066b\u066c]+)")
_TOUCHING = re.compile(r"(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])")


@lru_cache(maxsize=512)
def _money_pattern(locale: Locale, digits: int) -> NumberPattern:
    pattern: NumberPattern = copy(locale.currency_formats["standard"])
    pattern.frac_prec = (digits, digits)
    return pattern


@dataclass(frozen=True)
class Formats:
    """How a reader in this locale and time zone reads amounts and moments; times come in as aware UTC."""

    locale: Locale
    time_zone: ZoneInfo

    def money(self, amount: Money) -> str:
        """All digits that ISO 4217 gives the currency, whatever CLDR says: `RSD 12.50`."""
        return self._in_currency(amount.decimal, amount.currency, amount.currency.exponent)

    def price(self, price: Decimal, currency: Currency) -> str:
        """Of one piece, in major units: with more digits than the currency has where it takes them."""
        digits = currency.exponent
        exact = round(price, max(digits, 4))
        while digits < 4 and round(exact, digits) != exact:
            digits += 1
        return self._in_currency(exact, currency, digits)

    def _in_currency(self, amount: Decimal, currency: Currency, digits: int) -> str:
        pattern = _money_pattern(self.locale, digits)
        written = pattern.apply(amount, self.locale, currency=currency.code, currency_digits=False)
        text = _TOUCHING.sub("\u00a0", str(written))
        if self.locale.text_direction != "rtl":
            return text
        # In a right-to-left line the sign of `US$` and the minus would jump over to their other sides.
        return _NEGATIVE.sub(f"{_RTL}{_LTR}\\g<1>{_RTL}", _SIGN.sub(f"{_LTR}\\g<0>{_LTR}", text))

    def number(self, number: int | Decimal) -> str:
        """Grouped as the locale groups: `1,234`."""
        return format_decimal(number, locale=self.locale)

    def percent(self, rate: Decimal) -> str:
        """A rate as a percentage with at most two digits: `Decimal("0.19")` is `19%`."""
        pattern = copy(self.locale.percent_formats[None])
        pattern.frac_prec = (0, 2)
        return str(pattern.apply(rate, self.locale))

    def date(self, moment: dt.date | dt.datetime) -> str:
        """The day, in the reader's zone if a moment is given: `Nov 22, 2026`."""
        if isinstance(moment, dt.datetime):
            moment = moment.astimezone(self.time_zone)
        return format_date(moment, "medium", locale=self.locale)

    def time(self, moment: dt.datetime) -> str:
        """Hours and minutes in the reader's zone: `1:05 PM`."""
        return format_time(moment, "short", tzinfo=self.time_zone, locale=self.locale)

    def datetime(self, moment: dt.datetime) -> str:
        """Day, time and the short name of the zone: `Nov 22, 2026, 1:05 PM EST`."""
        here = moment.astimezone(self.time_zone)
        joined = str(self.locale.datetime_formats["medium"]).format(self.time(here), self.date(here))
        return f"{joined} {here.tzname()}"

    def weekday(self, day: int) -> str:
        """The name of a day of the week, 1 is Monday: `Monday`."""
        return str(self.locale.days["stand-alone"]["wide"][day - 1])

    def wall_time(self, minute: int) -> str:
        """A time of day, so many minutes after midnight, in no zone: `9:00 AM`; 1440 is midnight."""
        return format_time(dt.time(minute // 60 % 24, minute % 60), "short", locale=self.locale)

    def day_count(self, days: int) -> str:
        """A span of whole days: `30 days`."""
        return format_timedelta(dt.timedelta(days=days), "day", threshold=100_000, locale=self.locale)

    def ago(self, moment: dt.datetime, *, now: dt.datetime) -> str:
        """How long since, rounded to the largest unit: `3 hours ago`."""
        return format_timedelta(moment - now, add_direction=True, locale=self.locale)

    def list_of(self, items: Sequence[str]) -> str:
        """Joined as the locale joins: `a, b, and c`."""
        return format_list(items, "standard", locale=self.locale)
