"""Whole servers are killed while customers ask and people decide; started again, they come out whole.

python -m tests.crash.killing [--kills 200] [--seed N] [--engine sqlite] [--servers 1]
"""

import argparse
import asyncio
import random
import secrets
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import aiohttp
from sqlalchemy import select

from billing.auditing import audit_account
from billing.ids import RequestId
from billing.states import RequestState, Surface
from portal.forms import new_once_key
from storage.bound import Bound
from storage.tables.requests import requests
from tests import engines
from tests.crash.serving import Farm, open_farm
from tests.engines import Engines
from tests.fresh import ENGINES, fresh_world
from tests.make import ask_no_code, charges_of, sell_many
from tests.people import bob, dana
from tests.site import Browser, Page

ROOTS = {Surface.PORTAL: "/lumen", Surface.HELPDESK: "/lumen/help/support"}
ORDERS_EACH = 6  # customers' wishes between two kills
PRICE = 2500
DONE, DECIDED_BEFORE = 303, 409


@dataclass
class Load:
    """What customers and staff were answered; what was answered must be so for ever."""

    farm: Farm
    chance: random.Random
    customers: dict[Surface, Browser] = field(default_factory=dict)
    desk: Browser | None = None
    csrf: dict[object, str] = field(default_factory=dict)
    asked: dict[str, str] = field(default_factory=dict)  # request by Order ID
    decided: dict[str, str] = field(default_factory=dict)  # by request: approve or deny
    waiting: list[str] = field(default_factory=list)  # requests that nobody has decided yet

    async def sign_in(self) -> None:
        """One customer on each surface, and one who decides."""
        server = self.chance.choice(self.farm.servers)
        a_payment = self.farm.world.payments[bob.order_id].hex
        for surface, root in ROOTS.items():
            self.customers[surface] = await server.sign_in(bob, root)
            page = await self.customers[surface].get(f"{root}/payments/{a_payment}/refund")
            self.csrf[surface] = next(form.fields["csrf"] for form in page.forms() if "csrf" in form.fields)
        self.desk = await server.sign_in_staff(dana)
        page = await self.desk.get("/lumen/desk")
        self.csrf["desk"] = next(form.fields["csrf"] for form in page.forms() if "csrf" in form.fields)

    async def ask(self, order: str) -> None:
        """Until there is an answer: a form that got none is sent again as it was."""
        surface = self.chance.choice(list(ROOTS))
        path = f"{ROOTS[surface]}/payments/{self.farm.world.payments[order].hex}/refund"
        fields = {"csrf": self.csrf[surface], "once": new_once_key(), "reason": "other", "message": ""}
        answer = await _until_answered(lambda: self.customers[surface].post(path, fields, follow=False))
        assert answer.status == DONE, f"asking was answered {answer.status}"
        self.asked[order] = answer.headers["Location"].rsplit("/", 1)[-1]
        if surface is Surface.HELPDESK:
            self.waiting.append(self.asked[order])

    async def decide(self, request: str) -> None:
        """Yes or no; whoever got no answer tries again, and may read that it was decided before."""
        says = self.chance.choice(["approve", "approve", "deny"])
        words = {"answer": "Sorry, no."} if says == "deny" else {"message": ""}
        fields = {"csrf": self.csrf["desk"], "from": "", "once": new_once_key(), **words}
        path = f"/lumen/desk/requests/{request}/{says}"
        desk = self.desk
        assert desk is not None
        answer = await _until_answered(lambda: desk.post(path, fields, follow=False))
        assert answer.status in {DONE, DECIDED_BEFORE}, f"deciding was answered {answer.status}"
        self.decided[request] = says

    async def run(self, orders: list[str]) -> None:
        """Everybody at once, in no order."""

        async def decide_all() -> None:
            left = len(orders) * 3
            while left := left - 1:
                await asyncio.sleep(0.03)
                while self.waiting:
                    await self.decide(self.waiting.pop(self.chance.randrange(len(self.waiting))))

        async def ask_some(mine: list[str]) -> None:
            for order in mine:
                await self.ask(order)
                await asyncio.sleep(self.chance.random() * 0.05)

        await asyncio.gather(decide_all(), *(ask_some(orders[n::3]) for n in range(3)))
        while self.waiting:
            await self.decide(self.waiting.pop())


