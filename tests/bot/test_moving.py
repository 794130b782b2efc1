"""Workspaces connected anew, here or by another account, while what was said of them before is under way."""

from billing.actors import SystemActor
from billing.slack.connecting import connect_workspace
from billing.slack.losing import end_if_unchanged
from billing.slack.records import Installation
from billing.states import Ended
from tests.billing.slack.workspaces import end_workspace
from tests.bot.scenes import Scene
from tests.bot.test_tokens import connect, find_latest
from tests.make import TEAM
from tests.site import Site


async def connect_to(site: Site, slug: str, token: str) -> Installation:
    """As Slack granted it."""
    account_id = site.world.accounts[slug].id
    return await connect_workspace(
        site.ctx,
        account_id,
        team_id=TEAM,
        enterprise_id="",
        team_name="Lumen",
        app_id="",
        bot_user_id="",
        bot_token=token,
        refresh_token=None,
        expires_at=None,
        scopes="",
        by=SystemActor(account_id, "operator", "trace-test"),
    )


def by_operator(installation: Installation) -> SystemActor:
    return SystemActor(installation.account_id, "operator", "trace-test")


async def test_a_workspace_that_another_account_has_by_now_is_not_revoked(site: Site) -> None:
    """Slack gives them the same token: forgetting ours would take theirs away."""
    ours = await find_latest(site)
    await end_workspace(site.ctx, ours, Ended.DISCONNECTED, by=by_operator(ours))
    theirs = await connect_to(site, "rival", site.ctx.vault.unseal(ours.bot_token))
    await site.settle()
    assert "auth.revoke" not in {call.method for call in site.slack.calls}
    found = await site.ctx.store.find_installation(TEAM)
    assert found is not None
    assert found.id == theirs.id


async def test_what_nobody_has_any_more_is_revoked(site: Site) -> None:
    ours = await find_latest(site)
    await end_workspace(site.ctx, ours, Ended.DISCONNECTED, by=by_operator(ours))
    await site.settle()
    assert "auth.revoke" in {call.method for call in site.slack.calls}


async def test_tokens_of_before_end_nothing(site: Site) -> None:
    """People connected anew while a delivery used the old ones: what Slack says of those is no news."""
    before = await connect(site)
    await connect(site)
    assert not await end_if_unchanged(site.ctx, before, Ended.REVOKED, by=by_operator(before))
    now = await find_latest(site)
    assert (now.id, now.is_live) == (before.id, True)
    assert await end_if_unchanged(site.ctx, now, Ended.REVOKED, by=by_operator(now))
    assert not (await find_latest(site)).is_live


async def test_an_uninstall_that_is_told_late_does_not_end_what_was_connected_since(http: Scene) -> None:
    site = http.site
    first = await find_latest(site)
    await site.slack.post_event({"type": "message"})  # any envelope, to be made older
    site.clock.turn(hours=1)
    removed_at = site.clock.at
    site.clock.turn(minutes=1)
    token = site.ctx.vault.unseal(first.bot_token)
    again = await connect_to(site, "lumen", token)
    sent = site.slack.sent[-1]
    late = {**sent.payload, "event": {"type": "app_uninstalled"}, "event_id": "Ev9"}
    late["event_time"] = int(removed_at.timestamp())
    assert (await site.slack.resend(type(sent)("events_api", late, sent.answer))).acked
    now = await find_latest(site)
    assert (now.id, now.is_live, now.installed_at) == (first.id, True, again.installed_at)
