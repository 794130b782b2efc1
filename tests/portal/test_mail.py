"""Mails as they arrive: what they say, to whom, in which language, and what becomes of refusals."""

import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from sqlalchemy import make_url, update

from billing.actors import SystemActor
from billing.addresses import Addresses
from billing.asking import ask_cancel, ask_refund, withdraw_request
from billing.context import Context
from billing.deciding import deny_request
from billing.domains import add_domain, record_domain_look
from billing.edges import Envelope
from billing.errors import DeliveryFailed
from billing.ids import AccountId, EnvelopeId, new_id
from billing.messages import CodeMail, Destination, RequestMail
from billing.money import Currency
from billing.operations import begin_try, record_outcome
from billing.processor import Outcome, ProcessorAnswer
from billing.records import Account, Address, Request
from billing.relay import Relay
from billing.signin import SurfaceAt, send_code, send_order_ids, sign_in
from billing.states import CancelReason, PlanName, RefundReason, RequestState, Surface
from billing.tickets import open_ticket, reply_ticket
from locales.translator import get_translator
from portal.letters.drawing import quoted
from portal.letters.parts import Letter, Paragraph
from portal.mail import Mailing, MailSender, must_encrypt, write_message
from portal.mail_deliveries import mail_deliveries
from selfbill.sandbox.mailbox import MailboxSandbox
from selfbill.sandbox.mailbox_messages import Mail
from storage.bound import Bound
from storage.store import open_store
from storage.tables import sales
from tests.make import TurnedClock, World, ask_no_code
from tests.people import alice, dana
from tests.site import QUICK_VAULT
from tests.worlds import Template

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


@pytest.fixture
async def office(sqlite_template: Template, tmp_path: Path) -> AsyncIterator[PostOffice]:
    copy = tmp_path / "office.sqlite3"
    shutil.copyfile(make_url(sqlite_template.url).database or "", copy)
    clock = TurnedClock()
    async with open_store(f"sqlite+aiosqlite:///{copy}", 20.0) as store, MailboxSandbox() as mailbox:
        ctx = Context(store, QUICK_VAULT, Addresses(ORIGIN), clock)
        sender = MailSender(f"smtp://127.0.0.1:{mailbox.smtp_port}", FROM)
        yield PostOffice(ctx, clock, sqlite_template.world, mailbox, sender)


async def test_a_declaration_is_confirmed_with_date_and_reference(office: PostOffice):
    request = await office.ask_refund(message="I paid\ntwice.")
    (mail,) = await office.deliver()
    assert mail.to == alice.email
    assert mail.subject == f"We received your refund request {request.reference}"
    for words in (
        f"Your reference is {request.reference}.",
        "Nov 20, 2026, 12:00\u202fPM UTC",
        "You ask for a refund of $149.00 for Photography Masterclass (Standard).",
        "Order ID: 40001001",
        "Reason: I was charged twice",
        "> I paid\n> twice.",
        "Lumen Studio will answer",
        f"{ORIGIN}/lumen/help/support/requests/{request.id.hex}",
    ):
        assert words in mail.text


async def test_links_lead_to_the_domain_that_the_account_has_proved(office: PostOffice):
    by = SystemActor(office.lumen.id, "test", "test")
    domain = await add_domain(office.ctx, "billing.lumen.example", by=by)
    await record_domain_look(office.ctx, domain.id, "", by=by)
    request = await office.ask_refund()
    (mail,) = await office.deliver()
    assert f"https://billing.lumen.example/lumen/help/support/requests/{request.id.hex}" in mail.text


async def test_headers_name_the_envelope_and_stop_answering_machines(office: PostOffice):
    await office.ask_refund()
    await office.deliver()
    (message,) = office.messages()
    assert str(message["From"]) == f"Lumen Studio <{FROM}>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Content-Language"] == "en"
    assert str(message["Message-ID"]).endswith("@lumen.example>")
    assert message["Date"].datetime == office.clock()
    assert message["List-Unsubscribe"] is None
    assert message.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]


async def test_a_denial_carries_the_answer(office: PostOffice):
    request = await office.ask_refund()
    await deny_request(office.ctx, request.id, by=office.world.member(dana), answer="Not this time.\nSorry.")
    mail = (await office.deliver())[-1]
    assert mail.subject == f"Your request {request.reference} was denied"
    assert "Lumen Studio writes:\n> Not this time.\n> Sorry." in mail.text


