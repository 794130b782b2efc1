"""Thirty races of ten deciders on each engine (soak: 2,000): one effect each, every loser is told."""

import pytest

from tests.races.deciders import race_deciders
from tests.site import Site

RACES = 10  # in each of three batches, which run side by side


@pytest.mark.parametrize("batch", range(3))
async def test_of_ten_deciders_one_has_an_effect_and_nine_are_told(site_on_each: Site, batch: int) -> None:
    assert 0 <= await race_deciders(site_on_each, RACES) <= RACES
