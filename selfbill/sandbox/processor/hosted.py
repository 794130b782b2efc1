"""The hosted pages: a card to save, an open invoice to pay, the bank's question between, and the way back."""

from __future__ import annotations

from collections.abc import Mapping

from aiohttp import web
from aiohttp.typedefs import Handler

from selfbill.sandbox.human_pages import Templates
from selfbill.sandbox.processor.entering import BadCard, BankAsks, card_on_file, find_open_page, submit_card
from selfbill.sandbox.processor.errors import Json
from selfbill.sandbox.processor.resources.cards import TEST_CARDS
from selfbill.sandbox.processor.state import ProcessorState


def add_hosted_routes(app: web.Application, state: ProcessorState, templates: Templates) -> None:
    """`/card/{page}` saves a card, `/invoice/{page}` pays: the form, its answer, and the bank's question."""
    for path in ("/card/{page}", "/invoice/{page}"):
        app.router.add_get(path, _form(state, templates))
        app.router.add_post(path, _entered(state, templates))


def _form(state: ProcessorState, templates: Templates) -> Handler:
    async def handler(http: web.Request) -> web.Response:
        page = find_open_page(state, http.match_info["page"])
        if page is None:
            return _over(state, templates, http.match_info["page"])
        return _ask(state, templates, page, {}, None)

    return handler


def _entered(state: ProcessorState, templates: Templates) -> Handler:
    async def handler(http: web.Request) -> web.Response:
        page = find_open_page(state, http.match_info["page"])
        if page is None:
            return _over(state, templates, http.match_info["page"])
        typed = {name: str(value) for name, value in (await http.post()).items()}
        try:
            location = submit_card(state, page, typed)
        except BankAsks as asks:
            return templates.page("processor/bank.html", page=page, typed=typed, last4=asks.last4)
        except BadCard as wrong:
            return _ask(state, templates, find_open_page(state, page["id"]) or page, typed, wrong)
        raise web.HTTPSeeOther(location)

    return handler


def _over(state: ProcessorState, templates: Templates, name: str) -> web.Response:
    """An invoice that is paid says so; all other pages that are over say only that."""
    invoice = state.store.find(name)
    if invoice is not None and invoice["object"] == "invoice" and invoice["status"] == "paid":
        return templates.page("processor/paid.html", invoice=invoice)
    return templates.page("processor/gone.html", status=410)


def _ask(
    state: ProcessorState, templates: Templates, page: Json, typed: Mapping[str, str], wrong: BadCard | None
) -> web.Response:
    is_invoice = page["object"] == "invoice"
    saved = card_on_file(state, page) if is_invoice else None
    return templates.page(
        "processor/card.html",
        status=422 if wrong else 200,
        page=page,
        invoice=page if is_invoice else None,
        saved=state.store.find(saved or ""),
        customer=state.get("customer", page["customer"]),
        back=page.get("cancel_url") or page.get("return_url"),
        typed=typed,
        wrong=wrong,
        cards=TEST_CARDS.values(),
    )