async def test_a_denial_by_policy_names_the_period(office: PostOffice):
    office.clock.turn(days=60)
    await office.ask_refund(Surface.PORTAL)
    mail = next(mail for mail in await office.deliver() if "was denied" in mail.subject)
    assert "The refund period for Photography Masterclass (Standard) ended on Dec 17, 2026" in mail.text


async def test_a_withdrawal_is_confirmed(office: PostOffice):
    request = await office.ask_refund()
    by = office.world.customer(alice, surface=Surface.HELPDESK)
    await withdraw_request(office.ctx, request.id, by=by)
    mail = (await office.deliver())[-1]
    assert mail.subject == f"You withdrew your request {request.reference}"


async def test_a_refund_is_told_when_it_happened_and_not_before(office: PostOffice):
    request = await office.ask_refund(Surface.PORTAL)
    assert len(await office.deliver()) == 1
    await office.carry_out(request, ProcessorAnswer(Outcome.SUCCEEDED, processor_id="re_1"))
    mails = await office.deliver()
    assert len(mails) == 2
    assert mails[-1].subject == f"Your money was refunded, {request.reference}"
    assert "We refunded $149.00 for Photography Masterclass (Standard) the way you paid." in mails[-1].text
    assert f"{ORIGIN}/lumen/requests/{request.id.hex}" in mails[-1].text


async def test_a_failure_says_why_and_that_nobody_need_ask_again(office: PostOffice):
    request = await office.ask_refund(Surface.PORTAL)
    failed = ProcessorAnswer(Outcome.FAILED, failure="expired_or_canceled_card")
    await office.carry_out(request, failed)
    mail = (await office.deliver())[-1]
    assert "The card it was paid with has expired or was canceled." in mail.text
    assert "You need not ask again." in mail.text


async def test_what_is_the_merchants_business_is_not_told(office: PostOffice):
    request = await office.ask_refund(Surface.PORTAL)
    await office.carry_out(request, ProcessorAnswer(Outcome.FAILED, failure="insufficient_funds"))
    mail = (await office.deliver())[-1]
    assert "could not be carried out yet" in mail.subject
    assert "balance" not in mail.text


async def test_a_cancellation_tells_until_when_it_goes_on(office: PostOffice):
    request = await ask_cancel(
        office.ctx,
        office.world.alices_subscription,
        by=office.world.customer(alice, proved=False),
        reason=CancelReason.UNUSED,
        message="",
        once_key="once",
    )
    await office.deliver()
    await office.carry_out(request, ProcessorAnswer(Outcome.SUCCEEDED))
    received, done = await office.deliver()
    assert received.subject == f"We received your cancellation {request.reference}"
    assert "Reason: I do not use it enough" in received.text
    assert "ends on Dec 16, 2026. Until then nothing changes" in done.text


async def test_a_step_that_moved_on_is_not_told(office: PostOffice):
    request = await office.ask_refund()
    stale = RequestMail(request.id, RequestState.DONE.value, received=False)
    async with office.ctx.begin(office.lumen.id) as work:
        await work.outbox.put(stale, at=office.clock(), trace_id="trace-test")
    assert [mail.subject for mail in await office.deliver()] == [
        f"We received your refund request {request.reference}"
    ]


async def sign_in_code(office: PostOffice) -> None:
    by = office.world.customer(alice, proved=False)
    await send_code(office.ctx, by=by, browser="a browser", locale="en")


async def test_a_code_comes_with_its_purpose_and_without_a_link(office: PostOffice):
    await sign_in_code(office)
    (mail,) = await office.deliver()
    digits = [line for line in mail.text.splitlines() if line.isdigit()]
    assert len(digits) == 1
    assert len(digits[0]) == 8
    assert mail.subject == "Your code for Lumen Studio"
    assert "before you open documents, change your card or ask for a refund" in mail.text
    assert "It is valid for 10 minutes, once" in mail.text
    assert "http" not in mail.text
    assert digits[0] not in mail.subject


async def test_a_code_that_opens_nothing_any_more_is_not_mailed(office: PostOffice):
    await sign_in_code(office)
    office.clock.turn(minutes=11)
    assert await office.deliver() == []


async def test_order_ids_are_listed(office: PostOffice):
    await send_order_ids(
        office.ctx, office.lumen.id, email=alice.email, client="192.0.2.1", locale="de", trace_id="t"
    )
    (mail,) = await office.deliver()
    for order_id in ("40001001", "40001002", "40001003"):
        assert order_id in mail.text
    assert f"{ORIGIN}/lumen" in mail.text
    assert office.messages()[0]["Content-Language"] == "de"


