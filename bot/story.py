"""Pure: what became of a request, in a line on its card, and step by step in the card's thread."""

from dataclasses import replace
from datetime import datetime

from billing import policy
from billing.errors import AlreadyDecided, Refusal
from billing.records import Entry, Request
from billing.states import EntryKind, OperationState, RequestState
from billing.views import RequestView
from bot.marks import MOST_QUOTED, Told, clean, code, escape, literal, moment, plain, quoted
from locales.texts import event_sentence, failure_sentence, sentence
from locales.translator import Translator

# Beside the words, never instead of them; signs that fonts without emoji have too.
_SIGNS = {
    RequestState.APPROVED: "⌛",
    RequestState.DENIED: "✖",
    RequestState.WITHDRAWN: "↩",
    RequestState.FAILED: "⚠",
    RequestState.DONE: "✔",
}


def state_line(view: RequestView, say: Translator) -> str:
    """Who decided what and when, and what became of it; mrkdwn of ours, all else literal."""
    request = view.request
    return f"{_SIGNS[request.state]} {_state_sentence(view, say)}"


def half_line(view: RequestView, say: Translator) -> str:
    """Of two people, who said yes first, to how much and when; empty where nobody did."""
    first = policy.first_yes(view.request, view.approvals)
    if first is None:
        return ""
    facts = {"who": literal(first.by_name, 100), "when": _when(first.at, say)}
    return f"⌛ {say.text('*1 of 2*: {who} said yes to {amount}, {when}', amount=first.amount, **facts)}"


def _state_sentence(view: RequestView, say: Translator) -> str:
    request = view.request
    who = literal(request.decided_by_name or say.text("the policy"), 100)
    when = _when(request.decided_at or request.moved_at, say)
    match request.state:
        case RequestState.DENIED:
            return say.text("*Denied* by {who}, {when}", who=who, when=when)
        case RequestState.WITHDRAWN:
            return _withdrawn(request, say)
        case RequestState.FAILED:
            why = literal(failure_sentence(request.failure or "unknown", say))
            return say.text("*Failed*: {why} Approved by {who}, {when}", why=why, who=who, when=when)
        case RequestState.DONE:
            done = say.text("*Done*. Approved by {who}, {when}", who=who, when=when)
            trace = view.operation.processor_id if view.operation else None
            return f"{done} · {code(trace)}" if trace else done
        case RequestState.APPROVED | RequestState.PENDING:
            if view.operation and view.operation.state is OperationState.UNKNOWN:
                return say.text(
                    "*Being checked* with the payment processor. Approved by {who}, {when}",
                    who=who,
                    when=when,
                )
            return say.text("*Under way*. Approved by {who}, {when}", who=who, when=when)


def _withdrawn(request: Request, say: Translator) -> str:
    when = _when(request.moved_at, say)
    if request.withdrawn_by:
        who = literal(request.withdrawn_by, 100)
        return say.text("*Withdrawn* by {who} for the customer, {when}", who=who, when=when)
    return say.text("*Withdrawn* by the customer, {when}", when=when)


def _when(at: datetime, say: Translator) -> str:
    return moment(at, say.datetime(at))


def thread_line(entry: Entry, say: Translator) -> Told:
    """One step of the story in the card's thread: fallback text and blocks, people's words plain."""
    shown = _without_customers_name(entry, say)
    if entry.kind is EntryKind.EVENT:
        told, words = event_sentence(shown, say), str(entry.facts.get("answer") or "")
    elif entry.kind is EntryKind.NOTE:
        told, words = say.text("Internal note by {who}:", who=shown.by_name), entry.text
    else:
        told, words = say.text("{who} wrote:", who=shown.by_name), entry.text
    told = clean(told, 500)
    if quotation := quoted(words, MOST_QUOTED):
        told = f"{told}\n{quotation}"
    return escape(told), [{"type": "section", "text": plain(told)}]


def _without_customers_name(entry: Entry, say: Translator) -> Entry:
    """Slack is given a masked address and no name."""
    if "for_customer" in entry.facts:
        return replace(entry, facts={**entry.facts, "for_customer": say.text("the customer")})
    is_customers = entry.by.startswith("customer:")
    return replace(entry, by_name=say.text("The customer") if is_customers else entry.by_name)


def refusal_text(refusal: Refusal, say: Translator) -> str:
    """What a clicker reads when a use case said no; a customer who was first is not named."""
    if isinstance(refusal, AlreadyDecided) and refusal.data.get("state") is RequestState.WITHDRAWN:
        return say.text("The customer withdrew this on {when}.", when=refusal.data["when"])
    return sentence(refusal, say)
