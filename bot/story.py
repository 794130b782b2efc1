"""Pure: what became of a request, in a line on its card, and step by step in the card's thread."""

import re
from dataclasses import replace
from datetime import datetime

from billing import policy
from billing.emails import mask_email
from billing.errors import AlreadyDecided, Refusal
from billing.records import Customer, Entry, Request
from billing.states import EntryKind, OperationState, RequestState
from billing.text_places import Place
from billing.tickets import AWAITED
from billing.views import RequestView
from bot.marks import (
    MOST_QUOTED,
    Block,
    Told,
    clean,
    code,
    escape,
    literal,
    mention,
    moment,
    mrkdwn,
    plain,
    quoted,
)
from bot.replies import TO_CUSTOMER
from locales.texts import event_sentence, failure_sentence, sentence
from locales.translator import N_, Translator

# Beside the words, never instead of them; signs that fonts without emoji have too.
_SIGNS = {
    RequestState.APPROVED: "◔",
    RequestState.DENIED: "✖",
    RequestState.WITHDRAWN: "↩",
    RequestState.FAILED: "⚠",
    RequestState.DONE: "✔",
}

# What a ticket begins with.
_FIRST = frozenset({"request.asked", "ticket.opened"})


def state_line(view: RequestView, say: Translator) -> str:
    """Who decided what and when, and what became of it; mrkdwn of ours, all else literal."""
    return f"{_SIGNS[view.request.state]} {_state_sentence(view, say)}"


def held_line(view: RequestView, say: Translator) -> str:
    """Since when it waits for a bank; empty if it does not."""
    if view.hold is None:
        return ""
    text = N_("*Waits for the bank*: the payment is disputed since {when}, and the bank decides first")
    return f"◔ {say.text(text, when=_when(view.hold.since, say))}"


def half_line(view: RequestView, say: Translator) -> str:
    """Of two people, who said yes first, to how much and when; empty where nobody did."""
    first = policy.first_yes(view.request, view.approvals)
    if first is None:
        return ""
    facts = {"who": literal(first.by_name, 100), "when": _when(first.at, say)}
    return f"◔ {say.text('*1 of 2*: {who} said yes to {amount}, {when}', amount=first.amount, **facts)}"


def _state_sentence(view: RequestView, say: Translator) -> str:
    request = view.request
    who = literal(request.decided_by_name or say.text("the policy"), 100)
    facts = {"who": who, "when": _when(request.decided_at or request.moved_at, say)}
    match request.state:
        case RequestState.DENIED:
            return _denied(view, facts, say)
        case RequestState.WITHDRAWN:
            return _withdrawn(request, say)
        case RequestState.FAILED:
            return _failed(view, facts, say)
        case RequestState.DONE:
            return _done(view, facts, say)
        case RequestState.APPROVED | RequestState.PENDING:
            return _under_way(view, facts, say)


def _under_way(view: RequestView, facts: dict[str, str], say: Translator) -> str:
    amount = view.request.refund_amount
    if view.operation and view.operation.state is OperationState.UNKNOWN:
        return say.text(
            "*Being checked* with the payment processor. Approved by {who}, {when}",
            **facts,
        )
    if amount is None:
        return say.text("*Approved* by {who}, {when} · being carried out", **facts)
    return say.text("*Approved* by {who}, {when} · refunding {amount}", amount=amount, **facts)


def _denied(view: RequestView, facts: dict[str, str], say: Translator) -> str:
    if view.is_lost_to_bank:
        return say.text("*Closed*: the bank has given the customer the money back, {when}", **facts)
    return say.text("*Denied* by {who}, {when}", **facts)


def _done(view: RequestView, facts: dict[str, str], say: Translator) -> str:
    """With what the processor calls it, so that it is found there."""
    if view.is_done_elsewhere:
        return _done_elsewhere(view, say)
    amount, operation = view.request.refund_amount, view.operation
    if amount is None:
        done = say.text("*Done*. Approved by {who}, {when}", **facts)
    else:
        done = say.text("*Refunded* {amount}. Approved by {who}, {when}", amount=amount, **facts)
    return f"{done} · {code(operation.processor_id)}" if operation and operation.processor_id else done


