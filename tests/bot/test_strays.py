"""What Bolt takes from its surroundings where it is told nothing: another app's variables change nothing."""

import pytest

from tests.bot.scenes import APPROVE, Scene
from tests.people import alice, erin

STRAYS = {
    "SLACK_BOT_TOKEN": "xoxb-of-somebody-else",
    "SLACK_SIGNING_SECRET": "of somebody else",
    "SLACK_VERIFICATION_TOKEN": "of somebody else",
    "SLACK_CLIENT_ID": "1.2",
    "SLACK_CLIENT_SECRET": "of somebody else",
}


@pytest.fixture
def strays(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are set before the service starts."""
    for name, value in STRAYS.items():
        monkeypatch.setenv(name, value)


@pytest.mark.usefixtures("strays")
async def test_variables_of_another_app_change_nothing(http: Scene) -> None:
    site = http.site
    assert site.service.bot is not None
    assert site.service.bot.app.client.token is None
    await http.ask_refund()
    calls = len(site.slack.calls)
    assert (await site.slack.click(erin.slack, APPROVE)).acked
    assert len(site.slack.calls) == calls
    await site.settle()
    assert site.refunds(alice.order_id) == [14900]
