"""Where cards go: the page of Slack in the desk, its channels, a message to try one, and the end of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from billing import plans
from billing.actors import StaffActor, SystemActor
from billing.changes import find_changes
from billing.context import Context
from billing.errors import Conflict, NotFound
from billing.ids import HelpdeskId, InstallationId
from billing.ports import UnitOfWork
from billing.records import Account, Helpdesk, JournalLine
from billing.rights import must_be_proved, must_manage, must_own
from billing.slack.losing import is_lost, mark_ended
from billing.slack.messages import ChannelsDue, TestDue
from billing.slack.picking import find_channel, leave_trouble
from billing.slack.records import ChannelTrouble, Installation, SlackChannel
from billing.states import Ended
from billing.versions import must_be_seen

TESTED, LISTED = "slack.tested", "slack.listed"


@dataclass(frozen=True, slots=True)
class Tried:
    """What the last message to try a channel came to; `problem` is Slack's code, or empty."""

    at: datetime
    channel: str
    problem: str


@dataclass(frozen=True, slots=True)
class HelpdeskPlace:
    """A helpdesk, where its cards go, and how that goes."""

    helpdesk: Helpdesk
    channel: SlackChannel | None  # as it was last listed, if it was
    trouble: ChannelTrouble | None
    tried: Tried | None


@dataclass(frozen=True, slots=True)
class SlackStanding:
    """All that the desk says of Slack. `latest` may have ended; `list_problem`: why nothing is listed."""

    account: Account
    latest: Installation | None
    channels: Sequence[SlackChannel]
    list_problem: str
    places: Sequence[HelpdeskPlace]

    @property
    def live(self) -> Installation | None:
        """The workspace that is connected."""
        return self.latest if self.latest is not None and self.latest.is_live else None


async def show_slack(ctx: Context, *, by: StaffActor) -> SlackStanding:
    """For owners and managers; helpdesks that are archived are left out. Raises `Forbidden`."""
    async with ctx.read(by.account_id) as work:
        await must_manage(work, by)
        latest = await work.installations.find_latest()
        channels = await work.channels.list_channels()
        troubles = {each.helpdesk_id: each for each in await work.channels.list_troubles()}
        by_id = {each.channel: each for each in channels}
        helpdesks = [each for each in await work.helpdesks.list() if each.archived_at is None]
        return SlackStanding(
            account=await work.accounts.get(),
            latest=latest,
            channels=channels,
            list_problem=await _list_problem(work, latest),
            places=[await _place(work, each, by_id, troubles.get(each.id)) for each in helpdesks],
        )


async def find_lost(ctx: Context, *, by: StaffActor) -> bool:
    """Whether a helpdesk has a channel and Slack does not reach it, which nobody here meant."""
    async with ctx.read(by.account_id) as work:
        latest = await work.installations.find_latest()
        if latest is None or latest.ended_why is Ended.DISCONNECTED:
            return False
        if not plans.has_helpdesks(await work.accounts.get()):
            return False
        helpdesks = [each for each in await work.helpdesks.list() if each.archived_at is None]
        return any([await is_lost(work, each) for each in helpdesks])


async def list_known_channels(ctx: Context, *, by: StaffActor) -> Sequence[SlackChannel]:
    """As Slack last listed them, by name; raises `Forbidden`."""
    async with ctx.read(by.account_id) as work:
        await must_manage(work, by)
        return await work.channels.list_channels()


async def _place(
    work: UnitOfWork,
    helpdesk: Helpdesk,
    channels: Mapping[str, SlackChannel],
    trouble: ChannelTrouble | None,
) -> HelpdeskPlace:
    lines = await work.journal.list_of(_test_subject(helpdesk.id))
    tried = _tried(lines[-1]) if lines else None
    here = helpdesk.slack_channel or ""
    return HelpdeskPlace(
        helpdesk=helpdesk,
        channel=channels.get(here),
        trouble=trouble if trouble and trouble.channel == here else None,
        tried=tried if tried and tried.channel == here else None,
    )


def _tried(line: JournalLine) -> Tried:
    return Tried(line.at, str(line.facts.get("slack_channel") or ""), str(line.facts.get("problem") or ""))


async def _list_problem(work: UnitOfWork, installation: Installation | None) -> str:
    """What the last try to list channels came to; it is written down where that changes."""
    if installation is None:
        return ""
    lines = [each for each in await work.journal.list_of(_subject(installation.id)) if each.verb == LISTED]
    return str(lines[-1].facts.get("problem") or "") if lines else ""


