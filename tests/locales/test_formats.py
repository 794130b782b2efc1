"""Amounts, days and lists as each locale writes them."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from billing.money import Currency, Money
from locales.translator import get_translator

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("tag", "minor", "currency", "written"),
    [
        ("en", 1250, "RSD", "RSD\xa012.50"),  # CLDR alone would say RSD 12
        ("en", 590000, "USD", "$5,900.00"),
        ("en", -500, "USD", "-$5.00"),
        ("en", 1200, "JPY", "¥1,200"),
        ("en", 1234, "KWD", "KWD\xa01.234"),
        ("de", 590000, "EUR", "5.900,00\xa0€"),
        ("fr", 590000, "EUR", "5\u202f900,00\xa0€"),
        ("en", 0, "EUR", "€0.00"),
    ],
)
def test_money_has_the_digits_of_its_currency(tag, minor, currency, written):
    assert get_translator(tag).money(Money(minor, Currency(currency))) == written


def test_spans_and_rates_and_lists():
    say = get_translator("en")
    assert say.day_count(30) == "30 days"
    assert say.day_count(365) == "365 days"
    assert say.ago(NOON - timedelta(hours=3), now=NOON) == "3 hours ago"
    assert (say.percent(Decimal("0.19")), say.percent(Decimal("0.077"))) == ("19%", "7.7%")
    assert say.list_of(["a", "b", "c"]) == "a, b, and c"


def test_clock_times_name_their_zone():
    assert get_translator("de", "Europe/Berlin").datetime(NOON) == "22.11.2026, 13:00 CET"
    assert get_translator("de", "Europe/Berlin").time(NOON) == "13:00"


def test_days_of_the_week_and_times_of_day_have_no_zone():
    say = get_translator("en", "America/New_York")
    assert (say.weekday(1), say.weekday(7)) == ("Monday", "Sunday")
    assert (say.wall_time(9 * 60 + 5), say.wall_time(24 * 60)) == ("9:05\u202fAM", "12:00\u202fAM")
    assert get_translator("de").weekday(3) == "Mittwoch"


def test_a_minus_stays_before_its_number_from_right_to_left():
    less = get_translator("ar").money(Money(-1000, Currency("EUR")))
    assert less == "\u200f\u200e-10.00\u200f\xa0\u200e€\u200e"
