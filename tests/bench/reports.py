"""What a report's page costs as requests grow: `python -m tests.bench.reports [REQUESTS …] [--only ENGINE]`.

A year of requests, as many payments and a third as many refunds, spread over its days and twenty products.
All sizes are served side by side. After the days were counted once, the pages are read in turn, and their
medians compared.
"""

import asyncio
import logging
import random
import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog

from billing.ids import ProductId
from billing.reports import Span, count_days
from billing.states import (
    Handling,
    PaymentState,
    ProductKind,
    RefundReason,
    RequestKind,
    RequestState,
    Surface,
)
from storage.bulk import InBulk
from storage.rows import Values
from storage.tables.requests import requests
from storage.tables.sales import payments, purchases, refunds
from tests import engines
from tests.engines import Engines
from tests.fresh import ENGINES, fresh_world
from tests.make import START, Till
from tests.people import bob, dana
from tests.site import Browser, Site, running_site

SIZES = (1_000, 100_000, 1_000_000)
PRODUCTS = 20
READS = 15
PIECE = 20_000
YEAR = timedelta(days=364)
PAGE = "/lumen/desk/reports?span=365-days"
POLICY = {
    "handling": Handling.MANUAL.value,
    "refund_days": 30,
    "period_ends_at": None,
    "within_period": True,
    "cancel_when": None,
}


@dataclass
class Desk:
    """One size, served."""

    size: int
    site: Site
    browser: Browser


def main() -> None:
    """Print the figures of each engine, and no line for every request."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    sizes = [int(each) for each in sys.argv[1:] if each.isdigit()] or SIZES
    names = [name for name in ENGINES if "--only" not in sys.argv or name in sys.argv]
    run = engines.begin_run()
    try:
        for name in names:
            asyncio.run(_measure(name, Engines(run), sizes))
    finally:
        engines.end_run(run)


async def _measure(name: str, databases: Engines, sizes: list[int] | tuple[int, ...]) -> None:
    print(f"{name}: reports of 365 days")
    async with AsyncExitStack() as stack:
        desks = []
        for size in sizes:
            url, world = await stack.enter_async_context(fresh_world(name, databases))
            site = await stack.enter_async_context(running_site(url, world))
            await _fill(site, size)
            print(f"  {size:>9,} requests   counted once in {await _count(site):6.1f} s", flush=True)
            desks.append(Desk(size, site, await site.sign_in_staff(dana)))
        first = 0.0
        for size, milliseconds in (await _read(desks)).items():
            first = first or milliseconds
            print(f"  {size:>9,} requests   page {milliseconds:6.1f} ms   {milliseconds / first:4.2f} times")


async def _count(site: Site) -> float:
    began, by = time.perf_counter(), site.world.member(dana)
    while await count_days(site.ctx, Span.LAST_365, by=by):
        pass
    return time.perf_counter() - began


async def _read(desks: list[Desk]) -> dict[int, float]:
    """Medians in milliseconds; the sizes take turns, so that a slow moment meets them all."""
    taken: dict[int, list[float]] = {desk.size: [] for desk in desks}
    for turn in range(READS + 2):
        for desk in desks:
            began = time.perf_counter()
            page = await desk.browser.get(PAGE)
            assert page.status == 200
            assert "not counted yet" not in page.text
            if turn > 1:  # the first ones fill caches
                taken[desk.size].append((time.perf_counter() - began) * 1000)
    return {size: statistics.median(each) for size, each in taken.items()}


async def _fill(site: Site, size: int) -> None:
    account, bought = site.world.accounts["lumen"], []
    async with site.ctx.begin(account.id) as work:
        till = Till(work, site.world, account)
        products = [await till.offer(f"Course {n}", ProductKind.ONE_TIME, 30) for n in range(PRODUCTS)]
        rows = Rows(till.work.accounts.connection, account.id)  # type: ignore[attr-defined]
        bought = await rows.add_purchases(site, products)
    for begin in range(0, size, PIECE):
        async with site.ctx.begin(account.id) as work:
            rows = Rows(work.accounts.connection, account.id)  # type: ignore[attr-defined]
            await rows.add(site, bought, begin, min(begin + PIECE, size), size)


class Rows(InBulk):
    """Past requests, straight into the tables, many at a time."""

    async def add_purchases(self, site: Site, products: list[ProductId]) -> list[UUID]:
        """One of bob's for each product."""
        ids = [UUID(int=(1 << 96) + n) for n in range(len(products))]
        values = [
            {"id": each, "product_id": product, "customer_id": site.world.customers[bob.name]}
            for each, product in zip(ids, products, strict=True)
        ]
        await self._insert_all(
            purchases, values, subscription_id=None, purchased_at=START - timedelta(days=400)
        )
        return ids

    async def add(self, site: Site, bought: list[UUID], begin: int, end: int, size: int) -> None:
        """These of so many: payment, request, and for every third a refund."""
        await self._expect_many()
        drawn = list(_draw(bought, begin, end, size))
        customer = site.world.customers[bob.name]
        await self._insert_all(payments, [each[0] for each in drawn], customer_id=customer, **_SAME_PAYMENT)
        await self._insert_all(requests, [each[1] for each in drawn], customer_id=customer, **_SAME_REQUEST)
        await self._insert_all(refunds, [each[2] for each in drawn if each[2]], **_SAME_REFUND)


_SAME_PAYMENT: Values = {
    "state": PaymentState.SUCCEEDED,
    "currency": "USD",
    "captured_minor": 2500,
    "tax_minor": 0,
    "refunded_minor": 0,
    "reserved_minor": 0,
    "disputed_minor": 0,
    "number": None,
    "buyer": {},
    "order_id": None,
}
_SAME_REQUEST: Values = {
    "kind": RequestKind.REFUND,
    "surface": Surface.HELPDESK,
    "helpdesk_id": None,
    "subscription_id": None,
    "ticket_id": None,
    "amount_minor": 2500,
    "currency": "USD",
    "message": "",
    "policy": POLICY,
    "moved_by": "staff:x",
    "moved_by_name": "Dana",
    "decided_by": "staff:x",
    "decided_by_name": "Dana",
    "answer": "",
    "failure": None,
}
_SAME_REFUND: Values = {
    "operation_id": None,
    "amount_minor": 2500,
    "currency": "USD",
    "processor_id": None,
    "reversed_at": None,
}


def _draw(bought: list[UUID], begin: int, end: int, size: int) -> Iterator[tuple[Any, Any, Any]]:
    chance = random.Random(begin)
    reasons = [reason.value for reason in RefundReason]
    for n in range(begin, end):
        asked = START - YEAR + YEAR * n / size
        answered = asked + timedelta(seconds=60 * 1.3 ** chance.uniform(0, 28))
        is_denied = chance.random() < 0.3
        payment = {"id": UUID(int=(2 << 96) + n), "purchase_id": bought[n % PRODUCTS]}
        request = {
            "id": UUID(int=(3 << 96) + n),
            "reference": f"R-{n}",
            "state": RequestState.DENIED if is_denied else RequestState.DONE,
            "purchase_id": payment["purchase_id"],
            "payment_id": payment["id"],
            "reason": chance.choice(reasons),
            "asked_at": asked,
            "moved_at": answered,
            "decided_at": answered,
            "answered_at": answered,
        }
        paid = {"paid_at": asked - timedelta(days=1), "processor_id": f"ch_bench_{n}"}
        refund = {"id": UUID(int=(4 << 96) + n), "payment_id": payment["id"], "refunded_at": answered}
        yield {**payment, **paid}, request, None if n % 3 else refund


if __name__ == "__main__":
    main()
