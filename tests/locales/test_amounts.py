"""What people type for an amount, by their language."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.errors import Invalid
from billing.money import Currency, Money
from locales.amounts import parse_amount, typed_amount
from locales.catalogues import AVAILABLE
from locales.translator import get_translator

CURRENCIES = st.sampled_from([Currency("USD"), Currency("JPY"), Currency("KWD")])


@pytest.mark.parametrize(
    ("tag", "typed", "minor"),
    [
        ("en", "50", 5000),
        ("en", " 50.5 ", 5050),
        ("en", "1,234.50", 123450),
        ("en", "1,234", 123400),
        ("en-IN", "12,34,567.00", 123456700),
        ("en", "50,00", 5000),
        ("de", "50,00", 5000),
        ("de", "50.00", 5000),
        ("de", "1.234,50", 123450),
        ("de", "1.234", 123400),
        ("fr", "1\u202f234,5", 123450),
        ("fr", "1 234", 123400),
        ("es", "1.234,50", 123450),
        ("ar", "١٢٫٥", 1250),
        ("ar", "12.5", 1250),
    ],
)
def test_amounts_are_read_as_the_reader_writes_them(tag: str, typed: str, minor: int) -> None:
    assert parse_amount("amount", typed, Currency("USD"), get_translator(tag)) == Money(
        minor, Currency("USD")
    )


@pytest.mark.parametrize("typed", ["ten", "-5", "1.234", "1,2,3", "5.", "1e3", "٫", "12 USD", "½", "9" * 13])
def test_what_is_no_amount_is_refused_with_an_example(typed: str) -> None:
    with pytest.raises(Invalid) as refused:
        parse_amount("amount", typed, Currency("USD"), get_translator("en"))
    assert (refused.value.field, refused.value.problem) == ("amount", "amount")


def test_nothing_is_missing() -> None:
    with pytest.raises(Invalid) as refused:
        parse_amount("amount", " \u200b", Currency("USD"), get_translator("en"))
    assert refused.value.problem == "missing"


@given(minor=st.integers(0, 10**11), currency=CURRENCIES, tag=st.sampled_from(sorted(AVAILABLE)))
def test_a_field_shows_what_is_read_back(minor: int, currency: Currency, tag: str) -> None:
    say, amount = get_translator(tag), Money(minor, currency)
    assert parse_amount("amount", typed_amount(amount, say), currency, say) == amount
