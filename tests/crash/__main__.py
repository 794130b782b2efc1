"""Kill the service at points chosen by a seed.

python -m tests.crash [--points 500] [--seed N] [--engine sqlite] [--point refund-manual:17:0:0]
"""

import argparse
import asyncio
import random
import secrets
import sys
import time

from tests import engines
from tests.crash.acts import ACTS
from tests.crash.points import Figures, Point, choose, measure, try_points
from tests.crash.stage import open_stage
from tests.engines import Engines
from tests.fresh import ENGINES


def main() -> int:
    """The exit code: 1 if anything came out wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.crash")
    parser.add_argument("--points", type=int, default=500)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(2**32))
    parser.add_argument("--engine", choices=ENGINES, default="sqlite")
    parser.add_argument("--point", help="one point, as a failure names it")
    parser.add_argument("--acts", default="", help="only those whose names begin so")
    told = parser.parse_args()
    run = engines.begin_run()
    try:
        figures = asyncio.run(kill(told, Engines(run)))
    finally:
        engines.end_run(run)
    return 1 if figures.wrong else 0


async def kill(told: argparse.Namespace, databases: Engines) -> Figures:
    """So many points on one engine; prints figures, and of each failure how to repeat it."""
    began, name, seed = time.monotonic(), told.engine, told.seed
    only = told.point.split(":") if told.point else []
    begins = only[0] if only else told.acts
    async with open_stage(name, databases) as stage:
        wholes = await measure(stage, [act for act in ACTS if act.name.startswith(begins)])
        points = [Point(only[0], *map(int, only[1:]))] if only else []
        figures = await try_points(stage, wholes, points or choose(wholes, told.points, random.Random(seed)))
    print(f"crash, {name}, seed {seed}: {figures}; {time.monotonic() - began:.1f} s")
    for point, why in figures.wrong.items():
        print(f"  wrong at {point}: {why}")
        print(f"    again: python -m tests.crash --engine {name} --point {point}")
    sys.stdout.flush()
    return figures


if __name__ == "__main__":
    sys.exit(main())
