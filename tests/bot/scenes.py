"""What people do and see around a card: ask, decide, read; over whichever transport the site has."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from billing import asking, deciding, tickets
from billing.records import Account, JournalLine, Request, Ticket
from billing.states import CancelReason, RefundReason, Surface
from portal.forms import new_once_key
from selfbill.sandbox.slack.workspace import Message, View
from storage.bound import Bound
from storage.tables.accounts import staff
from storage.tables.ledger import outbox
from tests.make import CHANNEL, ask_no_code, sell_many
from tests.people import CustomerPerson, StaffPerson, alice, bob
from tests.site import Site
from tests.told import texts_of
from tests.worlds import until

OF_REPLIES = "\nReplies here are notes for your team. To write to the customer, begin with !customer"
APPROVE, DENY, RETRY, OPEN = "request:approve", "request:deny", "request:retry", "desk:open"
MORE, REPLY, ASSIGN, CLOSE = "request:more", "ticket:reply", "ticket:assign", "ticket:close"


@dataclass
class Scene:
    """A site, and the one card in its channel."""

    site: Site

    @property
    def lumen(self) -> Account:
        """The account whose Slack this is."""
        return self.site.world.accounts["lumen"]

    async def ask_refund(
        self, *, message: str = "Not for me", by: CustomerPerson = alice, order_id: str = ""
    ) -> Request:
        """A Manual refund request; its card is posted."""
        site = self.site
        await ask_no_code(site.ctx, site.world, Surface.HELPDESK)
        request = await asking.ask_refund(
            site.ctx,
            site.world.payments[order_id or by.order_id],
            by=site.world.customer(by, surface=Surface.HELPDESK),
            reason=RefundReason.NOT_AS_EXPECTED,
            message=message,
            once_key=new_once_key(),
        )
        await site.settle()
        return request

    async def ask_many(self, count: int) -> list[Request]:
        """So many Manual refund requests of bob's, 25.00 each, a minute apart; nothing is delivered yet."""
        site, asked = self.site, []
        await ask_no_code(site.ctx, site.world, Surface.HELPDESK)
        for order_id in await sell_many(site.ctx, site.world, count):
            site.clock.turn(minutes=1)
            request = await asking.ask_refund(
                site.ctx,
                site.world.payments[order_id],
                by=site.world.customer(bob, surface=Surface.HELPDESK),
                reason=RefundReason.NOT_AS_EXPECTED,
                message="",
                once_key=new_once_key(),
            )
            asked.append(request)
        return asked

    async def ask_cancel(self) -> Request:
        """Alice's Manual cancellation; its card is posted."""
        site = self.site
        request = await asking.ask_cancel(
            site.ctx,
            site.world.alices_subscription,
            by=site.world.customer(alice, surface=Surface.HELPDESK),
            reason=CancelReason.UNUSED,
            message="",
            once_key=new_once_key(),
        )
        await site.settle()
        return request

    async def ask_question(self, subject: str, text: str) -> Ticket:
        """Alice's question without a request; its card is posted."""
        site = self.site
        ticket = await tickets.open_ticket(
            site.ctx,
            by=site.world.customer(alice, surface=Surface.HELPDESK),
            subject=subject,
            text=text,
            department_id=None,
            once_key=new_once_key(),
        )
        await site.settle()
        return ticket

    async def withdraw(self, request: Request) -> None:
        """Alice takes her request back."""
        by = self.site.world.customer(alice, surface=Surface.HELPDESK)
        await asking.withdraw_request(self.site.ctx, request.id, by=by)
        await self.site.settle()

    async def approve_on_web(self, request: Request, person: StaffPerson) -> None:
        """What the desk's button calls; nothing is delivered yet."""
        await deciding.approve_request(self.site.ctx, request.id, by=self.site.world.member(person))

    async def modal(self) -> View:
        """The one modal that is open; it opens after the click was acked."""
        await until(lambda: self.site.slack.modals)
        (found,) = self.site.slack.modals
        return found

    async def open_modal(self, person: StaffPerson, action: str, value: str | None = None) -> View:
        """Click what opens one, and wait for it."""
        assert (await self.site.slack.click(person.slack, action, value)).acked
        return await self.modal()

    def card(self) -> Message:
        """The one card."""
        (card,) = self.site.slack.messages(CHANNEL)
        return card

    def words(self, message: Message | None = None) -> str:
        """All that is to be read on the card, or on another message."""
        return "\n".join(each["text"] for each in texts_of((message or self.card()).blocks))

    def buttons(self) -> list[str]:
        """The action ids on the card."""
        found = [b["elements"] for b in self.card().blocks if b["type"] == "actions"]
        return [element["action_id"] for elements in found for element in elements]

    def thread(self) -> list[str]:
        """The replies to the card, oldest first, without what the first of them says of replies."""
        replies = self.site.slack.thread(CHANNEL, self.card().ts)
        return [self.words(each).removesuffix(OF_REPLIES) for each in replies]

    def whispers(self, person: StaffPerson | str) -> list[str]:
        """What this person was told alone."""
        user = person if isinstance(person, str) else person.slack
        shown = self.site.slack.ephemerals(user)
        return ["\n".join(each["text"] for each in texts_of(one.blocks)) for one in shown]

    async def read(self, request: Request) -> Request:
        """The request as it is now."""
        async with self.site.ctx.read(self.lumen.id) as work:
            return await work.requests.get(request.id)

    async def journal(self, subject: str) -> Sequence[JournalLine]:
        """What the journal says of a subject, such as `request:unknown`."""
        async with self.site.ctx.read(self.lumen.id) as work:
            return await work.journal.list_of(subject)

    async def refusals(self, request: Request) -> list[str]:
        """The codes of the clicks that were refused on it."""
        lines = await self.journal(f"request:{request.id.hex}")
        return [str(line.facts["refusal"]) for line in lines if line.verb == "click.refused"]

    async def given_up(self) -> list[tuple[str, str]]:
        """Kind and reason of what the outbox holds as given up."""
        async with self.site.ctx.read(self.lumen.id) as work:
            found = select(outbox.c.kind, outbox.c.why).where(outbox.c.given_up.is_(True))
            return [(kind, why) for kind, why in await _connection(work).execute(found)]

    async def waiting(self) -> list[tuple[str, int]]:
        """Kind and tries of what must still be told to Slack."""
        o = outbox.c
        found = select(o.kind, o.tries).where(o.delivered_at.is_(None), o.given_up.is_(False))
        async with self.site.ctx.read(self.lumen.id) as work:
            return [(kind, tries) for kind, tries in await _connection(work).execute(found)]

    async def slots(self, kind: str) -> list[datetime]:
        """When messages of this kind that still wait may go."""
        o = outbox.c
        found = select(o.due_at).where(o.kind == kind, o.delivered_at.is_(None), o.given_up.is_(False))
        async with self.site.ctx.read(self.lumen.id) as work:
            return [due_at for (due_at,) in await _connection(work).execute(found)]

    async def change_staff(self, person: StaffPerson, **values: object) -> None:
        """As the team page would: role, limit, e-mail, active."""
        async with self.site.ctx.begin(self.lumen.id) as work:
            which = update(staff).where(staff.c.id == self.site.world.staff[person.name])
            await _connection(work).execute(which.values(**values))


def _connection(work: Any) -> Any:
    assert isinstance(work.accounts, Bound)
    return work.accounts.connection
