"""Mails as they arrive: what they say, to whom, in which language, and what becomes of refusals."""

import pytest

from billing.actors import SystemActor
from billing.asking import ask_cancel, withdraw_request
from billing.deciding import deny_request
from billing.domains import add_domain, record_domain_look
from billing.errors import DeliveryFailed
from billing.messages import RequestMail
from billing.processor import Outcome, ProcessorAnswer
from billing.signin import SurfaceAt, send_code, send_order_ids, sign_in
from billing.states import CancelReason, RequestState, Surface
from billing.tickets import open_ticket, reply_ticket
from portal.letters.drawing import quoted
from portal.letters.parts import Letter, Paragraph
from portal.mail import MailSender, must_encrypt
from tests.people import alice, dana
from tests.portal.post_office import ENVELOPE, FROM, ORIGIN, PostOffice, plain_message


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
