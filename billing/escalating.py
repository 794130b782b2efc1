"""Reminders of what waits: in its thread, then to a person, then to a manager. They decide nothing."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from billing import plans, policy, telling
from billing.actors import SystemActor
from billing.alarms import claim, clock_of
from billing.context import Context
from billing.hours import Alarm, hours_of, is_our_turn, next_open, ticket_due_at
from billing.ids import TicketId
from billing.policy import can_decide
from billing.ports import UnitOfWork
from billing.records import Facts, Helpdesk, Request, Staff, Ticket
from billing.reminding import after_step, unwatch, zone_of
from billing.slack.losing import list_deciders
from billing.slack.messages import NudgeDue, ReminderDue, WaitingMail
from billing.states import EntryKind, Role

# Direct messages and mails of one step: where a whole company works in a helpdesk, not to all of it.
MOST_TOLD = 10
IN_THREAD, TO_A_PERSON = 1, 2


@dataclass(frozen=True, slots=True)
class Waiting:
    """A ticket that is our turn, for one step of its reminders."""

    ticket: Ticket
    request: Request | None
    helpdesk: Helpdesk
    step: int


async def ring_reminder(ctx: Context, alarm: Alarm) -> None:
    """For the clock: the next step, or none where it is not our turn, snoozed, or outside working hours."""
    by, now, ticket_id = clock_of(alarm), ctx.now(), TicketId(alarm.subject)
    async with ctx.begin(alarm.account_id) as work:
        held = await claim(ctx, work, alarm)
        if held is None:
            return
        ticket = await work.tickets.get(ticket_id)
        request = await work.requests.get(ticket.request_id) if ticket.request_id else None
        if not is_our_turn(ticket, request):
            await unwatch(work, ticket_id)
            return
        hours, zone = await hours_of(work, ticket.helpdesk_id), await zone_of(work)
        snooze = await work.timing.find_snooze(ticket_id)
        not_before = snooze.until if snooze is not None and snooze.holds(now) else now
        if alarm.step == 0 and snooze is None:  # more time may have been given since
            not_before = max(now, ticket_due_at(hours, zone, ticket, request) or now)
        opens_at = next_open(hours, zone, not_before)
        if opens_at > now:
            await work.timing.set_alarm(replace(held, due_at=opens_at))
            return
        if snooze is not None:
            await _wake(ctx, work, ticket, by=by)
            step = max(alarm.step, IN_THREAD)  # that it woke is said in its thread
        else:
            step = alarm.step + 1
            helpdesk = await work.helpdesks.get(ticket.helpdesk_id)
            await _remind(ctx, work, Waiting(ticket, request, helpdesk, step), by=by)
        await work.timing.set_alarm(replace(held, due_at=after_step(hours, zone, step, now), step=step))


async def _wake(ctx: Context, work: UnitOfWork, ticket: Ticket, *, by: SystemActor) -> None:
    await work.timing.drop_snooze(ticket.id)
    verb = "ticket.woke"
    await telling.add_entry(work, ticket.id, EntryKind.EVENT, by=by, by_name="", at=ctx.now(), verb=verb)
    facts = {"reference": ticket.reference}
    await work.journal.write(by, verb, f"ticket:{ticket.id.hex}", at=ctx.now(), facts=facts)


async def _remind(ctx: Context, work: UnitOfWork, waiting: Waiting, *, by: SystemActor) -> None:
    ticket, step = waiting.ticket, waiting.step
    people: Sequence[Staff] = ()
    has_slack = await _has_slack(work)
    if has_slack and await _is_for_thread(work, waiting):
        await work.outbox.put(ReminderDue(ticket.id, step), at=ctx.now(), trace_id=by.trace_id)
    elif waiting.request is not None:
        people = (await _people(work, waiting, waiting.request))[:MOST_TOLD]
        for person in people:
            await _tell(ctx, work, waiting, person, has_slack=has_slack, by=by)
    facts: Facts = {"reference": ticket.reference, "step": step, "people": len(people)}
    await work.journal.write(by, "ticket.reminded", f"ticket:{ticket.id.hex}", at=ctx.now(), facts=facts)


async def _is_for_thread(work: UnitOfWork, waiting: Waiting) -> bool:
    """Of a request the first step, of a question all; where its channel takes messages."""
    if waiting.helpdesk.slack_channel is None:
        return False
    if await work.channels.find_trouble(waiting.helpdesk.id) is not None:
        return False
    return waiting.step == IN_THREAD or waiting.request is None


async def _has_slack(work: UnitOfWork) -> bool:
    is_connected = await work.installations.find_live() is not None
    return is_connected and plans.has_helpdesks(await work.accounts.get())


async def _tell(
    ctx: Context, work: UnitOfWork, waiting: Waiting, person: Staff, *, has_slack: bool, by: SystemActor
) -> None:
    """As a direct message, or by mail to whom Slack does not reach."""
    is_reached = has_slack and await work.channels.find_link_of_staff(person.id) is not None
    kind = NudgeDue if is_reached else WaitingMail
    message = kind(waiting.ticket.id, person.id, waiting.step)
    await work.outbox.put(message, at=ctx.now(), trace_id=by.trace_id)


async def _people(work: UnitOfWork, waiting: Waiting, request: Request) -> list[Staff]:
    """Whose it is; nobody's: those of the helpdesk who may decide so much; after that, a manager."""
    done = await _have_done_theirs(work, request)
    team = await list_deciders(work, await work.accounts.get(), waiting.helpdesk.id, request)
    team = [each for each in team if f"staff:{each.id.hex}" not in done]
    everybody = [each for each in await work.staff.list() if can_decide(each)]
    everybody = [each for each in everybody if f"staff:{each.id.hex}" not in done]
    if waiting.step <= TO_A_PERSON:
        theirs = [each for each in everybody if each.id == waiting.ticket.assignee_id]
        if theirs or team:
            return theirs or team
    return _managers(team) or _managers(everybody)


async def _have_done_theirs(work: UnitOfWork, request: Request) -> set[str | None]:
    """Where a second person must say yes: the first, and who asked for the customer, are not that person."""
    first = policy.first_yes(request, await work.requests.list_approvals(request.id))
    return {first.by, request.asked_by} if first is not None else set()


def _managers(among: Sequence[Staff]) -> list[Staff]:
    """The managers; where there is none, the owners."""
    for role in (Role.MANAGER, Role.OWNER):
        if found := [each for each in among if each.role is role]:
            return found
    return []


async def mail_instead(ctx: Context, nudge: NudgeDue, *, once: str, by: SystemActor) -> None:
    """Slack did not take a direct message: the same by mail. `once` names the message that it stands for."""
    message = WaitingMail(nudge.ticket_id, nudge.staff_id, nudge.step)
    async with ctx.begin(by.account_id) as work:
        await work.outbox.put(message, at=ctx.now(), trace_id=by.trace_id, dedupe=f"instead:{once}")
