"""What a document costs: `python -m tests.bench.documents [DOCUMENTS] [--no-pretix]`.

Warm on one core with its e-invoice, cold in a process of its own, by two threads, from where it is kept; how
soon pages answer while a burst is drawn. Beside it pretix draws the same invoice with its own renderer, in a
virtual environment under the temporary folder, made once and left there.
"""

import asyncio
import logging
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import structlog

from billing.records import Document
from billing.states import DocumentKind
from portal.documents import draw, fetch_pdf
from tests import engines
from tests.bench.beside_pretix import measure_pretix
from tests.engines import Engines
from tests.fresh import fresh_world
from tests.people import alice
from tests.portal.documents.cases import make
from tests.site import Site, running_site

DOCUMENTS = 200
PAGES = 100
_COLD = """
from billing.states import DocumentKind
from portal.documents import draw
from tests.portal.documents.cases import make

draw(make(DocumentKind.INVOICE, "standard"))
"""


def main(arguments: Sequence[str]) -> None:
    """Print the figures, ours beside pretix's."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    count = next((int(each) for each in arguments if each.isdigit()), DOCUMENTS)
    draw(make(DocumentKind.INVOICE, "standard"))
    print(f"{count} documents each: an invoice of one line, of four lines at three rates; a receipt")
    for what, kind, case in (
        ("one line", DocumentKind.INVOICE, "standard"),
        ("four lines", DocumentKind.INVOICE, "mixed"),
        ("receipt", DocumentKind.RECEIPT, "standard"),
    ):
        _print_warm(what, [make(kind, case, order_id=f"{what} {i}") for i in range(count)])
    _print_threads(count)
    _print_cold()
    if "--no-pretix" not in arguments:
        print(measure_pretix(count))
    run = engines.begin_run()
    try:
        asyncio.run(_measure_burst(Engines(run), count))
    finally:
        engines.end_run(run)


def _print_warm(what: str, documents: Sequence[Document]) -> None:
    clock, core = _time_each(draw, documents)
    print(f"  Selfbill, warm, {what:12} median {clock:5.1f} ms   of one core {core:5.1f} ms each")


def _time_each(deed: Callable[[Document], bytes], documents: Sequence[Document]) -> tuple[float, float]:
    """The median by the clock, and what all cores together spent on one, in milliseconds."""
    took = []
    spent = time.process_time()
    for document in documents:
        began = time.perf_counter()
        deed(document)
        took.append(time.perf_counter() - began)
    spent = time.process_time() - spent
    return statistics.median(took) * 1000, spent / len(documents) * 1000


def _print_threads(count: int) -> None:
    documents = [make(DocumentKind.INVOICE, "standard", order_id=f"threads {i}") for i in range(count)]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(draw, documents[:2]))  # each thread has a compiler of its own
        began = time.perf_counter()
        list(pool.map(draw, documents))
        took = time.perf_counter() - began
    print(f"  Selfbill, two threads         {count / took:5.0f} documents a second")


def _print_cold() -> None:
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", _COLD], check=True)
    print(f"  Selfbill, the first of a process: {(time.perf_counter() - began) * 1000:.0f} ms with its start")


async def _measure_burst(databases: Engines, count: int) -> None:
    async with fresh_world("sqlite", databases) as (url, world), running_site(url, world) as site:
        quiet = await _page_times(site, None)
        account_id = site.world.accounts["lumen"].id
        burst = [
            replace(make(DocumentKind.INVOICE, "standard", order_id=f"burst {i}"), account_id=account_id)
            for i in range(count)
        ]
        began = time.perf_counter()
        drawing = asyncio.gather(*[fetch_pdf(site.ctx, each) for each in burst])
        busy = await _page_times(site, drawing)
        await drawing
        took = time.perf_counter() - began
        began = time.perf_counter()
        for each in burst:
            await fetch_pdf(site.ctx, each)
        kept = (time.perf_counter() - began) / count
    print(
        f"  Selfbill, a burst of {count}: drawn and kept in {took:.1f} s, "
        f"read again in {kept * 1000:.1f} ms each"
    )
    for what, seconds in (("in quiet", quiet), ("during the burst", busy)):
        middle, worst = statistics.median(seconds), statistics.quantiles(seconds, n=100)[98]
        print(
            f"  My Orders {what:18} median {middle * 1000:5.1f} ms   "
            f"p99 {worst * 1000:5.1f} ms   {len(seconds)} pages"
        )


async def _page_times(site: Site, until: asyncio.Future[list[bytes]] | None) -> list[float]:
    """One page after the other: so many, or until it is done."""
    browser = await site.sign_in(alice)
    took: list[float] = []
    while len(took) < PAGES if until is None else not until.done() or len(took) < 2:
        began = time.perf_counter()
        await browser.get("/lumen/orders")
        took.append(time.perf_counter() - began)
    return took


if __name__ == "__main__":
    main(sys.argv[1:])
