"""Many deciders and many submits: `python -m tests.races [--races 1000] [--seed N] [--engine sqlite]`."""

import argparse
import asyncio
import random
import secrets
import sys
import time
from collections.abc import Awaitable, Callable

from tests import engines
from tests.engines import Engines
from tests.fresh import ENGINES, fresh_world
from tests.races.deciders import race_deciders
from tests.races.submits import race_cancels, race_refunds
from tests.site import Site, running_site

BATCH = 50
KINDS: dict[str, Callable[[Site, int], Awaitable[int]]] = {
    "deciders, web and Slack": race_deciders,
    "refunds sent several times": race_refunds,
    "cancellations sent several times": race_cancels,
}


def main() -> int:
    """The exit code: 1 if anything came out wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.races")
    parser.add_argument("--races", type=int, default=1000, help="of each kind")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(2**32))
    parser.add_argument("--engine", choices=ENGINES, default="sqlite")
    told = parser.parse_args()
    run = engines.begin_run()
    try:
        return 0 if asyncio.run(race(told.engine, Engines(run), told.races, told.seed)) else 1
    finally:
        engines.end_run(run)


async def race(engine: str, databases: Engines, races: int, seed: int) -> bool:
    """So many races of each kind; prints figures, and of a failure how to repeat it."""
    well = True
    for kind, run in KINDS.items():
        random.seed(f"{seed} {kind}")
        began = time.monotonic()
        what = f"races, {engine}, {kind}, seed {seed}"
        try:
            for left in range(races, 0, -BATCH):
                async with fresh_world(engine, databases) as (url, world), running_site(url, world) as site:
                    await run(site, min(BATCH, left))
        except AssertionError as wrong:
            well = False
            print(f"{what}: {wrong}")
            print(
                f"  again: python -m tests.races --engine {engine} --races {races} --seed {seed}", flush=True
            )
            continue
        took = time.monotonic() - began
        print(f"{what}: {races} races, one effect each, every loser told; {took:.0f} s", flush=True)
    return well


if __name__ == "__main__":
    sys.exit(main())
