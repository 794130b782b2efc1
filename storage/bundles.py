"""Bundles of documents: who asked for which, and how far they are."""

from datetime import datetime

from sqlalchemy import Update, bindparam, case, delete, select, update

from billing.documents.records import Bundle
from billing.errors import Repeated
from billing.ids import BundleId, CustomerId
from billing.states import BUNDLE_MOVES, BundleState
from storage.bound import ACCOUNT, Bound, Shape
from storage.moves import move_row
from storage.rows import plain_values
from storage.tables.papers import bundles
from storage.types import Id, UtcDateTime

_b = bundles.c
_BUNDLE = Shape(
    (
        _b.id,
        _b.account_id,
        _b.customer_id,
        _b.asked_by,
        _b.year,
        _b.form,
        _b.issue_missing,
        _b.locale,
        _b.state,
        _b.total,
        _b.done,
        _b.asked_at,
        _b.ready_at,
        _b.expires_at,
    ),
    Bundle,
)
_MOST = 20
_THERE = select(*_BUNDLE.columns).where(
    _b.account_id == ACCOUNT, _b.expires_at > bindparam("the_time", type_=UtcDateTime())
)
_ONE = _THERE.where(_b.id == bindparam("the_bundle", type_=Id()))
_NEWEST = _THERE.order_by(_b.asked_at.desc(), _b.id).limit(_MOST)
_OF_CUSTOMER = _NEWEST.where(_b.customer_id == bindparam("the_customer", type_=Id()))
_OF_ACCOUNT = _NEWEST.where(_b.customer_id.is_(None))
_UNDER_WAY = select(*_BUNDLE.columns).where(
    _b.account_id == ACCOUNT,
    _b.asked_by == bindparam("the_person"),
    _b.state == BundleState.GATHERING,
)


class StoredBundles(Bound):
    """`billing.ports.Bundles`."""

    async def add(self, bundle: Bundle) -> None:
        """Raises `Repeated` (first) where the same person has one under way."""
        if await self._insert_once(bundles, plain_values(bundle)):
            return
        first = await self._find(_BUNDLE, _UNDER_WAY, the_person=bundle.asked_by)
        raise Repeated(first=(first or bundle).id)

    async def find(self, bundle_id: BundleId, *, at: datetime) -> Bundle | None:
        """Unless it expired."""
        return await self._find(_BUNDLE, _ONE, the_bundle=bundle_id, the_time=at)

    async def list_of(self, customer_id: CustomerId | None, *, at: datetime) -> list[Bundle]:
        """Newest first."""
        if customer_id is None:
            return await self._list(_BUNDLE, _OF_ACCOUNT, the_time=at)
        return await self._list(_BUNDLE, _OF_CUSTOMER, the_time=at, the_customer=customer_id)

    async def drop_expired(self, at: datetime) -> None:
        """Nobody can have them any more."""
        await self.connection.execute(
            delete(bundles).where(_b.account_id == self.account_id, _b.expires_at <= at)
        )

    async def count_on(self, bundle_id: BundleId, *, expected: int, done: int) -> bool:
        """So many are done, if so many were. More than were counted beforehand may have come meanwhile."""
        counted = (
            update(bundles)
            .where(_b.account_id == self.account_id, _b.id == bundle_id)
            .where(_b.state == BundleState.GATHERING, _b.done == expected)
            .values(done=done, total=case((_b.total < done, done), else_=_b.total))
        )
        return await self._change(counted.returning(_b.id)) is not None

    async def finish(self, bundle_id: BundleId, *, expected: int, total: int, at: datetime) -> bool:
        """Gathered, all of them."""
        moved = self._moved(bundle_id, BundleState.READY).where(_b.done == expected)
        values = {"done": total, "total": total, "ready_at": at}
        return await self._change(moved.values(values).returning(_b.id)) is not None

    async def fail(self, bundle_id: BundleId) -> bool:
        """It cannot be gathered."""
        moved = self._moved(bundle_id, BundleState.FAILED)
        return await self._change(moved.returning(_b.id)) is not None

    def _moved(self, bundle_id: BundleId, to: BundleState) -> Update:
        return move_row(bundles, self.account_id, bundle_id, BundleState.GATHERING, to, along=BUNDLE_MOVES)
