"""The service killed at boundaries chosen by a fixed seed (soak: 10,000 by any), and what was left of it."""

import pytest

from tests.programme import run_programme

SEED = 5
# PostgreSQL takes its time to copy a database.
POINTS = {"sqlite": 200, "postgresql": 12}


@pytest.mark.parametrize("engine", POINTS)
async def test_killed_anywhere_it_ends_as_if_nobody_had_killed_it(engine: str) -> None:
    """In a process of its own, for it forks: pytest's threads would be lost in the forks."""
    points = str(POINTS[engine])
    told = await run_programme("tests.crash", "--engine", engine, "--seed", str(SEED), "--points", points)
    assert f"{points} points" in told


async def test_servers_killed_under_load_come_out_whole() -> None:
    """Soak: 200 kills, on PostgreSQL of three servers."""
    told = await run_programme("tests.crash.killing", "--kills", "2", "--seed", str(SEED))
    assert "2 kills, all settled" in told
