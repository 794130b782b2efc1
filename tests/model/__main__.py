"""Run the model: `python -m tests.model [--steps 50000] [--seed N] [--engine sqlite] [--shrink]`."""

import argparse
import secrets
import sys
import time

from hypothesis import HealthCheck, Phase, Verbosity, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests import engines
from tests.engines import Engines
from tests.fresh import ENGINES
from tests.model.machine import Model
from tests.model.shop import Shop

STEPS = 50  # of one run


def main() -> int:
    """The exit code: 1 if the two disagree."""
    parser = argparse.ArgumentParser(prog="python -m tests.model")
    parser.add_argument("--steps", type=int, default=50_000)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(2**32))
    parser.add_argument("--engine", choices=ENGINES, default="sqlite")
    parser.add_argument("--shrink", action="store_true", help="look for the shortest run that goes wrong")
    told = parser.parse_args()
    run = engines.begin_run()
    try:
        return drive(told.engine, Engines(run), told.steps, told.seed, shrink=told.shrink)
    finally:
        engines.end_run(run)


def drive(engine: str, databases: Engines, steps: int, number: int, *, shrink: bool = False) -> int:
    """So many steps, in runs of `STEPS`; prints the figures, or the shortest run that goes wrong."""
    began = time.monotonic()
    shop = Shop(engine, databases)
    Model.shop = shop
    chosen = settings(
        max_examples=max(steps // STEPS, 1),
        stateful_step_count=STEPS,
        deadline=None,
        database=None,
        print_blob=False,
        verbosity=Verbosity.normal,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate, Phase.shrink] if shrink else [Phase.generate],
    )
    again = f"python -m tests.model --engine {engine} --steps {steps} --seed {number}"
    try:
        run_state_machine_as_test(seed(number)(Model), settings=chosen)
    except BaseException:
        print(f"model, {engine}, seed {number}: disagrees; again: {again}", flush=True)
        raise
    finally:
        shop.close()
    print(
        f"model, {engine}, seed {number}: {Model.taken} steps agree; {time.monotonic() - began:.1f} s",
        flush=True,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
