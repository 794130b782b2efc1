"""Pure: a record and a translator in, Block Kit out. Cards are drawn anew from the database each time."""

from billing import policy
from billing.addresses import Addresses
from billing.emails import mask_email
from billing.money import Money
from billing.policy import Consent
from billing.records import Payment, Request
from billing.states import CancelWhen, EntryKind, RequestKind, RequestState
from billing.views import RequestView, TicketView
from bot.actions import APPROVE, DENY, OPEN_DESK, RETRY, approve_value
from bot.marks import (
    MOST_QUOTED,
    Block,
    Told,
    bold,
    clean,
    code,
    escape,
    literal,
    moment,
    mrkdwn,
    plain,
    quoted,
)
from bot.story import half_line, state_line
from locales.texts import label, reason_label
from locales.translator import N_, Translator


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
            customer=clean(mask_email(view.customer.email), 300),
            product=clean(view.product.name, 300),
            state=label(view.request.state, say),
        )
    )


def request_card(view: RequestView, addresses: Addresses, say: Translator) -> list[Block]:
    """The card of a Manual request: the facts, the customer's words, then buttons or what became of it."""
    request = view.request
    blocks: list[Block] = [
        {"type": "header", "text": plain(request_title(request, say), 150)},
        {"type": "section", "fields": _fields(view, say)},
        {"type": "section", "text": plain(_reason(request, say))},
    ]
    if request.state is not RequestState.PENDING:
        blocks.append({"type": "section", "text": mrkdwn(state_line(view, say))})
    elif half := half_line(view, say):
        blocks.append({"type": "section", "text": mrkdwn(half)})
    if answer := quoted(request.answer, MOST_QUOTED):
        told = say.text("The customer reads:")
        blocks.append({"type": "section", "text": plain(f"{told}\n{answer}")})
    blocks.append({"type": "actions", "elements": _buttons(view, addresses, say)})
    blocks.append({"type": "context", "elements": _footer(view, say)})
    return blocks


def _fields(view: RequestView, say: Translator) -> list[Block]:
    payment, subscription = view.payment, view.subscription
    fields = [
        bold(say.text("Customer"), literal(mask_email(view.customer.email))),
        bold(say.text("Product"), literal(f"{view.product.name} · {view.product.price_point}")),
    ]
    if payment is not None:
        fields += [
            bold(say.text("Amount"), escape(_amount(view.request, payment, say))),
            *_approved(view.request, say),
            bold(say.text("Paid"), moment(payment.paid_at, say.datetime(payment.paid_at))),
            bold(say.text("Order ID"), code(payment.order_id) if payment.order_id else "–"),
        ]
    elif subscription is not None and subscription.period_ends_at is not None:
        ends = subscription.period_ends_at
        fields.append(bold(say.text("Paid until"), moment(ends, say.datetime(ends))))
    policy = policy_line(view.request, say)
    return [*fields, bold(say.text("Policy"), escape(policy))] if policy else fields


def _amount(request: Request, payment: Payment, say: Translator) -> str:
    if request.amount is None or request.amount == payment.captured:
        return say.money(payment.captured)
    return say.text("{amount} of {paid}", amount=request.amount, paid=payment.captured)


def _approved(request: Request, say: Translator) -> list[Block]:
    """Where less was approved than was asked for: both."""
    if not request.is_partial:
        return []
    sentence = say.text("{amount} of {asked}", amount=request.refund_amount, asked=request.amount)
    return [bold(say.text("Approved"), escape(sentence))]


def policy_line(request: Request, say: Translator) -> str:
    """What the policy of the moment of asking says of it; empty where it says nothing."""
    policy = request.policy
    if request.kind is not RequestKind.REFUND:
        return say.text("Ends: {when}", when=label(policy.cancel_when, say)) if policy.cancel_when else ""
    if policy.within_period is None or policy.period_ends_at is None:
        return say.text("No refund period is set for this product.")
    day = say.date(policy.period_ends_at)
    if policy.within_period:
        return say.text("Within the refund period, which ends on {day}.", day=day)
    return say.text("Outside the refund period, which ended on {day}.", day=day)


def _reason(request: Request, say: Translator) -> str:
    """The customer's reason and own words, visibly a quotation."""
    reason = (
        reason_label(request.kind, request.reason, say) if request.reason else say.text("No reason given")
    )
    said = say.text("Reason: {reason}", reason=reason)
    words = quoted(request.message, MOST_QUOTED)
    return f"{said}\n{words}" if words else said


