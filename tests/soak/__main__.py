"""`make soak`: 2,000 races of ten deciders on each engine, half web, half Slack, with figures and seed.

`make soak ARGS="SEED 200"` runs so many instead.
"""

import asyncio
import random
import secrets
import sys
import time

from tests import engines
from tests.engines import Engines
from tests.fresh import ENGINES, fresh_world
from tests.races.deciders import race_deciders
from tests.site import running_site

RACES = 2_000
BATCH = 100


def main() -> None:
    """`python -m tests.soak [SEED [RACES]]`."""
    seed = int(sys.argv[1]) if len(sys.argv) > 1 else secrets.randbelow(2**32)
    races = int(sys.argv[2]) if len(sys.argv) > 2 else RACES
    random.seed(seed)
    print(f"seed {seed}")
    run = engines.begin_run()
    try:
        for name in ENGINES:
            asyncio.run(_race(name, Engines(run), races))
    finally:
        engines.end_run(run)


async def _race(name: str, databases: Engines, races: int) -> None:
    began, won_on_web = time.monotonic(), 0
    for _ in range(races // BATCH):
        async with fresh_world(name, databases) as (url, world), running_site(url, world) as site:
            won_on_web += await race_deciders(site, BATCH)
    took = time.monotonic() - began
    print(f"{name}: {races} races of ten deciders in {took:.0f} s, {won_on_web} won on the web;")
    print("  one effect each, every loser told")


if __name__ == "__main__":
    main()
