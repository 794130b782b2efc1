"""Twenty double submits on each engine (soak: 2,000): one effect each, whoever lost is told."""

from tests.races.submits import race_cancels, race_refunds
from tests.site import Site

RACES = 10


async def test_a_refund_sent_several_times_at_once_goes_back_once(site_on_each: Site) -> None:
    assert await race_refunds(site_on_each, RACES) >= 2 * RACES


async def test_a_cancellation_sent_several_times_at_once_happens_once(site_on_each: Site) -> None:
    assert await race_cancels(site_on_each, RACES) >= 2 * RACES
