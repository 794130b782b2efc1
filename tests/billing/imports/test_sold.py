"""What a row of an export sold: lines that come to what was paid, kept once with the payment."""

import pytest

from billing.documents.records import PaidBy, Snapshot
from tests.billing.imports.exports import row
from tests.billing.imports.shop import Shop


async def _snapshot(shop: Shop, **cells: str) -> Snapshot:
    assert (await shop.take_in(row(7001, "Sale", **cells))).findings == []
    found = await shop.snapshot("7001")
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("cells", "lines"),
    [
        ({}, [(1, 0, 3900, 0)]),
        ({"Base_Price": "39.00", "Quantity": "1"}, [(1, 0, 3900, 0)]),
        ({"Base_Price": "13.00", "Quantity": "3"}, [(3, 0, 3900, 0)]),
        ({"Base_Price": "39.00", "Quantity": "3"}, [(3, 0, 3900, 0)]),
        ({"Base_Price": "49.00", "Quantity": "1", "Coupon_discount": "10.00"}, [(1, 1000, 3900, 0)]),
        ({"Base_Price": "36.45", "Quantity": "1", "Sales_tax": "2.55"}, [(1, 0, 3645, 255)]),
        (
            {"Base_Price": "30.00", "Quantity": "1", "Shipping_cost": "9.00"},
            [(1, 0, 3000, 0), (1, 0, 900, 0)],
        ),
        # It does not add up, or cannot be read: one line of what was paid.
        ({"Base_Price": "12.00", "Quantity": "2"}, [(1, 0, 3900, 0)]),
        ({"Base_Price": "a lot", "Quantity": "1"}, [(1, 0, 3900, 0)]),
        ({"Base_Price": "39.00", "Quantity": "some"}, [(1, 0, 3900, 0)]),
    ],
)
async def test_lines_come_to_what_was_paid(small_shop: Shop, cells, lines):
    found = (await _snapshot(small_shop, **cells)).lines
    assert [(e.quantity, e.discount_minor, e.net_minor, e.tax_minor) for e in found] == lines


async def test_shipping_bears_its_part_of_the_tax(small_shop: Shop):
    cells = {"Base_Price": "25.00", "Quantity": "1", "Shipping_cost": "7.50", "Sales_tax": "6.50"}
    goods, shipping = (await _snapshot(small_shop, **cells)).lines
    assert (goods.tax_minor, goods.tax_rate, goods.is_shipping) == (500, "20", False)
    assert (shipping.tax_minor, shipping.tax_rate, shipping.is_shipping) == (150, "20", True)


async def test_tax_of_the_goods_alone_leaves_shipping_untaxed(small_shop: Shop):
    cells = {"Base_Price": "28.00", "Quantity": "1", "Shipping_cost": "5.40", "Sales_tax": "5.60"}
    goods, shipping = (await _snapshot(small_shop, **cells)).lines
    assert (goods.tax_minor, goods.tax_rate) == (560, "20")
    assert shipping.tax_minor == 0


async def test_what_it_was_paid_through_is_kept(small_shop: Shop):
    assert (await _snapshot(small_shop, Processor="PayPal")).paid_by == PaidBy(through="PayPal")


async def test_a_second_import_leaves_it_as_it_is(small_shop: Shop):
    before = await _snapshot(small_shop, Processor="PayPal")
    await small_shop.take_in(row(7001, "Sale", Processor="Stripe"))
    assert await small_shop.snapshot("7001") == before
