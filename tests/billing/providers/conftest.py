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


# Stripe itself is asked only with a key of test mode; the head of every run says whether it is.
@pytest.fixture(params=["small", "real"] if os.environ.get(KEY) else ["small"])
async def processor(request: pytest.FixtureRequest) -> AsyncIterator[Processor]:
    """The same tests for the stand-in and for Stripe itself."""
    if request.param == "small":
        async with open_small() as small:
            yield small
        return
    async with open_real(os.environ[KEY]) as real:
        yield real
