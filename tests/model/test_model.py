"""A few runs of the model by a fixed seed (soak: 50,000 steps by any)."""

from tests.programme import run_programme

SEED, STEPS = "5", "300"


async def test_the_product_agrees_with_the_reference() -> None:
    told = await run_programme("tests.model", "--seed", SEED, "--steps", STEPS)
    assert "steps agree" in told
