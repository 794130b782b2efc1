"""What is sold, and until when money goes back for it."""

from collections.abc import Sequence

from sqlalchemy import select, update

from billing import records as r
from billing.errors import NotFound
from billing.ids import ProductId
from storage.bound import ACCOUNT, Bound
from storage.shapes import PRODUCT
from storage.tables.sales import products

_d = products.c
_ALL = select(*PRODUCT.columns).where(_d.account_id == ACCOUNT).order_by(_d.name, _d.price_point, _d.id)


class StoredProducts(Bound):
    """`billing.ports.Products`."""

    async def list(self) -> Sequence[r.Product]:
        """All of the account, by name."""
        return await self._list(PRODUCT, _ALL)

    async def set_refund_days(self, product_id: ProductId, days: int | None) -> None:
        """None: no period; raises `NotFound`."""
        row = await self._change(
            update(products)
            .where(_d.account_id == self.account_id, _d.id == product_id)
            .values(refund_days=days)
            .returning(_d.id)
        )
        if row is None:
            raise NotFound
