"""`make soak`: the proofs at length, one after the other; the exit code says whether all of them hold.

    make soak
    make soak ARGS="crash --points 10000 --seed 7"
    make soak ARGS="races --races 2000"
    make soak ARGS="model --steps 50000"
    make soak ARGS="convergence --runs 2000"

Each prints its figures and its seed; one that fails prints how to run what failed again.
"""

import argparse
import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

POINTS, KILLS, RACES, STEPS, RUNS = 10_000, 200, 2_000, 50_000, 2_000
ON_POSTGRESQL = 5  # every so many-th point: it takes its time to copy a database
Command = list[str]


def main() -> int:
    """The exit code: 1 if any proof failed."""
    parser = argparse.ArgumentParser(prog="make soak")
    parser.add_argument(
        "programmes", nargs="*", choices=[*PROGRAMMES, []], help="all of them, if none is named"
    )
    parser.add_argument("--seed", type=int, default=secrets.randbelow(2**32))
    for name, usual in (
        ("points", POINTS),
        ("kills", KILLS),
        ("races", RACES),
        ("steps", STEPS),
        ("runs", RUNS),
    ):
        parser.add_argument(f"--{name}", type=int, default=usual)
    asked = parser.parse_args()
    failed = []
    for name in asked.programmes or PROGRAMMES:
        print(f"{name}, seed {asked.seed}", flush=True)
        began = time.monotonic()
        wrong = [each for each in PROGRAMMES[name](asked) if _run(each)]
        print(f"{name}: {time.monotonic() - began:.0f} s, {'FAILED' if wrong else 'well'}", flush=True)
        failed += wrong
    for command in failed:
        print(f"failed: python -m {' '.join(command)}")
    return 1 if failed else 0


def _run(command: Command) -> bool:
    """Whether it failed."""
    return subprocess.run([sys.executable, "-m", *command], check=False).returncode != 0


def _crash(asked: argparse.Namespace) -> Iterator[Command]:
    """Every boundary of each act on both engines; then whole servers under load."""
    points = {"postgresql": asked.points // ON_POSTGRESQL}
    points["sqlite"] = asked.points - points["postgresql"]
    for engine, count in points.items():
        yield _command("tests.crash", asked, engine=engine, points=count)
    for engine, count, servers in (("sqlite", asked.kills // 2, 1), ("postgresql", asked.kills // 2, 3)):
        yield _command("tests.crash.killing", asked, engine=engine, kills=count, servers=servers)


def _races(asked: argparse.Namespace) -> Iterator[Command]:
    """Many deciders on web and Slack, forms sent several times, and several processes."""
    for engine in ("sqlite", "postgresql"):
        yield _command("tests.races", asked, engine=engine, races=asked.races // 4)
        yield _command("tests.races.processes", asked, engine=engine, races=asked.races // 4)


def _model(asked: argparse.Namespace) -> Iterator[Command]:
    """The product beside the reference."""
    yield _command("tests.model", asked, steps=asked.steps)


def _convergence(asked: argparse.Namespace) -> Iterator[Command]:
    """Events permuted, repeated and lost, and the processor's truth in the end."""
    yield _command("tests.soak.convergence", asked, runs=asked.runs)


def _command(module: str, asked: argparse.Namespace, **options: object) -> Command:
    told = {**options, "seed": asked.seed}
    return [module, *(part for name, value in told.items() for part in (f"--{name}", str(value)))]


PROGRAMMES: dict[str, Callable[[argparse.Namespace], Iterator[Command]]] = {
    "crash": _crash,
    "races": _races,
    "model": _model,
    "convergence": _convergence,
}

if __name__ == "__main__":
    sys.exit(main())
