"""Amounts between ISO's minor units and Stripe's."""

import pytest

from billing.money import Currency, Money
from billing.providers.stripe_amounts import NotCountable, money_of, stripe_amount
from billing.providers.stripe_catalogue import written


@pytest.mark.parametrize(
    ("code", "minor", "there"),
    [
        ("USD", 5900, 5900),
        ("EUR", 1, 1),
        ("JPY", 500, 500),
        ("KRW", 0, 0),
        ("ISK", 5, 500),
        ("UGX", 5, 500),
        ("HUF", 1045, 1045),
        ("TWD", 80045, 80045),
        ("MGA", 500, 5),
        ("KWD", 5120, 5120),
        ("BHD", 10, 10),
        ("RSD", 1250, 1250),
        ("USD", -300, -300),
        ("ISK", -5, -500),
        ("MGA", -500, -5),
    ],
)
def test_an_amount_goes_there_and_comes_back(code: str, minor: int, there: int) -> None:
    money = Money(minor, Currency(code))
    assert stripe_amount(money) == there
    assert money_of(there, code.lower()) == money


@pytest.mark.parametrize(("code", "minor"), [("MGA", 501), ("KWD", 5124), ("OMR", 1)])
def test_an_amount_that_stripe_cannot_move_is_said(code: str, minor: int) -> None:
    with pytest.raises(NotCountable, match=code):
        stripe_amount(Money(minor, Currency(code)))


def test_a_fraction_of_old_is_rounded() -> None:
    assert [money_of(each, "isk").minor for each in (4010, 4050, 4099)] == [40, 41, 41]


def test_a_currency_that_iso_does_not_know_is_refused() -> None:
    with pytest.raises(ValueError, match="USDC"):
        money_of(100, "usdc")


def test_an_amount_within_a_name() -> None:
    assert written(3900, "usd") == "39.00 USD"
    assert written("500.5", "jpy") == "500 JPY"
    assert [written(None, "usd"), written(100, "usdc")] == ["", ""]