def _footer(view: RequestView, say: Translator) -> list[Block]:
    request = view.request
    names = " · ".join([request.reference, *([view.ticket.reference] if view.ticket else [])])
    asked = say.text("Asked {when}", when=moment(request.asked_at, say.datetime(request.asked_at)))
    footer = [mrkdwn(f"{asked} · {escape(names)}")]
    if view.earlier:
        earlier = say.plural(
            "{n} earlier request of this kind in 12 months",
            "{n} earlier requests of this kind in 12 months",
            view.earlier,
        )
        footer.append(plain(earlier))
    if request.state in {RequestState.PENDING, RequestState.FAILED}:
        footer.append(plain(say.text("Owners, managers and agents within their limit decide.")))
    return footer


def _buttons(view: RequestView, addresses: Addresses, say: Translator) -> list[Block]:
    request = view.request
    buttons: list[Block] = []
    if request.state is RequestState.PENDING:
        buttons = [_approve_button(view, say), _deny_button(view, say)]
    elif request.state is RequestState.FAILED:
        buttons = [_retry_button(view, say)]
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
    consent = policy.consent_of(view.account, view.request, view.payment, view.approvals)
    yes = _first_deed(consent, say) or _deed(view, consent.amount, say)
    dialog = {
        "title": plain(say.text("Approve this request?"), 100),
        "text": plain(_consequence(view, consent, say), 300),
        "confirm": plain(yes, 30),
        "deny": plain(say.text("Back"), 30),
    }
    return {
        **_button(say.text("Approve"), APPROVE, view.request),
        "value": approve_value(view.request.id, consent.first.id if consent.first else None),
        "style": "primary",
        "accessibility_label": clean(say.text("Approve: {yes}", yes=yes), 75),
        "confirm": dialog,
    }


def _retry_button(view: RequestView, say: Translator) -> Block:
    once_more = Consent(view.request.refund_amount, needs_two=False, first=None)
    yes = _deed(view, once_more.amount, say)
    dialog = {
        "title": plain(say.text("Try this again?"), 100),
        "text": plain(_consequence(view, once_more, say), 300),
        "confirm": plain(yes, 30),
        "deny": plain(say.text("Back"), 30),
    }
    return {
        **_button(say.text("Try again"), RETRY, view.request),
        "accessibility_label": clean(say.text("Try again: {yes}", yes=yes), 75),
        "confirm": dialog,
    }


def _first_deed(consent: Consent, say: Translator) -> str:
    """Of two people the first: their yes alone does nothing yet; empty where it does."""
    return say.text("Say yes, 1 of 2") if consent.needs_two and consent.first is None else ""


def _deed(view: RequestView, amount: Money | None, say: Translator) -> str:
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


def _deny_button(view: RequestView, say: Translator) -> Block:
    return {
        **_button(say.text("Deny…"), DENY, view.request),
        "style": "danger",
        "accessibility_label": clean(say.text("Deny this request and say why"), 75),
    }


def question_card(view: TicketView, desk: str, say: Translator) -> Told:
    """A ticket without a request: its fallback text and card, with a link and no decision buttons."""
    ticket, customer = view.ticket, clean(mask_email(view.customer.email), 300)
    title = say.text("Question {reference}", reference=ticket.reference)
    first = next((each.text for each in view.entries if each.kind is EntryKind.MESSAGE), "")
    state = label(ticket.state, say)
    text = say.text("{title}, {customer}: {state}", title=title, customer=customer, state=state)
    button = {
        "type": "button",
        "action_id": OPEN_DESK,
        "text": plain(say.text("Open in desk"), 75),
        "url": desk,
    }
    words = [quoted(ticket.subject, 150), quoted(first, MOST_QUOTED)]
    return escape(text), [
        {"type": "header", "text": plain(title, 150)},
        {
            "type": "section",
            "fields": [
                bold(say.text("Customer"), literal(customer)),
                bold(say.text("State"), escape(state)),
            ],
        },
        {"type": "section", "text": plain("\n\n".join(each for each in words if each))},
        {"type": "actions", "elements": [button]},
        {
            "type": "context",
            "elements": [
                mrkdwn(
                    say.text("Asked {when}", when=moment(ticket.opened_at, say.datetime(ticket.opened_at)))
                )
            ],
        },
    ]
