"""Events of the processor at 50 a second: `make bench ARGS="webhooks --seconds 20 --rate 50"`.

On each engine, the web role alone, in one process with whoever sends; the hints are followed afterwards, as a
worker would. What is measured is the answer, from the first byte sent. Promised: p99 of at most a second. The
processor time of each event counts also on a machine that has other things to do.
"""

import argparse
import asyncio
import json
import logging
import statistics
import time
from collections.abc import Sequence

import aiohttp
import structlog

from selfbill.sandbox.processor.webhooks import sign
from tests import engines
from tests.connected import WEBHOOK_SECRET
from tests.engines import Engines
from tests.fresh import ENGINES, fresh_world
from tests.site import Site, running_site

PROMISED = 1.0
KINDS = (("refund.updated", "refund"), ("charge.updated", "charge"), ("payout.paid", "payout"))


def main(arguments: Sequence[str] = ()) -> None:
    """Prints p50 and p99 for each engine, and whether that is what was promised."""
    parser = argparse.ArgumentParser(prog="webhooks")
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--rate", type=int, default=50)
    wanted = parser.parse_args(arguments)
    logging.disable(logging.CRITICAL)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    run = engines.begin_run()
    try:
        for name in ENGINES:
            asyncio.run(_measure(name, Engines(run), wanted.seconds, wanted.rate))
    finally:
        engines.end_run(run)


async def _measure(name: str, databases: Engines, seconds: int, rate: int) -> None:
    async with fresh_world(name, databases) as (url, world), running_site(url, world) as site:
        connector = aiohttp.TCPConnector(limit=0)
        async with aiohttp.ClientSession(connector=connector) as http:
            await asyncio.gather(*[_send(http, site, f"evt_warm_{number}", number) for number in range(5)])
            worked = time.process_time()
            took = await _send_many(http, site, seconds * rate, 1 / rate)
            worked = time.process_time() - worked
    p99 = statistics.quantiles(took, n=100)[98]
    kept = "kept" if p99 <= PROMISED else "NOT kept"
    print(
        f"webhooks, {name}: {len(took)} at {rate}/s, answered p50 {statistics.median(took) * 1000:.0f} ms, "
        f"p99 {p99 * 1000:.0f} ms (promised {PROMISED * 1000:.0f} ms: {kept}); "
        f"{worked / len(took) * 1000:.1f} ms of processor time each, with sending"
    )


async def _send_many(http: aiohttp.ClientSession, site: Site, count: int, apart: float) -> list[float]:
    began = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        tasks = []
        for number in range(count):
            await asyncio.sleep(max(0.0, began + number * apart - time.perf_counter()))
            tasks.append(group.create_task(_send(http, site, f"evt_{number}", number)))
    return [task.result() for task in tasks]


async def _send(http: aiohttp.ClientSession, site: Site, event_id: str, number: int) -> float:
    """Seconds until it was taken in."""
    kind, what = KINDS[number % len(KINDS)]
    subject = {"id": f"{what}_{number}", "object": what}
    event = {"id": event_id, "object": "event", "type": kind, "livemode": False, "data": {"object": subject}}
    body = json.dumps(event).encode()
    headers = {"Stripe-Signature": sign(body, WEBHOOK_SECRET, int(site.clock().timestamp()))}
    began = time.perf_counter()
    async with http.post(f"{site.url}/hooks/processor/lumen", data=body, headers=headers) as answer:
        assert answer.status == 204, answer.status
    return time.perf_counter() - began
