"""Slack is lost: a workspace that ended, a channel that takes nothing; owners are told, decisions stop."""

from datetime import datetime

from billing import policy
from billing.actors import Actor, StaffActor, SystemActor
from billing.context import Context
from billing.ids import HelpdeskId, InstallationId
from billing.ports import UnitOfWork
from billing.records import Account, Helpdesk, Request, Staff
from billing.slack.catching_up import post_waiting
from billing.slack.messages import RevokeDue, SlackLostMail, WaitingMail
from billing.slack.records import ChannelTrouble, Installation
from billing.states import AlarmKind, Ended, Role

# Slack's own words for a channel that was archived, and for one that the bot was taken out of.
ARCHIVED, NOT_THERE = "is_archived", "not_in_channel"


async def end_if_unchanged(ctx: Context, known: Installation, why: Ended, *, by: Actor) -> bool:
    """Slack takes its tokens no more: it ends. False: there are newer ones by now, or it had ended."""
    async with ctx.begin(known.account_id) as work:
        await work.accounts.hold()
        now = await work.installations.get(known.id)
        if (now.bot_token, now.refresh_token) != (known.bot_token, known.refresh_token):
            return False
        return await mark_ended(work, now, why, by=by, at=ctx.now())


async def mark_ended(
    work: UnitOfWork,
    installation: Installation,
    why: Ended,
    *,
    by: Actor,
    at: datetime,
    still_here: bool = False,
) -> bool:
    """Within a transaction: it is not connected any more, no click from there counts. False: it had ended.

    Where we ended it, Slack is told to forget the token, unless it is `still_here`.

    Owners are mailed, but not whoever did it, nor of a workspace that another takes the place of.
    """
    if not await work.installations.end(installation.id, why, at=at):
        return False
    await drop_alarms(work, installation.id)
    await write_workspace(work, by, "slack.ended", installation, at=at, why=why.value)
    if why in {Ended.DISCONNECTED, Ended.REPLACED} and not still_here:
        await work.outbox.put(RevokeDue(installation.id), at=at, trace_id=by.trace_id)
    if why is not Ended.REPLACED:
        dedupe = f"slack-lost:{installation.id.hex}"
        await _mail_owners(work, why.value, None, by=by, at=at, dedupe=dedupe)
    return True


async def note_trouble(
    ctx: Context, helpdesk_id: HelpdeskId, *, channel: str, problem: str, by: SystemActor
) -> None:
    """A helpdesk's channel took no message, with Slack's code for why; owners are mailed the first time.

    A channel that is not the helpdesk's any more troubles nobody.
    """
    async with ctx.begin(by.account_id) as work:
        helpdesk = await work.helpdesks.get(helpdesk_id)
        if helpdesk.slack_channel == channel:
            await _mark_trouble(work, helpdesk, channel, problem, by=by, at=ctx.now())


async def mark_channel_lost(
    work: UnitOfWork, channel: str, problem: str, *, by: SystemActor, at: datetime
) -> int:
    """Within a transaction: a channel is gone for every helpdesk that has it; how many there are."""
    there = [each for each in await work.helpdesks.list() if each.slack_channel == channel]
    for helpdesk in there:
        await _mark_trouble(work, helpdesk, channel, problem, by=by, at=at)
    return len(there)


async def note_arrival(ctx: Context, helpdesk_id: HelpdeskId, *, by: SystemActor) -> None:
    """A message arrived in its channel: the trouble is over, if there was one."""
    async with ctx.read(by.account_id) as work:
        if await work.channels.find_trouble(helpdesk_id) is None:
            return
    async with ctx.begin(by.account_id) as work:
        if await work.channels.drop_trouble(helpdesk_id):
            helpdesk = await work.helpdesks.get(helpdesk_id)
            facts = {"helpdesk": helpdesk.name, "slack_channel": helpdesk.slack_channel}
            subject = f"helpdesk:{helpdesk.id.hex}"
            await work.journal.write(by, "slack.channel_back", subject, at=ctx.now(), facts=facts)
            await post_waiting(work, helpdesk, at=ctx.now(), trace_id=by.trace_id)


