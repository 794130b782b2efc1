"""What is heard in any order, repeated or not at all, comes to the processor's truth in the end.

python -m tests.soak.convergence [--runs 2000] [--seed N]
"""

import argparse
import asyncio
import random
import secrets
import sys
import time

from tests import engines
from tests.billing.converging import converge
from tests.crash.stage import Stage, open_stage
from tests.engines import Engines


def main() -> int:
    """The exit code: 1 if any run came to something else."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak.convergence")
    parser.add_argument("--runs", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(2**32))
    parser.add_argument("--only", type=int, help="one run, as a failure names it")
    told = parser.parse_args()
    run = engines.begin_run()
    try:
        wrong = asyncio.run(_run_all(Engines(run), told.runs, told.seed, told.only))
    finally:
        engines.end_run(run)
    return 1 if wrong else 0


async def _run_all(databases: Engines, runs: int, seed: int, only: int | None) -> int:
    """How many went wrong; prints them and the figures."""
    began, wrong = time.monotonic(), 0
    chance = random.Random(seed)
    seeds = [chance.randrange(2**32) for _ in range(runs)] if only is None else [only]
    async with open_stage("sqlite", databases) as stage:
        for each in seeds:
            found = await _run_one(stage, each)
            if found:
                wrong += 1
                print(f"convergence: {'; '.join(found)}")
                print(f"  again: python -m tests.soak.convergence --only {each}", flush=True)
    took = time.monotonic() - began
    print(f"convergence, seed {seed}: {len(seeds)} runs, {wrong} wrong; {took:.0f} s", flush=True)
    return wrong


async def _run_one(stage: Stage, seed: int) -> list[str]:
    await stage.close()
    await stage.put_back("world")
    bench = stage.bench()
    found = await converge(bench, seed)
    return [*found, *(str(each) for each in await bench.audit())]


if __name__ == "__main__":
    sys.exit(main())
