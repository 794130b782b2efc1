"""One of each customer page, in the states that matter, by name: template and page data."""

from collections.abc import Iterator
from dataclasses import replace

from billing.asking import CancelPreview, RefundPreview
from billing.ids import DocumentId, RefundId, new_id
from billing.policy import Blocked, RefundOffer
from billing.processing.card_offering import CardOffer
from billing.records import Entry, Request
from billing.requests import RequestPage
from billing.states import (
    BundleState,
    CardChangeState,
    DocumentKind,
    Handling,
    RequestKind,
    RequestState,
    SubscriptionState,
    TicketState,
)
from billing.views import TicketView
from locales.texts import label
from locales.translator import Translator
from portal.forms import Form
from portal.views import documents
from portal.views.bundle_files import bundle_title, part_title
from portal.views.bundle_lines import BundleLine, FileLink
from portal.views.customer import asking, code, documents_year, orders, requests, sign_in, tickets
from tests.portal.customer import drawn
from tests.portal.customer.cards_drawn import every_card_page, make_change, make_payer
from tests.portal.customer.drawn import at, make_entry, make_line, make_module, make_payment, money

Drawing = tuple[str, str, object]  # name, template, page
_S = SubscriptionState


def every_page(say: Translator) -> Iterator[Drawing]:
    """All of them."""
    yield from _sign_in(say)
    yield from _orders(say)
    yield from _asking(say)
    yield from _requests(say)
    yield from _tickets(say)
    yield from _years(say)
    yield from every_card_page(say)


def _sign_in(say: Translator) -> Iterator[Drawing]:
    wrong = {"order_id": say.text("We cannot sign you in with these. Please check both and try again.")}
    typed = {"order_id": "1234", "email": "alice@example.com"}
    yield "sign-in", "customer/sign_in.html", sign_in.SignInPage(Form())
    yield "sign-in-wrong", "customer/sign_in.html", sign_in.SignInPage(Form(typed, wrong))
    two = {"order_id": "Missing", "email": "Missing"}
    yield "sign-in-two-wrong", "customer/sign_in.html", sign_in.SignInPage(Form({}, two))
    yield "order-ids", "customer/order_ids.html", sign_in.OrderIdsPage(Form())
    yield "order-ids-sent", "customer/order_ids.html", sign_in.OrderIdsPage(Form(), is_sent=True)
    for is_sign_in, is_sent in ((True, True), (False, False), (False, True)):
        page = code.CodePage(Form(), "/", is_sign_in=is_sign_in, is_sent=is_sent)
        yield f"code-{is_sign_in}-{is_sent}", "customer/code.html", page


def _orders(say: Translator) -> Iterator[Drawing]:
    pending = drawn.make_request()
    whole = replace(make_payment(2900, 72, "10234700"), refunded=money(2900))
    part = replace(make_payment(2900, 250, "10234500"), refunded=money(900))
    disputed = replace(make_payment(2900, 190, "10234600"), disputed=money(2900))
    lines = [
        make_line(make_payment(2900, 12, "10234800")),
        make_line(make_payment(2900, 42, "10234799"), pending=pending),
        make_line(whole, blocked=Blocked.NOTHING_LEFT),
        make_line(make_payment(2900, 130, None), blocked=Blocked.PAYMENT_FAILED),
        make_line(disputed, blocked=Blocked.DISPUTED),
        make_line(part),
    ]
    canceling = drawn.make_request(RequestKind.CANCEL)
    modules = [make_module("Watercolour Basics", lines[:1])]
    modules += [make_module("Studio", lines, state, ends=at(-10)) for state in _S]
    modules += [make_module("Unknown", lines[:1], state) for state in (_S.ACTIVE, _S.CANCEL_SCHEDULED)]
    for blocked in (None, Blocked.NO_CARD_PAGES):
        for state in (_S.ACTIVE, _S.PAST_DUE):
            card = CardOffer(blocked, needs_code=True, may_pay=True)
            modules += [replace(make_module("Card", lines[:1], state), card=card)]
    changed = make_change(CardChangeState.OPEN, make_payer("Studio"))
    modules += [replace(make_module("Changing", lines[:1], _S.ACTIVE), card_change=changed)]
    modules += [make_module("Pending", lines[:1], _S.ACTIVE, pending=canceling)]
    page = orders.make_page(drawn.make_orders(modules), is_proved=False, now=drawn.NOW)
    yield "orders", "customer/orders.html", page
    asked = (tickets.make_line(drawn.make_ticket("Question", TicketState.OPEN), say),)
    yield "home", "customer/home.html", orders.HomePage("Welcome\nto us", page, asked, has_more=True)
    yield "home-hidden", "customer/home.html", orders.HomePage("", None, (), has_more=False)
    yield "orders-none", "customer/orders.html", orders.OrdersPage("a•••@example.com", ())
    for kind in DocumentKind:
        is_note, is_receipt = kind is DocumentKind.CREDIT_NOTE, kind is DocumentKind.RECEIPT
        ready = documents.DocumentPage("/", label(kind, say), is_note, is_receipt)
        yield f"document-{kind}", "customer/document.html", ready
    yield from _documents(say)


