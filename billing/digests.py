"""The daily digest of a helpdesk: what waits there, and what was decided since the last working day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from billing.alarms import claim, clock_of
from billing.context import Context
from billing.hours import Alarm, Hours, due_at, hours_of, next_moment, wall_time
from billing.ids import AccountId, HelpdeskId
from billing.money import Money, total
from billing.ports.timing import Undone
from billing.records import Account, Helpdesk
from billing.reminding import zone_of
from billing.slack.messages import DigestDue
from billing.states import APPROVED_ONCE, AlarmKind, RequestState

MOST_LISTED = 1000  # of each kind; what is beyond counts no more


@dataclass(frozen=True, slots=True)
class Digest:
    """Counts of one helpdesk; `totals` has a sum for each currency of what waits for a decision."""

    account: Account
    helpdesk: Helpdesk
    waiting: int
    totals: tuple[Money, ...]
    oldest_at: datetime | None
    overdue: int
    failed: int
    questions: int
    on_customer: int
    since: date  # from the beginning of which day on something was decided
    approved: int
    denied: int
    withdrawn: int

    @property
    def is_empty(self) -> bool:
        """Nobody here need do anything."""
        return not (self.waiting or self.failed or self.questions)


async def ring_digest(ctx: Context, alarm: Alarm) -> None:
    """For the clock: today's, if it is due on a day like this; whatever happens, once a day."""
    helpdesk_id, now = HelpdeskId(alarm.subject), ctx.now()
    async with ctx.begin(alarm.account_id) as work:
        held = await claim(ctx, work, alarm)
        if held is None:
            return
        hours, helpdesk = await hours_of(work, helpdesk_id), await work.helpdesks.get(helpdesk_id)
        if hours.digest_at is None or helpdesk.archived_at is not None:
            await work.timing.drop_alarm(AlarmKind.DIGEST, helpdesk_id)
            return
        zone = await zone_of(work)
        today = now.astimezone(zone).date()
        if today.isoweekday() in hours.days and wall_time(zone, today, hours.digest_at) <= now:
            day = today.isoformat()
            dedupe = f"digest:{helpdesk_id.hex}:{day}"
            message, trace_id = DigestDue(helpdesk_id, day), clock_of(alarm).trace_id
            await work.outbox.put(message, at=now, trace_id=trace_id, dedupe=dedupe)
        due = next_moment(hours, zone, now, hours.digest_at)
        await work.timing.set_alarm(replace(held, due_at=due, step=alarm.step + 1))


async def show_digest(ctx: Context, account_id: AccountId, helpdesk_id: HelpdeskId, day: date) -> Digest:
    """What the digest of this day says, as things are now; raises `NotFound`."""
    async with ctx.read(account_id) as work:
        hours, zone = await hours_of(work, helpdesk_id), await zone_of(work)
        since = _last_working_day(hours, day)
        undone = await work.timing.list_undone(helpdesk_id, limit=MOST_LISTED)
        answered = await work.timing.count_answered(
            helpdesk_id, since=wall_time(zone, since, 0), until=wall_time(zone, day, 0)
        )
        ours = [each for each in undone if not each.on_customer]
        pending = [each for each in ours if each.state is RequestState.PENDING]
        now = ctx.now()
        return Digest(
            account=await work.accounts.get(),
            helpdesk=await work.helpdesks.get(helpdesk_id),
            waiting=len(pending),
            totals=_totals(pending),
            oldest_at=min((each.since for each in pending), default=None),
            overdue=sum(due_at(hours, zone, each.since) <= now for each in pending),
            failed=sum(each.state is RequestState.FAILED for each in ours),
            questions=sum(each.state is None for each in ours),
            on_customer=len(undone) - len(ours),
            since=since,
            approved=_sum(answered, APPROVED_ONCE),
            denied=_sum(answered, {RequestState.DENIED}),
            withdrawn=_sum(answered, {RequestState.WITHDRAWN}),
        )


def _last_working_day(hours: Hours, day: date) -> date:
    earlier = (day - timedelta(days=back) for back in range(1, 8))
    return next(each for each in earlier if each.isoweekday() in hours.days)


def _totals(undone: Sequence[Undone]) -> tuple[Money, ...]:
    amounts = [each.amount for each in undone if each.amount is not None]
    currencies = {amount.currency.code: amount.currency for amount in amounts}
    return tuple(
        total([amount for amount in amounts if amount.currency == each], each)
        for _, each in sorted(currencies.items())
    )


def _sum(answered: Mapping[RequestState, int], states: frozenset[RequestState] | set[RequestState]) -> int:
    return sum(answered.get(state, 0) for state in states)
