"""VAT ids, why there is no tax, the rate of an amount, and shares of an invoice."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.documents.records import SoldLine
from billing.documents.taxes import checked_tax_id, find_tax_rate, share_out, vat_country, with_treatments
from billing.errors import Invalid
from billing.states import TaxTreatment

PLAIN = SoldLine("Course", "Standard", 1, 0, 10_000, 0)
TAXED = replace(PLAIN, tax_minor=1900)


@pytest.mark.parametrize(
    ("tax_id", "country"),
    [
        ("DE123456789", "DE"),
        ("de 123.456.789", "DE"),
        ("ATU12345678", "AT"),
        ("NL123456789B01", "NL"),
        ("EL123456789", "EL"),
        ("FRXX999999999", "FR"),
        ("DE12345678", ""),
        ("12/345/67890", ""),
        ("GB123456789", ""),
        ("CHE-123.456.789 MWST", ""),
        ("", ""),
    ],
)
def test_a_vat_id_of_the_union_says_its_country(tax_id, country):
    assert vat_country(tax_id) == country


@pytest.mark.parametrize(
    "tax_id", ["", "GB123456789", "CHE-123.456.789", "12/345/67890", "US-EIN 12-3456789"]
)
def test_ids_of_other_countries_are_taken_as_they_are(tax_id):
    assert checked_tax_id(f" {tax_id} ") == tax_id


@pytest.mark.parametrize("tax_id", ["DE12345678", "ATX12345678", "IT1234567890", "D" * 41])
def test_an_id_that_its_country_cannot_have_is_refused(tax_id):
    with pytest.raises(Invalid):
        checked_tax_id(tax_id)


def _treatments(*lines: SoldLine, seller: str = "DE123456789", buyer: str = "", small: bool = False):
    told = with_treatments(lines, seller_id=seller, buyer_id=buyer, is_small_business=small)
    return [(each.treatment, each.tax_rate) for each in told]


def test_tax_is_taken_at_its_rate():
    assert _treatments(TAXED, small=True) == [(TaxTreatment.STANDARD, "19")]


def test_a_small_business_takes_no_tax():
    assert _treatments(PLAIN, buyer="ATU12345678", small=True) == [(TaxTreatment.SMALL_BUSINESS, "0")]


def test_businesses_of_two_countries_of_the_union_reverse_the_charge():
    assert _treatments(PLAIN, buyer="ATU12345678") == [(TaxTreatment.REVERSE_CHARGE, "0")]
    assert _treatments(PLAIN, buyer="DE987654321") == [(TaxTreatment.ZERO, "0")]
    assert _treatments(PLAIN, buyer="GB123456789") == [(TaxTreatment.ZERO, "0")]


def test_without_a_tax_id_there_is_no_tax_at_all():
    assert _treatments(PLAIN, seller="") == [(TaxTreatment.OUTSIDE, None)]


def test_what_was_told_stands():
    told = replace(PLAIN, treatment=TaxTreatment.EXEMPT)
    assert _treatments(told, buyer="ATU12345678", small=True) == [(TaxTreatment.EXEMPT, "0")]


def test_outside_of_all_tax_does_not_stand_beside_others():
    outside = replace(PLAIN, treatment=TaxTreatment.OUTSIDE)
    assert _treatments(outside) == [(TaxTreatment.OUTSIDE, None)]
    assert _treatments(TAXED, outside) == [(TaxTreatment.STANDARD, "19"), (TaxTreatment.ZERO, "0")]


def test_a_small_amount_has_the_rate_of_another_line():
    small = replace(PLAIN, net_minor=30, tax_minor=6)
    assert _treatments(small) == [(TaxTreatment.STANDARD, None)]
    assert _treatments(TAXED, small) == [(TaxTreatment.STANDARD, "19"), (TaxTreatment.STANDARD, "19")]


@pytest.mark.parametrize(
    ("net", "tax", "rate"),
    [
        (10000, 1900, "19"),
        (5900, 454, "7.7"),
        (99999, 8875, None),
        (100000, 8880, "8.88"),
        (100, 19, "19"),
        (100, 0, "0"),
        (3, 1, None),
        (30, 6, None),
        (0, 5, None),
    ],
)
def test_a_tax_rate_is_claimed_where_it_is_the_only_one(net, tax, rate):
    assert find_tax_rate(net, tax) == rate


@given(st.integers(10_000, 10**9), st.sampled_from([5, 7, 19, 20, 21, 25]))
def test_whole_rates_are_found_again(net, rate):
    assert find_tax_rate(net, (net * rate + 50) // 100) == str(rate)


@given(
    st.lists(st.integers(0, 500), min_size=1, max_size=7).filter(any),
    st.lists(st.integers(1, 3000), max_size=12),
)
def test_shares_add_up_stay_close_and_are_all_of_it_in_the_end(whole, steps):
    total, given_so_far = sum(whole), [0] * len(whole)
    for step in [*steps, total]:
        amount = min(step, total - sum(given_so_far))
        shares = share_out(whole, given_so_far, amount)
        assert sum(shares) == amount
        assert min(shares) >= 0
        given_so_far = [before + share for before, share in zip(given_so_far, shares, strict=True)]
        exact = [part * sum(given_so_far) / total for part in whole]
        assert all(abs(x - y) < 2 for x, y in zip(given_so_far, exact, strict=True))
    assert given_so_far == whole


def test_more_than_is_left_is_not_shared_out():
    with pytest.raises(ValueError, match="11 of 10"):
        share_out([10], [5], 6)
