"""What people must look at: raised once while true, told to owners at once, closed by whoever looked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from billing.actors import Actor, StaffActor
from billing.context import Context
from billing.ids import AlertId, new_id
from billing.ports import UnitOfWork
from billing.processing.messages import AlertMail
from billing.processing.records import Alert
from billing.records import Facts
from billing.rights import must_manage
from billing.states import AlertKind, Role

# What comes and goes is mailed once in so long.
QUIET = timedelta(days=1)
SHOWN_ABOVE = 5  # in the Inbox, above the list
_PAGE = 50


async def raise_alert(
    work: UnitOfWork,
    kind: AlertKind,
    subject: str,
    facts: Facts,
    *,
    by: Actor,
    at: datetime,
    mailed: bool = True,
) -> bool:
    """Within a transaction: people must look at `subject`. False: this is open already, nobody is told twice.

    The words are made of `facts`; each kind wants those that `locales/alert_words.py` names. Of every kind:
    `request`, `customer` (ids as hex) lead there, `reference` and `order_id` are what people read,
    `amount_minor` with `currency` the money, `processor_id` how the processor names it.
    """
    last = await work.alerts.find_last_mailed(kind, subject) if mailed else None
    is_news = mailed and (last is None or at - last >= QUIET)
    alert = Alert(
        id=new_id(AlertId),
        account_id=by.account_id,
        kind=kind,
        subject=subject,
        facts=facts,
        raised_at=at,
        mailed_at=at if is_news else None,
    )
    if not await work.alerts.add(alert):
        return False
    await _write(work, alert, "alert.raised", by=by, at=at)
    if is_news:
        await _mail_owners(work, alert, by=by, at=at)
    return True


async def settle_alert(work: UnitOfWork, kind: AlertKind, subject: str, *, by: Actor, at: datetime) -> bool:
    """Within a transaction: it is not true any more, so nobody need look. False: nothing was open."""
    settled = await work.alerts.settle(kind, subject, by=by, at=at)
    if settled is None:
        return False
    await _write(work, await work.alerts.get(settled), "alert.settled", by=by, at=at)
    return True


async def close_alert(ctx: Context, alert_id: AlertId, *, by: StaffActor) -> Alert:
    """A manager or owner has looked at it; whoever did so first is kept. Raises `Forbidden`, `NotFound`."""
    async with ctx.begin(by.account_id) as work:
        staff = await must_manage(work, by)
        assert staff is not None
        now = ctx.now()
        if await work.alerts.close(alert_id, by=by, by_name=staff.name, at=now):
            await _write(work, await work.alerts.get(alert_id), "alert.closed", by=by, at=now)
        return await work.alerts.get(alert_id)


@dataclass(frozen=True, slots=True)
class OpenAlerts:
    """The newest open ones; `has_more`: not all of them."""

    alerts: Sequence[Alert]
    has_more: bool


async def list_open_alerts(ctx: Context, *, by: StaffActor) -> OpenAlerts:
    """What stands above the Inbox's list; everybody who works there may read it."""
    async with ctx.read(by.account_id) as work:
        found = await work.alerts.list_open(limit=SHOWN_ABOVE + 1)
    return OpenAlerts(found[:SHOWN_ABOVE], len(found) > SHOWN_ABOVE)


@dataclass(frozen=True, slots=True)
class AlertPage:
    """Open and closed ones, newest first; `older`: where the next page begins, or None."""

    alerts: Sequence[Alert]
    older: tuple[datetime, AlertId] | None


async def list_alerts(ctx: Context, before: tuple[datetime, AlertId] | None, *, by: StaffActor) -> AlertPage:
    """A page of all that people were ever asked to look at."""
    async with ctx.read(by.account_id) as work:
        found = await work.alerts.list_page(before, limit=_PAGE + 1)
    shown = found[:_PAGE]
    older = (shown[-1].raised_at, shown[-1].id) if len(found) > _PAGE else None
    return AlertPage(shown, older)


async def _write(work: UnitOfWork, alert: Alert, verb: str, *, by: Actor, at: datetime) -> None:
    facts: Facts = {**alert.facts, "alert": alert.kind.value, "about": alert.subject}
    await work.journal.write(by, verb, f"alert:{alert.id.hex}", at=at, facts=facts)


async def _mail_owners(work: UnitOfWork, alert: Alert, *, by: Actor, at: datetime) -> None:
    for owner in await work.staff.list():
        if owner.active and owner.role is Role.OWNER:
            dedupe = f"alert:{alert.id.hex}:{owner.id.hex}"
            message = AlertMail(alert.id, owner.id)
            await work.outbox.put(message, at=at, trace_id=by.trace_id, dedupe=dedupe)
