"""Mails as a real server takes them: threads, files, scripts of all kinds, and how to end them."""

from dataclasses import replace
from email.header import decode_header, make_header
from email.message import EmailMessage
from io import BytesIO

from pypdf import PdfReader

from billing.actors import SystemActor
from billing.deciding import deny_request
from billing.documents.issuing import issue_invoice
from billing.merchant_texts import put_text
from billing.messages import InvoiceMail
from billing.records import Request
from billing.reminder_mails import stop_reminders
from billing.slack.messages import WaitingMail
from billing.states import Surface, TextKind
from billing.text_places import MailKind
from billing.tickets import open_ticket, reply_ticket
from locales.translator import get_translator
from portal.letters.parts import Letter, Paragraph
from portal.mail import Mailing, MailSender, Thread, write_message
from tests.people import alice, dana
from tests.portal.post_office import ENVELOPE, FROM, LUMEN, ORIGIN, PostOffice


async def test_mails_of_a_request_are_one_thread(office: PostOffice):
    request = await office.ask_refund()
    await deny_request(office.ctx, request.id, by=office.world.member(dana), answer="Not this time.")
    await office.deliver()
    received, denied = office.messages()
    name = f"<request-{request.id.hex}@lumen.example>"
    assert received["Message-ID"] == name
    assert (received["References"], received["In-Reply-To"]) == (None, None)
    assert (denied["References"], denied["In-Reply-To"]) == (name, name)
    assert denied["Message-ID"] != name


async def test_a_question_and_its_answers_are_one_thread(office: PostOffice):
    by = office.world.customer(alice, surface=Surface.HELPDESK)
    ticket = await open_ticket(
        office.ctx, by=by, subject="Where?", text="Where is it?", department_id=None, once_key="q"
    )
    await office.deliver()
    await reply_ticket(office.ctx, ticket.id, by=office.world.member(dana), text="Here.", once_key="r")
    await office.deliver()
    question, answer = office.messages()
    assert question["Message-ID"] == answer["References"] == f"<ticket-{ticket.id.hex}@lumen.example>"


async def test_the_merchants_words_are_in_the_readers_language_and_never_markup(office: PostOffice):
    by = office.world.member(dana)
    words = {"": "For {customer_name}: {product}.", "de": "Für {customer_name}: <i>{product}</i>, {amount}."}
    for language, text in words.items():
        await put_text(office.ctx, TextKind.MAIL, MailKind.RECEIVED.value, language, text=text, by=by)
    await put_text(office.ctx, TextKind.SIGNATURE, "", "", text="Your {merchant} team", by=by)
    await office.set_customer(locale="de", name="A{product}<b>")
    await office.ask_refund()
    (mail,) = await office.deliver()
    assert "Für A{product}<b>: <i>Photography Masterclass (Standard)</i>, 149,00" in mail.text
    assert mail.text.endswith("\n-- \nYour Lumen Studio team\n")
    html = html_of(office.messages()[0])
    assert "Für A{product}&lt;b&gt;: &lt;i&gt;Photography" in html


async def test_an_invoice_comes_as_a_pdf_file(office: PostOffice):
    by = SystemActor(office.lumen.id, "test", "test")
    invoice = await issue_invoice(office.ctx, office.world.payments["40001001"], by=by)
    async with office.ctx.begin(office.lumen.id) as work:
        await work.outbox.put(InvoiceMail(invoice.id), at=office.clock(), trace_id="trace-test")
    (mail,) = await office.deliver()
    assert mail.subject == f"Your invoice {invoice.number} from Lumen Studio"
    for words in (f"Invoice number: {invoice.number}", "Amount: $149.00", "Order ID: 40001001"):
        assert words in mail.text
    (message,) = office.messages()
    body, file = message.iter_parts()
    assert body.get_content_type() == "multipart/alternative"
    assert (file.get_content_type(), file.get_filename()) == ("application/pdf", f"{invoice.number}.pdf")
    assert PdfReader(BytesIO(file.get_content())).metadata is not None


