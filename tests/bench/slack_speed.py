"""Slack at 20 requests a second: `make bench ARGS="slack --seconds 60 --rate 20 --workspaces 1000"`.

On PostgreSQL, over 180 channels of 30 workspaces; each request is approved by a click two seconds later. Web
and worker are processes of their own, as where there is much to do. Slack is another one, which answers in
200 ms, and then hangs for 10 s. Then 1,000 workspaces: a worker's tasks and memory, before and after ten
deliveries to each. Figures count only on a machine that has nothing else to do: its load is printed.
"""

import argparse
import asyncio
import json
import os
import statistics
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aiohttp import web

from billing import tickets
from billing.asking import ask_refund
from billing.context import Context
from billing.errors import Unavailable
from billing.ids import PaymentId
from billing.records import Account, Request
from billing.states import RefundReason
from portal.forms import new_once_key
from portal.server import PortalRunner
from selfbill.logs import set_up_logs
from selfbill.settings import Settings
from selfbill.wiring import open_service
from tests import engines
from tests.bench.slack_merchants import Merchant, open_merchant, sell
from tests.engines import Engines
from tests.fresh import fresh_world
from tests.site import QUICK_VAULT, SECRET, free_socket

SECONDS = 60
EACH_SECOND = 20
MERCHANTS, CHANNELS = 30, 6
CLICK_AFTER = 2.0
WORKSPACES, DELIVERIES = 1000, 10
PROMISED_ACK, PROMISED_CARD = 0.5, 1.0
SIGNING = "a signing secret of the benchmark"


@dataclass
class Measured:
    """A service that runs, the worker that delivers for it, and the Slack that both talk to."""

    ctx: Context
    slack: Process
    worker: Process

    def tell(self, **what: object) -> None:
        """A line to the other process."""
        assert self.slack.stdin is not None
        self.slack.stdin.write(json.dumps(what).encode() + b"\n")

    async def report(self) -> dict[str, Any]:
        """What Slack has seen since it was asked the last time."""
        self.tell(report=True)
        return await _line(self.slack)

    async def print_size(self, when: str) -> None:
        """Of the worker."""
        assert self.worker.stdin is not None
        self.worker.stdin.write(b"size\n")
        size = await _line(self.worker)
        print(f"    {when:32} {size['tasks']:4} tasks  {size['memory']:6.1f} MiB")

    async def until_idle(self) -> None:
        """Nothing waits for Slack any more."""
        while await self.ctx.store.count_waiting("slack"):  # noqa: ASYNC110  another process delivers
            await asyncio.sleep(0.1)


def main(arguments: Sequence[str] = ()) -> None:
    """Print the figures, and whether they are what was promised."""
    parser = argparse.ArgumentParser()
    for name, usual in (("seconds", SECONDS), ("rate", EACH_SECOND), ("workspaces", WORKSPACES)):
        parser.add_argument(f"--{name}", type=int, default=usual)
    asked = parser.parse_args(arguments)
    set_up_logs(Path(os.devnull).open("w"))  # noqa: SIM115  as long as the process
    run = engines.begin_run()
    try:
        asyncio.run(_measure(Engines(run), asked.seconds, asked.rate, asked.workspaces))
    finally:
        engines.end_run(run)


