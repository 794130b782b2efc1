"""Outbox → localised mail. Each delivery reads its subject anew and tells the present state."""

from collections.abc import Mapping
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from functools import partial
from urllib.parse import unquote, urlsplit

import aiosmtplib

from billing.context import Context
from billing.edges import Envelope
from billing.emails import email_key
from billing.errors import DeliveryFailed
from billing.hours import is_our_turn
from billing.messages import (
    CodeMail,
    InvitationMail,
    Notice,
    OrderIdsMail,
    RequestMail,
    StaffNoticeMail,
    TicketMail,
    read_message,
)
from billing.ports import UnitOfWork
from billing.processing.card_asking import list_named_steps
from billing.processing.card_telling import CHANGED, CONFIRMED
from billing.processing.messages import AlertMail, CardMail
from billing.records import Account, Customer, Request
from billing.relay import Deliver
from billing.slack.messages import SlackLostMail, WaitingMail
from billing.states import Ended, EntryKind
from locales.slack_words import ended_sentence, trouble_sentence
from locales.translator import Translator, get_translator
from portal.alert_letters import alert_letter
from portal.card_letters import changed_letter, confirmed_letter, undone_letter
from portal.letters import (
    Letter,
    code_letter,
    order_ids_letter,
    outcome_letter,
    received_letter,
    ticket_letter,
)
from portal.slack_letters import channel_lost_letter, slack_lost_letter
from portal.staff_letters import invitation_letter, notice_letter
from portal.waiting_letters import waiting_letter

_SECONDS = 10  # well below the relay's lease, so that no second worker sends the same


@dataclass(frozen=True)
class MailSender:
    """Hands mail to a server: `smtp://[user:password@]host[:port]`, or `smtps://` for TLS from the start."""

    url: str
    sender: str  # the address that mails come from, e.g. `billing@example.com`; the account gives the name

    async def send(self, message: EmailMessage) -> None:
        """Raises `DeliveryFailed`: permanent where the server refuses recipient or content for good."""
        server = urlsplit(self.url)
        try:
            await aiosmtplib.send(
                message,
                hostname=server.hostname,
                port=server.port,
                username=unquote(server.username) if server.username else None,
                password=unquote(server.password) if server.password else None,
                use_tls=server.scheme == "smtps",
                start_tls=True if must_encrypt(self.url) else None,
                local_hostname=self.domain,  # else it would be looked up in the DNS
                timeout=_SECONDS,
            )
        except (aiosmtplib.SMTPException, OSError) as failure:
            raise _failed(failure) from failure

    @property
    def domain(self) -> str:
        """The right side of our own address."""
        return self.sender.rpartition("@")[2]


def must_encrypt(url: str) -> bool:
    """Whether STARTTLS is wanted, not only taken where offered: a password goes over the network."""
    server = urlsplit(url)
    is_here = server.hostname in {"127.0.0.1", "localhost", "::1"}
    return server.scheme == "smtp" and bool(server.password) and not is_here


def _failed(failure: Exception) -> DeliveryFailed:
    """Says nothing of whom it was for: what is kept of a failure is read by operators."""
    match failure:
        case aiosmtplib.SMTPRecipientsRefused():
            codes = [each.code for each in failure.recipients]
            permanent = all(code >= 500 for code in codes)
            return DeliveryFailed(f"recipient refused: {codes}", permanent=permanent)
        case aiosmtplib.SMTPDataError():
            return DeliveryFailed(f"content refused: {failure.code}", permanent=failure.code >= 500)
        case aiosmtplib.SMTPNotSupported():
            return DeliveryFailed("the mail server cannot write to such an address", permanent=True)
        case aiosmtplib.SMTPResponseException():
            return DeliveryFailed(f"mail server answered {failure.code}")
        case _:
            return DeliveryFailed(f"mail server not reached: {type(failure).__name__}")


def mail_deliveries(sender: MailSender) -> Mapping[str, Deliver]:
    """What the relay delivers by mail, by kind of message."""
    return {
        CodeMail.kind: partial(_deliver_code, sender),
        OrderIdsMail.kind: partial(_deliver_order_ids, sender),
        RequestMail.kind: partial(_deliver_request, sender),
        TicketMail.kind: partial(_deliver_ticket, sender),
        InvitationMail.kind: partial(_deliver_invitation, sender),
        StaffNoticeMail.kind: partial(_deliver_notice, sender),
        SlackLostMail.kind: partial(_deliver_slack_lost, sender),
        WaitingMail.kind: partial(_deliver_waiting, sender),
        CardMail.kind: partial(_deliver_card, sender),
        AlertMail.kind: partial(_deliver_alert, sender),
    }