async def test_right_to_left_8_bit_and_long_lines_arrive_as_they_were_written(office: PostOffice):
    words = "שלום, Müller 返金 🎉 " + "x" * 1500 + "\n" + "ü" * 1200 + "\n.\n.."
    name = " ".join(["Größe & Söhne 株式会社 العربية"] * 4)
    await office.set_customer(locale="ar", name="مریم “Ali” Çelik")
    async with office.ctx.begin(office.lumen.id) as work:
        await work.accounts.save(replace(await work.accounts.get(), name=name))
    await office.ask_refund(message=words)
    (mail,) = await office.deliver()
    for line in words.splitlines():
        assert f"> {line}\n" in mail.text
    (message,) = office.messages()
    assert "مریم “Ali” Çelik" in html_of(message)
    assert '<html lang="ar" dir="rtl">' in html_of(message)
    raw = office.mailbox.messages.raw(mail.id)
    assert raw is not None
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    assert raw.isascii()
    head = raw.partition(b"\r\n\r\n")[0].decode().replace("\r\n ", " ")  # what folds is one line
    (sent_by,) = (line.removeprefix("From: ") for line in head.split("\r\n") if line.startswith("From: "))
    assert str(make_header(decode_header(sent_by))) == f"{name} <{FROM}>"


async def remind(office: PostOffice, request: Request) -> None:
    assert request.ticket_id is not None
    message = WaitingMail(request.ticket_id, office.world.member(dana).staff_id, 1)
    async with office.ctx.begin(office.lumen.id) as work:
        await work.outbox.put(message, at=office.clock(), trace_id="trace-test")
    await office.deliver()


async def test_reminders_can_be_ended_by_the_mail_itself(office: PostOffice):
    request = await office.ask_refund()
    await remind(office, request)
    reminder = office.messages()[-1]
    assert reminder["To"] == dana.email
    assert reminder["References"] == f"<request-{request.id.hex}@lumen.example>"
    address = str(reminder["List-Unsubscribe"]).strip("<>")
    assert reminder["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    staff_id = office.world.member(dana).staff_id
    start = f"{ORIGIN}/hooks/reminders/{office.lumen.id.hex}/{staff_id.hex}/"
    assert address.startswith(start)
    await stop_reminders(office.ctx, office.lumen.id, staff_id, address.removeprefix(start))
    before = len(office.messages())
    await remind(office, request)
    assert len(office.messages()) == before


def html_of(message: EmailMessage) -> str:
    part = message.get_body(("html",))
    assert part is not None
    return part.get_content()


def test_long_ids_and_addresses_stay_whole():
    sender = MailSender("smtp://127.0.0.1:25", f"billing@{'long-' * 11}name.example")
    letter = Letter(alice.email, "Hello", (Paragraph("One."),))
    say, url = get_translator("en"), f"https://x.example/{'a' * 200}"
    mailing = Mailing(ENVELOPE, LUMEN, letter, say, Thread("request-" + "0" * 32), unsubscribe=url)
    sent = write_message(sender, mailing).as_bytes().decode()
    for line in (f"Message-ID: <{ENVELOPE.id.hex}@{sender.domain}>", f"List-Unsubscribe: <{url}>"):
        assert f"\n{line}\n" in sent
    assert f"\nReferences: <request-{'0' * 32}@{sender.domain}>\n" in sent


def test_one_click_needs_https():
    sender = MailSender("smtp://127.0.0.1:25", FROM)
    mailing = Mailing(
        ENVELOPE, LUMEN, Letter(alice.email, "Hi", ()), get_translator("en"), unsubscribe="http://x"
    )
    message = write_message(sender, mailing)
    assert message["List-Unsubscribe"] == "<http://x>"
    assert message["List-Unsubscribe-Post"] is None
