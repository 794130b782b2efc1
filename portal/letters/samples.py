"""Every kind of mail with sample facts, for the preview at the desk: addressed to whoever looks at it."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

from billing.addresses import Addresses
from billing.ids import (
    AlertId,
    CardChangeId,
    CardStepId,
    CustomerId,
    EntryId,
    HelpdeskId,
    InvitationId,
    SubscriptionId,
    TicketId,
)
from billing.merchant import Invitation
from billing.messages import Notice
from billing.processing.records import Alert, CardChange, CardStep
from billing.records import Account, Card, Customer, Entry, Helpdesk, Staff, Ticket
from billing.states import (
    AlertKind,
    CardChangeState,
    CardStepKind,
    Ended,
    EntryKind,
    OperationState,
    RequestKind,
    RequestState,
    Role,
    Surface,
    TicketState,
)
from billing.text_places import MailKind, Place
from billing.views import RequestView
from locales.slack_words import ended_sentence, trouble_sentence
from locales.translator import N_, Translator
from portal.letters.alerts import alert_letter
from portal.letters.cards import changed_letter, confirmed_letter, undone_letter
from portal.letters.invoices import Invoiced, invoice_letter
from portal.letters.parts import Letter
from portal.letters.requests import name_of, outcome_letter, received_letter
from portal.letters.sample_records import ORDER_ID, REFERENCE, sample_amount, sample_view
from portal.letters.signing_in import code_letter, order_ids_letter
from portal.letters.slack import channel_lost_letter, slack_lost_letter
from portal.letters.staff import invitation_letter, notice_letter
from portal.letters.tickets import ticket_letter
from portal.letters.waiting import JUST_CAME, waiting_letter

_ID = UUID(int=1)
_CODE = "40718293"


@dataclass(frozen=True, slots=True)
class Sample:
    """`name` is stable, for addresses. `own`: the kind of text that a merchant may add; None for staff's."""

    name: str
    letter: Letter
    own: MailKind | None
    is_for_staff: bool = False

    def with_letter(self, letter: Letter) -> "Sample":
        """The same, told otherwise."""
        return replace(self, letter=letter)


@dataclass(frozen=True)
class Setting:
    """Whose mails, for whose eyes, in which language, as if now."""

    account: Account
    staff: Staff
    addresses: Addresses
    say: Translator
    now: datetime
    customer: Customer = field(init=False)
    helpdesk: Helpdesk = field(init=False)

    def __post_init__(self) -> None:
        staff = self.staff
        customer = Customer(CustomerId(_ID), self.account.id, staff.name, staff.email, self.say.tag)
        helpdesk = Helpdesk(HelpdeskId(_ID), self.account.id, "support", "Support", None, True, None)
        object.__setattr__(self, "customer", customer)
        object.__setattr__(self, "helpdesk", helpdesk)

    def view(self, kind: RequestKind, state: RequestState) -> RequestView:
        """A request of the example customer."""
        return sample_view(self.account, self.customer, self.say, self.now, kind=kind, state=state)


def sample_letters(setting: Setting) -> tuple[Sample, ...]:
    """All kinds, those to customers first."""
    for_staff = (replace(each, is_for_staff=True) for each in _for_staff(setting))
    return (
        *_signing_in(setting),
        *_requests(setting),
        *_conversations(setting),
        *_cards(setting),
        *_invoices(setting),
        *for_staff,
    )


def sample_facts(setting: Setting) -> dict[Place, str]:
    """What places in the merchant's own words are filled with."""
    return {
        Place.CUSTOMER_NAME: setting.customer.name,
        Place.PRODUCT: name_of(setting.view(RequestKind.REFUND, RequestState.PENDING).product),
        Place.AMOUNT: setting.say.money(sample_amount(setting.account)),
        Place.ORDER_ID: ORDER_ID,
        Place.REFERENCE: REFERENCE,
        Place.MERCHANT: setting.account.name,
    }


