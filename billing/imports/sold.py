"""What a row of an export sold: its lines, where its parts add up to what was paid, else one line of all."""

from __future__ import annotations

from functools import lru_cache

from billing.documents.records import SoldLine
from billing.documents.taxes import find_tax_rate
from billing.imports.rows import PastRow
from billing.money import Currency, Money

_Said = tuple[str, str, int, int, int | None, int | None, int | None, int | None]


def lines_of(row: PastRow) -> tuple[SoldLine, ...]:
    """Of a payment; amounts of its lines come to `amount_minor`, tax included."""
    parts = (row.quantity, row.base_minor, row.discount_minor, row.shipping_minor)
    return _lines((row.product, row.price_point, row.amount_minor, row.tax_minor, *parts))


@lru_cache(maxsize=4096)  # most rows are like many others
def _lines(said: _Said) -> tuple[SoldLine, ...]:
    product, price_point, amount, tax, quantity, base, discount, shipping = said
    if tax > amount:
        return ()
    net = amount - tax
    one_line = (SoldLine(product, price_point, 1, 0, net, tax),)
    if not quantity or base is None or discount is None or shipping is None or shipping > net:
        return one_line
    # The price is of one piece, or of all of them: what was paid tells.
    if net - shipping not in {quantity * base - discount, base - discount}:
        return one_line
    goods = SoldLine(product, price_point, quantity, discount, net - shipping, tax)
    if not shipping:
        return (goods,)
    goods_tax, shipping_tax, rate = _split_tax(goods.net_minor, shipping, tax)
    return (
        SoldLine(product, price_point, quantity, discount, goods.net_minor, goods_tax, rate),
        SoldLine("Shipping", "", 1, 0, shipping, shipping_tax, rate if shipping_tax else None, None, True),
    )


def _split_tax(goods: int, shipping: int, tax: int) -> tuple[int, int, str | None]:
    """Of all of it, if one rate fits; else of the goods alone, if one fits them; else by proportion."""
    rate = find_tax_rate(goods + shipping, tax) if tax else None
    if rate is None and (alone := find_tax_rate(goods, tax)) is not None and tax:
        return tax, 0, alone
    if not tax:
        return 0, 0, None
    shares = Money(tax, Currency("USD")).split([goods, shipping])
    return shares[0].minor, shares[1].minor, rate
