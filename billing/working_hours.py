"""A helpdesk's working hours, how soon it answers, and its daily digest: what owners and managers set."""

from billing.actors import StaffActor, SystemActor
from billing.changes import find_changes
from billing.context import Context
from billing.errors import Invalid
from billing.hours import MIDNIGHT, Alarm, Hours, hours_of, next_moment
from billing.ids import HelpdeskId
from billing.ports import UnitOfWork
from billing.records import Facts
from billing.reminding import zone_of
from billing.rights import must_manage
from billing.states import AlarmKind
from billing.versions import must_be_seen

MOST_ANSWER_HOURS = 720  # a month
_EXAMPLE = "09:00"


async def show_hours(ctx: Context, helpdesk_id: HelpdeskId, *, by: StaffActor) -> Hours:
    """What was chosen, else the usual hours. Owners and managers; raises `NotFound`, `Forbidden`."""
    async with ctx.read(by.account_id) as work:
        await must_manage(work, by)
        await work.helpdesks.get(helpdesk_id)
        return await hours_of(work, helpdesk_id)


async def set_hours(
    ctx: Context, hours: Hours, *, by: StaffActor | SystemActor, seen: str | None = None
) -> Hours:
    """From now on; what is due already stays due when it was, and rings within the new hours.

    Raises `Forbidden`, `NotFound`, `Invalid` (days, opens, closes, answer_hours, digest_at), `Stale`.
    """
    _must_be_hours(hours)
    async with ctx.begin(by.account_id) as work:
        await must_manage(work, by)
        await work.accounts.hold()
        helpdesk = await work.helpdesks.get(hours.helpdesk_id)
        before = must_be_seen(await hours_of(work, helpdesk.id), seen)
        if hours == before:
            return hours
        await work.timing.put_hours(hours)
        await _set_digest(ctx, work, hours)
        facts = {"helpdesk": helpdesk.name, **find_changes(_facts(before), _facts(hours))}
        subject = f"helpdesk:{helpdesk.id.hex}"
        await work.journal.write(by, "helpdesk.hours_set", subject, at=ctx.now(), facts=facts)
        return hours


async def _set_digest(ctx: Context, work: UnitOfWork, hours: Hours) -> None:
    if hours.digest_at is None:
        await work.timing.drop_alarm(AlarmKind.DIGEST, hours.helpdesk_id)
        return
    due_at = next_moment(hours, await zone_of(work), ctx.now(), hours.digest_at)
    await work.timing.set_alarm(Alarm(hours.account_id, AlarmKind.DIGEST, hours.helpdesk_id, due_at, 0))


def _must_be_hours(hours: Hours) -> None:
    if not hours.days or list(hours.days) != sorted({*hours.days} & {*range(1, 8)}):
        raise Invalid("days", "choice")
    if not 0 <= hours.opens < MIDNIGHT:
        raise Invalid("opens", "time-of-day", example=_EXAMPLE)
    if not 0 < hours.closes <= MIDNIGHT:
        raise Invalid("closes", "time-of-day", example=_EXAMPLE)
    if hours.closes <= hours.opens:
        raise Invalid("closes", "closes-before")
    if not 1 <= hours.answer_hours <= MOST_ANSWER_HOURS:
        raise Invalid("answer_hours", "out-of-range", least=1, most=MOST_ANSWER_HOURS)
    if hours.digest_at is not None and not 0 <= hours.digest_at < MIDNIGHT:
        raise Invalid("digest_at", "time-of-day", example=_EXAMPLE)


def _facts(hours: Hours) -> Facts:
    """What the journal tells of them; days as numbers of the week, times as minutes from midnight."""
    return {
        "working_days": " ".join(map(str, hours.days)),
        "opens": hours.opens,
        "closes": hours.closes,
        "answer_hours": hours.answer_hours,
        "digest_at": hours.digest_at,
    }