def _signing_in(the: Setting) -> Iterator[Sample]:
    say, account, to = the.say, the.account, the.customer.email
    code = code_letter(to, account, purpose="sign-in", number=_CODE, minutes=10, say=say)
    yield Sample("code", code, MailKind.CODE)
    product = name_of(the.view(RequestKind.REFUND, RequestState.PENDING).product)
    orders = [(ORDER_ID, the.now - timedelta(days=3), product)]
    address = the.addresses.portal(account)
    yield Sample(
        "order-ids", order_ids_letter(to, account, orders, address=address, say=say), MailKind.ORDER_IDS
    )


_OUTCOMES = (
    ("refund-done", RequestKind.REFUND, RequestState.DONE, MailKind.DONE),
    ("cancel-done", RequestKind.CANCEL, RequestState.DONE, MailKind.DONE),
    ("kept-done", RequestKind.UNDO_CANCEL, RequestState.DONE, MailKind.DONE),
    ("denied", RequestKind.REFUND, RequestState.DENIED, MailKind.DENIED),
    ("withdrawn", RequestKind.REFUND, RequestState.WITHDRAWN, MailKind.WITHDRAWN),
    ("failed", RequestKind.REFUND, RequestState.FAILED, MailKind.FAILED),
    ("waiting", RequestKind.REFUND, RequestState.PENDING, None),
)


def _requests(the: Setting) -> Iterator[Sample]:
    for name, kind in (("refund-received", RequestKind.REFUND), ("cancel-received", RequestKind.CANCEL)):
        view = the.view(kind, RequestState.PENDING)
        address = the.addresses.customer_request(the.account, None, view.request.id)
        order_id = ORDER_ID if kind is RequestKind.REFUND else ""
        letter = received_letter(view, order_id=order_id, address=address, say=the.say)
        yield Sample(name, letter, MailKind.RECEIVED)
    for name, kind, state, own in _OUTCOMES:
        view = the.view(kind, state)
        address = the.addresses.customer_request(the.account, None, view.request.id)
        yield Sample(name, outcome_letter(view, address=address, say=the.say), own)


def _conversations(the: Setting) -> Iterator[Sample]:
    say, account, customer = the.say, the.account, the.customer
    ticket = Ticket(
        id=TicketId(_ID),
        account_id=account.id,
        reference=REFERENCE,
        helpdesk_id=the.helpdesk.id,
        department_id=None,
        customer_id=customer.id,
        request_id=None,
        subject="",
        state=TicketState.OPEN,
        opened_at=the.now,
        moved_at=the.now,
    )
    address = the.addresses.customer_ticket(account, the.helpdesk, ticket.id)
    said = (
        ("question", f"customer:{customer.id.hex}", say.text(N_("This is what a customer writes."))),
        ("answer", f"staff:{the.staff.id.hex}", say.text(N_("This is what you write."))),
    )
    for name, by, words in said:
        entry = Entry(
            EntryId(_ID),
            account.id,
            ticket.id,
            EntryKind.MESSAGE,
            by,
            the.staff.name,
            words,
            "ticket.opened",
            {},
            the.now,
        )
        letter = ticket_letter(customer, account, ticket, entry, address=address, say=say)
        yield Sample(name, letter, MailKind.TICKET)


