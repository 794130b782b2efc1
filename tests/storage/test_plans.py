"""What is looked for most costs the same with ten payments and with ten million: no plan walks an account."""

import pytest
from sqlalchemy import Select, text
from sqlalchemy.dialects import sqlite

from storage import customers, purchases
from storage.store import open_store
from tests.storage.shop import connection_of, open_shop

STATEMENTS = {
    "sign in by pair": customers._BY_PAIR,
    "by e-mail": customers._BY_KEY,
    "purchases": purchases._OF_CUSTOMER[0],
    "payments": purchases._OF_CUSTOMER[1],
    "refunds": purchases._OF_CUSTOMER[2],
    "requests": purchases._OF_CUSTOMER[3],
    "order ids": purchases._ORDER_IDS,
    "payment at processor": purchases._PAYMENT_AT_PROCESSOR,
    "refund of operation": purchases._REFUND_OF_OPERATION,
}


@pytest.mark.parametrize("name", STATEMENTS)
async def test_no_plan_walks_a_whole_account(sqlite_url: str, name: str) -> None:
    statement: Select[tuple[object, ...]] = STATEMENTS[name]
    compiled = statement.compile(dialect=sqlite.dialect(paramstyle="named"))
    async with open_store(sqlite_url) as store:
        shop = await open_shop(store, "lumen")
        async with store.read(shop.id) as work:
            explained = text(f"EXPLAIN QUERY PLAN {compiled}").bindparams(
                **dict.fromkeys(compiled.bind_names.values(), 0)
            )
            plan = [row[3] for row in await connection_of(work).execute(explained)]
    walks = [step for step in plan if step.startswith("SCAN") or step.endswith("(account_id=?)")]
    assert plan
    assert not walks
