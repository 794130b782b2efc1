"""Order IDs: how they are made, which numbers were given, and the payments that still have none."""

from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import ColumnElement, bindparam, func, select, update

from billing.ids import PurchaseId
from billing.ports.processing_syncs import Numbered, Unnumbered
from billing.processing.records import OrderFormat
from billing.states import PaymentState
from storage.bound import ACCOUNT, Shape
from storage.bulk import InBulk
from storage.tables.processing import order_formats
from storage.tables.sales import payments, purchases
from storage.types import Id

DEFAULT_TEMPLATE, DEFAULT_WIDTH = "{number}", 6

_o, _p, _q = order_formats.c, payments.c, purchases.c
FORMAT = Shape((_o.account_id, _o.template, _o.width, _o.last), OrderFormat)
_FORMAT = select(*FORMAT.columns).where(_o.account_id == ACCOUNT)
_TAKE = (
    update(order_formats)
    .where(_o.account_id == ACCOUNT)
    .values(last=_o.last + bindparam("the_count"))
    .returning(_o.last)
)
_WITHOUT = (
    select(_p.id, _p.purchase_id, _p.paid_at, _q.subscription_id)
    .join(purchases, (_q.account_id == _p.account_id) & (_q.id == _p.purchase_id))
    .where(_p.state == PaymentState.SUCCEEDED, _p.order_id.is_(None), _p.processor_id.is_not(None))
    .order_by(_p.paid_at, _p.id)
)
_SET = (
    update(payments)
    .where(_p.account_id == ACCOUNT, _p.id == bindparam("the_id", type_=Id()), _p.order_id.is_(None))
    .values(order_id=bindparam("the_order"), number=bindparam("the_number"))
)


class StoredOrderIds(InBulk):
    """`billing.ports.processing_syncs.OrderIds`."""

    async def get(self) -> OrderFormat:
        """As the merchant chose it, or as it is until they do."""
        found = await self._find(FORMAT, _FORMAT)
        return found or OrderFormat(self.account_id, DEFAULT_TEMPLATE, DEFAULT_WIDTH, 0)

    async def put(self, order_format: OrderFormat) -> None:
        """Instead of the one before."""
        await self._put(order_formats, asdict(order_format))

    async def take(self, count: int) -> int:
        """The first of so many numbers; their row is held until the transaction ends."""
        if not (rows := await self._rows(_TAKE, the_count=count)):
            await self._insert_once(order_formats, asdict(await self.get()))
            rows = await self._rows(_TAKE, the_count=count)
        return int(rows[0].last) - count + 1

    async def find_taken(self, order_ids: Collection[str]) -> set[str]:
        """Those that payments have."""
        mine = select(_p.order_id).where(_p.account_id == self.account_id)
        return {row.order_id async for row in self._by(mine, _p.order_id, order_ids)}

    async def count_without(self, since: datetime | None) -> int:
        """How many succeeded payments of the processor's have none."""
        counted = select(func.count()).select_from(_WITHOUT.where(*self._since(since)).subquery())
        return int((await self.connection.execute(counted)).scalar_one())

    async def list_without(self, since: datetime | None, *, limit: int) -> list[Unnumbered]:
        """Oldest first."""
        rows = (await self.connection.execute(_WITHOUT.where(*self._since(since)).limit(limit))).all()
        return [
            Unnumbered(row.id, row.purchase_id, row.paid_at, row.subscription_id is not None) for row in rows
        ]

    async def find_last_numbers(self, purchase_ids: Collection[PurchaseId]) -> dict[PurchaseId, int]:
        """The highest number, or how many have an Order ID where an export did not count."""
        counted = (
            select(
                _p.purchase_id,
                func.max(_p.number).label("highest"),
                func.count(_p.order_id).label("counted"),
            )
            .where(_p.account_id == self.account_id, _p.state == PaymentState.SUCCEEDED)
            .group_by(_p.purchase_id)
        )
        rows = self._by(counted, _p.purchase_id, purchase_ids)
        return {row.purchase_id: max(row.highest or 0, row.counted) async for row in rows}

    async def set_all(self, numbered: Sequence[Numbered]) -> None:
        """Once and for ever: what has one keeps it."""
        await self._change_all(
            _SET,
            [{"the_id": each.id, "the_order": each.order_id, "the_number": each.number} for each in numbered],
        )

    def _since(self, since: datetime | None) -> tuple[ColumnElement[bool], ...]:
        mine = _p.account_id == self.account_id
        return (mine,) if since is None else (mine, _p.paid_at >= since)
