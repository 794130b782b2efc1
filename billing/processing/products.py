"""What the processor calls a product and a price, as a product of ours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from billing.ids import ProductId, new_id
from billing.ports import UnitOfWork
from billing.ports.processing_syncs import NewSales, ProductKey
from billing.processing.records import ProductLink
from billing.records import Product
from billing.states import ProductKind

SOURCE = "stripe"
PAYMENT: ProductKey = ("Payment", "")  # of a charge that says nothing of what it was for
# Some write an order's number into each charge's description: they would all be products.
MOST_DESCRIPTIONS = 500
MOST_LETTERS = 200


def described(text: str) -> ProductKey:
    """What a charge without an invoice is for."""
    words = " ".join(text.split())[:MOST_LETTERS]
    return (words, "") if words else PAYMENT


class Shelf:
    """The products of a page, found by the processor's words or made."""

    def __init__(self, found: Mapping[ProductKey, ProductId]) -> None:
        self._found = dict(found)

    def __getitem__(self, key: ProductKey) -> ProductId:
        return self._found.get(key) or self._found[PAYMENT]


async def stock(work: UnitOfWork, wanted: Mapping[ProductKey, ProductKind], sales: NewSales) -> Shelf:
    """All `wanted` products, as far as there are not too many; what is left out is a plain payment."""
    found = dict(await work.synced.find_products(SOURCE, wanted.keys() | {PAYMENT}))
    linked = await work.synced.find_linked_products(SOURCE, found.keys())
    links = {key: found[key] for key in found.keys() - linked}
    for key in await _to_make(work, [key for key in wanted if key not in found], wanted):
        kind = wanted.get(key, ProductKind.ONE_TIME)
        product = Product(new_id(ProductId), work.account_id, *key, kind, refund_days=None)
        sales.products.append(product)
        links[key] = found[key] = product.id
    sales.product_links += [ProductLink(work.account_id, SOURCE, *each) for each in _flat(links)]
    return Shelf(found)


async def _to_make(
    work: UnitOfWork, missing: Sequence[ProductKey], wanted: Mapping[ProductKey, ProductKind]
) -> list[ProductKey]:
    """Of mere descriptions so many as are free; and a plain payment, if others are left out."""
    described = [key for key in missing if not key[1] and wanted[key] is ProductKind.ONE_TIME]
    if not described:
        return list(missing)
    free = max(MOST_DESCRIPTIONS - await work.synced.count_products(SOURCE), 0)
    left_out = {key for key in described[free:] if key != PAYMENT}
    made = [key for key in missing if key not in left_out]
    if left_out and PAYMENT not in made and not await work.synced.find_products(SOURCE, [PAYMENT]):
        made.append(PAYMENT)
    return made


def _flat(links: Mapping[ProductKey, ProductId]) -> list[tuple[str, str, ProductId]]:
    return [(name, point, product_id) for (name, point), product_id in links.items()]
