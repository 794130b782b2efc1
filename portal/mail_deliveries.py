"""Outbox → localised mail. Each delivery reads its subject anew and tells the present state."""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial

from billing.context import Context
from billing.edges import Envelope
from billing.hours import is_our_turn
from billing.ids import RequestId
from billing.messages import (
    CodeMail,
    InvitationMail,
    InvoiceMail,
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
from billing.records import Account, Customer, Entry, Request, Staff, Ticket
from billing.relay import Deliver
from billing.reminder_mails import stopping_token
from billing.slack.messages import SlackLostMail, WaitingMail
from billing.states import Ended, EntryKind, RequestState
from billing.text_places import MailKind, Place
from billing.zones import zone_of_customer, zone_of_staff
from locales.slack_words import ended_sentence, trouble_sentence
from locales.translator import Translator, get_translator
from portal.documents.drawn import fetch_pdf
from portal.letters.alerts import alert_letter
from portal.letters.cards import changed_letter, confirmed_letter, undone_letter
from portal.letters.invoices import file_name, invoice_letter, read_invoiced
from portal.letters.requests import outcome_letter, received_letter
from portal.letters.signing_in import code_letter, order_ids_letter
from portal.letters.slack import channel_lost_letter, slack_lost_letter
from portal.letters.staff import invitation_letter, notice_letter
from portal.letters.tickets import ticket_letter
from portal.letters.waiting import waiting_letter
from portal.mail import Enclosure, Mailing, MailSender, Thread, write_message
from portal.own_words import facts_of_account, facts_of_request, own_words

# What a message in the outbox becomes; None: it is not told any more.
Write = Callable[[Context, Envelope], Awaitable[Mailing | None]]

_KIND_OF_OUTCOME: Mapping[RequestState, MailKind] = {
    RequestState.DENIED: MailKind.DENIED,
    RequestState.DONE: MailKind.DONE,
    RequestState.FAILED: MailKind.FAILED,
    RequestState.WITHDRAWN: MailKind.WITHDRAWN,
}


def mail_deliveries(sender: MailSender) -> Mapping[str, Deliver]:
    """What the relay delivers by mail, by kind of message."""
    write = {
        CodeMail.kind: _write_code,
        OrderIdsMail.kind: _write_order_ids,
        RequestMail.kind: _write_request,
        TicketMail.kind: _write_ticket,
        InvoiceMail.kind: _write_invoice,
        InvitationMail.kind: _write_invitation,
        StaffNoticeMail.kind: _write_notice,
        SlackLostMail.kind: _write_slack_lost,
        WaitingMail.kind: _write_waiting,
        CardMail.kind: _write_card,
        AlertMail.kind: _write_alert,
    }
    return {kind: partial(_deliver, sender, each) for kind, each in write.items()}


async def _deliver(sender: MailSender, write: Write, ctx: Context, envelope: Envelope) -> None:
    mailing = await write(ctx, envelope)
    if mailing is not None:
        await sender.send(write_message(sender, mailing))


async def _write_code(ctx: Context, envelope: Envelope) -> Mailing | None:
    mail = read_message(CodeMail, envelope.payload)
    async with ctx.read(envelope.account_id) as work:
        account, code = await work.accounts.get(), await work.visits.find_code(mail.code_id)
        say = get_translator(mail.locale, account.time_zone)
        own = await own_words(work, MailKind.CODE, say)
    if code is None or code.used_at is not None or code.expires_at <= ctx.now():
        return None  # a code that opens nothing would only puzzle
    minutes = max(1, round((code.expires_at - code.made_at).total_seconds() / 60))
    number = ctx.vault.unseal(mail.code)
    letter = code_letter(mail.to, account, purpose=mail.purpose, number=number, minutes=minutes, say=say)
    return Mailing(envelope, account, own.put_into(letter, facts_of_account(account)), say)


async def _write_order_ids(ctx: Context, envelope: Envelope) -> Mailing | None:
    mail = read_message(OrderIdsMail, envelope.payload)
    async with ctx.read(envelope.account_id) as work:
        account = await work.accounts.get()
        orders = await work.purchases.list_order_ids(mail.customer_id)
        say = get_translator(mail.locale, await zone_of_customer(work, account, mail.customer_id))
        own = await own_words(work, MailKind.ORDER_IDS, say)
    letter = order_ids_letter(mail.to, account, orders, address=ctx.addresses.portal(account), say=say)
    return Mailing(envelope, account, own.put_into(letter, facts_of_account(account)), say)


async def _write_request(ctx: Context, envelope: Envelope) -> Mailing | None:
    mail = read_message(RequestMail, envelope.payload)
    async with ctx.read(envelope.account_id) as work:
        view = await work.requests.get_view(mail.request_id)
        address = await _request_address(ctx, work, view.account, view.request)
        order_id = await _order_id(work, view.request)
        say = await _say_to(work, view.account, view.customer)
        kind = MailKind.RECEIVED if mail.received else _KIND_OF_OUTCOME.get(view.request.state)
        own = await own_words(work, kind, say)
    if mail.received:
        letter = received_letter(
            view, order_id=order_id, address=address, by_support=mail.by_support, say=say
        )
    elif view.request.state.value == mail.state:
        letter = outcome_letter(view, address=address, by_support=mail.by_support, say=say)
    else:
        return None  # it moved on meanwhile, and that step has a mail of its own
    letter = own.put_into(letter, facts_of_request(view, order_id, say))
    thread = Thread(_about_request(view.request.id), is_first=mail.received)
    return Mailing(envelope, view.account, letter, say, thread)


def _about_request(request_id: RequestId) -> str:
    return f"request-{request_id.hex}"


async def _request_address(ctx: Context, work: UnitOfWork, account: Account, request: Request) -> str:
    """The request's page on the surface where it was made, which the customer knows."""
    helpdesk = await work.helpdesks.get(request.helpdesk_id) if request.helpdesk_id else None
    return ctx.addresses.customer_request(account, helpdesk, request.id)


async def _order_id(work: UnitOfWork, request: Request) -> str:
    if request.payment_id is None:
        return ""
    return (await work.purchases.get_payment(request.payment_id)).order_id or ""


async def _write_ticket(ctx: Context, envelope: Envelope) -> Mailing | None:
    mail = read_message(TicketMail, envelope.payload)
    async with ctx.read(envelope.account_id) as work:
        account = await work.accounts.get()
        ticket = await work.tickets.get(mail.ticket_id)
        entry = await work.tickets.get_entry(mail.ticket_id, mail.entry_id)
        helpdesk = await work.helpdesks.get(ticket.helpdesk_id)
        customer = await work.customers.get(ticket.customer_id)
        say = await _say_to(work, account, customer)
        own = await own_words(work, MailKind.TICKET, say)
    assert entry.kind is EntryKind.MESSAGE, "notes and events are never mailed"
    address = ctx.addresses.customer_ticket(account, helpdesk, ticket.id)
    letter = ticket_letter(customer, account, ticket, entry, address=address, say=say)
    facts = {**facts_of_account(account, customer), Place.REFERENCE: ticket.reference}
    return Mailing(envelope, account, own.put_into(letter, facts), say, _thread_of(ticket, entry))


def _thread_of(ticket: Ticket, entry: Entry) -> Thread:
    """A request's mails and its conversation are one thread."""
    if ticket.request_id is not None:
        return Thread(_about_request(ticket.request_id))
    return Thread(f"ticket-{ticket.id.hex}", is_first=entry.verb == "ticket.opened")


async def _write_invoice(ctx: Context, envelope: Envelope) -> Mailing | None:
    mail = read_message(InvoiceMail, envelope.payload)
    async with ctx.read(envelope.account_id) as work:
        account, document = await work.accounts.get(), await work.documents.get(mail.document_id)
        payment = await work.purchases.get_payment(document.payment_id)
        customer = await work.customers.get(payment.customer_id)
        say = await _say_to(work, account, customer)
        own = await own_words(work, MailKind.INVOICE, say)
    invoiced = read_invoiced(document)
    letter = invoice_letter(customer, account, invoiced, address=ctx.addresses.portal(account), say=say)
    facts = {
        **facts_of_account(account, customer),
        Place.PRODUCT: invoiced.product,
        Place.AMOUNT: say.money(invoiced.amount),
        Place.ORDER_ID: invoiced.order_id,
    }
    file = Enclosure(file_name(document), await fetch_pdf(ctx, document))
    return Mailing(envelope, account, own.put_into(letter, facts), say, enclosures=(file,))


async def _write_card(ctx: Context, envelope: Envelope) -> Mailing | None:
    mail = read_message(CardMail, envelope.payload)
    async with ctx.read(envelope.account_id) as work:
        account, change = await work.accounts.get(), await work.cards.get(mail.change_id)
        customer = await work.customers.get(change.customer_id)
        helpdesk = await work.helpdesks.get(change.helpdesk_id) if change.helpdesk_id else None
        steps = await list_named_steps(work, change)
        say = await _say_to(work, account, customer)
        own = await own_words(work, MailKind.CARD, say)
    address = ctx.addresses.customer_card(account, helpdesk, change.id)
    write = {CHANGED: changed_letter, CONFIRMED: confirmed_letter}.get(mail.state, undone_letter)
    letter = write(customer, account, change, steps, address=address, say=say)
    letter = own.put_into(letter, facts_of_account(account, customer))
    return Mailing(envelope, account, letter, say, Thread(f"card-{change.id.hex}"))


async def _write_invitation(ctx: Context, envelope: Envelope) -> Mailing | None:
    mail = read_message(InvitationMail, envelope.payload)
    async with ctx.read(envelope.account_id) as work:
        account = await work.accounts.get()
        invitation = await work.team.get_invitation(mail.invitation_id)
        inviters = [
            each for each in await work.staff.list() if f"staff:{each.id.hex}" == invitation.invited_by
        ]
    if invitation.used_at or invitation.withdrawn_at or invitation.expires_at <= ctx.now():
        return None  # a link that opens nothing would only puzzle
    say = get_translator(invitation.locale, account.time_zone)
    address = ctx.addresses.join(account, ctx.vault.unseal(mail.token))
    by_name = inviters[0].name if inviters else ""
    letter = invitation_letter(account, invitation, by_name=by_name, address=address, say=say)
    return Mailing(envelope, account, letter, say)


async def _write_notice(ctx: Context, envelope: Envelope) -> Mailing | None:
    mail = read_message(StaffNoticeMail, envelope.payload)
    async with ctx.read(envelope.account_id) as work:
        account, staff = await work.accounts.get(), await work.staff.get(mail.staff_id)
        say = await _say_to_staff(work, account, staff)
    letter = notice_letter(
        account,
        staff,
        Notice(mail.notice),
        at=envelope.put_at,
        address=f"{ctx.addresses.desk(account)}/me",
        say=say,
    )
    return Mailing(envelope, account, letter, say)


async def _write_slack_lost(ctx: Context, envelope: Envelope) -> Mailing | None:
    mail = read_message(SlackLostMail, envelope.payload)
    async with ctx.read(envelope.account_id) as work:
        account, staff = await work.accounts.get(), await work.staff.get(mail.staff_id)
        latest = await work.installations.find_latest()
        helpdesk = await work.helpdesks.get(mail.helpdesk_id) if mail.helpdesk_id else None
        names = {each.channel: f"#{each.name}" for each in await work.channels.list_channels()}
        say = await _say_to_staff(work, account, staff)
    address = ctx.addresses.desk_slack(account)
    if helpdesk is not None:
        channel = helpdesk.slack_channel or ""
        why = trouble_sentence(mail.what, names.get(channel, channel), say)
        letter = channel_lost_letter(
            account, staff, helpdesk=helpdesk.name, why=why, address=address, say=say
        )
    elif latest is None or latest.is_live:
        return None  # it was connected again meanwhile
    else:
        why = ended_sentence(Ended(mail.what), latest.team_name or latest.team_id, say)
        letter = slack_lost_letter(account, staff, why=why, address=address, say=say)
    return Mailing(envelope, account, letter, say)


async def _write_waiting(ctx: Context, envelope: Envelope) -> Mailing | None:
    mail = read_message(WaitingMail, envelope.payload)
    async with ctx.read(envelope.account_id) as work:
        ticket, staff = await work.tickets.get(mail.ticket_id), await work.staff.get(mail.staff_id)
        assert ticket.request_id is not None, "of questions nobody is told alone"
        view = await work.requests.get_view(ticket.request_id)
        say = await _say_to_staff(work, view.account, staff)
        is_wanted = staff.active and await work.staff.wants_reminders(staff.id)
    is_asleep = view.snooze is not None and view.snooze.holds(ctx.now())
    if is_asleep or not is_wanted or not is_our_turn(ticket, view.request):
        return None  # settled meanwhile, or it waits on the customer
    address = ctx.addresses.desk_request(view.account, view.request.id)
    letter = waiting_letter(view, staff, mail.step, address=address, now=ctx.now(), say=say)
    token = stopping_token(ctx, view.account.id, staff.id)
    return Mailing(
        envelope,
        view.account,
        letter,
        say,
        Thread(_about_request(view.request.id)),
        unsubscribe=ctx.addresses.no_reminders(view.account, staff.id, token),
    )


async def _write_alert(ctx: Context, envelope: Envelope) -> Mailing | None:
    mail = read_message(AlertMail, envelope.payload)
    async with ctx.read(envelope.account_id) as work:
        account, staff = await work.accounts.get(), await work.staff.get(mail.staff_id)
        alert = await work.alerts.get(mail.alert_id)
        say = await _say_to_staff(work, account, staff)
    if alert.closed_at is not None or not staff.active:
        return None  # somebody has looked at it, or it settled meanwhile
    letter = alert_letter(account, staff, alert, address=ctx.addresses.desk(account), say=say)
    return Mailing(envelope, account, letter, say)


async def _say_to(work: UnitOfWork, account: Account, customer: Customer) -> Translator:
    zone = await zone_of_customer(work, account, customer.id)
    return get_translator(customer.locale or account.locale, zone)


async def _say_to_staff(work: UnitOfWork, account: Account, staff: Staff) -> Translator:
    return get_translator(staff.locale, await zone_of_staff(work, account, staff.id))
