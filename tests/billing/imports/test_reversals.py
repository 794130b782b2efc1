"""Refunds and chargebacks: which payment they are about, and what is reported rather than guessed."""

import pytest

from billing.imports.rows import Cause
from tests.billing.imports.exports import Row, row
from tests.billing.imports.shop import Shop


def sale(number: int, day: int, **cells: str) -> Row:
    charge = {"Processor_transaction_id": f"ch_{number}"}
    return row(number, "Sale", f"2026-01-{day:02} 12:00:00", **{**charge, **cells})


def back(number: int, day: int, kind: str = "Refund", amount: str = "-39.00", **cells: str) -> Row:
    return row(number, kind, f"2026-01-{day:02} 12:00:00", **{"Amount": amount, **cells})


async def given_back(shop: Shop, order_id: str) -> tuple[int, int]:
    """Refunded and disputed, of this payment."""
    payments = [p for view in await shop.views(order_id) for p in view.payments if p.order_id == order_id]
    return payments[0].refunded.minor, payments[0].disputed.minor


async def test_a_refund_is_of_the_payment_with_its_charge(shop: Shop) -> None:
    rows = [sale(1, 1), sale(2, 2), back(3, 3, Processor_transaction_id="ch_2")]
    outcome = await shop.take_in(*rows)
    assert outcome.findings == []
    assert await given_back(shop, "1") == (0, 0)
    assert await given_back(shop, "2") == (3900, 0)
    refunds = [refund for view in await shop.views("2") for refund in view.refunds]
    assert [(refund.amount.minor, refund.operation_id) for refund in refunds] == [(3900, None)]


async def test_partial_refunds_add_up(shop: Shop) -> None:
    charge = {"Processor_transaction_id": "ch_1"}
    await shop.take_in(
        sale(1, 1),
        back(2, 2, "Partial refund", "-9.75", **charge),
        back(3, 3, "Partial refund", "10.00", **charge),
    )
    assert await given_back(shop, "1") == (1975, 0)


async def test_a_chargeback_is_a_dispute_and_no_refund(shop: Shop) -> None:
    await shop.take_in(sale(1, 1), back(2, 2, "Chargeback", Processor_transaction_id="ch_1"))
    assert await given_back(shop, "1") == (0, 3900)


@pytest.mark.parametrize("charge", ["N/A", "", "ch_of_nobody"])
async def test_without_a_charge_it_is_matched_by_customer_product_and_amount(shop: Shop, charge: str) -> None:
    outcome = await shop.take_in(
        sale(1, 1, Amount="49.00"),
        sale(2, 1),
        sale(3, 1, lead_id="2", Buyer_Email="bob@example.com"),
        sale(4, 1, Product="Another"),
        sale(5, 9),
        back(6, 5, Processor_transaction_id=charge),
    )
    assert outcome.causes == [("6", Cause.MATCHED_BY_AMOUNT)]
    assert outcome.findings[0].detail == "2"
    assert outcome.run.totals.reported == 0
    assert await given_back(shop, "2") == (3900, 0)


async def test_a_partial_refund_without_a_charge_fits_what_is_left(small_shop: Shop) -> None:
    outcome = await small_shop.take_in(
        sale(1, 1),
        back(2, 2, "Partial refund", "-30.00", Processor_transaction_id="ch_1"),
        back(3, 3, "Partial refund", "-9.00"),
        back(4, 4, "Partial refund", "-9.00"),
    )
    assert outcome.causes == [("3", Cause.MATCHED_BY_AMOUNT), ("4", Cause.NO_PAYMENT)]
    assert await given_back(small_shop, "1") == (3900, 0)


async def test_several_candidates_are_reported_and_none_is_taken(shop: Shop) -> None:
    outcome = await shop.take_in(sale(1, 1), sale(2, 2), back(3, 3))
    assert outcome.causes == [("3", Cause.SEVERAL_PAYMENTS)]
    assert [await given_back(shop, "1"), await given_back(shop, "2")] == [(0, 0), (0, 0)]


async def test_no_earlier_payment_is_reported(shop: Shop) -> None:
    outcome = await shop.take_in(back(1, 1), sale(2, 2))
    assert outcome.causes == [("1", Cause.NO_PAYMENT)]


async def test_a_refunded_payment_is_no_candidate(small_shop: Shop) -> None:
    outcome = await small_shop.take_in(
        sale(1, 1), sale(2, 2), back(3, 3, Processor_transaction_id="ch_1"), back(4, 4), back(5, 5)
    )
    assert outcome.causes == [("4", Cause.MATCHED_BY_AMOUNT), ("5", Cause.NO_PAYMENT)]


@pytest.mark.parametrize("kind", ["Refund", "Partial refund", "Chargeback"])
async def test_more_refunded_than_paid_is_reported(shop: Shop, kind: str) -> None:
    charge = {"Processor_transaction_id": "ch_1"}
    outcome = await shop.take_in(
        sale(1, 1), back(2, 2, "Partial refund", "-20.00", **charge), back(3, 3, kind, "-19.01", **charge)
    )
    assert outcome.causes == [("3", Cause.MORE_THAN_PAID)]
    assert await given_back(shop, "1") == (2000, 0)


async def test_a_charge_of_somebody_else_is_reported(small_shop: Shop) -> None:
    outcome = await small_shop.take_in(sale(1, 1), back(2, 2, Processor_transaction_id="ch_1", lead_id="2"))
    assert outcome.causes == [("2", Cause.OTHER_CUSTOMER)]


async def test_one_charge_of_two_products_is_told_apart_by_the_product(small_shop: Shop) -> None:
    charge = {"Processor_transaction_id": "ch_1"}
    outcome = await small_shop.take_in(
        sale(1, 1, **charge), sale(2, 1, **charge, Product="Bump"), back(3, 2, **charge, Product="Bump")
    )
    assert outcome.findings == []
    assert await given_back(small_shop, "2") == (3900, 0)


async def test_a_refund_that_comes_in_a_later_file_finds_its_payment(shop: Shop) -> None:
    await shop.take_in(sale(1, 1))
    await shop.take_in(back(2, 2, Processor_transaction_id="ch_1"))
    assert await given_back(shop, "1") == (3900, 0)