async def _deliver_code(sender: MailSender, ctx: Context, envelope: Envelope) -> None:
    mail = read_message(CodeMail, envelope.payload)
    async with ctx.read(envelope.account_id) as work:
        account, code = await work.accounts.get(), await work.visits.find_code(mail.code_id)
    if code is None or code.used_at is not None or code.expires_at <= ctx.now():
        return  # a code that opens nothing would only puzzle
    minutes = max(1, round((code.expires_at - code.made_at).total_seconds() / 60))
    say = get_translator(mail.locale, account.time_zone)
    number = ctx.vault.unseal(mail.code)
    letter = code_letter(mail.to, account, purpose=mail.purpose, number=number, minutes=minutes, say=say)
    await _send(sender, envelope, account, letter, say)


async def _deliver_order_ids(sender: MailSender, ctx: Context, envelope: Envelope) -> None:
    mail = read_message(OrderIdsMail, envelope.payload)
    async with ctx.read(envelope.account_id) as work:
        account = await work.accounts.get()
        orders = await work.purchases.list_order_ids(mail.customer_id)
    say = get_translator(mail.locale, account.time_zone)
    letter = order_ids_letter(mail.to, account, orders, address=ctx.addresses.portal(account), say=say)
    await _send(sender, envelope, account, letter, say)


async def _deliver_request(sender: MailSender, ctx: Context, envelope: Envelope) -> None:
    mail = read_message(RequestMail, envelope.payload)
    async with ctx.read(envelope.account_id) as work:
        view = await work.requests.get_view(mail.request_id)
        address = await _request_address(ctx, work, view.account, view.request)
        order_id = await _order_id(work, view.request)
    say = _say_to(view.customer, view.account)
    if mail.received:
        letter = received_letter(
            view, order_id=order_id, address=address, by_support=mail.by_support, say=say
        )
    elif view.request.state.value == mail.state:
        letter = outcome_letter(view, address=address, by_support=mail.by_support, say=say)
    else:
        return  # it moved on meanwhile, and that step has a mail of its own
    await _send(sender, envelope, view.account, letter, say)


async def _request_address(ctx: Context, work: UnitOfWork, account: Account, request: Request) -> str:
    """The request's page on the surface where it was made, which the customer knows."""
    helpdesk = await work.helpdesks.get(request.helpdesk_id) if request.helpdesk_id else None
    return ctx.addresses.customer_request(account, helpdesk, request.id)


async def _order_id(work: UnitOfWork, request: Request) -> str:
    if request.payment_id is None:
        return ""
    return (await work.purchases.get_payment(request.payment_id)).order_id or ""


async def _deliver_ticket(sender: MailSender, ctx: Context, envelope: Envelope) -> None:
    mail = read_message(TicketMail, envelope.payload)
    async with ctx.read(envelope.account_id) as work:
        account = await work.accounts.get()
        ticket = await work.tickets.get(mail.ticket_id)
        entry = await work.tickets.get_entry(mail.ticket_id, mail.entry_id)
        helpdesk = await work.helpdesks.get(ticket.helpdesk_id)
        customer = await work.customers.get(ticket.customer_id)
    assert entry.kind is EntryKind.MESSAGE, "notes and events are never mailed"
    say = _say_to(customer, account)
    address = ctx.addresses.customer_ticket(account, helpdesk, ticket.id)
    letter = ticket_letter(customer, account, ticket, entry, address=address, say=say)
    await _send(sender, envelope, account, letter, say)


async def _deliver_invitation(sender: MailSender, ctx: Context, envelope: Envelope) -> None:
    mail = read_message(InvitationMail, envelope.payload)
    async with ctx.read(envelope.account_id) as work:
        account = await work.accounts.get()
        invitation = await work.team.get_invitation(mail.invitation_id)
        inviters = [
            each for each in await work.staff.list() if f"staff:{each.id.hex}" == invitation.invited_by
        ]
    if invitation.used_at or invitation.withdrawn_at or invitation.expires_at <= ctx.now():
        return  # a link that opens nothing would only puzzle
    say = get_translator(invitation.locale, account.time_zone)
    address = ctx.addresses.join(account, ctx.vault.unseal(mail.token))
    by_name = inviters[0].name if inviters else ""
    letter = invitation_letter(account, invitation, by_name=by_name, address=address, say=say)
    await _send(sender, envelope, account, letter, say)


async def _deliver_notice(sender: MailSender, ctx: Context, envelope: Envelope) -> None:
    mail = read_message(StaffNoticeMail, envelope.payload)
    async with ctx.read(envelope.account_id) as work:
        account, staff = await work.accounts.get(), await work.staff.get(mail.staff_id)
    say = get_translator(staff.locale, account.time_zone)
    letter = notice_letter(
        account,
        staff,
        Notice(mail.notice),
        at=envelope.put_at,
        address=f"{ctx.addresses.desk(account)}/me",
        say=say,
    )
    await _send(sender, envelope, account, letter, say)