async def set_channel(
    ctx: Context,
    helpdesk_id: HelpdeskId,
    typed: str,
    *,
    by: StaffActor | SystemActor,
    seen: str | None = None,
) -> Helpdesk:
    """Where its cards go from now on, by id or by name; empty: nowhere.

    Raises `Invalid` (slack_channel), `Stale` (theirs), `NotFound`.
    """
    async with ctx.begin(by.account_id) as work:
        await must_manage(work, by)
        plans.must_have_helpdesks(await work.accounts.hold())
        before = await work.helpdesks.get(helpdesk_id)
        if before.archived_at is not None:
            raise NotFound
        must_be_seen(before.slack_channel or "", seen)
        after = replace(before, slack_channel=await find_channel(work, typed))
        if after != before:
            await work.helpdesks.save(after)
            await leave_trouble(work, before, after, at=ctx.now(), trace_id=by.trace_id)
            changes = find_changes(
                {"slack_channel": before.slack_channel}, {"slack_channel": after.slack_channel}
            )
            facts = {"helpdesk": after.name, **changes}
            subject = f"helpdesk:{after.id.hex}"
            await work.journal.write(by, "helpdesk.staffed", subject, at=ctx.now(), facts=facts)
        return after


async def refresh_channels(ctx: Context, *, by: StaffActor) -> None:
    """The list is read anew; asked for again and again, once in ten seconds. Raises `Forbidden`."""
    async with ctx.begin(by.account_id) as work:
        await must_manage(work, by)
        await _must_be_live(work)
        dedupe = f"channels:{int(ctx.now().timestamp()) // 10}"
        await work.outbox.put(ChannelsDue(), at=ctx.now(), trace_id=by.trace_id, dedupe=dedupe)


async def send_test(ctx: Context, helpdesk_id: HelpdeskId, *, by: StaffActor, once_key: str) -> None:
    """A message to a helpdesk's channel, to see it arrive. Raises `Forbidden`, `NotFound`, `Conflict`."""
    async with ctx.begin(by.account_id) as work:
        await must_manage(work, by)
        await _must_be_live(work)
        helpdesk = await work.helpdesks.get(helpdesk_id)
        if helpdesk.slack_channel is None or helpdesk.archived_at is not None:
            raise NotFound
        due = TestDue(helpdesk_id, by.staff_id)
        await work.outbox.put(due, at=ctx.now(), trace_id=by.trace_id, dedupe=f"test:{once_key}")


async def note_test(ctx: Context, helpdesk: Helpdesk, channel: str, problem: str, *, by: SystemActor) -> None:
    """What a test message came to, for the page."""
    async with ctx.begin(by.account_id) as work:
        facts = {"helpdesk": helpdesk.name, "slack_channel": channel, "problem": problem}
        await work.journal.write(by, TESTED, _test_subject(helpdesk.id), at=ctx.now(), facts=facts)


async def keep_channels(
    ctx: Context,
    installation: Installation,
    channels: Sequence[SlackChannel],
    problem: str,
    *,
    by: SystemActor,
) -> None:
    """What was listed, or why it could not be; one that ended meanwhile lists nothing."""
    async with ctx.begin(by.account_id) as work:
        live = await work.installations.find_live()
        if live is None or live.id != installation.id:
            return
        if await _list_problem(work, live) != problem:
            facts = {"workspace": live.team_name, "problem": problem}
            await work.journal.write(by, LISTED, _subject(live.id), at=ctx.now(), facts=facts)
        if not problem:
            await work.channels.replace_channels(channels)


async def disconnect(ctx: Context, *, by: StaffActor) -> None:
    """Owners, freshly proved. Raises `ProofNeeded`, `Forbidden`, `NotFound` where nothing is connected."""
    must_be_proved(by, ctx.now())
    async with ctx.begin(by.account_id) as work:
        await must_own(work, by)
        await work.accounts.hold()
        live = await _must_be_live(work)
        await mark_ended(work, live, Ended.DISCONNECTED, by=by, at=ctx.now())


async def _must_be_live(work: UnitOfWork) -> Installation:
    live = await work.installations.find_live()
    if live is None:
        raise Conflict(what="slack")
    return live


def _subject(installation_id: InstallationId) -> str:
    return f"installation:{installation_id.hex}"


def _test_subject(helpdesk_id: HelpdeskId) -> str:
    return f"channel:{helpdesk_id.hex}"
