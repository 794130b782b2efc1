"""`make soak`: 2,000 races of ten deciders on each engine, half web, half Slack, with figures and seed."""

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
    """`python -m tests.soak [SEED]`."""
    seed = int(sys.argv[1]) if len(sys.argv) > 1 else secrets.randbelow(2**32)
    random.seed(seed)
    print(f"seed {seed}")
    run = engines.begin_run()
    try:
        for name in ENGINES:
            asyncio.run(_race(name, Engines(run)))
    finally:
        engines.end_run(run)


async def _race(name: str, databases: Engines) -> None:
    began, won_on_web = time.monotonic(), 0
    for _ in range(RACES // BATCH):
        async with fresh_world(name, databases) as (url, world), running_site(url, world) as site:
            won_on_web += await race_deciders(site, BATCH)
    took = time.monotonic() - began
    print(f"{name}: {RACES} races of ten deciders in {took:.0f} s, {won_on_web} won on the web;")
    print("  one effect each, every loser told")


if __name__ == "__main__":
    main()
