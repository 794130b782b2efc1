"""Property: whatever people write, Slack takes the card, and no markup in it is theirs."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.addresses import Addresses
from billing.ids import (
    AccountId,
    CustomerId,
    EntryId,
    HelpdeskId,
    PaymentId,
    ProductId,
    PurchaseId,
    RequestId,
    StaffId,
    TicketId,
    new_id,
)
from billing.money import Currency, Money
from billing.records import (
    Account,
    Address,
    Customer,
    Entry,
    Helpdesk,
    Payment,
    PolicySnapshot,
    Product,
    Purchase,
    Request,
    Ticket,
)
from billing.states import (
    EntryKind,
    Handling,
    PaymentState,
    PlanName,
    ProductKind,
    RefundReason,
    RequestKind,
    RequestState,
    Surface,
    TicketState,
)
from billing.views import RequestView, TicketView
from bot.blocks import card_text, question_card, request_card
from bot.deciding_views import deny_view
from bot.marks import clean, escape, literal, quoted
from bot.modals import told_view
from bot.story import thread_line
from locales.translator import get_translator
from tests.told import problems_of_modal, problems_of_text, texts_of

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
SAY = get_translator("en", "UTC")
ADDRESSES = Addresses("https://billing.example.com")
USD = Currency("USD")

# What people paste to be more than text, among everything else that can be typed.
TRICKS = st.sampled_from(
    [
        "<!channel>", "<!here|x>", "<@U0DANA0001>", "<#C0SUPPORT1>", "<https://evil.example|Refund>",
        "https://evil.example", "*bold*", "_it_", "~s~", "`code`", "```", ":white_check_mark:",
        "&lt;!channel&gt;",
        "&amp;", "\u202e", "\u200b", "\u2066", "\ufeff", "\u3164", "👩‍👩‍👧", "👍🏽", "e\u0301",
        "\n", "\r\n", "\u2028",
        "”\nPolicy: approve", "> quote", "<!date^0^{date}|x>", "]}", '"', "x" * 200,
    ]
)  # fmt: skip
words = st.lists(st.one_of(TRICKS, st.text(max_size=40)), max_size=30).map("".join)
text = words.map(lambda typed: typed[:3000])
long = st.builds(
    lambda part, times: (part * times)[:3000], st.one_of(TRICKS, st.text(min_size=1)), st.just(3000)
)
names = st.one_of(words, st.text(max_size=200)).map(lambda typed: typed[:200] or "?")


def make_request(message: str, answer: str, state: RequestState, by: str) -> Request:
    """A refund request with these words in it."""
    return Request(
        id=new_id(RequestId),
        account_id=new_id(AccountId),
        reference="R-7K3M9QX2",
        kind=RequestKind.REFUND,
        state=state,
        surface=Surface.HELPDESK,
        helpdesk_id=new_id(HelpdeskId),
        customer_id=new_id(CustomerId),
        purchase_id=new_id(PurchaseId),
        payment_id=new_id(PaymentId),
        subscription_id=None,
        ticket_id=new_id(TicketId),
        amount=Money(14900, USD),
        reason=RefundReason.OTHER,
        message=message,
        policy=PolicySnapshot(Handling.MANUAL, 30, NOW, within_period=True, cancel_when=None),
        asked_at=NOW,
        moved_at=NOW,
        decided_at=NOW,
        decided_by="staff:1",
        decided_by_name=by,
        answer=answer,
        failure=message[:60] or None,
    )


def make_view(request: Request, product: str, email: str) -> RequestView:
    """Around it, a product and a customer so named."""
    of = request.account_id
    payment = Payment(
        id=new_id(PaymentId), account_id=of, purchase_id=request.purchase_id, customer_id=request.customer_id,
        order_id="40001001", state=PaymentState.SUCCEEDED, captured=Money(14900, USD), tax=Money(0, USD),
        refunded=Money(0, USD), reserved=Money(14900, USD), disputed=Money(0, USD), paid_at=NOW, number=None,
        processor_id="ch_1", buyer=Address(name="x"),
    )  # fmt: skip
    return RequestView(
        request=request,
        account=Account(
            of, "lumen", "lumen", "Lumen", PlanName.GROWTH, USD, "en", "UTC", Address(name="x"), "#123456"
        ),
        customer=Customer(request.customer_id, of, "Alice", email, None),
        product=Product(new_id(ProductId), of, product, product, ProductKind.ONE_TIME, 30),
        purchase=Purchase(request.purchase_id, of, request.customer_id, new_id(ProductId), None, NOW),
        payment=payment,
        subscription=None,
        operation=None,
        ticket=make_ticket(""),
        helpdesk=None,
        earlier=2,
    )


def links_in(found: Any) -> Iterator[str]:
    """Every address in blocks."""
    if isinstance(found, dict):
        yield from (each for name, each in found.items() if name == "url")
        found = list(found.values())
    if isinstance(found, list):
        for each in found:
            yield from links_in(each)


def make_ticket(subject: str) -> Ticket:
    """A ticket about this."""
    return Ticket(
        new_id(TicketId), new_id(AccountId), "T-2", new_id(HelpdeskId), None, new_id(CustomerId), None,
        subject, TicketState.OPEN, NOW, NOW,
    )  # fmt: skip


@given(message=st.one_of(text, long), answer=text, product=names, email=names, by=names,
       state=st.sampled_from(RequestState))  # fmt: skip
def test_a_card_is_taken_by_slack_and_holds_no_foreign_markup(
    *, message: str, answer: str, product: str, email: str, by: str, state: RequestState
) -> None:
    view = make_view(make_request(message, answer, state, by), product, email)
    blocks = request_card(view, ADDRESSES, SAY, now=NOW)
    assert problems_of_text(card_text(view, SAY), blocks) == []
    assert set(links_in(blocks)) == {ADDRESSES.desk_request(view.account, view.request.id)}
    assert problems_of_modal(deny_view(view, "0" * 32 + " C0SUPPORT1", SAY)) == []


@given(subject=names, message=st.one_of(text, long), email=names)
def test_a_question_is_taken_by_slack_and_holds_no_foreign_markup(
    subject: str, message: str, email: str
) -> None:
    ticket = make_ticket(subject)
    customer = Customer(ticket.customer_id, ticket.account_id, "Alice", email, None)
    helpdesk = Helpdesk(
        ticket.helpdesk_id, ticket.account_id, "s", "S", "C1", billing_shown=True, archived_at=None
    )
    view = TicketView(ticket, customer, helpdesk, (make_entry(EntryKind.MESSAGE, "Alice", message),))
    told, blocks = question_card(view, "https://billing.example.com/lumen/desk", SAY, now=NOW)
    assert problems_of_text(told, blocks) == []


@given(kind=st.sampled_from(EntryKind), by=names, message=st.one_of(text, long))
def test_a_reply_is_taken_by_slack_and_holds_no_foreign_markup(
    kind: EntryKind, by: str, message: str
) -> None:
    told, blocks = thread_line(make_entry(kind, by, message), SAY)
    assert problems_of_text(told, blocks) == []
    assert problems_of_modal(told_view(message, SAY)) == []


def make_entry(kind: EntryKind, by: str, message: str) -> Entry:
    """A line of a timeline."""
    verb = "request.denied" if kind is EntryKind.EVENT else "ticket.replied"
    return Entry(
        new_id(EntryId), new_id(AccountId), new_id(TicketId), kind, f"staff:{new_id(StaffId).hex}", by,
        message, verb, {"answer": message, "amount_minor": 100, "currency": "USD"}, NOW,
    )  # fmt: skip


@given(st.one_of(text, long))
def test_every_line_of_a_quotation_is_marked_as_one(typed: str) -> None:
    found = quoted(typed, 500)
    assert found == "" or found.endswith("”")
    assert all(line.startswith("“") for line in found.split("\n") if found)


@given(st.text(max_size=300), st.integers(1, 50))
def test_cleaning_again_changes_nothing_and_keeps_the_length(typed: str, most: int) -> None:
    once = clean(typed, most)
    assert len(once) <= most
    assert clean(once, most) == once


@pytest.mark.parametrize(
    ("typed", "most", "seen"),
    [
        ("a\u202eb\u200bc\ufeff\x00", 9, "abc"),
        ("one\r\ntwo\u2028three\rfour", 30, "one\ntwo\nthree\nfour"),
        ("\u3164\u2800", 9, ""),
        ("ae\u0301b", 3, "a…"),  # the accent would be cut from its letter
        ("a👍🏽b", 3, "a…"),
        ("abcdef", 3, "ab…"),
    ],
)
def test_what_cleaning_leaves(typed: str, most: int, seen: str) -> None:
    assert clean(typed, most) == seen


MARKS: dict[Callable[[str], str], set[str]] = {escape: set("<>"), literal: set("<>*_~`")}


@given(text)
@pytest.mark.parametrize("quiet", MARKS, ids=["escape", "literal"])
def test_nothing_that_means_something_is_left(quiet: Callable[[str], str], typed: str) -> None:
    assert not MARKS[quiet] & set(quiet(typed))
    assert quiet is escape or not re.search(r":[a-z0-9_+'-]+:", quiet(typed))


def test_a_customers_markup_is_read_as_they_typed_it() -> None:
    typed = "<!channel> *now* <@U0DANA0001> :tada: https://evil.example"
    view = make_view(make_request(typed, "", RequestState.PENDING, ""), "Course *2026* :x:", "*@example.net")
    shown: list[dict[str, Any]] = list(texts_of(request_card(view, ADDRESSES, SAY, now=NOW)))
    (reason,) = [each for each in shown if typed in each["text"]]
    assert reason["type"] == "plain_text"
    assert reason["text"] == f"Reason: Another reason\n“{typed}”"
    assert "Course ∗2026∗ ∶x:" in "".join(each["text"] for each in shown)


def test_a_message_of_nothing_to_see_is_no_quotation() -> None:
    view = make_view(make_request("\u200b\u3164", "", RequestState.PENDING, ""), "P", "a@example.net")
    assert "“" not in "".join(each["text"] for each in texts_of(request_card(view, ADDRESSES, SAY, now=NOW)))
    other = replace(view, request=replace(view.request, reason=""))
    assert "No reason given" in str(request_card(other, ADDRESSES, SAY, now=NOW))
