"""What is looked for most costs the same with ten payments and with ten million: no plan walks an account."""

import re
from typing import Any

import pytest
from sqlalchemy import Select, text
from sqlalchemy.dialects import sqlite

from billing.ids import RequestId, new_id
from billing.ports import InboxQuery, RequestFilter, UnitOfWork
from billing.ports.requests import STATES_OF
from billing.states import RequestKind
from storage import customers, purchases
from storage.inbox_queries import page_of
from storage.store import open_store
from tests.storage.shop import NOW, connection_of, open_shop, usd

STATEMENTS: dict[str, Select[Any]] = {
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

_NAMED = re.compile(r":(\w+)")


@pytest.mark.parametrize("name", STATEMENTS)
async def test_no_plan_walks_a_whole_account(sqlite_url: str, name: str) -> None:
    async with open_store(sqlite_url) as store:
        shop = await open_shop(store, "lumen")
        async with store.read(shop.id) as work:
            plan = await explain(work, STATEMENTS[name])
    walks = [step for step in plan if step.startswith("SCAN") or step.endswith("(account_id=?)")]
    assert plan
    assert not walks


async def explain(work: UnitOfWork, statement: Select[Any]) -> list[str]:
    """The steps of SQLite's plan."""
    compiled = statement.compile(
        dialect=sqlite.dialect(paramstyle="named"), compile_kwargs={"render_postcompile": True}
    )
    names = _NAMED.findall(str(compiled))  # of a list each value has its own
    explained = text(f"EXPLAIN QUERY PLAN {compiled}").bindparams(**dict.fromkeys(names, 0))
    return [row[3] for row in await connection_of(work).execute(explained)]


async def test_the_inbox_walks_one_index_a_state_and_in_its_order(sqlite_url: str) -> None:
    async with open_store(sqlite_url) as store:
        shop = await open_shop(store, "lumen")
        after = (NOW, new_id(RequestId))
        narrow: tuple[tuple[dict[str, Any], str], ...] = (
            ({}, "ix_requests_state"),
            ({"least": usd(1), "asked_before": NOW}, "ix_requests_state"),
            ({"kind": RequestKind.CANCEL}, "ix_requests_kind"),
            ({"helpdesk_id": shop.helpdesk.id}, "ix_requests_handled_in"),
            ({"assignee_id": shop.staff.id}, "ix_requests_assignee_id"),
            ({"unassigned": True}, "ix_requests_assignee_id"),
        )
        async with store.read(shop.id) as work:
            for which in (RequestFilter.WAITING, RequestFilter.CLOSED, RequestFilter.ALL):
                for only, index in narrow:
                    query = InboxQuery(which, after=after, **only)
                    plan = await explain(work, page_of(shop.id, query, 50))
                    walked = [step for step in plan if step.startswith("SEARCH requests")]
                    assert len(walked) == len(STATES_OF[which])
                    assert all(index in step and "state=?" in step for step in walked), (only, plan)
                    assert all("asked_at" in step for step in walked), (only, plan)
