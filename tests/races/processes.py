"""Deciders and workers of several processes, on one database, let loose at one moment.

python -m tests.races.processes [--races 2000] [--seed N] [--engine postgresql]
"""

import argparse
import asyncio
import random
import secrets
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from billing.actors import StaffActor, Via
from billing.asking import ask_refund
from billing.deciding import approve_request, deny_request
from billing.errors import AlreadyDecided
from billing.ids import RequestId
from billing.states import RefundReason, RequestState, Surface
from tests import engines
from tests.billing.bench import Bench, patiently
from tests.crash.living import settle
from tests.crash.stage import Stage, open_stage
from tests.engines import Engines
from tests.fresh import ENGINES
from tests.make import charges_of, sell_many
from tests.people import StaffPerson, bob, dana, erin

DECIDERS = (2, 50)
PROCESSES = {"sqlite": (1, 2), "postgresql": (1, 4)}  # SQLite is for one, and a command beside it
PRICE = 2500
BATCH = 50
MOST_PROCESSES = 4
_BARRIERS = 8  # the first of the places in what the processes share


@dataclass(frozen=True)
class Race:
    """One request, and how many decide it in each process."""

    request_id: RequestId
    order: str
    deciders: tuple[int, ...]


async def race_processes(stage: Stage, races: int, chance: random.Random) -> Counter[str]:
    """So many races; AssertionError unless each had one effect and every loser was told. Counts."""
    counted: Counter[str] = Counter()
    most = PROCESSES["sqlite" if stage.is_sqlite else "postgresql"][1]
    while counted["races"] < races:
        batch = min(BATCH, races - counted["races"])
        counted += await _race_batch(stage, batch, chance.randint(1, most), chance)
    return counted


async def _race_batch(stage: Stage, count: int, processes: int, chance: random.Random) -> Counter[str]:
    await stage.put_back("world")
    bench = stage.bench()
    orders = await sell_many(bench.ctx, stage.world, count)
    stage.processor.seed(charges_of(stage.world, orders))
    races = [await _ask(bench, order, processes, chance) for order in orders]
    await stage.close()
    for place in range(count * MOST_PROCESSES):
        stage.shared.put(_BARRIERS + place, 0)
    seeds = [chance.randrange(2**32) for _ in range(processes)]
    told = await asyncio.gather(
        *(
            stage.fork(lambda number=number, seed=seed: _decide_all(stage, races, number, seed))  # type: ignore[misc]
            for number, seed in enumerate(seeds)
        )
    )
    counted: Counter[str] = sum(told, Counter())
    assert counted["won"] == count, f"{counted['won']} won {count} races"
    assert counted["won"] + counted["lost"] == sum(sum(race.deciders) for race in races)
    await _check(stage.bench(), races)
    return counted + Counter(races=count)


async def _ask(bench: Bench, order: str, processes: int, chance: random.Random) -> Race:
    by = bench.world.customer(bob, surface=Surface.HELPDESK)
    payment = bench.world.payments[order]
    request = await ask_refund(
        bench.ctx, payment, by=by, reason=RefundReason.OTHER, message="", once_key=f"ask {order}"
    )
    deciders = chance.randint(*DECIDERS)
    cuts = sorted(chance.randint(0, deciders) for _ in range(processes - 1))
    shares = [b - a for a, b in zip([0, *cuts], [*cuts, deciders], strict=True)]
    return Race(request.id, order, tuple(shares))


async def _decide_all(stage: Stage, races: Sequence[Race], number: int, seed: int) -> Counter[str]:
    """In one process: every race behind the barrier that all processes come to; then the relay runs."""
    bench, chance = stage.bench(), random.Random(seed)
    counted: Counter[str] = Counter()
    processes = len(races[0].deciders)
    for place, race in enumerate(races):
        await _wait_for_all(stage, place * MOST_PROCESSES, number, processes)
        answers = await asyncio.gather(
            *(_decide(bench, race.request_id, chance) for _ in range(race.deciders[number]))
        )
        counted.update(answers)
        await bench.relay.drain()
    return counted


async def _wait_for_all(stage: Stage, place: int, number: int, processes: int) -> None:
    """Each process has a place of its own: adding to one would lose somebody now and then."""
    deadline = time.monotonic() + 60
    stage.shared.put(_BARRIERS + place + number, 1)
    while not all(stage.shared.get(_BARRIERS + place + each) for each in range(processes)):
        assert time.monotonic() < deadline, "the others never came"
        await asyncio.sleep(0)


async def _decide(bench: Bench, request_id: RequestId, chance: random.Random) -> str:
    person: StaffPerson = chance.choice([dana, erin])
    by: StaffActor = bench.world.member(person, chance.choice(list(Via)))
    says_yes = chance.random() < 0.7
    try:
        if says_yes:
            await patiently(lambda: approve_request(bench.ctx, request_id, by=by))
        else:
            await patiently(lambda: deny_request(bench.ctx, request_id, by=by, answer="Sorry, no."))
    except AlreadyDecided as told:
        return "lost" if told.data["who"] else "not told by whom"
    return "won"


async def _check(bench: Bench, races: Sequence[Race]) -> None:
    await settle(bench)
    async with bench.ctx.read(bench.lumen.id) as work:
        for race in races:
            request = await work.requests.get(race.request_id)
            is_yes = request.state is RequestState.DONE
            assert is_yes or request.state is RequestState.DENIED, request.state
            assert len(await work.requests.list_approvals(race.request_id)) == 1
            assert [amount for amount, _ in bench.refunds(race.order)] == ([PRICE] if is_yes else [])
            payment = await work.purchases.get_payment(bench.world.payments[race.order])
            assert (payment.reserved.minor, payment.refunded.minor) == (0, PRICE if is_yes else 0)
    assert await bench.audit() == []


async def race_on(engine: str, databases: Engines, races: int, seed: int) -> bool:
    """Prints the figures, or what went wrong and how to repeat it. Whether all went well."""
    began = time.monotonic()
    what = f"races, {engine}, several processes, seed {seed}"
    async with open_stage(engine, databases) as stage:
        try:
            counted = await race_processes(stage, races, random.Random(seed))
        except AssertionError as wrong:
            print(f"{what}: {wrong}")
            print(f"  again: python -m tests.races.processes --engine {engine} --seed {seed}", flush=True)
            return False
    told = f"{counted['races']} races, one effect each, {counted['lost']} losers told"
    print(f"{what}: {told}; {time.monotonic() - began:.0f} s", flush=True)
    return True


def main() -> int:
    """The exit code: 1 if anything came out wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.races.processes")
    parser.add_argument("--races", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(2**32))
    parser.add_argument("--engine", choices=ENGINES, default="postgresql")
    told = parser.parse_args()
    run = engines.begin_run()
    try:
        well = asyncio.run(race_on(told.engine, Engines(run), told.races, told.seed))
    finally:
        engines.end_run(run)
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main())
