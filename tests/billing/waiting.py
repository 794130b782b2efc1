"""What waits and rings in tests: a connected workspace, the clock's handlers, and what they put."""

from datetime import datetime

from sqlalchemy import select

from billing.alarms import Clock
from billing.digests import ring_digest
from billing.escalating import ring_reminder
from billing.hours import Alarm
from billing.ids import TicketId
from billing.records import Request
from billing.states import AlarmKind, Surface
from storage.tables.ledger import outbox
from tests.billing.bench import Bench
from tests.billing.slack import workspaces

HANDLERS = {AlarmKind.REMINDER: ring_reminder, AlarmKind.DIGEST: ring_digest}
_KINDS = ("slack-reminder", "slack-nudge", "slack-waiting", "slack-digest")


def clock_of(bench: Bench) -> Clock:
    """As the service wires it, for what this package's tests are about."""
    return Clock(bench.ctx, HANDLERS)


async def connect(bench: Bench) -> None:
    """Lumen's workspace, to which its staff are linked."""
    await workspaces.connect(bench, by=bench.system())


async def ask(bench: Bench) -> tuple[Request, TicketId]:
    """A Manual refund request of 149.00, and its ticket."""
    request = await bench.ask_refund(surface=Surface.HELPDESK)
    assert request.ticket_id is not None
    return request, request.ticket_id


async def alarm_of(bench: Bench, subject: TicketId) -> Alarm | None:
    """The reminder that is still to come."""
    async with bench.ctx.read(bench.lumen.id) as work:
        return await work.timing.find_alarm(AlarmKind.REMINDER, subject)


async def rings_at(bench: Bench, subject: TicketId) -> datetime:
    """When it comes."""
    alarm = await alarm_of(bench, subject)
    assert alarm is not None
    return alarm.due_at


async def told(bench: Bench) -> list[str]:
    """What alarms put, oldest first: the kind, the step or day, and the first name of whoever it is for."""
    rows = await bench.rows(
        select(outbox.c.kind, outbox.c.payload)
        .where(outbox.c.kind.in_(_KINDS))
        .order_by(outbox.c.put_at, outbox.c.place)
    )
    names = {staff_id.hex: name.split()[0] for name, staff_id in bench.world.staff.items()}
    return [" ".join(filter(None, (kind, *_facts(payload, names)))) for kind, payload in rows]


def _facts(payload: dict[str, object], names: dict[str, str]) -> tuple[str, str]:
    return str(payload.get("step") or payload.get("day")), names.get(str(payload.get("staff_id")), "")
