"""How soon Slack hears, and how soon a click is done: `python -m tests.bench.request_times [REQUESTS]`.

Over loopback with the stand-ins answering at once: request committed → card posted, click → acknowledged, and
click → the money is back and the ledger says so. On each engine, one request after the other.
"""

import asyncio
import statistics
import sys
import time

from billing.asking import ask_refund
from billing.ids import PaymentId
from billing.records import Request
from billing.states import RefundReason, RequestState, Surface
from portal.forms import new_once_key
from selfbill.sandbox.slack.workspace import Message
from tests import engines
from tests.engines import Engines
from tests.fresh import ENGINES, fresh_world
from tests.make import CHANNEL, ask_no_code, charges_of, sell_many
from tests.people import bob, erin
from tests.site import Site, running_site

REQUESTS = 200
WAIT = 10.0  # seconds, at most, for anything
LOOK_EVERY = 0.002


def main() -> None:
    """Print the figures of both engines."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else REQUESTS
    run = engines.begin_run()
    try:
        for name in ENGINES:
            asyncio.run(_measure(name, Engines(run), count))
    finally:
        engines.end_run(run)


async def _measure(name: str, databases: Engines, count: int) -> None:
    async with fresh_world(name, databases) as (url, world), running_site(url, world) as site:
        relay = asyncio.create_task(site.service.relay.run())
        figures = await _decide_many(site, count)
        relay.cancel()
        await asyncio.gather(relay, return_exceptions=True)
    print(f"{name}, {count} requests, one after the other")
    for what, seconds in figures.items():
        middle, worst = statistics.median(seconds), statistics.quantiles(seconds, n=100)[98]
        print(f"  {what:32} median {middle * 1000:6.1f} ms   p99 {worst * 1000:6.1f} ms")


async def _decide_many(site: Site, count: int) -> dict[str, list[float]]:
    figures: dict[str, list[float]] = {
        "request committed → card posted": [],
        "click → acknowledged": [],
        "click → refunded and recorded": [],
    }
    for payment_id in await _payments(site, count):
        request, began = await _ask(site, payment_id)
        card = await _card(site, request)
        figures["request committed → card posted"].append(time.perf_counter() - began)
        began = time.perf_counter()
        answer = await site.slack.click(erin.slack, "request:approve", message=card)
        assert answer.acked
        figures["click → acknowledged"].append(answer.latency_s)
        await _done(site, request)
        figures["click → refunded and recorded"].append(time.perf_counter() - began)
    return figures


async def _payments(site: Site, count: int) -> list[PaymentId]:
    await ask_no_code(site.ctx, site.world, Surface.HELPDESK)
    orders = await sell_many(site.ctx, site.world, count)
    site.processor.seed(charges_of(site.world, orders))
    return [site.world.payments[order] for order in orders]


async def _ask(site: Site, payment_id: PaymentId) -> tuple[Request, float]:
    request = await ask_refund(
        site.ctx,
        payment_id,
        by=site.world.customer(bob, surface=Surface.HELPDESK),
        reason=RefundReason.CUSTOMER_REQUEST,
        message="",
        once_key=new_once_key(),
    )
    return request, time.perf_counter()


async def _card(site: Site, request: Request) -> Message:
    async with asyncio.timeout(WAIT):
        while True:
            messages = site.slack.messages(CHANNEL)
            if messages and request.id.hex in str(messages[-1].blocks):
                return messages[-1]
            await asyncio.sleep(LOOK_EVERY)


async def _done(site: Site, request: Request) -> None:
    ear = site.ctx.bell.listen()
    async with asyncio.timeout(WAIT):
        while True:
            async with site.ctx.read(request.account_id) as work:
                if (await work.requests.get(request.id)).state is RequestState.DONE:
                    ear.close()
                    return
            await ear.wait(WAIT)


if __name__ == "__main__":
    main()
