"""Tokens that expire: rotated in time, once over all processes, tried again, or the end of the workspace."""

import asyncio
from datetime import timedelta
from uuid import UUID

from billing.ids import InstallationId
from billing.messages import Destination
from billing.slack.records import Installation
from billing.slack.tokens import ring_rotation, rotate_at
from billing.states import AlarmKind, Ended
from tests.make import START, TEAM
from tests.people import dana
from tests.site import Site


async def connect(site: Site) -> Installation:
    """By way of OAuth, so that the token expires."""
    browser = await site.sign_in_staff(dana)
    page = await browser.fill("/lumen/desk/slack/add", "slack/add")
    found = next(each for each in page.html.split('"') if "/oauth/v2/authorize" in each)
    await browser.get(site.slack.authorize(dana.slack, found.replace("&amp;", "&")))
    await site.settle()
    return await find_latest(site)


async def find_latest(site: Site) -> Installation:
    async with site.ctx.read(site.world.accounts["lumen"].id) as work:
        found = await work.installations.find_latest()
    assert found is not None
    return found


async def ring(site: Site) -> None:
    """As the clock would, when it is due."""
    installation = await find_latest(site)
    async with site.ctx.read(installation.account_id) as work:
        alarm = await work.timing.find_alarm(AlarmKind.ROTATION, installation.id)
    assert alarm is not None
    site.clock.at = max(site.clock.at, alarm.due_at)
    await ring_rotation(site.ctx, alarm)
    await ring_rotation(site.ctx, alarm)  # another worker saw it too


def exchanges(site: Site) -> int:
    return [call.method for call in site.slack.calls].count("oauth.v2.access")


async def test_tokens_are_rotated_long_before_they_expire(site: Site) -> None:
    first = await connect(site)
    assert first.expires_at is not None
    await ring(site)
    assert site.clock.at <= first.expires_at - timedelta(hours=2)
    await site.settle()
    second = await find_latest(site)
    assert second.id == first.id
    assert second.expires_at is not None
    assert second.expires_at > first.expires_at
    assert site.ctx.vault.unseal(second.bot_token) != site.ctx.vault.unseal(first.bot_token)
    assert exchanges(site) == 2  # the code, and one refresh
    await ring(site)
    await site.settle()
    assert exchanges(site) == 3


async def test_a_refresh_is_in_flight_once(site: Site) -> None:
    await connect(site)
    await ring(site)
    now = site.ctx.now()
    hold = timedelta(seconds=25)
    leases = [site.ctx.store.lease(Destination.SLACK, at=now, hold=hold, limit=20) for _ in range(5)]
    found = [each for batch in await asyncio.gather(*leases) for each in batch]
    assert [each.kind for each in found].count("slack-tokens") == 1


async def test_a_lost_answer_is_tried_again_with_the_same_token(site: Site) -> None:
    first = await connect(site)
    await ring(site)
    site.slack.fault("oauth.v2.access", "lost_before", times=1)
    await site.settle()
    assert (await find_latest(site)).bot_token == first.bot_token
    site.clock.turn(minutes=5)
    await site.settle()
    assert (await find_latest(site)).bot_token != first.bot_token


async def test_a_refresh_token_that_slack_takes_no_more_ends_the_workspace(site: Site) -> None:
    await connect(site)
    site.slack.access.refresh_tokens.clear()
    await ring(site)
    await site.settle()
    site.slack.refused.clear()  # meant
    ended = await find_latest(site)
    assert ended.ended_why is Ended.REVOKED
    assert site.mails()[-1]["to"] == dana.email
    assert "no longer connected" in site.mails()[-1]["subject"]
    assert await site.ctx.store.find_installation(TEAM) is None


async def test_a_token_that_was_replaced_meanwhile_is_not_used(site: Site) -> None:
    await connect(site)
    await ring(site)
    again = await connect(site)
    before = exchanges(site)
    await site.settle()
    assert exchanges(site) == before
    assert (await find_latest(site)).bot_token == again.bot_token


def test_of_many_workspaces_not_all_rotate_at_once() -> None:
    expires_at = START + timedelta(hours=12)
    found = {rotate_at(InstallationId(UUID(int=n)), START, expires_at) for n in range(1000)}
    assert len(found) == 1000
    assert max(found) <= expires_at - timedelta(hours=2)
    assert min(found) > expires_at - timedelta(hours=3)
    soon = START + timedelta(minutes=10)
    assert START < rotate_at(InstallationId(UUID(int=1)), START, soon) < soon
