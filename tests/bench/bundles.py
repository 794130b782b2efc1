"""What all documents of a year cost: `python -m tests.bench.bundles [DOCUMENTS]`.

Of so many payments, on SQLite: issued and drawn step by step; sent as a ZIP and as joined PDFs over HTTP; and
how soon pages answer in quiet, and while it is joined.
"""

import asyncio
import logging
import statistics
import sys
import time
from collections.abc import Sequence

import structlog

from billing.documents.bundles import ask_bundle
from billing.states import BundleForm
from portal.documents.joining import MOST_JOINED, count_parts
from tests import engines
from tests.engines import Engines
from tests.fresh import fresh_world
from tests.make import sell_many
from tests.people import bob, dana
from tests.site import Browser, Site, running_site

DOCUMENTS = 1000
JOINED = 100
PAGES = 30
PAGE = "/lumen/desk/customers"


def main(arguments: Sequence[str]) -> None:
    """Print the figures."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    count = next((int(each) for each in arguments if each.isdigit()), DOCUMENTS)
    run = engines.begin_run()
    try:
        asyncio.run(_measure(Engines(run), count))
    finally:
        engines.end_run(run)


async def _measure(databases: Engines, count: int) -> None:
    async with fresh_world("sqlite", databases) as (url, world), running_site(url, world) as site:
        await sell_many(site.ctx, site.world, JOINED - 1)
        print("All documents of a year")
        own = await _gather(site, BundleForm.PDF, of_bob=True)
        browser = await site.sign_in(bob)
        await site.prove(browser)
        seconds, size = await _download(browser, f"{site.url}/lumen/bundles/{own}")
        print(f"  {JOINED} joined, read and sent            {seconds:6.2f} s   {size / 1e6:.1f} MB")
        await sell_many(site.ctx, site.world, count - JOINED - 3, first=JOINED)  # alice has three
        staff = await site.sign_in_staff(dana)
        zipped = await _gather(site, BundleForm.ZIP)
        seconds, size = await _download(staff, _address(site, zipped))
        print(f"  {count} as a ZIP, read and sent       {seconds:6.2f} s   {size / 1e6:.1f} MB")
        joined = await _gather(site, BundleForm.PDF)
        await _print_parts(site, staff, joined, count)


async def _gather(site: Site, form: BundleForm, *, of_bob: bool = False) -> str:
    """Issued and drawn by the worker; where it is."""
    by = site.world.customer(bob) if of_bob else site.world.member(dana)
    site.clock.turn(seconds=1)
    bundle = await ask_bundle(
        site.ctx,
        site.clock().year,
        form,
        by=by,
        issue_missing=True,
        locale="en",
        once_key=f"{form} {site.clock()}",
    )
    began = time.perf_counter()
    await site.settle()
    took = time.perf_counter() - began
    print(f"  {bundle.total} gathered                         {took:6.2f} s   ", end="")
    print(f"{took / bundle.total * 1000:.1f} ms each")
    return bundle.id.hex


async def _download(browser: Browser, address: str) -> tuple[float, int]:
    began, size = time.perf_counter(), 0
    async with browser.session.get(address) as answer:
        assert answer.status == 200, answer.status
        async for chunk in answer.content.iter_chunked(65536):
            size += len(chunk)
    return time.perf_counter() - began, size


async def _print_parts(site: Site, staff: Browser, bundle: str, count: int) -> None:
    quiet = await _page_times(staff, None)
    began = time.perf_counter()
    address = _address(site, bundle)
    parts = asyncio.ensure_future(_download_parts(staff, address, count_parts(count)))
    busy = await _page_times(staff, parts)
    await parts
    took = time.perf_counter() - began
    print(f"  {count} joined, {MOST_JOINED} in a part, pages beside {took:6.2f} s")
    for what, seconds in (("in quiet", quiet), ("while it is joined", busy)):
        print(
            f"  Customers {what:20} median {statistics.median(seconds) * 1000:5.1f} ms   "
            f"worst {max(seconds) * 1000:5.1f} ms   {len(seconds)} pages"
        )


async def _download_parts(staff: Browser, address: str, parts: int) -> None:
    for part in range(1, parts + 1):
        await _download(staff, f"{address}?part={part}")


async def _page_times(browser: Browser, until: asyncio.Future[None] | None) -> list[float]:
    """One page after the other: so many, or until it is done."""
    took: list[float] = []
    while len(took) < PAGES if until is None else not until.done() or len(took) < 2:
        began = time.perf_counter()
        await browser.get(PAGE)
        took.append(time.perf_counter() - began)
    return took


def _address(site: Site, bundle: str) -> str:
    return f"{site.url}/lumen/desk/bundles/{bundle}"


if __name__ == "__main__":
    main(sys.argv[1:])