async def _until_answered(act: Callable[[], Awaitable[Page]]) -> Page:
    async with asyncio.timeout(60):
        while True:
            with suppress(aiohttp.ClientError, OSError):
                answer = await act()
                if answer.status < 500:
                    return answer
            await asyncio.sleep(0.05)


async def kill_often(farm: Farm, kills: int, chance: random.Random) -> float:
    """So many kills; AssertionError unless each time all that was answered is so. Seconds of the slowest."""
    ctx = farm.ctx
    for surface in ROOTS:
        await ask_no_code(ctx, farm.world, surface)
    orders = await sell_many(ctx, farm.world, kills * ORDERS_EACH)
    farm.processor.seed(charges_of(farm.world, orders))
    await farm.start()
    load, slowest = Load(farm, chance), 0.0
    await load.sign_in()
    for number in range(kills):
        mine = orders[number * ORDERS_EACH : (number + 1) * ORDERS_EACH]
        busy = asyncio.create_task(load.run(mine))
        await asyncio.sleep(chance.random() * 0.8)
        doomed = farm.servers if chance.random() < 0.5 else [chance.choice(farm.servers)]
        for server in doomed:
            server.kill()
        began = time.monotonic()
        await farm.start(doomed)
        alive = time.monotonic() - began
        await busy
        began = time.monotonic()
        await farm.until_settled()
        slowest = max(slowest, alive + time.monotonic() - began)
        await check(farm, load)
    return slowest


async def check(farm: Farm, load: Load) -> None:
    """All that was answered is so, everything is settled, and the processor did as much as our books say."""
    lumen = farm.world.accounts["lumen"].id
    async with farm.ctx.read(lumen) as work:
        assert isinstance(work.accounts, Bound)
        rows = (await work.accounts.connection.execute(select(requests.c.id, requests.c.state))).all()
    states = {RequestId(row[0]): RequestState(row[1]) for row in rows}
    assert len(states) == len(load.asked), f"{len(load.asked)} were asked, {len(states)} are there"
    for order, name in load.asked.items():
        state = states[RequestId(UUID(hex=name))]
        says = load.decided.get(name, "approve")
        amounts = [each["amount"] for each in farm.processor.refunds(farm.world.charges[order])]
        assert state in {RequestState.DONE, RequestState.DENIED}, f"{order} is {state}"
        assert amounts == ([PRICE] if state is RequestState.DONE else []), f"{order}: {amounts}, {state}"
        assert says == "approve" or state is RequestState.DENIED or name in load.decided, order
    found = [finding async for page in audit_account(farm.ctx, lumen) for finding in page.findings]
    assert not found, found


async def kill_servers(engine: str, databases: Engines, kills: int, seed: int, count: int) -> bool:
    """Prints the figures, or what went wrong and how to repeat it. Whether all went well."""
    began = time.monotonic()
    what = f"servers killed, {engine}, {count} of them, seed {seed}"
    with tempfile.TemporaryDirectory(prefix="selfbill-farm-") as folder:
        async with (
            fresh_world(engine, databases) as (url, world),
            open_farm(url, world, Path(folder), count=count) as farm,
        ):
            try:
                slowest = await kill_often(farm, kills, random.Random(seed))
            except (AssertionError, TimeoutError) as wrong:
                print(f"{what}: {type(wrong).__name__} {wrong}")
                for server in farm.servers:
                    print(server.log.read_text()[-3000:])
                print(f"  again: python -m tests.crash.killing --engine {engine} --servers {count}", end=" ")
                print(f"--kills {kills} --seed {seed}", flush=True)
                return False
    took = time.monotonic() - began
    print(f"{what}: {kills} kills, all settled; slowest recovery {slowest:.1f} s; {took:.0f} s", flush=True)
    return True


def main() -> int:
    """The exit code: 1 if anything came out wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.crash.killing")
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(2**32))
    parser.add_argument("--engine", choices=ENGINES, default="sqlite")
    parser.add_argument("--servers", type=int, default=1)
    told = parser.parse_args()
    run = engines.begin_run()
    try:
        well = asyncio.run(kill_servers(told.engine, Engines(run), told.kills, told.seed, told.servers))
    finally:
        engines.end_run(run)
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main())
