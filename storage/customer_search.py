"""Customers found by the beginnings of their keys: ranges of an index, so that the cost stays the same."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Select, bindparam, select, tuple_

from billing import records as r
from billing.ids import CustomerId
from billing.ports.search import Edge
from storage.bound import ACCOUNT, Bound
from storage.ledger import LINE
from storage.shapes import CUSTOMER
from storage.tables.ledger import journal
from storage.tables.sales import customer_emails, customer_words, customers, payments
from storage.types import ByBytes, Id

_c, _e, _w, _p, _j = customers.c, customer_emails.c, customer_words.c, payments.c, journal.c
_LAST = "\U0010ffff"  # no key holds it, and every other character sorts before it
_BEFORE_ALL: Edge = ("", CustomerId(UUID(int=0)))


def _from(key: Column[Any], owner: Column[Any]) -> Select[Any]:
    """Rows of a table of keys from `the_least` up to `the_most`, behind an edge, with their customers."""
    edge = tuple_(bindparam("the_key", type_=ByBytes()), bindparam("the_customer", type_=Id()))
    return (
        select(key, *CUSTOMER.columns)
        .join(customers, (_c.account_id == key.table.c.account_id) & (_c.id == owner))
        .where(
            key.table.c.account_id == ACCOUNT,
            key >= bindparam("the_least", type_=ByBytes()),
            key < bindparam("the_most", type_=ByBytes()),
            tuple_(key, owner) > edge,
        )
        .order_by(key, owner)
        .limit(bindparam("at_most"))
    )


_BY_EMAIL = _from(_e.email_key, _e.customer_id)
_BY_WORD = _from(_w.word, _w.customer_id)
_BY_ORDER_ID = (
    select(*CUSTOMER.columns)
    .join(payments, (_p.account_id == _c.account_id) & (_p.customer_id == _c.id))
    .where(_p.account_id == ACCOUNT, _p.order_id == bindparam("the_order"))
)
_EMAILS = (
    select(_e.customer_id, _e.email_key)
    .where(_e.account_id == ACCOUNT, _e.customer_id.in_(bindparam("the_customers", expanding=True)))
    .order_by(_e.email_key)
)
_VISITS = (
    select(*LINE.columns)
    .where(_j.account_id == ACCOUNT, _j.by == bindparam("the_actor"), _j.kind == "visit")
    .order_by(_j.at.desc(), _j.place.desc())
    .limit(bindparam("at_most"))
)


def _with_others(count: int) -> Select[Any]:
    """`_BY_WORD` for those who have so many other words in their names too."""
    statement = _BY_WORD
    for number in range(count):
        other = customer_words.alias(f"other_{number}")
        statement = statement.where(
            select(other.c.word)
            .where(
                other.c.account_id == _w.account_id,
                other.c.customer_id == _w.customer_id,
                other.c.word >= bindparam(f"least_{number}", type_=ByBytes()),
                other.c.word < bindparam(f"most_{number}", type_=ByBytes()),
            )
            .exists()
        )
    return statement


class StoredCustomerSearch(Bound):
    """`billing.ports.CustomerSearch`."""

    async def list_by_email(
        self, beginning: str, *, after: Edge | None, limit: int
    ) -> list[tuple[str, r.Customer]]:
        """In the order of the addresses."""
        return await self._range(_BY_EMAIL, beginning, after, limit)

    async def list_by_word(
        self, beginning: str, others: Sequence[str], *, after: Edge | None, limit: int
    ) -> list[tuple[str, r.Customer]]:
        """In the order of the words that begin so."""
        bounds = {f"least_{number}": other for number, other in enumerate(others)}
        bounds |= {f"most_{number}": other + _LAST for number, other in enumerate(others)}
        return await self._range(_with_others(len(others)), beginning, after, limit, **bounds)

    async def _range(
        self, statement: Select[Any], beginning: str, after: Edge | None, limit: int, **more: str
    ) -> list[tuple[str, r.Customer]]:
        key, customer_id = after or _BEFORE_ALL
        rows = await self._rows(
            statement,
            the_least=beginning,
            the_most=beginning + _LAST,
            the_key=key,
            the_customer=customer_id,
            at_most=limit,
            **more,
        )
        return [(row[0], CUSTOMER.read(row, 1)) for row in rows]

    async def find_by_order_id(self, order_id: str) -> r.Customer | None:
        """Whose payment is called so."""
        return await self._find(CUSTOMER, _BY_ORDER_ID, the_order=order_id)

    async def list_emails(self, customer_ids: Collection[CustomerId]) -> dict[CustomerId, list[str]]:
        """All addresses of each."""
        found: dict[CustomerId, list[str]] = defaultdict(list)
        if customer_ids:
            for row in await self._rows(_EMAILS, the_customers=list(customer_ids)):
                found[row.customer_id].append(row.email_key)
        return found

    async def list_visits(self, customer_id: CustomerId, *, limit: int) -> list[r.JournalLine]:
        """Newest first."""
        return await self._list(LINE, _VISITS, the_actor=f"customer:{customer_id.hex}", at_most=limit)
