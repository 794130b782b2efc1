"""What alice has, to be looked at and to be kept from others."""

from dataclasses import dataclass

from billing.asking import ask_refund
from billing.ids import RequestId, TicketId
from billing.states import RefundReason, Surface
from billing.tickets import open_ticket
from tests.people import alice
from tests.site import Site


@dataclass(frozen=True)
class Things:
    """`paths` of everything that is alice's alone, below the helpdesk's root."""

    request_id: RequestId
    ticket_id: TicketId
    paths: dict[str, str]


async def make_things(site: Site) -> Things:
    """A pending refund of her membership's first payment, and a question, both in the helpdesk."""
    world = site.world
    by = world.customer(alice, surface=Surface.HELPDESK)
    first = world.payments["40001002"]
    request = await ask_refund(
        site.ctx, first, by=by, reason=RefundReason.OTHER, message="Please", once_key="once-request"
    )
    ticket = await open_ticket(
        site.ctx, by=by, subject="A question", text="How?", department_id=None, once_key="once-ticket"
    )
    await site.settle()  # her mails are out, so that the newest one is what a test waits for
    payment, membership = world.payments[alice.order_id].hex, world.alices_subscription.hex
    paths = {
        "refund": f"/payments/{payment}/refund",
        "invoice": f"/payments/{payment}/invoice",
        "cancel": f"/subscriptions/{membership}/cancel",
        "keep": f"/subscriptions/{membership}/keep",
        "request": f"/requests/{request.id.hex}",
        "events": f"/requests/{request.id.hex}/events",
        "withdraw": f"/requests/{request.id.hex}/withdraw",
        "ticket": f"/tickets/{ticket.id.hex}",
        "reply": f"/tickets/{ticket.id.hex}/reply",
    }
    return Things(request.id, ticket.id, paths)
