"""Cards on file (payment methods), and the test cards that work, fail or ask for more."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from selfbill.sandbox.processor.call import Call
from selfbill.sandbox.processor.endpoint import PAGING, Endpoint
from selfbill.sandbox.processor.errors import ApiError, Json, missing
from selfbill.sandbox.processor.state import ProcessorState, list_page


class CardOutcome(StrEnum):
    """What comes of entering a test card."""

    WORKS = "works"
    DECLINED = "declined"
    ASKS_ONCE = "asks once"  # 3-D Secure when it is entered; later charges go through
    ASKS = "asks each time"  # 3-D Secure when it is entered, and again when it is charged
    FAILS_LATER = "fails later"  # can be saved, cannot be charged


ASKING = (CardOutcome.ASKS_ONCE, CardOutcome.ASKS)
MESSAGES = {
    "expired_card": "Your card has expired.",
    "incorrect_cvc": "Your card's security code is incorrect.",
    "insufficient_funds": "Your card has insufficient funds.",
}
DECLINED = "Your card was declined."


@dataclass(frozen=True)
class TestCard:
    """A number from the processor's public list of test cards."""

    __test__ = False  # no test class, whatever its name begins with

    number: str
    brand: str
    outcome: CardOutcome = CardOutcome.WORKS
    decline_code: str = ""

    @property
    def last4(self) -> str:
        return self.number[-4:]

    @property
    def says(self) -> str:
        """Why it is declined."""
        return MESSAGES.get(self.decline_code, DECLINED)


_O = CardOutcome
TEST_CARDS = {
    card.number: card
    for card in (
        TestCard("4242424242424242", "visa"),
        TestCard("5555555555554444", "mastercard"),
        TestCard("378282246310005", "amex"),
        TestCard("6011111111111117", "discover"),
        TestCard("4000002500003155", "visa", _O.ASKS_ONCE),
        TestCard("4000003800000446", "visa", _O.ASKS_ONCE),
        TestCard("4000002760003184", "visa", _O.ASKS),
        TestCard("4000000000000341", "visa", _O.FAILS_LATER, "generic_decline"),
        TestCard("4000000000000002", "visa", _O.DECLINED, "generic_decline"),
        TestCard("4000000000009995", "visa", _O.DECLINED, "insufficient_funds"),
        TestCard("4000000000000069", "visa", _O.DECLINED, "expired_card"),
        TestCard("4000000000000127", "visa", _O.DECLINED, "incorrect_cvc"),
    )
}
FAILS_LATER = "_fails"  # on a saved card: the decline code of every charge of it
USED_UP = "_detached"  # once off a customer's file, it is never put on one again
ASKS = "_asks"  # on a saved card: every charge of it needs the cardholder's yes


def card_facts(card: Json) -> Json:
    """A card as charges describe it; an unknown one is a Visa of nobody."""
    checks = {"address_line1_check": None, "address_postal_code_check": None, "cvc_check": None}
    return {
        "brand": card.get("brand", "visa"),
        "checks": checks,
        "country": card.get("country", "US"),
        "exp_month": int(card.get("exp_month", 12)),
        "exp_year": int(card.get("exp_year", 2030)),
        "fingerprint": card.get("fingerprint"),
        "funding": card.get("funding", "credit"),
        "last4": card.get("last4", "4242"),
        "three_d_secure": None,
        "wallet": None,
    }


def build_payment_method(method_id: str, created: int, fields: Json) -> Json:
    """A card on file: `card` (brand, last4, exp_month, exp_year; `number` for a test card), `customer`, …"""
    described = dict(fields.get("card", {}))
    test_card = TEST_CARDS.get(described.pop("number", ""))
    if test_card is not None:
        described |= {"brand": test_card.brand, "last4": test_card.last4}
    card = card_facts(described)
    del card["three_d_secure"]
    card |= {
        "display_brand": card["brand"],
        "generated_from": None,
        "networks": {"available": [card["brand"]], "preferred": None},
        "three_d_secure_usage": {"supported": True},
    }
    return {
        "id": method_id,
        "object": "payment_method",
        "allow_redisplay": "unspecified",
        "billing_details": {
            "address": fields.get("address"),
            "email": fields.get("email"),
            "name": fields.get("name"),
            "phone": None,
            "tax_id": None,
        },
        "card": card,
        "created": created,
        "customer": fields.get("customer"),
        "livemode": False,
        "metadata": fields.get("metadata", {}),
        "type": "card",
        **_habits(test_card),
    }


