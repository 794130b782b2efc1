"""Whose a ticket is: somebody who may decide, or nobody."""

from collections.abc import Sequence

from billing import telling
from billing.actors import StaffActor
from billing.context import Context
from billing.errors import Forbidden, Invalid
from billing.ids import StaffId, TicketId
from billing.policy import can_decide
from billing.ports import UnitOfWork
from billing.records import Staff, Ticket
from billing.states import EntryKind


async def assign_ticket(
    ctx: Context, ticket_id: TicketId, staff_id: StaffId | None, *, by: StaffActor
) -> Ticket:
    """Given to somebody who decides, or to nobody; the same again changes nothing.

    Raises `NotFound`, `Forbidden` for a viewer, `Invalid` (assignee) for who is none of them.
    """
    async with ctx.begin(by.account_id) as work:
        staff = await work.staff.get(by.staff_id)
        if not can_decide(staff):
            raise Forbidden
        whom = await _assignee(work, staff_id)
        ticket = await work.tickets.get(ticket_id)
        if ticket.assignee_id == staff_id:
            return ticket
        ticket = await work.tickets.assign(ticket_id, staff_id)
        if ticket.request_id is not None:
            await work.requests.assign(ticket.request_id, staff_id)
        verb = "ticket.assigned" if whom else "ticket.unassigned"
        told = {"whom": whom.name} if whom else {}
        await telling.add_entry(
            work,
            ticket_id,
            EntryKind.EVENT,
            by=by,
            by_name=staff.name,
            at=ctx.now(),
            verb=verb,
            facts=told,
        )
        facts = {"reference": ticket.reference, "staff": staff_id.hex if staff_id else None, **told}
        await work.journal.write(by, verb, f"ticket:{ticket_id.hex}", at=ctx.now(), facts=facts)
        return ticket


async def _assignee(work: UnitOfWork, staff_id: StaffId | None) -> Staff | None:
    if staff_id is None:
        return None
    chosen = next((each for each in await work.staff.list() if each.id == staff_id), None)
    if chosen is None or not can_decide(chosen):
        raise Invalid("assignee", "choice")
    return chosen


async def list_deciders(ctx: Context, *, by: StaffActor) -> Sequence[Staff]:
    """Who a ticket can be given to, by name."""
    async with ctx.read(by.account_id) as work:
        return [each for each in await work.staff.list() if can_decide(each)]