async def _measure(databases: Engines, seconds: int, rate: int, workspaces: int) -> None:
    async with fresh_world("postgresql", databases) as (url, world), _running(url) as measured:
        like, ctx = world.accounts["lumen"], measured.ctx
        merchants = [await open_merchant(ctx, like, n, channels=CHANNELS) for n in range(MERCHANTS)]
        each = 2 * (seconds * rate // MERCHANTS + 1)
        payments = [await sell(ctx, merchant, each) for merchant in merchants]
        await measured.until_idle()
        await measured.report()
        places = f"{MERCHANTS} workspaces, {MERCHANTS * CHANNELS} channels"
        print(f"{rate} requests/s for {seconds} s, {places}; load {os.getloadavg()[0]:.1f}")
        await _at_speed(measured, merchants, payments, (seconds, rate), delay=0.2)
        await _at_speed(measured, merchants, payments, (seconds, rate), delay=10.0)
        print(f"  load {os.getloadavg()[0]:.1f} of {os.cpu_count()} processors")
    async with fresh_world("postgresql", databases) as (url, world), _running(url) as measured:
        await _many_workspaces(measured, world.accounts["lumen"], workspaces)


@asynccontextmanager
async def _running(url: str) -> AsyncIterator[Measured]:
    listener = free_socket()
    origin = f"http://127.0.0.1:{listener.getsockname()[1]}"
    slack = await _start("quick_slack", SIGNING, f"{origin}/hooks/slack")
    places = await _line(slack)
    known = {
        "database_url": url,
        "secret_key": SECRET,
        "public_url": origin,
        "smtp_url": f"smtp://127.0.0.1:{places['smtp_port']}",
        "mail_from": "billing@lumen.example",
        "slack_signing_secret": SIGNING,
        "slack_api": places["api"],
    }
    worker = await _start(
        "slack_worker", **{f"SELFBILL_{name.upper()}": each for name, each in known.items()}
    )
    settings = Settings(**known)
    async with open_service(settings, now=lambda: datetime.now(UTC), vault=QUICK_VAULT) as service:
        runner = PortalRunner(service.app)
        await runner.setup()
        await web.SockSite(runner, listener).start()
        try:
            yield Measured(service.context, slack, worker)
        finally:
            for process in (worker, slack):
                process.terminate()
                await process.wait()
            await runner.cleanup()


async def _start(module: str, *arguments: str, **environ: str) -> Process:
    command = (sys.executable, "-m", f"tests.bench.{module}", *arguments)
    return await asyncio.create_subprocess_exec(
        *command, stdin=PIPE, stdout=PIPE, env={**os.environ, **environ}, limit=2**24
    )


async def _line(process: Process) -> dict[str, Any]:
    assert process.stdout is not None
    found: dict[str, Any] = json.loads(await process.stdout.readline())
    return found


async def _at_speed(
    measured: Measured,
    merchants: list[Merchant],
    payments: list[list[PaymentId]],
    pace: tuple[int, int],
    *,
    delay: float,
) -> None:
    seconds, rate = pace
    measured.tell(delay=delay)
    asked: dict[str, float] = {}
    began = time.monotonic()
    asking = []
    for number in range(seconds * rate):
        await asyncio.sleep(max(began + number / rate - time.monotonic(), 0))
        merchant, paid = merchants[number % len(merchants)], payments[number % len(merchants)]
        asking.append(asyncio.create_task(_ask(measured, merchant, paid.pop(), number, asked)))
    refused = sum(
        isinstance(each, Unavailable) for each in await asyncio.gather(*asking, return_exceptions=True)
    )
    await asyncio.sleep(CLICK_AFTER + 3)
    seen = await measured.report()
    if delay < PROMISED_ACK:
        await measured.until_idle()
        seen = _joined(seen, await measured.report())
    print(f"  Slack answers in {delay:g} s; calls: {seen['calls']}")
    _print("click → acknowledged", [took for took, status in seen["acks"] if status == 200], PROMISED_ACK)
    cards = [posted - asked[ticket] for ticket, posted in seen["posted"].items() if ticket in asked]
    _print("request committed → card posted", cards, PROMISED_CARD if delay < PROMISED_ACK else None)
    missed = len(asked) - sum(status == 200 for _, status in seen["acks"])
    if refused:
        print(f"    {refused} requests were not taken: the database was too slow")
    if missed:
        print(f"    {missed} of {len(asked)} clicks were not acknowledged")


async def _ask(
    measured: Measured, merchant: Merchant, payment_id: PaymentId, number: int, asked: dict[str, float]
) -> None:
    helpdesk = merchant.helpdesks[number // MERCHANTS % len(merchant.helpdesks)]
    request: Request = await ask_refund(
        measured.ctx,
        payment_id,
        by=merchant.customer(helpdesk),
        reason=RefundReason.CUSTOMER_REQUEST,
        message="It is not what I expected.",
        once_key=new_once_key(),
    )
    assert request.ticket_id is not None
    now = asked[request.ticket_id.hex] = time.monotonic()
    measured.tell(
        click=request.id.hex, team=merchant.team_id, channel=helpdesk.slack_channel, at=now + CLICK_AFTER
    )


def _joined(first: dict[str, Any], second: dict[str, Any]) -> dict[str, Any]:
    calls = {name: first["calls"].get(name, 0) + n for name, n in second["calls"].items()}
    return {
        "posted": first["posted"] | second["posted"],
        "acks": first["acks"] + second["acks"],
        "calls": first["calls"] | calls,
    }


def _print(what: str, seconds: list[float], promised: float | None) -> None:
    if len(seconds) < 2:
        print(f"    {what:32} {len(seconds)} of them")
        return
    middle, worst = statistics.median(seconds), statistics.quantiles(seconds, n=100)[98]
    verdict = (
        "" if promised is None else f"   {'holds' if worst < promised else 'BROKEN'}: p99 < {promised:g} s"
    )
    print(f"    {what:32} {len(seconds):5}  p50 {middle * 1000:6.0f} ms  p99 {worst * 1000:6.0f} ms{verdict}")


async def _many_workspaces(measured: Measured, like: Account, workspaces: int) -> None:
    """Ten deliveries to each: five questions, each a card and a line below it."""
    measured.tell(delay=0.0)
    ctx = measured.ctx
    merchants = [await open_merchant(ctx, like, number, channels=1) for number in range(workspaces)]
    await measured.until_idle()
    print(f"{workspaces} workspaces connected; the worker:")
    await measured.print_size("before any card")
    began = time.monotonic()
    for done in range(1, DELIVERIES // 2 + 1):
        for merchant in merchants:
            await _ask_question(ctx, merchant)
        await measured.until_idle()
        await measured.print_size(f"after {2 * done} deliveries to each")
    took, all_of_them = time.monotonic() - began, workspaces * DELIVERIES
    print(f"    {all_of_them} deliveries in {took:.0f} s, {all_of_them / took:.0f} a second")


async def _ask_question(ctx: Context, merchant: Merchant) -> None:
    await tickets.open_ticket(
        ctx,
        by=merchant.customer(merchant.helpdesks[0]),
        subject="A question",
        text="Is anybody there?",
        department_id=None,
        once_key=new_once_key(),
    )


if __name__ == "__main__":
    main(sys.argv[1:])