def _done_elsewhere(view: RequestView, say: Translator) -> str:
    amount, when = view.request.refund_amount, _when(view.request.moved_at, say)
    if amount is None:
        return say.text("*Done* at the payment processor itself, {when}", when=when)
    return say.text("*Refunded* {amount} at the payment processor itself, {when}", amount=amount, when=when)


def _failed(view: RequestView, facts: dict[str, str], say: Translator) -> str:
    """It never took effect, or was taken back after it had."""
    why = literal(failure_sentence(view.request.failure or "unknown", say))
    if view.operation and view.operation.state is OperationState.REVERSED:
        return say.text(
            "*Taken back* by the payment processor: {why} Approved by {who}, {when}", why=why, **facts
        )
    return say.text("*Failed*: {why} Approved by {who}, {when}", why=why, **facts)


def _withdrawn(request: Request, say: Translator) -> str:
    when = _when(request.moved_at, say)
    if request.withdrawn_by:
        who = literal(request.withdrawn_by, 100)
        return say.text("*Withdrawn* by {who} for the customer, {when}", who=who, when=when)
    return say.text("*Withdrawn* by the customer, {when}", when=when)


def _when(at: datetime, say: Translator) -> str:
    return moment(at, say.datetime(at))


def without_name(text: str, customer: Customer, say: Translator) -> str:
    """Words to a customer as Slack may show them: without their name, their address masked.

    A template puts the name there, or the address of whose name is not known.
    """
    shown = _put_for(customer.email, mask_email(customer.email), text)
    return _put_for(customer.name, say.text("[the customer's name]"), shown)


def with_place(text: str, customer: Customer) -> str:
    """A filled answer as it can be sent once more from Slack: the place stands there for the name again."""
    return _put_for(customer.name or customer.email, Place.CUSTOMER_NAME.written, text)


def _put_for(found: str, instead: str, text: str) -> str:
    if not found:
        return text
    return re.sub(rf"(?<!\w){re.escape(found)}(?!\w)", lambda _: instead, text)


def thread_line(
    entry: Entry,
    say: Translator,
    *,
    customer: Customer | None = None,
    assignee: str = "",
    is_read: bool = False,
) -> Told:
    """One step of the story in the card's thread: fallback text and blocks, people's words plain.

    `assignee`: the Slack user whose ticket it is, who is called when the customer answers. `is_read`: we
    may read the thread, which its first line says.
    """
    shown = _without_customers_name(entry, say)
    if entry.kind is EntryKind.EVENT:
        told, words = event_sentence(shown, say), str(entry.facts.get("answer") or "")
    elif entry.kind is EntryKind.NOTE:
        told, words = say.text("Internal note by {who}:", who=shown.by_name), entry.text
    elif entry.by.startswith("staff:"):
        told, words = say.text("Sent to the customer by {who}:", who=shown.by_name), entry.text
    else:
        told, words = say.text("{who} wrote:", who=shown.by_name), entry.text
    told = clean(told, 500)
    if customer is not None and entry.by.startswith("staff:"):
        words = without_name(words, customer, say)
    if quotation := quoted(words, MOST_QUOTED):
        told = f"{told}\n{quotation}"
    blocks: list[Block] = [{"type": "section", "text": plain(told)}]
    if entry.facts.get(AWAITED):
        answered = say.text("The customer has answered what they were asked.")
        blocks.insert(
            0, {"type": "section", "text": mrkdwn(f"{mention(assignee)} {escape(answered)}".strip())}
        )
    if is_read and entry.verb in _FIRST:
        way = say.text(
            "Replies here are notes for your team. To write to the customer, begin with {prefix}",
            prefix=TO_CUSTOMER,
        )
        blocks.append({"type": "context", "elements": [plain(way)]})
    return escape(told), blocks


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
