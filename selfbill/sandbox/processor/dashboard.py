"""What the buttons of the dashboard do: each a deed on one object, with what was typed."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from selfbill.sandbox.processor import deeds
from selfbill.sandbox.processor.errors import ApiError, Json
from selfbill.sandbox.processor.resources.cards import TEST_CARDS
from selfbill.sandbox.processor.resources.refunds import WITHOUT_CENTS
from selfbill.sandbox.processor.state import ProcessorState

Typed = Mapping[str, str]


def do(state: ProcessorState, deed: str, thing: Json, typed: Typed) -> None:
    """Raises `ApiError`, with a sentence, for what cannot be."""
    kind, run = DEEDS[deed]
    if thing["object"] != kind:
        raise ApiError(f"This is not a {kind}.")
    run(state, thing, typed)


def read_amount(text: str, currency: str) -> int | None:
    """Minor units of what a person typed, such as 4.50; None for nothing."""
    text = text.strip().replace(",", ".")
    if not text:
        return None
    digits = 0 if currency in WITHOUT_CENTS else 2
    match = re.fullmatch(rf"([0-9]{{1,9}})(?:\.([0-9]{{1,{digits or 1}}}))?", text)
    if match is None or (match[2] and not digits):
        raise ApiError(f"“{text}” is not an amount in {currency.upper()}.")
    return int(match[1] + (match[2] or "").ljust(digits, "0"))


def _refund(state: ProcessorState, charge: Json, typed: Typed) -> None:
    amount = read_amount(typed.get("amount", ""), charge["currency"])
    deeds.refund_elsewhere(state, charge["id"], amount, reason=typed.get("reason") or None)


def _dispute(state: ProcessorState, charge: Json, typed: Typed) -> None:
    amount = read_amount(typed.get("amount", ""), charge["currency"])
    if amount is not None and not 0 < amount <= charge["amount"]:
        raise ApiError("A dispute is about the whole charge or a part of it.")
    deeds.open_dispute(state, charge["id"], amount, is_inquiry=typed.get("inquiry") == "yes")


def _fail_refund(state: ProcessorState, refund: Json, _typed: Typed) -> None:
    deeds.settle_refund(state, refund["id"], "failed", "expired_or_canceled_card")


def _finish_refund(state: ProcessorState, refund: Json, _typed: Typed) -> None:
    deeds.settle_refund(state, refund["id"], "succeeded")


def _close(status: str) -> Callable[[ProcessorState, Json, Typed], None]:
    def run(state: ProcessorState, dispute: Json, _typed: Typed) -> None:
        deeds.close_dispute(state, dispute["id"], status)

    return run


def _escalate(state: ProcessorState, dispute: Json, _typed: Typed) -> None:
    deeds.escalate_dispute(state, dispute["id"])


def _cancel(state: ProcessorState, subscription: Json, _typed: Typed) -> None:
    deeds.cancel_elsewhere(state, subscription["id"])


def _cancel_later(state: ProcessorState, subscription: Json, _typed: Typed) -> None:
    deeds.cancel_elsewhere(state, subscription["id"], at_period_end=True)


def _undo(state: ProcessorState, subscription: Json, _typed: Typed) -> None:
    deeds.undo_elsewhere(state, subscription["id"])


def _renew(state: ProcessorState, subscription: Json, _typed: Typed) -> None:
    deeds.renew(state, subscription["id"])


def _number(typed: Typed) -> str:
    if typed.get("number", "") not in TEST_CARDS:
        raise ApiError("Choose one of the test cards.")
    return typed["number"]


def _change_default(state: ProcessorState, customer: Json, typed: Typed) -> None:
    deeds.change_card_elsewhere(state, customer["id"], _number(typed))


def _change_own(state: ProcessorState, subscription: Json, typed: Typed) -> None:
    deeds.change_card_elsewhere(
        state, subscription["customer"], _number(typed), subscription=subscription["id"]
    )


def _sell(state: ProcessorState, customer: Json, typed: Typed) -> None:
    amount = read_amount(typed.get("amount", ""), "usd")
    if not amount:
        raise ApiError("Type an amount.")
    deeds.sell(state, amount, customer=customer["id"], description=typed.get("description") or "Sold by hand")


# By the name in the address: which kind of object it is for, and what it does.
DEEDS: dict[str, tuple[str, Callable[[ProcessorState, Json, Typed], None]]] = {
    "refund": ("charge", _refund),
    "dispute": ("charge", _dispute),
    "fail-refund": ("refund", _fail_refund),
    "finish-refund": ("refund", _finish_refund),
    "win": ("dispute", _close("won")),
    "lose": ("dispute", _close("lost")),
    "escalate": ("dispute", _escalate),
    "cancel": ("subscription", _cancel),
    "cancel-later": ("subscription", _cancel_later),
    "undo": ("subscription", _undo),
    "renew": ("subscription", _renew),
    "change-card": ("customer", _change_default),
    "change-own-card": ("subscription", _change_own),
    "sell": ("customer", _sell),
}
