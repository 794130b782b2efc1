"""Documents outlive revision 0007; what is printed, and what it is printed from, never changes."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Table, delete, insert, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from billing.ids import AccountId, DocumentId, EnvelopeId, PastSellerId, PaymentId, new_id
from billing.messages import Destination
from billing.money import Currency
from billing.records import Account, Address
from billing.states import DocumentKind, PaymentState, PlanName, ProductKind
from storage.engine import with_driver
from storage.migrate import upgrade
from storage.rows import account_values
from storage.tables.accounts import accounts
from storage.tables.documents import documents, series
from storage.tables.ledger import outbox
from storage.tables.papers import past_sellers, snapshots
from storage.tables.sales import customers, payments, products, purchases
from tests.storage.test_migrate import empty_url  # noqa: F401  a fixture

AT = datetime(2026, 11, 22, 12, tzinfo=UTC)
ACCOUNT, PAYMENT = new_id(AccountId), new_id(PaymentId)
MESSAGE = {
    "account_id": ACCOUNT,
    "id": new_id(EnvelopeId),
    "destination": Destination.MAIL,
    "kind": "code",
    "payload": {"to": "a@example.com"},
    "trace_id": "trace",
    "tries": 3,
    "put_at": AT,
    "due_at": AT,
    "given_up": False,
    "place": 2**40,
}
FROZEN = {"net_minor": 100, "lines": [{"product": "Course \u2013 \u65e5\u672c"}]}


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[Any]:
    engine = create_async_engine(with_driver(url), poolclass=NullPool)
    try:
        async with engine.begin() as connection:
            yield connection
    finally:
        await engine.dispose()


def _document(kind: DocumentKind, number: str) -> dict[str, Any]:
    return {
        "account_id": ACCOUNT,
        "id": new_id(DocumentId),
        "kind": kind,
        "number": number,
        "payment_id": PAYMENT,
        "refund_id": None,
        "issued_at": AT,
        "frozen": FROZEN,
    }


async def _sell(connection: Any) -> None:
    """A payment, in tables that revision 0007 leaves as they are."""
    account = Account(
        ACCOUNT, "a", "a", "A", PlanName.GROWTH, Currency("EUR"), "de", "UTC", Address("A"), "#123456"
    )
    own, one = (
        {"account_id": ACCOUNT},
        {name: new_id(PaymentId) for name in ("customer", "product", "purchase")},
    )
    await connection.execute(insert(accounts).values(account_values(account)))
    rows: list[tuple[Table, dict[str, Any]]] = [
        (customers, {"id": one["customer"], "name": "A", "email": "a@example.com", "locale": None}),
        (products, {"id": one["product"], "name": "C", "price_point": "", "kind": ProductKind.ONE_TIME}),
        (
            purchases,
            {
                "id": one["purchase"],
                "customer_id": one["customer"],
                "product_id": one["product"],
                "subscription_id": None,
                "purchased_at": AT,
            },
        ),
        (
            payments,
            {
                "id": PAYMENT,
                "purchase_id": one["purchase"],
                "customer_id": one["customer"],
                "order_id": "1",
                "state": PaymentState.SUCCEEDED,
                "currency": "EUR",
                "captured_minor": 100,
                "tax_minor": 0,
                "refunded_minor": 0,
                "reserved_minor": 0,
                "disputed_minor": 0,
                "paid_at": AT,
                "number": None,
                "processor_id": None,
                "buyer": asdict(Address("B")),
            },
        ),
    ]
    for table, values in rows:
        await connection.execute(insert(table).values(own | values))


async def test_documents_and_their_series_outlive_the_revision(empty_url: str) -> None:  # noqa: F811
    upgrade(empty_url, to="0006")
    invoice = _document(DocumentKind.INVOICE, "INV-000007")
    async with connected(empty_url) as connection:
        await _sell(connection)
        await connection.execute(insert(documents).values(invoice))
        given = {"account_id": ACCOUNT, "kind": DocumentKind.INVOICE, "last": 7}
        await connection.execute(insert(series).values(given))
        await connection.execute(insert(outbox).values(MESSAGE))
    upgrade(empty_url)
    async with connected(empty_url) as connection:
        (kept,) = (await connection.execute(select(documents))).mappings().all()
        assert dict(kept) == {**invoice, "revision": 0, "corrects_id": None}
        assert [tuple(row) for row in await connection.execute(select(series.c.kind, series.c.last))] == [
            (DocumentKind.INVOICE, 7)
        ]
        (message,) = (await connection.execute(select(outbox))).mappings().all()
        assert dict(message) == {**dict.fromkeys(message), **MESSAGE}  # with room for documents beside it
        gathered = {**MESSAGE, "id": new_id(EnvelopeId), "destination": Destination.DOCUMENTS}
        await connection.execute(insert(outbox).values(gathered))
        receipt = {**_document(DocumentKind.RECEIPT, "REC-000001"), "revision": 0}
        await connection.execute(insert(documents).values(receipt))
        past = {"account_id": ACCOUNT, "id": new_id(PastSellerId), "until": AT, "profile": {}}
        await connection.execute(insert(past_sellers).values(past))
        sold = {"account_id": ACCOUNT, "payment_id": PAYMENT, "frozen": {}}
        await connection.execute(insert(snapshots).values(sold))
    for table, column in ((documents, "frozen"), (snapshots, "frozen"), (past_sellers, "profile")):
        for statement in (update(table).values({column: {"other": 1}}), delete(table)):
            with pytest.raises(DBAPIError, match="not rewritten"):
                async with connected(empty_url) as connection:
                    await connection.execute(statement)