def _habits(card: TestCard | None) -> Json:
    if card is not None and card.outcome is CardOutcome.FAILS_LATER:
        return {FAILS_LATER: card.decline_code}
    return {ASKS: True} if card is not None and card.outcome is CardOutcome.ASKS else {}


def save_test_card(state: ProcessorState, card: TestCard, *, expires: tuple[int, int], customer: str) -> Json:
    """Put a test card on the customer's file; `expires` is month, year."""
    owner = state.get("customer", customer)
    facts: Json = {"customer": customer, "email": owner["email"], "name": owner["name"]}
    facts["card"] = {"number": card.number, "exp_month": expires[0], "exp_year": expires[1]}
    method = build_payment_method(state.new_id("pm"), state.now(), facts)
    state.emit("payment_method.attached", state.store.put(method))
    return method


def get_payment_method(state: ProcessorState, call: Call) -> Json:
    return state.get("payment_method", call.path["id"], "payment_method")


def get_customers_card(state: ProcessorState, call: Call) -> Json:
    method = state.get("payment_method", call.path["id"], "payment_method")
    if method["customer"] != call.path["customer"]:
        raise missing("payment method", method["id"], "payment_method")
    return method


def list_payment_methods(state: ProcessorState, call: Call) -> Json:
    equals = {"customer": call.text("customer"), "type": call.text("type")}
    return list_page(state, call, "payment_method", equals, url="/v1/payment_methods")


def list_customers_cards(state: ProcessorState, call: Call) -> Json:
    customer = state.get("customer", call.path["customer"], "customer")["id"]
    url = f"/v1/customers/{customer}/payment_methods"
    return list_page(
        state, call, "payment_method", {"customer": customer, "type": call.text("type")}, url=url
    )


def attach_card(state: ProcessorState, call: Call) -> Json:
    before = get_payment_method(state, call)
    customer = state.get("customer", call.must_text("customer"), "customer")["id"]
    if before.get(USED_UP):
        raise ApiError(
            "The provided PaymentMethod was previously used with a PaymentIntent without Customer "
            "attachment, shared with a connected account without Customer attachment, or was detached from "
            "a Customer. It may not be used again. To use a PaymentMethod multiple times, you must attach it "
            "to a Customer first."
        )
    if before["customer"] not in (None, customer):
        raise ApiError("This payment method has already been attached to a customer.")
    method = {**before, "customer": customer}
    state.emit("payment_method.attached", state.store.put(method), call)
    return method


def detach_card(state: ProcessorState, call: Call) -> Json:
    """Take the card off its customer, and off the customer's invoices if it paid them."""
    before = get_payment_method(state, call)
    if before["customer"] is None:
        raise ApiError(
            "The payment method you provided is not attached to a customer so detachment is impossible."
        )
    owner = state.get("customer", before["customer"])
    if owner["invoice_settings"]["default_payment_method"] == before["id"]:
        settings = {**owner["invoice_settings"], "default_payment_method": None}
        state.emit(
            "customer.updated", state.store.put({**owner, "invoice_settings": settings}), call, before=owner
        )
    method = {**before, "customer": None, USED_UP: True}
    state.emit("payment_method.detached", state.store.put(method), call, before=before)
    return method


_ONE = "/v1/payment_methods/{id}"
_OF_CUSTOMER = "/v1/customers/{customer}/payment_methods"

ENDPOINTS = [
    Endpoint(
        "GET",
        "/v1/payment_methods",
        list_payment_methods,
        "PaymentMethodListParams",
        f"customer type {PAGING}",
    ),
    Endpoint("GET", _ONE, get_payment_method, "PaymentMethodRetrieveParams"),
    Endpoint("POST", f"{_ONE}/attach", attach_card, "PaymentMethodAttachParams", "customer"),
    Endpoint("POST", f"{_ONE}/detach", detach_card, "PaymentMethodDetachParams"),
    Endpoint("GET", _OF_CUSTOMER, list_customers_cards, "CustomerPaymentMethodListParams", f"type {PAGING}"),
    Endpoint("GET", f"{_OF_CUSTOMER}/{{id}}", get_customers_card, "CustomerPaymentMethodRetrieveParams"),
]
