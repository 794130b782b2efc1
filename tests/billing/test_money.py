"""Money: integer minor units that refuse to mix, and parts that add up."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.money import Currency, CurrencyMismatch, Money, total

USD, JPY, KWD, CLF = (Currency(code) for code in ("USD", "JPY", "KWD", "CLF"))


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("59.00", USD, 5900),
        ("1,234.50", USD, 123450),
        (" 1234.5 ", USD, 123450),
        ("-0.01", USD, -1),
        ("0", USD, 0),
        ("59", JPY, 59),
        ("1.234", KWD, 1234),
        ("1.2345", CLF, 12345),
        ("1.500", USD, 150),
    ],
)
def test_an_amount_is_read_in_minor_units(text: str, currency: Currency, minor: int) -> None:
    assert Money.parse(text, currency) == Money(minor, currency)


@pytest.mark.parametrize(
    "text", "| |abc|1.2.3|NaN|Infinity|1e3|1e999999|1_000|１２|12,34|,1|1,|--1|9999999999999999999".split("|")
)
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not an amount"):
        Money.parse(text, USD)


@pytest.mark.parametrize(("text", "currency"), [("1.005", USD), ("1.5", JPY), ("0.0001", KWD)])
def test_digits_that_the_currency_lacks_are_refused(text: str, currency: Currency) -> None:
    with pytest.raises(ValueError, match=f"not an amount of {currency.code}"):
        Money.parse(text, currency)


@pytest.mark.parametrize(
    ("currency", "exponent", "major"),
    [(USD, 2, "59.00"), (JPY, 0, "5900"), (KWD, 3, "5.900"), (CLF, 4, "0.5900")],
)
def test_a_currency_has_its_own_exponent(currency: Currency, exponent: int, major: str) -> None:
    assert currency.exponent == exponent
    assert str(Money(5900, currency).decimal) == major


@pytest.mark.parametrize("code", ["", "usd", "XXX", "EURO", "DEM"])
def test_an_unknown_currency_is_refused(code: str) -> None:
    with pytest.raises(ValueError, match="unknown currency"):
        Currency(code)


def test_two_currencies_never_meet() -> None:
    dollars, yen = Money(1, USD), Money(1, JPY)
    for meet in (
        lambda: dollars + yen,
        lambda: dollars - yen,
        lambda: dollars < yen,
        lambda: dollars <= yen,
        lambda: dollars > yen,
        lambda: dollars >= yen,
        lambda: total([dollars, yen], USD),
    ):
        with pytest.raises(CurrencyMismatch):
            meet()
    assert dollars != yen


amounts = st.builds(Money, st.integers(-(10**12), 10**12), st.sampled_from([USD, JPY, KWD]))


@given(amounts, st.lists(st.integers(0, 1000), min_size=1).filter(any))
def test_parts_add_up_and_are_fair(amount: Money, weights: list[int]) -> None:
    parts = amount.split(weights)
    assert total(parts, amount.currency) == amount
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part.minor - Decimal(amount.minor) * weight / sum(weights)) < 1


@given(amounts)
def test_what_is_written_is_read_again(amount: Money) -> None:
    assert Money.parse(str(amount.decimal), amount.currency) == amount
    assert Money.parse(f"{amount.decimal:,}", amount.currency) == amount


@given(st.lists(st.integers(-(10**9), 10**9)))
def test_a_total_is_the_sum(minors: list[int]) -> None:
    assert total([Money(minor, USD) for minor in minors], USD) == Money(sum(minors), USD)
    assert bool(total([], USD)) is False


def test_amounts_compare_and_turn_round() -> None:
    one, two = Money(1, USD), Money(2, USD)
    assert (one < two, one <= two, two > one, two >= one) == (True,) * 4
    assert (two < one, two <= one, one > two, one >= two) == (False,) * 4
    assert (-two, abs(-two), two - one) == (Money(-2, USD), two, one)
