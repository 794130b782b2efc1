"""Pure: a record and a translator in, Block Kit out. Drawn anew from the database each time."""

from billing.addresses import Addresses
from billing.emails import mask_email
from billing.records import Entry, Request
from billing.states import EntryKind, RequestKind, RequestState
from billing.views import RequestView, TicketView
from bot.actions import (
    ANSWER_ACTION,
    ANSWER_BLOCK,
    APPROVE,
    DENY,
    DENY_VIEW,
    OPEN_DESK,
    RETRY,
)
from bot.marks import Block, bold, clean, escape, moment, mrkdwn, plain
from locales.texts import event_sentence, failure_sentence, label, reason_label
from locales.translator import Translator


def request_title(request: Request, say: Translator) -> str:
    """`Refund request: $39.00`, or what else it asks for."""
    match request.kind:
        case RequestKind.REFUND:
            assert request.amount is not None
            return say.text("Refund request: {amount}", amount=request.amount)
        case RequestKind.CANCEL:
            return say.text("Cancellation request")
        case RequestKind.UNDO_CANCEL:
            return say.text("Cancellation taken back")


def card_text(view: RequestView, say: Translator) -> str:
    """What notifications and screen readers say: what, whose, and where it stands."""
    return escape(
        say.text(
            "{title}, {customer}, {product}: {state}",
            title=request_title(view.request, say),
            customer=mask_email(view.customer.email),
            product=view.product.name,
            state=label(view.request.state, say),
        )
    )


def request_card(view: RequestView, addresses: Addresses, say: Translator) -> list[Block]:
    """The card of a Manual request: the facts, the customer's words, then buttons or what became of it."""
    request = view.request
    blocks: list[Block] = [
        {"type": "header", "text": plain(request_title(request, say), 150)},
        {"type": "section", "fields": _fields(view, say)},
        {"type": "section", "text": plain(_quotation(request, say))},
    ]
    if request.state is not RequestState.PENDING:
        blocks.append({"type": "section", "text": mrkdwn(state_line(view, say))})
    blocks.append({"type": "actions", "elements": _buttons(view, addresses, say)})
    ticket = view.ticket.reference if view.ticket else ""
    footer = f"{request.reference} · {ticket}" if ticket else request.reference
    blocks.append({"type": "context", "elements": [plain(footer, 150)]})
    return blocks


def _fields(view: RequestView, say: Translator) -> list[Block]:
    request, payment = view.request, view.payment
    product = f"{view.product.name} · {view.product.price_point}"
    fields = [
        bold(say.text("Customer"), escape(mask_email(view.customer.email))),
        bold(say.text("Product"), escape(clean(product, 300))),
    ]
    if payment is not None:
        paid = moment(payment.paid_at, say.datetime(payment.paid_at))
        amount = say.text("{amount} of {paid}", amount=request.amount, paid=payment.captured)
        fields += [
            bold(say.text("Amount"), escape(amount)),
            bold(say.text("Paid"), paid),
            bold(say.text("Order ID"), escape(payment.order_id or "–")),
        ]
    return [*fields, bold(say.text("Policy"), escape(policy_line(request, say)))]


def policy_line(request: Request, say: Translator) -> str:
    """What the policy of the moment of asking says of it."""
    policy = request.policy
    if request.kind is RequestKind.CANCEL:
        return (
            say.text("Cancelling: {when}", when=label(policy.cancel_when, say)) if policy.cancel_when else ""
        )
    if policy.within_period is None or policy.period_ends_at is None:
        return say.text("No refund period is set for this product.")
    day = say.date(policy.period_ends_at)
    if policy.within_period:
        return say.text("Within the refund period, which ends on {day}.", day=day)
    return say.text("Outside the refund period, which ended on {day}.", day=day)


def _quotation(request: Request, say: Translator) -> str:
    """The customer's reason and own words, visibly a quotation."""
    reason = (
        reason_label(request.kind, request.reason, say) if request.reason else say.text("No reason given")
    )
    said = say.text("Reason: {reason}", reason=reason)
    return f"{said}\n“{clean(request.message, 2000)}”" if request.message else said


def _buttons(view: RequestView, addresses: Addresses, say: Translator) -> list[Block]:
    request = view.request
    buttons: list[Block] = []
    if request.state is RequestState.PENDING:
        buttons = [_approve_button(view, say), _deny_button(view, say)]
    elif request.state is RequestState.FAILED:
        buttons = [_button(say.text("Try again"), RETRY, request)]
    desk = _button(say.text("Open in desk"), OPEN_DESK, request)
    return [*buttons, {**desk, "url": addresses.desk_request(view.account, request.id)}]


def _button(text: str, action: str, request: Request) -> Block:
    return {
        "type": "button",
        "action_id": action,
        "text": plain(text, 75),
        "value": request.id.hex,
    }