def _cards(the: Setting) -> Iterator[Sample]:
    change = CardChange(
        id=CardChangeId(_ID),
        account_id=the.account.id,
        customer_id=the.customer.id,
        subscription_id=SubscriptionId(_ID),
        surface=Surface.PORTAL,
        helpdesk_id=None,
        state=CardChangeState.DONE,
        key="",
        processor_customer="",
        page=None,
        session="",
        link=None,
        method_before="",
        method="",
        card=Card("visa", "4242", None),
        pays_overdue=True,
        problem="",
        asked_by="",
        asked_at=the.now,
        moved_at=the.now,
        expires_at=None,
    )
    product = the.say.text(N_("Example club"))
    steps = [
        (_step(the, CardStepKind.MOVE_SUBSCRIPTION, OperationState.SUCCEEDED), product),
        (_step(the, CardStepKind.PAY_INVOICE, OperationState.SUCCEEDED), product),
    ]
    undone = [(_step(the, CardStepKind.PAY_INVOICE, OperationState.FAILED), product)]
    address = the.addresses.customer_card(the.account, None, change.id)
    failed = replace(change, state=CardChangeState.FAILED, problem="no_page")
    for name, write, what, told in (
        ("card-changed", changed_letter, change, steps),
        ("card-confirmed", confirmed_letter, change, steps),
        ("card-partly", undone_letter, replace(change, state=CardChangeState.PARTLY), undone),
        ("card-not-changed", undone_letter, failed, []),
    ):
        letter = write(the.customer, the.account, what, told, address=address, say=the.say)
        yield Sample(name, letter, MailKind.CARD)


def _step(the: Setting, kind: CardStepKind, state: OperationState) -> CardStep:
    return CardStep(
        id=CardStepId(_ID),
        account_id=the.account.id,
        change_id=CardChangeId(_ID),
        kind=kind,
        state=state,
        key="",
        target="",
        amount=sample_amount(the.account),
        link=None,
        failure="card_declined" if state is OperationState.FAILED else None,
        tries=1,
        first_sent_at=the.now,
        last_sent_at=the.now,
        moved_at=the.now,
    )


def _invoices(the: Setting) -> Iterator[Sample]:
    product = name_of(the.view(RequestKind.REFUND, RequestState.PENDING).product)
    invoiced = Invoiced("INV-1042", sample_amount(the.account), ORDER_ID, product)
    address = the.addresses.portal(the.account)
    letter = invoice_letter(the.customer, the.account, invoiced, address=address, say=the.say)
    yield Sample("invoice", letter, MailKind.INVOICE)


def _for_staff(the: Setting) -> Iterator[Sample]:
    say, account, staff, desk = the.say, the.account, the.staff, the.addresses.desk(the.account)
    view = the.view(RequestKind.REFUND, RequestState.PENDING)
    address = the.addresses.desk_request(account, view.request.id)
    for name, step in (("request-came", JUST_CAME), ("reminder", JUST_CAME + 1)):
        yield Sample(name, waiting_letter(view, staff, step, address=address, now=the.now, say=say), None)
    facts = {"order_id": ORDER_ID, **_money(the)}
    alert = Alert(AlertId(_ID), account.id, AlertKind.DISPUTED, "dispute:example", facts, the.now)
    yield Sample("alert", alert_letter(account, staff, alert, address=desk, say=say), None)
    yield Sample("invitation", _invitation(the), None)
    notice = notice_letter(account, staff, Notice.NEW_PASSWORD, at=the.now, address=f"{desk}/me", say=say)
    yield Sample("notice", notice, None)
    slack, helpdesk = the.addresses.desk_slack(account), the.helpdesk.name
    why = ended_sentence(Ended.UNINSTALLED, account.name, say)
    yield Sample("slack-lost", slack_lost_letter(account, staff, why=why, address=slack, say=say), None)
    why = trouble_sentence("channel_not_found", "#support", say)
    lost = channel_lost_letter(account, staff, helpdesk=helpdesk, why=why, address=slack, say=say)
    yield Sample("channel-lost", lost, None)


def _invitation(the: Setting) -> Letter:
    staff = the.staff
    invitation = Invitation(
        InvitationId(_ID),
        the.account.id,
        staff.email,
        staff.name,
        Role.AGENT,
        None,
        the.say.tag,
        staff.id.hex,
        the.now,
        the.now + timedelta(days=1),
        None,
        None,
    )
    address = the.addresses.join(the.account, "example")
    return invitation_letter(the.account, invitation, by_name=staff.name, address=address, say=the.say)


def _money(the: Setting) -> dict[str, str | int]:
    amount = sample_amount(the.account)
    return {"amount_minor": amount.minor, "currency": amount.currency.code}
