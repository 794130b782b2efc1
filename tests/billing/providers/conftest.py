"""The contract suite's one fixture: a processor, small or real."""

import os
from collections.abc import AsyncIterator

import pytest

from tests.billing.providers.processors import KEY, Processor, SmallStripe, open_real, open_small


@pytest.fixture
async def small() -> AsyncIterator[SmallStripe]:
    """For what Stripe cannot be told to do: faults, disputes, other keys."""
    async with open_small() as processor:
        yield processor


@pytest.fixture(params=["small", "real"])
async def processor(request: pytest.FixtureRequest) -> AsyncIterator[Processor]:
    """The same tests for the stand-in and for Stripe itself."""
    if request.param == "small":
        async with open_small() as small:
            yield small
        return
    key = os.environ.get(KEY)
    if not key:
        pytest.skip(f"Stripe itself is asked only when {KEY} holds a key of test mode")
    async with open_real(key) as real:
        yield real
