"""The cast's world with a relay for mail and a real mail server; and one mail that needs neither."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage

from sqlalchemy import update

from billing.actors import SystemActor
from billing.addresses import Addresses
from billing.asking import ask_refund
from billing.context import Context
from billing.edges import Envelope
from billing.ids import AccountId, EnvelopeId, new_id
from billing.messages import CodeMail, Destination
from billing.money import Currency
from billing.operations import begin_try, record_outcome
from billing.processor import ProcessorAnswer
from billing.records import Account, Address, Request
from billing.relay import Relay
from billing.states import PlanName, RefundReason, Surface
from locales.translator import get_translator
from portal.letters.parts import Letter, Paragraph
from portal.mail import Mailing, MailSender, write_message
from portal.mail_deliveries import mail_deliveries
from selfbill.sandbox.mailbox import MailboxSandbox
from selfbill.sandbox.mailbox_messages import Mail
from storage.bound import Bound
from storage.store import open_store
from storage.tables import sales
from tests.make import TurnedClock, World, ask_no_code
from tests.people import alice
from tests.site import QUICK_VAULT

FROM = "billing@lumen.example"
ORIGIN = "https://help.example.com"


@dataclass
class PostOffice:
    """The cast's world, a relay for mail, and the mailbox it ends in."""

    ctx: Context
    clock: TurnedClock
    world: World
    mailbox: MailboxSandbox
    sender: MailSender

    async def deliver(self) -> list[Mail]:
        """Deliver all that is due; every mail so far, oldest first."""
        relay = Relay(self.ctx, {Destination.MAIL: mail_deliveries(self.sender)})
        await relay.drain()
        return self.mailbox.messages.every()

    def messages(self) -> list[EmailMessage]:
        """The same with their headers."""
        raws = [self.mailbox.messages.raw(mail.id) for mail in self.mailbox.messages.every()]
        return [message_from_bytes(raw, policy=policy.default) for raw in raws if raw is not None]

    async def ask_refund(self, surface: Surface = Surface.HELPDESK, message: str = "") -> Request:
        """Alice asks her money back: Manual on the helpdesk, Automated on the portal."""
        await ask_no_code(self.ctx, self.world, surface)
        request = await ask_refund(
            self.ctx,
            self.world.payments["40001001"],
            by=self.world.customer(alice, surface=surface),
            reason=RefundReason.DUPLICATE,
            message=message,
            once_key="once",
        )
        await self.deliver()  # or the confirmation would race with the outcome
        return request

    async def carry_out(self, request: Request, answer: ProcessorAnswer) -> None:
        """The processor answers the request's operation."""
        by = SystemActor(request.account_id, "relay", "trace-test")
        async with self.ctx.read(request.account_id) as work:
            operation = await work.operations.find_latest(request.id)
        assert operation is not None
        await begin_try(self.ctx, operation.id, by=by)
        await record_outcome(self.ctx, operation.id, answer, by=by)

    async def set_customer(self, **values: object) -> None:
        """Alice's row as it might be otherwise."""
        async with self.ctx.begin(self.lumen.id) as work:
            assert isinstance(work.accounts, Bound)
            row = sales.customers.c.id == self.world.customers[alice.name]
            await work.accounts.connection.execute(update(sales.customers).where(row).values(**values))

    @property
    def lumen(self) -> Account:
        return self.world.accounts["lumen"]


@asynccontextmanager
async def open_post_office(url: str, world: World) -> AsyncIterator[PostOffice]:
    """On a database that is its own, until the block ends."""
    clock = TurnedClock()
    async with open_store(url, 20.0) as store, MailboxSandbox() as mailbox:
        ctx = Context(store, QUICK_VAULT, Addresses(ORIGIN), clock)
        sender = MailSender(f"smtp://127.0.0.1:{mailbox.smtp_port}", FROM)
        yield PostOffice(ctx, clock, world, mailbox, sender)


LUMEN = Account(
    id=new_id(AccountId),
    slug="lumen",
    directory="lumen",
    name="Lumen\r\nBcc: x@example.com",
    plan=PlanName.STARTER,
    currency=Currency("USD"),
    locale="en",
    time_zone="UTC",
    seller=Address(name="Lumen"),
    colour="#000000",
)
ENVELOPE = Envelope(
    id=new_id(EnvelopeId),
    account_id=LUMEN.id,
    destination="mail",
    kind=CodeMail.kind,
    payload={},
    tries=1,
    put_at=datetime(2026, 11, 20, tzinfo=UTC),
    trace_id="t",
)


def plain_message(sender: MailSender, letter: Letter | None = None) -> EmailMessage:
    letter = letter or Letter(alice.email, "Hello", (Paragraph("One."), Paragraph("Two.")))
    return write_message(sender, Mailing(ENVELOPE, LUMEN, letter, get_translator("en")))
