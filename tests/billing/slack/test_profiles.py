"""Who people are in Slack is looked at daily and kept; news that comes late changes nothing."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from billing.hours import Alarm
from billing.slack.profiles import (
    EVERY,
    SPREAD,
    mark_gone,
    ring_profiles,
    take_in_change,
    take_in_people,
    take_in_profile,
)
from billing.slack.records import Installation, Outsider, SlackProfile
from billing.states import AlarmKind, Ended
from storage.tables.ledger import outbox
from tests.billing.bench import Bench
from tests.billing.slack.workspaces import connect, end_workspace
from tests.make import TEAM, profile_of
from tests.people import dana, erin


async def due(bench: Bench, kind: str = "slack-profile") -> Sequence[Any]:
    """When each of these is due, with its payload."""
    found = select(outbox.c.due_at, outbox.c.payload).where(outbox.c.kind == kind)
    return await bench.rows(found.order_by(outbox.c.due_at, outbox.c.place))


async def alarm_of(bench: Bench, installation: Installation) -> Alarm:
    async with bench.ctx.read(bench.lumen.id) as work:
        alarm = await work.timing.find_alarm(AlarmKind.PROFILES, installation.id)
    assert alarm is not None
    return alarm


async def profile(bench: Bench, user_id: str) -> SlackProfile | None:
    async with bench.ctx.read(bench.lumen.id) as work:
        return await work.channels.find_profile(TEAM, user_id)


def of_erin(bench: Bench, at: datetime, **changed: Any) -> SlackProfile:
    return replace(profile_of(bench.lumen, erin.slack, erin.name, at=at), **changed)


async def test_everybody_linked_is_looked_at_when_a_workspace_connects_and_then_daily(bench: Bench) -> None:
    installation = await connect(bench, by=bench.staff(dana))
    await ring_profiles(bench.ctx, await alarm_of(bench, installation))
    assert [at for at, _ in await due(bench)] == [bench.clock()] * 4
    assert len(await due(bench, "slack-people")) == 1

    bench.clock.turn(seconds=EVERY.total_seconds())
    alarm = await alarm_of(bench, installation)
    await ring_profiles(bench.ctx, alarm)
    spread = [at - bench.clock() for at, _ in await due(bench)][4:]
    assert spread == [SPREAD * place / 4 for place in range(4)]
    assert (await alarm_of(bench, installation)).due_at == bench.clock() + EVERY
    assert len(await due(bench, "slack-people")) == 1

    await ring_profiles(bench.ctx, alarm)  # another worker, which saw it due as well
    assert len(await due(bench)) == 8


async def test_after_a_standstill_all_are_looked_at_at_once(bench: Bench) -> None:
    installation = await connect(bench, by=bench.staff(dana))
    await ring_profiles(bench.ctx, await alarm_of(bench, installation))
    bench.clock.turn(days=3)
    await ring_profiles(bench.ctx, await alarm_of(bench, installation))
    assert [at for at, _ in await due(bench)][4:] == [bench.clock()] * 4


async def test_the_alarm_of_a_workspace_that_ended_is_dropped(bench: Bench) -> None:
    installation = await connect(bench, by=bench.staff(dana))
    alarm = await alarm_of(bench, installation)
    await end_workspace(bench.ctx, installation, Ended.REVOKED, by=bench.system())
    async with bench.ctx.begin(bench.lumen.id) as work:
        await work.timing.set_alarm(alarm)  # as if it had been read before
    await ring_profiles(bench.ctx, alarm)
    async with bench.ctx.read(bench.lumen.id) as work:
        assert await work.timing.find_alarm(AlarmKind.PROFILES, installation.id) is None
    assert await due(bench) == []


async def test_what_was_said_earlier_changes_nothing_later(bench: Bench) -> None:
    now = bench.clock()
    await take_in_profile(bench.ctx, of_erin(bench, now + timedelta(minutes=2), is_guest=True))
    await take_in_profile(bench.ctx, of_erin(bench, now + timedelta(minutes=1)))
    kept = await profile(bench, erin.slack)
    assert kept is not None
    assert kept.outsider is Outsider.GUEST


async def test_of_a_change_what_takes_a_say_away_counts_at_once_and_slack_is_asked(bench: Bench) -> None:
    at = bench.clock() + timedelta(minutes=1)
    gone = of_erin(bench, at, name="", locale=None, time_zone=None, is_gone=True)
    async with bench.ctx.begin(bench.lumen.id) as work:
        assert await take_in_change(work, gone, trace_id="t")
    assert await profile(bench, erin.slack) == of_erin(bench, at, is_gone=True)
    assert [payload["user_id"] for _, payload in await due(bench)] == [erin.slack]

    # What comes late, or in the wrong order, gives nobody their say back.
    async with bench.ctx.begin(bench.lumen.id) as work:
        assert await take_in_change(work, of_erin(bench, at + timedelta(minutes=1)), trace_id="t")
    assert await profile(bench, erin.slack) == of_erin(bench, at, is_gone=True)
    assert len(await due(bench)) == 2


async def test_a_change_of_somebody_unlinked_is_kept_where_they_are_known(bench: Bench) -> None:
    at = bench.clock() + timedelta(minutes=1)
    passer_by, member = (profile_of(bench.lumen, each, "Pat", at=at) for each in ("U0PASSERBY", "U0MEMBER"))
    await take_in_profile(bench.ctx, replace(member, looked_at=bench.clock()))
    async with bench.ctx.begin(bench.lumen.id) as work:
        assert not await take_in_change(work, passer_by, trace_id="t")
        assert await take_in_change(work, replace(member, name="Pat Jones", locale=None), trace_id="t")
    assert await profile(bench, "U0PASSERBY") is None
    assert await profile(bench, "U0MEMBER") == replace(member, name="Pat Jones")
    assert await due(bench) == []


async def test_whom_slack_does_not_know_is_gone(bench: Bench) -> None:
    at = bench.clock() + timedelta(minutes=1)
    for user_id, name in ((erin.slack, erin.name), ("U0NOBODY", "")):
        await mark_gone(bench.ctx, bench.lumen.id, TEAM, user_id, at=at)
        kept = await profile(bench, user_id)
        assert kept is not None
        assert (kept.name, kept.outsider, kept.looked_at) == (name, Outsider.GONE, at)


async def test_of_the_list_of_people_members_are_kept_and_whoever_was_known(bench: Bench) -> None:
    at = bench.clock() + timedelta(minutes=1)
    people = [
        of_erin(bench, at, is_gone=True),
        profile_of(bench.lumen, "U0MEMBER", "Mo", at=at),
        replace(profile_of(bench.lumen, "U0GUEST", "Gus", at=at), is_guest=True),
    ]
    await take_in_people(bench.ctx, bench.lumen.id, people)
    assert await profile(bench, "U0GUEST") is None
    assert await profile(bench, "U0MEMBER") == people[1]
    assert await profile(bench, erin.slack) == people[0]
