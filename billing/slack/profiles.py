"""Who people are in Slack, as Slack last said: read daily and when it tells of a change, never at a click."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from billing.actors import StaffActor
from billing.context import Context
from billing.errors import NotFound
from billing.hours import Alarm
from billing.ids import AccountId
from billing.ports import UnitOfWork
from billing.rights import must_manage
from billing.slack.messages import PeopleDue, ProfileDue
from billing.slack.records import SlackProfile

# Each linked person is looked at so often: with the hour over which that is spread, and some for a Slack
# that is away, a profile is never too old to go by.
EVERY = timedelta(hours=20)
SPREAD = timedelta(hours=1)
# So many people of a workspace are kept to choose from; others are named by their member id.
MOST_PEOPLE = 1000


async def put_profile_due(
    work: UnitOfWork, team_id: str, user_id: str, *, at: datetime, trace_id: str
) -> None:
    """Within a use case: Slack is asked who this is, at most once a minute however often that is wanted."""
    minute = int(at.timestamp()) // 60
    dedupe = f"profile:{team_id}:{user_id}:{minute}"
    await work.outbox.put(ProfileDue(team_id, user_id), at=at, trace_id=trace_id, dedupe=dedupe)


async def take_in_profile(ctx: Context, profile: SlackProfile) -> None:
    """What Slack said of somebody when it was asked."""
    async with ctx.begin(profile.account_id) as work:
        await work.channels.put_profile(profile)


async def take_in_change(work: UnitOfWork, profile: SlackProfile, *, trace_id: str) -> bool:
    """Within a use case: what Slack tells by itself, of those only whom somebody asked about before.

    A change comes for everybody in the workspace, perhaps late, or after a newer one: of who is linked it is
    a hint. Slack is asked what holds; only what takes their say away counts before it has answered.
    """
    known = await work.channels.find_profile(profile.team_id, profile.user_id)
    is_linked = await work.channels.find_link(profile.team_id, profile.user_id) is not None
    if known is None and not is_linked:
        return False
    if is_linked:
        due = ProfileDue(profile.team_id, profile.user_id)
        await work.outbox.put(due, at=profile.looked_at, trace_id=trace_id)
    if profile.outsider is not None or not is_linked:
        await work.channels.put_profile(_with_what_was_known(profile, known))
    return True


def _with_what_was_known(profile: SlackProfile, known: SlackProfile | None) -> SlackProfile:
    """An event may leave out what did not change."""
    if known is None:
        return profile
    return replace(
        profile,
        name=profile.name or known.name,
        locale=profile.locale or known.locale,
        time_zone=profile.time_zone or known.time_zone,
    )


async def mark_gone(ctx: Context, account_id: AccountId, team_id: str, user_id: str, *, at: datetime) -> None:
    """Slack knows nobody by this id, or shows them to us no more."""
    async with ctx.begin(account_id) as work:
        known = await work.channels.find_profile(team_id, user_id)
        nobody = SlackProfile(
            account_id=account_id,
            team_id=team_id,
            user_id=user_id,
            name="",
            is_gone=True,
            is_bot=False,
            is_guest=False,
            is_stranger=False,
            locale=None,
            time_zone=None,
            looked_at=at,
        )
        gone = replace(known, is_gone=True, looked_at=at) if known is not None else nobody
        await work.channels.put_profile(gone)


async def take_in_people(ctx: Context, account_id: AccountId, people: Sequence[SlackProfile]) -> None:
    """A part of the list of people: those who could be linked, and whoever was known before."""
    if not people:
        return
    async with ctx.begin(account_id) as work:
        known = {each.user_id for each in await work.channels.list_profiles(people[0].team_id)}
        for each in people:
            if each.outsider is None or each.user_id in known:
                await work.channels.put_profile(each)


async def ask_for_people(ctx: Context, *, by: StaffActor) -> None:
    """The list of people is read anew. Raises `Forbidden`, and `NotFound` where no workspace is connected."""
    async with ctx.begin(by.account_id) as work:
        await must_manage(work, by)
        if await work.installations.find_live() is None:
            raise NotFound
        minute = int(ctx.now().timestamp()) // 60
        await work.outbox.put(PeopleDue(), at=ctx.now(), trace_id=by.trace_id, dedupe=f"people:{minute}")


async def ring_profiles(ctx: Context, alarm: Alarm) -> None:
    """For the clock: all who are linked in this workspace are looked at, one after the other over an hour.

    At once where the last look is not in time any more: the workspace was just connected, or no worker ran.
    """
    now, trace_id = ctx.now(), f"profiles-{alarm.step}"
    async with ctx.begin(alarm.account_id) as work:
        if not await work.timing.move_alarm(alarm, due_at=now + EVERY, step=alarm.step + 1):
            return  # another worker did this
        live = await work.installations.find_live()
        if live is None or live.id != alarm.subject:
            await work.timing.drop_alarm(alarm.kind, alarm.subject)
            return
        if alarm.step == 0:
            await work.outbox.put(PeopleDue(), at=now, trace_id=trace_id)
        links = [each for each in await work.channels.list_links() if each.team_id == live.team_id]
        is_late = alarm.step == 0 or now - alarm.due_at > SPREAD
        for place, link in enumerate(links):
            at = now if is_late else now + SPREAD * place / len(links)
            await work.outbox.put(ProfileDue(link.team_id, link.user_id), at=at, trace_id=trace_id)
