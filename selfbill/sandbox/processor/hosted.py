"""The hosted card page: a form, test cards that work, fail or ask the bank, and the way back."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

from aiohttp import web
from aiohttp.typedefs import Handler

from selfbill.sandbox.human_pages import Templates
from selfbill.sandbox.processor.errors import Json
from selfbill.sandbox.processor.resources.cards import TEST_CARDS, CardOutcome, TestCard, save_test_card
from selfbill.sandbox.processor.resources.sessions import (
    CHECKOUT,
    LIFETIME,
    PORTAL,
    complete_checkout,
    complete_portal,
)
from selfbill.sandbox.processor.state import ProcessorState

_EXPIRY = re.compile(r"\s*(\d{1,2})\s*/\s*(?:20)?(\d{2})\s*")


class BadCard(Exception):
    """What the form says is wrong with the card; `field` is where."""

    def __init__(self, field: str, says: str) -> None:
        super().__init__(says)
        self.field = field


def add_hosted_routes(app: web.Application, state: ProcessorState, templates: Templates) -> None:
    """`/card/{session}`: the form, its answer, and the bank's question."""
    path = "/card/{session}"
    app.router.add_get(path, _form(state, templates))
    app.router.add_post(path, _entered(state, templates))


def _form(state: ProcessorState, templates: Templates) -> Handler:
    async def handler(http: web.Request) -> web.Response:
        session = _open_session(state, http.match_info["session"])
        if session is None:
            return templates.page("processor/gone.html", status=410)
        return _ask(state, templates, session, {}, None)

    return handler


def _entered(state: ProcessorState, templates: Templates) -> Handler:
    async def handler(http: web.Request) -> web.Response:
        session = _open_session(state, http.match_info["session"])
        if session is None:
            return templates.page("processor/gone.html", status=410)
        typed = {name: str(value) for name, value in (await http.post()).items()}
        try:
            card, expires = read_card(typed, state.clock())
            if card.outcome is CardOutcome.ASKS and not typed.get("bank"):
                return templates.page("processor/bank.html", session=session, typed=typed, card=card)
            if typed.get("bank") == "no":
                raise BadCard("number", "We are unable to authenticate your payment method.")
        except BadCard as wrong:
            return _ask(state, templates, session, typed, wrong)
        raise web.HTTPSeeOther(_save(state, session, card, expires))

    return handler


def _ask(
    state: ProcessorState,
    templates: Templates,
    session: Json,
    typed: Mapping[str, str],
    wrong: BadCard | None,
) -> web.Response:
    return templates.page(
        "processor/card.html",
        status=422 if wrong else 200,
        session=session,
        customer=state.get("customer", session["customer"]),
        back=session.get("cancel_url") or session.get("return_url"),
        typed=typed,
        wrong=wrong,
        cards=TEST_CARDS.values(),
    )


def _open_session(state: ProcessorState, session_id: str) -> Json | None:
    """The session, unless there is none, it is used, or its day is over."""
    session = state.store.find(session_id)
    if session is None or session["object"] not in (CHECKOUT, PORTAL):
        return None
    used = session.get("_used") or session.get("status", "open") != "open"
    return None if used or session["created"] + LIFETIME <= state.now() else session


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


def _save(state: ProcessorState, session: Json, card: TestCard, expires: tuple[int, int]) -> str:
    """Put the card on file and finish the session; the address to go back to."""
    with state.store.begin():
        saved = save_test_card(state, card, expires=expires, customer=session["customer"])
        if session["object"] == CHECKOUT:
            complete_checkout(state, session, saved)
            return str(session["success_url"]).replace("{CHECKOUT_SESSION_ID}", session["id"])
        complete_portal(state, session, saved)
    after = ((session["flow"] or {}).get("after_completion") or {}).get("redirect") or {}
    return str(after.get("return_url") or session["return_url"] or state.public_url)
