"""Issued documents as lists of them, found by number, Order ID or e-mail."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import Select, bindparam, or_, select

from billing import records as r
from billing.ids import DocumentId
from billing.ports.bundles import IssuedQuery
from storage.bound import ACCOUNT
from storage.documents import DOCUMENT
from storage.tables.documents import documents
from storage.tables.sales import customer_emails, payments
from storage.year_documents import InYear

_d, _p = documents.c, payments.c
_SOME = select(*DOCUMENT.columns).where(
    _d.account_id == ACCOUNT, _d.id.in_(bindparam("the_ids", expanding=True))
)
_MOST_FOUND = 500  # payments of one e-mail address


class StoredIssued(InYear):
    """`billing.ports.IssuedDocuments`."""

    async def list_documents(self, ids: Collection[DocumentId]) -> dict[DocumentId, r.Document]:
        """By id."""
        found = await self._list(DOCUMENT, _SOME, the_ids=list(ids))
        return {each.id: each for each in found}

    async def search(self, query: IssuedQuery) -> list[r.Document]:
        """Newest first."""
        wanted = select(*DOCUMENT.columns).where(_d.account_id == self.account_id, _d.kind == query.kind)
        if query.numbers or query.order_id or query.email_key:
            named = await self._payments_called(query)
            wanted = wanted.where(or_(_d.number.in_(query.numbers), _d.payment_id.in_(named)))
        if query.year is not None:
            wanted = wanted.where(_d.id.in_(self.ids_of(query.year)))
        wanted = wanted.order_by(_d.issued_at.desc(), _d.number.desc(), _d.id)
        rows = await self.connection.execute(wanted.limit(query.limit).offset(query.offset))
        return [DOCUMENT.read(row) for row in rows]

    async def _payments_called(self, query: IssuedQuery) -> list[Any]:
        """Payments with this Order ID, or of whoever has this e-mail address."""
        e = customer_emails.c
        of_email = select(e.customer_id).where(
            e.account_id == self.account_id, e.email_key == query.email_key
        )
        found: list[Any] = []
        if query.order_id:
            found += await self._ids(self.paid(None).where(_p.order_id == query.order_id))
        if query.email_key:
            newest = self.paid(None).where(_p.customer_id.in_(of_email)).order_by(_p.paid_at.desc())
            found += await self._ids(newest.limit(_MOST_FOUND))
        return found

    async def _ids(self, of_payments: Select[Any]) -> list[Any]:
        return list((await self.connection.execute(of_payments.with_only_columns(_p.id))).scalars())