def _documents(say: Translator) -> Iterator[Drawing]:
    paid = make_payment(3900, 9, "10234871")
    assert paid.order_id is not None
    numbers = {DocumentKind.INVOICE: "INV-000123", DocumentKind.CREDIT_NOTE: "CN-000007"}
    issued = tuple(
        documents.IssuedLine(
            new_id(DocumentId),
            label(kind, say),
            number,
            at(3),
            "INV-000124" if kind is DocumentKind.INVOICE else "",
        )
        for kind, number in numbers.items()
    )
    some = documents.DocumentsPage(
        payment_id=paid.id,
        customer_id=paid.customer_id,
        product="Studio Membership",
        order_id=paid.order_id,
        paid_at=paid.paid_at,
        amount=paid.captured,
        issued=issued,
        has_invoice=True,
        has_receipt=False,
        credit_notes=(documents.CreditNoteLine(new_id(RefundId), paid.captured),),
        may_issue=True,
        may_correct=True,
    )
    none = replace(some, issued=(), has_invoice=False, credit_notes=(), may_correct=False)
    yield "documents", "customer/payment_documents.html", some
    yield "documents-none", "customer/payment_documents.html", none
    wrong = Form({"name": "", "tax_id": "DE1"}, {"name": say.text("Please fill this in.")})
    for number, form in (("INV-000123", Form()), ("", wrong)):
        page = documents.CorrectionPage(paid.id, number, form, ())
        yield f"correction-{number}", "customer/correction.html", page


def _years(say: Translator) -> Iterator[Drawing]:
    title = bundle_title(2026, say)
    choice = documents_year.YearChoice(2026, title, 1200)
    ready = BundleLine(
        title=title,
        form="PDF",
        tone="good",
        state=label(BundleState.READY, say),
        progress="",
        share=100,
        files=tuple(FileLink(part_title(part, 3, say), "/") for part in (1, 2, 3)),
        has_failed=False,
        expires_at=at(-7),
    )
    failed = replace(ready, tone="bad", state=label(BundleState.FAILED, say), files=(), has_failed=True)
    going = replace(
        ready,
        tone="live",
        state=label(BundleState.GATHERING, say),
        progress="212 / 1,200",
        share=17,
        files=(),
        expires_at=None,
    )
    for name, years, lines in (
        ("years", (choice,), (ready, failed)),
        ("years-going", (choice,), (going, ready)),
        ("years-none", (), ()),
    ):
        is_under_way = going in lines
        page = documents_year.YearsPage(years, lines, is_under_way=is_under_way, version="v1")
        yield name, "customer/documents_year.html", page


def _asking(say: Translator) -> Iterator[Drawing]:
    gold = make_module("Studio Membership", [], _S.ACTIVE, ends=at(-18))
    assert gold.subscription is not None
    assert gold.cancel is not None
    paid = make_payment(3900, 9, "10234871")
    for handling in Handling:
        for is_within in (True, False, None):
            ends = None if is_within is None else at(-21)
            offer = RefundOffer(None, handling, paid.left, ends, is_within, 30, False)
            preview = RefundPreview(drawn.ACCOUNT, gold.product, paid, gold.subscription, offer)
            page = asking.make_refund_page(preview, Form({}, {"reason": "Missing"}), say)
            yield f"refund-{handling}-{is_within}", "customer/refund.html", page
    for ends in (at(-18), None):
        offered = replace(gold.cancel, ends_at=ends)
        ending = CancelPreview(drawn.ACCOUNT, gold.product, gold.subscription, offered)
        yield f"cancel-{ends}", "customer/cancel.html", asking.make_cancel_page(ending, Form(), say)
        yield f"keep-{ends}", "customer/keep.html", asking.KeepPage(gold.subscription.id, "Gold", ends)


def _requests(say: Translator) -> Iterator[Drawing]:
    verbs = (
        "request.asked request.approved request.denied request.withdrawn request.retried operation.sent "
        "operation.unknown operation.succeeded operation.failed operation.reversed ticket.closed ticket.noted"
    ).split()
    entries = [make_entry(verb, 2 - hour / 10) for hour, verb in enumerate(verbs)]
    entries += [make_entry("request.approved", 0.5, by="system:policy", name="")]
    entries += [make_entry("ticket.replied", 0.4, text="Hello"), _by_alice("ticket.replied", "Yes")]
    for kind in RequestKind:
        for state in RequestState:
            request = drawn.make_request(kind, state, message="Half of it is about oil", answer="Sorry")
            yield f"request-{kind}-{state}", "customer/request.html", _request_page(request, entries, say)


def _request_page(request: Request, entries: list[Entry], say: Translator) -> requests.RequestPage:
    may_withdraw = request.state is RequestState.PENDING
    shown = RequestPage(drawn.make_view(request), tuple(entries), None, may_withdraw, "v1")
    return requests.make_page(shown, say, has_tickets=True)


def _by_alice(verb: str, text: str) -> Entry:
    return make_entry(verb, 0.3, by="customer:1", name="Alice Miller", text=text)


def _tickets(say: Translator) -> Iterator[Drawing]:
    all_tickets = [drawn.make_ticket(f"Question {state}", state) for state in TicketState]
    all_tickets.append(drawn.make_ticket("", request_id=drawn.make_request().id))
    lines = tuple(tickets.make_line(ticket, say) for ticket in all_tickets)
    yield "tickets", "customer/tickets.html", tickets.TicketsPage(lines)
    yield "tickets-none", "customer/tickets.html", tickets.TicketsPage(())
    said = (_by_alice("ticket.opened", "How?"), make_entry("ticket.closed", 1))
    for ticket in all_tickets:
        view = TicketView(ticket, drawn.ALICE, drawn.HELP, said)
        yield (
            f"ticket-{ticket.state}-{ticket.subject}",
            "customer/ticket.html",
            tickets.make_page(view, Form(), say),
        )
    departments = (("a", "Billing"), ("b", "Courses"))
    yield "question", "customer/question.html", tickets.QuestionPage(Form(), departments)
