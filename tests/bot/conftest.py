"""The bot over each of its transports, and what a test about it asks again and again."""

import pytest

from tests.bot.scenes import Scene
from tests.site import Site


@pytest.fixture
def http(site: Site) -> Scene:
    """Slack speaks to us over HTTP."""
    return Scene(site)


@pytest.fixture
def socket(socket_site: Site) -> Scene:
    """Slack speaks to us over Socket Mode."""
    return Scene(socket_site)


@pytest.fixture(params=["http", "socket"])
def scene(request: pytest.FixtureRequest) -> Scene:
    """The test runs once over each transport."""
    found: Scene = request.getfixturevalue(request.param)
    return found
