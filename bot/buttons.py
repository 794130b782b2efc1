"""Pure: the buttons of a card. They name records; what they do is decided from the database."""

from datetime import datetime

from billing.addresses import Addresses
from billing.emails import mask_email
from billing.money import Money
from billing.policy import Consent
from billing.records import Request, Ticket
from billing.states import CancelWhen, RequestState, TicketState
from billing.views import RequestView
from bot.actions import (
    APPROVE,
    ASSIGN,
    CLOSE,
    DENY,
    MORE,
    OPEN_DESK,
    REPLY,
    RETRY,
    More,
    approve_value,
    more_value,
)
from bot.facts import consent_of
from bot.marks import Block, clean, plain
from locales.translator import N_, Translator


def request_buttons(
    view: RequestView, addresses: Addresses, say: Translator, *, now: datetime
) -> list[Block]:
    """While it waits: yes, no, and more; after a failure: once more; always a way to the desk."""
    request, desk = view.request, addresses.desk_request(view.account, view.request.id)
    if request.state is RequestState.PENDING:
        yes = [_approve_button(view, say)] if view.hold is None else []
        return [*yes, _deny_button(request, say), _more(view, desk, say, now=now)]
    again = [_retry_button(view, say)] if request.state is RequestState.FAILED else []
    return [*again, desk_button(desk, say)]


def question_buttons(ticket: Ticket, desk: str, say: Translator) -> list[Block]:
    """For a ticket without a request; nothing about it is decided."""
    reply = {
        **_button(say.text("Reply…"), REPLY, ticket.id.hex),
        "style": "primary",
        "accessibility_label": clean(say.text("Reply to the customer"), 75),
    }
    assign = _button(say.text("Assign…"), ASSIGN, ticket.id.hex)
    rest = [] if ticket.state is TicketState.CLOSED else [_close_button(ticket, say)]
    return [reply, assign, *rest, desk_button(desk, say)]


def desk_button(address: str, say: Translator) -> Block:
    """A link; the browser follows it."""
    return {
        "type": "button",
        "action_id": OPEN_DESK,
        "text": plain(say.text("Open in desk"), 75),
        "url": address,
    }


def _button(text: str, action: str, value: str) -> Block:
    return {"type": "button", "action_id": action, "text": plain(text, 75), "value": value}


def _dialog(title: str, text: str, yes: str, say: Translator) -> Block:
    return {
        "title": plain(title, 100),
        "text": plain(text, 300),
        "confirm": plain(yes, 30),
        "deny": plain(say.text("Back"), 30),
    }


def _approve_button(view: RequestView, say: Translator) -> Block:
    consent = consent_of(view)
    yes = _first_deed(consent, say) or _deed(consent.amount, say)
    value = approve_value(view.request.id, consent.first.id if consent.first else None)
    return {
        **_button(say.text("Approve"), APPROVE, value),
        "style": "primary",
        "accessibility_label": clean(say.text("Approve: {yes}", yes=yes), 75),
        "confirm": _dialog(say.text("Approve this request?"), _consequence(view, consent, say), yes, say),
    }


def _retry_button(view: RequestView, say: Translator) -> Block:
    once_more = Consent(view.request.refund_amount, needs_two=False, first=None)
    yes = _deed(once_more.amount, say)
    return {
        **_button(say.text("Try again"), RETRY, view.request.id.hex),
        "accessibility_label": clean(say.text("Try again: {yes}", yes=yes), 75),
        "confirm": _dialog(say.text("Try this again?"), _consequence(view, once_more, say), yes, say),
    }


def _deny_button(request: Request, say: Translator) -> Block:
    return {
        **_button(say.text("Deny…"), DENY, request.id.hex),
        "style": "danger",
        "accessibility_label": clean(say.text("Deny this request and say why"), 75),
    }


def _close_button(ticket: Ticket, say: Translator) -> Block:
    text = say.text("The customer is not told. A reply of theirs opens it again.")
    yes = say.text("Close it")
    return {
        **_button(say.text("Close"), CLOSE, ticket.id.hex),
        "accessibility_label": clean(say.text("Close this question"), 75),
        "confirm": _dialog(say.text("Close this question?"), text, yes, say),
    }


def _more(view: RequestView, desk: str, say: Translator, *, now: datetime) -> Block:
    """The overflow menu, which takes five at most."""
    request, sleeps = view.request, view.snooze is not None and view.snooze.holds(now)
    part = say.text("Another amount or a message…") if request.amount else say.text("Approve with a message…")
    choices = {
        **({More.PART: part} if view.hold is None else {}),
        More.ASK: say.text("Ask the customer…"),
        More.ASSIGN: say.text("Assign…"),
        **({More.WAKE: say.text("Wake up")} if sleeps else {More.SNOOZE: say.text("Snooze…")}),
        More.DESK: say.text("Open in desk"),
    }
    options: list[Block] = [
        {"text": plain(text, 75), "value": more_value(which, request.id)} for which, text in choices.items()
    ]
    options[-1]["url"] = desk
    return {"type": "overflow", "action_id": MORE, "options": options}


def _first_deed(consent: Consent, say: Translator) -> str:
    """Of two people the first: their yes alone does nothing yet; empty where it does."""
    return say.text("Say yes, 1 of 2") if consent.needs_two and consent.first is None else ""


def _deed(amount: Money | None, say: Translator) -> str:
    """What saying yes does, in a few words."""
    if amount is not None:
        return say.text("Refund {amount}", amount=amount)
    return say.text("End the subscription")


def _consequence(view: RequestView, consent: Consent, say: Translator) -> str:
    """What will happen, in a sentence that states amount and customer."""
    request = view.request
    facts = {"customer": clean(mask_email(view.customer.email), 80), "product": clean(view.product.name, 80)}
    if consent.amount is not None:
        return say.text(_refund_sentence(consent), amount=consent.amount, **facts)
    if request.policy.cancel_when is CancelWhen.PERIOD_END:
        return say.text("The subscription of {customer} to {product} ends with the paid period.", **facts)
    return say.text("The subscription of {customer} to {product} ends at once.", **facts)


def _refund_sentence(consent: Consent) -> str:
    if consent.first is not None:
        return N_(
            "One of two has said yes. With a second yes {amount} for {product} goes back to {customer}. "
            "This cannot be undone."
        )
    if consent.needs_two:
        return N_("{amount} for {product} goes back to {customer} only when a second person says yes too.")
    return N_("{amount} for {product} goes back to {customer}. This cannot be undone.")
