"""A workspace is connected: by people, by the settings, again, instead of another, and once at a time."""

from datetime import timedelta

import pytest

from billing.errors import Invalid, NotInPlan
from billing.plan_changes import change_plan
from billing.states import AlarmKind, Ended, PlanName
from tests.billing.bench import Bench
from tests.billing.slack.workspaces import by_settings, connect, count_lines, end_workspace, told
from tests.make import system
from tests.people import dana, heidi


async def test_tokens_are_sealed_and_the_list_of_channels_is_asked_for(bench: Bench) -> None:
    installation = await connect(bench, by=bench.staff(dana))
    assert "xoxb" not in installation.bot_token
    assert bench.ctx.vault.unseal(installation.bot_token) == "xoxb-one"
    assert "slack-channels" in await told(bench)
    found = await bench.ctx.store.find_installation("T0SELFBILL")
    assert found == installation


async def test_the_same_workspace_again_keeps_its_row_and_takes_the_new_tokens(bench: Bench) -> None:
    first = await connect(bench, by=bench.staff(dana))
    soon = bench.clock() + timedelta(hours=12)
    second = await connect(bench, by=bench.staff(dana), token="xoxe.two", refresh="xoxe-r", expires_at=soon)
    assert (second.id, second.installed_at) == (first.id, first.installed_at)
    async with bench.ctx.read(first.account_id) as work:
        live = await work.installations.find_live()
        alarm = await work.timing.find_alarm(AlarmKind.ROTATION, first.id)
    assert live is not None
    assert bench.ctx.vault.unseal(live.bot_token) == "xoxe.two"
    assert alarm is not None
    assert bench.clock() < alarm.due_at <= soon - timedelta(hours=2)


async def test_another_workspace_ends_the_one_before_and_slack_forgets_its_token(bench: Bench) -> None:
    first = await connect(bench, by=bench.staff(dana))
    await connect(bench, by=bench.staff(dana), team_id="T0OTHER", token="xoxb-two")
    async with bench.ctx.read(first.account_id) as work:
        ended = await work.installations.get(first.id)
        assert await work.timing.find_alarm(AlarmKind.PROFILES, first.id) is None
    assert ended.ended_why is Ended.REPLACED
    assert "slack-revoke" in await told(bench)
    assert await bench.ctx.store.find_installation("T0SELFBILL") is None


async def test_a_workspace_of_another_business_is_refused_and_nothing_changes(bench: Bench) -> None:
    await connect(bench, by=bench.staff(heidi))
    mine = await connect(bench, by=bench.staff(dana), team_id="T0OTHER")
    with pytest.raises(Invalid) as refused:
        await connect(bench, by=bench.staff(dana))
    assert (refused.value.field, refused.value.problem) == ("workspace", "taken")
    async with bench.ctx.read(mine.account_id) as work:
        assert await work.installations.find_live() == mine


async def test_a_plan_without_slack_connects_nothing(bench: Bench) -> None:
    rival = bench.world.accounts["rival"]
    await change_plan(bench.ctx, PlanName.STARTER, by=system(rival), seen=None)
    with pytest.raises(NotInPlan):
        await connect(bench, by=bench.staff(heidi))


async def test_the_settings_connect_once_and_write_nothing_again(bench: Bench) -> None:
    first = await connect(bench, by=by_settings(bench))
    lines = await count_lines(bench)
    assert await connect(bench, by=by_settings(bench)) == first
    assert await count_lines(bench) == lines
    second = await connect(bench, by=by_settings(bench), token="xoxb-new")
    assert second.id == first.id
    assert await count_lines(bench) > lines


async def test_the_settings_do_not_bring_back_what_the_owner_ended(bench: Bench) -> None:
    first = await connect(bench, by=by_settings(bench))
    assert await end_workspace(bench.ctx, first, Ended.DISCONNECTED, by=bench.staff(dana))
    assert not await end_workspace(bench.ctx, first, Ended.UNINSTALLED, by=bench.staff(dana))
    again = await connect(bench, by=by_settings(bench))
    assert again.ended_why is Ended.DISCONNECTED
    assert (await connect(bench, by=by_settings(bench), token="xoxb-new")).is_live


async def test_the_settings_leave_what_people_connected(bench: Bench) -> None:
    await connect(bench, by=by_settings(bench))
    theirs = await connect(bench, by=bench.staff(dana), team_id="T0OTHER", token="xoxb-two")
    assert (await connect(bench, by=by_settings(bench), token="xoxb-three")).id == theirs.id
