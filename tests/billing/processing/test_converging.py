"""Events lost, repeated and swapped: one read of everything, and the books are the processor's."""

from tests.billing.bench import Bench
from tests.billing.converging import converge

SEEDS = range(10)


async def test_one_read_of_everything_is_the_processors_truth(bench: Bench) -> None:
    assert [wrong for seed in SEEDS for wrong in await converge(bench, seed)] == []