def _approve_button(view: RequestView, say: Translator) -> Block:
    request, customer = view.request, mask_email(view.customer.email)
    if request.amount is not None:
        question = say.text(
            "{amount} goes back to {customer}. This cannot be undone.",
            amount=request.amount,
            customer=customer,
        )
        yes = say.text("Refund {amount}", amount=request.amount)
    else:
        question = say.text(
            "The subscription of {customer} to {product} will be cancelled: {when}.",
            customer=customer,
            product=clean(view.product.name, 100),
            when=label(request.policy.cancel_when, say) if request.policy.cancel_when else "",
        )
        yes = say.text("Cancel it")
    return {
        **_button(say.text("Approve"), APPROVE, request),
        "style": "primary",
        "accessibility_label": clean(say.text("Approve: {yes}", yes=yes), 75),
        "confirm": {
            "title": plain(say.text("Approve this request?"), 100),
            "text": plain(question, 300),
            "confirm": plain(yes, 30),
            "deny": plain(say.text("Back"), 30),
        },
    }


def _deny_button(view: RequestView, say: Translator) -> Block:
    return {
        **_button(say.text("Deny…"), DENY, view.request),
        "style": "danger",
        "accessibility_label": clean(say.text("Deny this request and say why"), 75),
    }


def state_line(view: RequestView, say: Translator) -> str:
    """Who decided what and when, and what became of it; mrkdwn of ours, all else escaped."""
    request = view.request
    decided = request.decided_at or request.moved_at
    when = moment(decided, say.datetime(decided))
    who = escape(request.decided_by_name or say.text("the policy"))
    match request.state:
        case RequestState.DENIED:
            return say.text("*Denied* by {who}, {when}", who=who, when=when) + _answer(request, say)
        case RequestState.WITHDRAWN:
            gone = moment(request.moved_at, say.datetime(request.moved_at))
            return say.text("*Withdrawn* by the customer, {when}", when=gone)
        case RequestState.FAILED:
            why = escape(failure_sentence(request.failure or "unknown", say))
            return say.text("*Approved* by {who}, {when} · *Failed*: {why}", who=who, when=when, why=why)
        case RequestState.DONE:
            done = say.text("*Approved* by {who}, {when} · *Done*", who=who, when=when)
            trace = view.operation.processor_id if view.operation else None
            return f"{done} · `{escape(trace)}`" if trace else done
        case RequestState.APPROVED | RequestState.PENDING:
            return say.text("*Approved* by {who}, {when} · under way", who=who, when=when)


def _answer(request: Request, say: Translator) -> str:
    if not request.answer:
        return ""
    return "\n" + escape(say.text("The customer reads: “{answer}”", answer=clean(request.answer, 1000)))


def question_card(view: TicketView, desk: str, say: Translator) -> tuple[str, list[Block]]:
    """A ticket without a request: its fallback text and card, with a link and no decision buttons."""
    ticket, customer = view.ticket, mask_email(view.customer.email)
    title = say.text("Question {reference}", reference=ticket.reference)
    first = next((each.text for each in view.entries if each.kind is EntryKind.MESSAGE), "")
    text = say.text(
        "{title}, {customer}: {state}", title=title, customer=customer, state=label(ticket.state, say)
    )
    button = {
        "type": "button",
        "action_id": OPEN_DESK,
        "text": plain(say.text("Open in desk"), 75),
        "url": desk,
    }
    return escape(text), [
        {"type": "header", "text": plain(title, 150)},
        {"type": "section", "text": plain(f"{ticket.subject}\n“{clean(first, 2000)}”")},
        {"type": "actions", "elements": [button]},
        {"type": "context", "elements": [plain(f"{customer} · {label(ticket.state, say)}", 300)]},
    ]


def thread_line(entry: Entry, say: Translator) -> tuple[str, list[Block]]:
    """One step of the story in the card's thread: fallback text and blocks, people's words plain."""
    if entry.kind is EntryKind.EVENT:
        told = event_sentence(entry, say)
    elif entry.kind is EntryKind.NOTE:
        told = say.text("Internal note by {who}:", who=entry.by_name) + f"\n“{clean(entry.text, 2500)}”"
    else:
        told = say.text("{who} wrote:", who=entry.by_name) + f"\n“{clean(entry.text, 2500)}”"
    return escape(clean(told, 3000)), [{"type": "section", "text": plain(told)}]


def deny_view(view: RequestView, metadata: str, say: Translator) -> Block:
    """The modal that asks why; what is typed goes to the customer."""
    return {
        "type": "modal",
        "callback_id": DENY_VIEW,
        "private_metadata": metadata,
        "title": plain(say.text("Deny this request"), 24),
        "submit": plain(say.text("Deny"), 24),
        "close": plain(say.text("Back"), 24),
        "blocks": [
            {"type": "section", "text": plain(_summary(view, say))},
            {
                "type": "input",
                "block_id": ANSWER_BLOCK,
                "label": plain(say.text("Message to the customer"), 2000),
                "hint": plain(say.text("The customer reads this on their page and in a mail."), 2000),
                "element": {
                    "type": "plain_text_input",
                    "action_id": ANSWER_ACTION,
                    "multiline": True,
                    "max_length": 3000,
                },
            },
        ],
    }


def _summary(view: RequestView, say: Translator) -> str:
    return say.text(
        "{title} · {product} · {customer}",
        title=request_title(view.request, say),
        product=clean(view.product.name, 300),
        customer=mask_email(view.customer.email),
    )


def told_view(text: str, say: Translator) -> Block:
    """What replaces a modal that came too late."""
    return {
        "type": "modal",
        "title": plain(say.text("Deny this request"), 24),
        "close": plain(say.text("Close"), 24),
        "blocks": [{"type": "section", "text": plain(text)}],
    }
