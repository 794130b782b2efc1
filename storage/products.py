"""What is sold, and until when money goes back for it."""

from collections.abc import Sequence

from sqlalchemy import bindparam, or_, select, update

from billing import records as r
from billing.errors import NotFound
from billing.ids import ProductId
from storage.bound import ACCOUNT, Bound
from storage.shapes import PRODUCT
from storage.tables.sales import products

_d = products.c
_OWN = select(*PRODUCT.columns).where(_d.account_id == ACCOUNT)
_ALL = _OWN.order_by(_d.name, _d.price_point, _d.id)
_ONE = _OWN.where(_d.id == bindparam("product_id"))


class StoredProducts(Bound):
    """`billing.ports.Products`."""

    async def list(self) -> Sequence[r.Product]:
        """All of the account, by name."""
        return await self._list(PRODUCT, _ALL)

    async def get(self, product_id: ProductId) -> r.Product:
        """Raises `NotFound`."""
        return await self._get(PRODUCT, _ONE, product_id=product_id)

    async def find(self, words: str, *, limit: int, offset: int) -> Sequence[r.Product]:
        """By name. Small and capital letters are the same; on SQLite only those of ASCII."""
        statement = _ALL.limit(limit).offset(offset)
        if words:
            columns = (_d.name, _d.price_point)
            folded = [each.icontains(words, autoescape=True) for each in columns]
            statement = statement.where(
                or_(*folded, *(each.contains(words, autoescape=True) for each in columns))
            )
        return await self._list(PRODUCT, statement)

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
