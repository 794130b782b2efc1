"""What a customer does on a hosted page: enter a card, say yes to their bank, pay an open invoice."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from selfbill.sandbox.processor.errors import ApiError, Json
from selfbill.sandbox.processor.resources.cards import (
    ASKING,
    ASKS,
    TEST_CARDS,
    CardOutcome,
    TestCard,
    save_test_card,
)
from selfbill.sandbox.processor.resources.customers import with_default_card
from selfbill.sandbox.processor.resources.invoices import charge_invoice
from selfbill.sandbox.processor.resources.sessions import (
    CHECKOUT,
    LIFETIME,
    PORTAL,
    complete_checkout,
    complete_portal,
)
from selfbill.sandbox.processor.state import ProcessorState

NOT_AUTHENTICATED = (
    "We are unable to authenticate your payment method. "
    "Please choose a different payment method and try again."
)
_EXPIRY = re.compile(r"\s*(\d{1,2})\s*/\s*(?:20)?(\d{2})\s*")


class BadCard(Exception):
    """What the form says is wrong with the card; `field` is where."""

    def __init__(self, field: str, says: str) -> None:
        super().__init__(says)
        self.field = field


class BankAsks(Exception):
    """The cardholder's bank wants their yes first, for the card ending so."""

    def __init__(self, last4: str) -> None:
        super().__init__(last4)
        self.last4 = last4


@dataclass(frozen=True)
class Entered:
    """What came of it: where the page leads to, or what it says is wrong and stays open."""

    location: str = ""
    says: str = ""

    @property
    def worked(self) -> bool:
        return not self.says


def find_open_page(state: ProcessorState, name: str) -> Json | None:
    """The session or open invoice of a hosted page; None when it never was, is used, or its day is over."""
    thing = state.store.find(name)
    if thing is None or thing["object"] not in (CHECKOUT, PORTAL, "invoice"):
        return None
    if thing["object"] == "invoice":
        return thing if thing["status"] == "open" else None
    used = thing.get("_used") or thing.get("status", "open") != "open"
    return None if used or thing["created"] + LIFETIME <= state.now() else thing


def submit_card(state: ProcessorState, page: Json, typed: Mapping[str, str]) -> str:
    """Save the card typed, or pay with it; the address to go to. Raises `BadCard`, `BankAsks`."""
    if page["object"] == "invoice" and typed.get("saved"):
        return _pay(state, page, _saved_card(state, page, typed))
    card, expires = read_card(typed, state.clock())
    if card.outcome in ASKING:
        _must_be_confirmed(typed, card.last4)
    with state.by_hand(page["id"]):
        saved = save_test_card(state, card, expires=expires, customer=page["customer"])
        if page["object"] == CHECKOUT:
            complete_checkout(state, page, saved)
            return str(page["success_url"]).replace("{CHECKOUT_SESSION_ID}", page["id"])
        if page["object"] == PORTAL:
            complete_portal(state, page, saved)
            after = ((page["flow"] or {}).get("after_completion") or {}).get("redirect") or {}
            return str(after.get("return_url") or page["return_url"] or state.public_url)
    return _pay(state, page, saved)


def _must_be_confirmed(typed: Mapping[str, str], last4: str) -> None:
    if not typed.get("bank"):
        raise BankAsks(last4)
    if typed["bank"] == "no":
        raise BadCard("number", NOT_AUTHENTICATED)


def _saved_card(state: ProcessorState, invoice: Json, typed: Mapping[str, str]) -> Json:
    card = state.store.find(typed["saved"])
    if card is None or card.get("customer") != invoice["customer"]:
        raise BadCard("number", "This card is no longer on file.")
    if card.get(ASKS):
        _must_be_confirmed(typed, card["card"]["last4"])
    return card


def _pay(state: ProcessorState, invoice: Json, card: Json) -> str:
    """The cardholder sits there and has said yes; a card that is declined is said to them."""
    try:
        with state.by_hand(invoice["id"]):
            charge_invoice(state, invoice, card, is_confirmed=True)
    except ApiError as declined:
        raise BadCard("number", str(declined)) from declined
    return f"{state.public_url}/invoice/{invoice['id']}"


def read_card(typed: Mapping[str, str], now: datetime) -> tuple[TestCard, tuple[int, int]]:
    """The test card and its expiry as typed; BadCard says what is wrong, as the processor would."""
    number = re.sub(r"[\s-]", "", typed.get("number", ""))
    card = TEST_CARDS.get(number)
    if card is None:
        raise BadCard("number", "Your card number is not one of the test cards below.")
    match = _EXPIRY.fullmatch(typed.get("expires", ""))
    if match is None or not 1 <= int(match[1]) <= 12:
        raise BadCard("expires", "Your card's expiration date is incomplete.")
    month, year = int(match[1]), 2000 + int(match[2])
    if (year, month) < (now.year, now.month):
        raise BadCard("expires", "Your card's expiration date is in the past.")
    if not re.fullmatch(r"\d{3,4}", typed.get("cvc", "").strip()):
        raise BadCard("cvc", "Your card's security code is incomplete.")
    if card.outcome is CardOutcome.DECLINED:
        raise BadCard("number", card.says)
    return card, (month, year)


def enter_card(
    state: ProcessorState, url: str, number: str, *, authenticate: bool = True, expires: str = "12 / 34"
) -> Entered:
    """What happens when a customer enters this card on the hosted page, without a browser."""
    page = find_open_page(state, urlsplit(url).path.rpartition("/")[2])
    if page is None:
        return Entered(says="This page is over.")
    typed = {"number": number, "expires": expires, "cvc": "1234", "bank": "yes" if authenticate else "no"}
    return _submitted(state, page, typed)


def pay_with_saved_card(state: ProcessorState, url: str, *, authenticate: bool = True) -> Entered:
    """What happens when a customer pays an invoice on its page with the card on file."""
    invoice = find_open_page(state, urlsplit(url).path.rpartition("/")[2])
    card_id = None if invoice is None else card_on_file(state, invoice)
    if invoice is None or card_id is None:
        return Entered(says="This page is over.")
    return _submitted(state, invoice, {"saved": card_id, "bank": "yes" if authenticate else "no"})


def _submitted(state: ProcessorState, page: Json, typed: Mapping[str, str]) -> Entered:
    try:
        return Entered(submit_card(state, page, typed))
    except BadCard as wrong:
        return Entered(says=str(wrong))


def card_on_file(state: ProcessorState, invoice: Json) -> str | None:
    """The card that the invoice waits for, else the one that would pay it."""
    subscription = state.store.find(invoice["_subscription"] or "") or {}
    owner = state.get("customer", invoice["customer"])
    default = owner["invoice_settings"]["default_payment_method"]
    asked: str | None = invoice.get("_asked_about") or subscription.get("default_payment_method") or default
    return asked


def put_card(
    state: ProcessorState, customer: str, number: str, *, expires: tuple[int, int], subscription: str | None
) -> Json:
    """A new card on file that pays this subscription from now on, or all that has no card of its own."""
    card = save_test_card(state, TEST_CARDS[number], expires=expires, customer=customer)
    if subscription is not None:
        before = state.get("subscription", subscription)
        after = state.store.put({**before, "default_payment_method": card["id"]})
        state.emit("customer.subscription.updated", after, before=before)
        return card
    owner = state.get("customer", customer)
    state.emit("customer.updated", state.store.put(with_default_card(state, owner, card["id"])), before=owner)
    return card