async def _deliver_slack_lost(sender: MailSender, ctx: Context, envelope: Envelope) -> None:
    mail = read_message(SlackLostMail, envelope.payload)
    async with ctx.read(envelope.account_id) as work:
        account, staff = await work.accounts.get(), await work.staff.get(mail.staff_id)
        latest = await work.installations.find_latest()
        helpdesk = await work.helpdesks.get(mail.helpdesk_id) if mail.helpdesk_id else None
        names = {each.channel: f"#{each.name}" for each in await work.channels.list_channels()}
    say = get_translator(staff.locale, account.time_zone)
    address = ctx.addresses.desk_slack(account)
    if helpdesk is not None:
        channel = helpdesk.slack_channel or ""
        why = trouble_sentence(mail.what, names.get(channel, channel), say)
        letter = channel_lost_letter(
            account, staff, helpdesk=helpdesk.name, why=why, address=address, say=say
        )
    elif latest is None or latest.is_live:
        return  # it was connected again meanwhile
    else:
        why = ended_sentence(Ended(mail.what), latest.team_name or latest.team_id, say)
        letter = slack_lost_letter(account, staff, why=why, address=address, say=say)
    await _send(sender, envelope, account, letter, say)


async def _deliver_waiting(sender: MailSender, ctx: Context, envelope: Envelope) -> None:
    mail = read_message(WaitingMail, envelope.payload)
    async with ctx.read(envelope.account_id) as work:
        ticket, staff = await work.tickets.get(mail.ticket_id), await work.staff.get(mail.staff_id)
        assert ticket.request_id is not None, "of questions nobody is told alone"
        view = await work.requests.get_view(ticket.request_id)
    is_asleep = view.snooze is not None and view.snooze.holds(ctx.now())
    if is_asleep or not staff.active or not is_our_turn(ticket, view.request):
        return  # settled meanwhile, or it waits on the customer
    say = get_translator(staff.locale, view.account.time_zone)
    address = ctx.addresses.desk_request(view.account, view.request.id)
    letter = waiting_letter(view, staff, mail.step, address=address, now=ctx.now(), say=say)
    await _send(sender, envelope, view.account, letter, say)


async def _deliver_alert(sender: MailSender, ctx: Context, envelope: Envelope) -> None:
    mail = read_message(AlertMail, envelope.payload)
    async with ctx.read(envelope.account_id) as work:
        account, staff = await work.accounts.get(), await work.staff.get(mail.staff_id)
        alert = await work.alerts.get(mail.alert_id)
    if alert.closed_at is not None or not staff.active:
        return  # somebody has looked at it, or it settled meanwhile
    say = get_translator(staff.locale, account.time_zone)
    letter = alert_letter(account, staff, alert, address=ctx.addresses.desk(account), say=say)
    await _send(sender, envelope, account, letter, say)


async def _deliver_card(sender: MailSender, ctx: Context, envelope: Envelope) -> None:
    mail = read_message(CardMail, envelope.payload)
    async with ctx.read(envelope.account_id) as work:
        account, change = await work.accounts.get(), await work.cards.get(mail.change_id)
        customer = await work.customers.get(change.customer_id)
        helpdesk = await work.helpdesks.get(change.helpdesk_id) if change.helpdesk_id else None
        steps = await list_named_steps(work, change)
    say = _say_to(customer, account)
    address = ctx.addresses.customer_card(account, helpdesk, change.id)
    write = {CHANGED: changed_letter, CONFIRMED: confirmed_letter}.get(mail.state, undone_letter)
    letter = write(customer, account, change, steps, address=address, say=say)
    await _send(sender, envelope, account, letter, say)


def _say_to(customer: Customer, account: Account) -> Translator:
    return get_translator(customer.locale or account.locale, account.time_zone)


async def _send(
    sender: MailSender, envelope: Envelope, account: Account, letter: Letter, say: Translator
) -> None:
    await sender.send(write_message(sender, envelope, account, letter, say))


def write_message(
    sender: MailSender, envelope: Envelope, account: Account, letter: Letter, say: Translator
) -> EmailMessage:
    """The mail with its headers; a doubled delivery has the same Message-ID. No text makes a new header."""
    to = email_key(letter.to)
    if not to:
        raise DeliveryFailed("the customer's e-mail is no address", permanent=True)
    message = EmailMessage()
    message["From"] = Address(_one_line(account.name), addr_spec=sender.sender)
    message["To"] = Address(addr_spec=to)
    message["Subject"] = _one_line(letter.subject)
    message["Date"] = format_datetime(envelope.put_at)
    message["Message-ID"] = f"<{envelope.id.hex}@{sender.domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(f"{letter.text}\n-- \n{account.name}\n")
    message["Content-Language"] = say.tag  # after the content, which takes all Content- headers away
    return message


def _one_line(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