async def test_questions_are_confirmed_and_replies_delivered(office: PostOffice):
    by = office.world.customer(alice, surface=Surface.HELPDESK)
    ticket = await open_ticket(
        office.ctx, by=by, subject="Where is it?", text="I cannot find it.", department_id=None, once_key="q"
    )
    await office.deliver()
    await reply_ticket(office.ctx, ticket.id, by=office.world.member(dana), text="Here.", once_key="r")
    received, reply = await office.deliver()
    assert received.subject == f"We received your question {ticket.reference}: Where is it?"
    assert "> I cannot find it." in received.text
    assert reply.subject == f"Answer to {ticket.reference}: Where is it?"
    assert "Dana Whitfield of Lumen Studio writes:\n> Here." in reply.text
    assert f"{ORIGIN}/lumen/help/support/tickets/{ticket.id.hex}" in reply.text


async def test_a_customers_language_is_theirs(office: PostOffice):
    await office.set_customer(locale="ar")
    await office.ask_refund()
    await office.deliver()
    assert office.messages()[0]["Content-Language"] == "ar"


async def test_signing_in_keeps_no_mail_waiting(office: PostOffice):
    signed_in = await sign_in(
        office.ctx,
        office.lumen.id,
        order_id=alice.order_id,
        email=alice.email,
        place=SurfaceAt(Surface.PORTAL, None),
        client="192.0.2.1",
        browser="a browser",
        locale="en",
        trace_id="t",
    )
    assert signed_in
    assert await office.deliver() == []


@pytest.mark.parametrize(
    ("fault", "permanent"),
    [
        ({"kind": "status_before", "method": "SMTP", "path": "DATA", "status": 451}, False),
        ({"kind": "status_before", "method": "SMTP", "path": "DATA", "status": 554}, True),
        ({"kind": "lost_before", "method": "SMTP", "path": "DATA"}, False),
        ({"kind": "refuse", "method": "SMTP", "path": "CONNECT"}, False),
    ],
    ids=["later", "refused", "lost", "hung-up"],
)
async def test_refusals_are_permanent_only_where_the_server_says_so(office: PostOffice, fault, permanent):
    office.mailbox.faults.add(**fault)
    with pytest.raises(DeliveryFailed) as failed:
        await office.sender.send(plain_message(office.sender))
    assert failed.value.permanent is permanent
    assert alice.email not in failed.value.why


async def test_a_server_that_is_away_is_tried_again(office: PostOffice):
    nobody = MailSender("smtp://127.0.0.1:1", FROM)
    with pytest.raises(DeliveryFailed) as failed:
        await nobody.send(plain_message(nobody))
    assert not failed.value.permanent


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


def test_no_text_makes_a_new_header():
    sender = MailSender("smtp://127.0.0.1:25", FROM)
    message = plain_message(
        sender, Letter(alice.email, "Hi\r\nBcc: x@example.com\x00\u2028!", (Paragraph("Body"),))
    )
    assert message["Bcc"] is None
    assert message["Subject"] == "Hi Bcc: x@example.com !"
    assert message["From"].addresses[0].display_name == "Lumen Bcc: x@example.com"


def test_a_doubled_delivery_has_the_same_id():
    sender = MailSender("smtp://127.0.0.1:25", FROM)
    first, again = plain_message(sender), plain_message(sender)
    assert first["Message-ID"] == again["Message-ID"] == f"<{ENVELOPE.id.hex}@lumen.example>"
    assert first.as_bytes() == again.as_bytes()


@pytest.mark.parametrize("to", ["", "nobody", "a@b.example\r\nBcc: x@example.com"])
def test_what_is_no_address_is_given_up(to):
    with pytest.raises(DeliveryFailed) as failed:
        plain_message(MailSender("smtp://127.0.0.1:25", FROM), Letter(to, "Hi", ()))
    assert failed.value.permanent


def test_quotations_are_marked_on_every_line():
    assert quoted("  One\n\nTwo\r\nThree ") == "> One\n>\n> Two\n> Three"


@pytest.mark.parametrize(
    ("url", "wanted"),
    [
        ("smtp://user:word@mail.example.com:587", True),
        ("smtps://user:word@mail.example.com", False),  # encrypted from the start
        ("smtp://mail.example.com", False),
        ("smtp://user:word@127.0.0.1:2525", False),
    ],
)
def test_a_password_is_only_sent_encrypted(url: str, wanted: bool) -> None:
    """Whoever stands in between can take the offer of STARTTLS away."""
    assert must_encrypt(url) is wanted
