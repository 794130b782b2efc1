"""The service killed at boundaries chosen by a fixed seed (soak: 10,000 by any), and what was left of it."""

import asyncio
import os
import sys

import pytest

SEED = 5
# PostgreSQL takes its time to copy a database.
POINTS = {"sqlite": 170, "postgresql": 16}


@pytest.mark.parametrize(("engine", "batch"), [("sqlite", 0), ("sqlite", 1), ("postgresql", 0)])
async def test_killed_anywhere_it_ends_as_if_nobody_had_killed_it(engine: str, batch: int) -> None:
    """In a process of its own, for it forks: pytest's threads would be lost in the forks."""
    seed, points = SEED + batch, POINTS[engine]
    command = [sys.executable, "-m", "tests.crash", "--engine", engine]
    programme = await asyncio.create_subprocess_exec(
        *command,
        *("--seed", str(seed), "--points", str(points)),
        env=os.environ,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    told, _ = await programme.communicate()
    print(told.decode())
    assert programme.returncode == 0, told.decode()
    assert f"{points} points" in told.decode()