async def mail_if_lost(work: UnitOfWork, request: Request, *, at: datetime, trace_id: str) -> None:
    """People must decide it, and Slack cannot tell them though it should: they are mailed."""
    if request.ticket_id is None:
        return
    ticket = await work.tickets.get(request.ticket_id)
    helpdesk = await work.helpdesks.get(ticket.helpdesk_id)
    if not await is_lost(work, helpdesk):
        return
    account = await work.accounts.get()
    for staff in await list_deciders(work, account, helpdesk.id, request):
        message = WaitingMail(ticket.id, staff.id, 0)
        dedupe = f"waiting:{ticket.id.hex}:{staff.id.hex}:0"
        await work.outbox.put(message, at=at, trace_id=trace_id, dedupe=dedupe)


async def is_lost(work: UnitOfWork, helpdesk: Helpdesk) -> bool:
    """A channel was chosen, and no message arrives there now; before the first workspace nothing is lost."""
    latest = await work.installations.find_latest() if helpdesk.slack_channel is not None else None
    if latest is None:
        return False
    if not latest.is_live:
        return True
    trouble = await work.channels.find_trouble(helpdesk.id)
    return trouble is not None and trouble.channel == helpdesk.slack_channel


async def list_deciders(
    work: UnitOfWork, account: Account, helpdesk_id: HelpdeskId, request: Request
) -> list[Staff]:
    """Who works in this helpdesk and may decide this request, as things are now."""
    team = set(await work.helpdesks.list_team(helpdesk_id))
    workers = [each for each in await work.staff.list() if each.active and (not team or each.id in team)]
    theirs = await work.customers.list_email_keys(request.customer_id)
    return [each for each in workers if policy.decide_right(account, each, request, theirs).may]


async def drop_alarms(work: UnitOfWork, installation_id: InstallationId) -> None:
    """Of what is done in this workspace now and then."""
    await work.timing.drop_alarm(AlarmKind.PROFILES, installation_id)
    await work.timing.drop_alarm(AlarmKind.ROTATION, installation_id)


async def write_workspace(
    work: UnitOfWork, by: Actor, verb: str, installation: Installation, *, at: datetime, **facts: str
) -> None:
    """A line of the journal about a workspace."""
    named = {"workspace": installation.team_name or installation.team_id, **facts}
    await work.journal.write(by, verb, f"installation:{installation.id.hex}", at=at, facts=named)


async def _mark_trouble(
    work: UnitOfWork, helpdesk: Helpdesk, channel: str, problem: str, *, by: SystemActor, at: datetime
) -> None:
    trouble = ChannelTrouble(by.account_id, helpdesk.id, channel, problem, at)
    if not await work.channels.put_trouble(trouble):
        return
    facts = {"helpdesk": helpdesk.name, "slack_channel": channel, "problem": problem}
    await work.journal.write(by, "slack.channel_lost", f"helpdesk:{helpdesk.id.hex}", at=at, facts=facts)
    dedupe = f"slack-lost:{helpdesk.id.hex}:{at.isoformat()}"
    await _mail_owners(work, problem, helpdesk.id, by=by, at=at, dedupe=dedupe)


async def _mail_owners(
    work: UnitOfWork, what: str, helpdesk_id: HelpdeskId | None, *, by: Actor, at: datetime, dedupe: str
) -> None:
    doer = by.staff_id if isinstance(by, StaffActor) else None
    for owner in await work.staff.list():
        if owner.active and owner.role is Role.OWNER and owner.id != doer:
            message = SlackLostMail(owner.id, what, helpdesk_id)
            await work.outbox.put(message, at=at, trace_id=by.trace_id, dedupe=f"{dedupe}:{owner.id.hex}")
