"""Pure: what a card states of its request or question: fields, a quotation, small print below."""

from datetime import datetime

from billing import policy
from billing.emails import mask_email
from billing.hours import Snooze
from billing.money import Money
from billing.policy import Consent
from billing.records import Payment, Request, Staff
from billing.states import RequestKind, RequestState, TicketState
from billing.views import RequestView
from bot.marks import MOST_QUOTED, Block, bold, clean, code, escape, literal, moment, mrkdwn, plain, quoted
from locales.texts import label, reason_label
from locales.translator import Translator

_WAITS_FOR_STAFF = frozenset({RequestState.PENDING, RequestState.FAILED})
MOST_NAMED = 4  # of the states that earlier requests came to


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


def summary(view: RequestView, say: Translator) -> str:
    """The request in a line, for the head of a modal."""
    return say.text(
        "{title} · {product} · {customer}",
        title=request_title(view.request, say),
        product=clean(view.product.name, 300),
        customer=clean(mask_email(view.customer.email), 300),
    )


def request_fields(view: RequestView, say: Translator, *, now: datetime) -> list[Block]:
    """Labelled facts, at most ten: more Slack does not take."""
    fields = [
        bold(say.text("Customer"), literal(mask_email(view.customer.email))),
        bold(say.text("Product"), literal(f"{view.product.name} · {view.product.price_point}")),
        *_of_the_sale(view, say),
    ]
    if told := policy_line(view.request, say):
        fields.append(bold(say.text("Policy"), escape(told)))
    if view.request.state in _WAITS_FOR_STAFF:
        fields += due_fields(view.due_at, say, now=now)
        if view.ticket is not None and view.ticket.state is TicketState.WAITING:
            fields.append(bold(say.text("State"), escape(label(TicketState.WAITING, say))))
        fields += handling_fields(view.assignee, view.snooze, say, now=now)
    return fields


def _of_the_sale(view: RequestView, say: Translator) -> list[Block]:
    payment, subscription = view.payment, view.subscription
    if payment is not None:
        return [
            bold(say.text("Amount"), escape(_amount(view.request, payment, say))),
            *_approved(view.request, say),
            bold(say.text("Paid"), moment(payment.paid_at, say.datetime(payment.paid_at))),
            bold(say.text("Order ID"), code(payment.order_id) if payment.order_id else "–"),
        ]
    if subscription is not None and subscription.period_ends_at is not None:
        ends = subscription.period_ends_at
        return [bold(say.text("Paid until"), moment(ends, say.datetime(ends)))]
    return []


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


def due_fields(due_at: datetime | None, say: Translator, *, now: datetime) -> list[Block]:
    """Until when it should be decided; said in words when that is over."""
    if due_at is None:
        return []
    when = moment(due_at, say.datetime(due_at))
    return [bold(say.text("Overdue since") if due_at <= now else say.text("Answer by"), when)]


def handling_fields(
    assignee: Staff | None, snooze: Snooze | None, say: Translator, *, now: datetime
) -> list[Block]:
    """Whose it is, and whether it sleeps."""
    fields = []
    if assignee is not None:
        fields.append(bold(say.text("Assigned to"), literal(assignee.name, 100)))
    if snooze is not None and snooze.holds(now):
        until = moment(snooze.until, say.datetime(snooze.until))
        who = literal(snooze.by_name, 100)
        fields.append(bold(say.text("Snoozed"), say.text("Until {until}, by {who}", until=until, who=who)))
    return fields


def reason(request: Request, say: Translator) -> str:
    """The customer's reason and own words, visibly a quotation."""
    given = reason_label(request.kind, request.reason, say) if request.reason else say.text("No reason given")
    said = say.text("Reason: {reason}", reason=given)
    words = quoted(request.message, MOST_QUOTED)
    return f"{said}\n{words}" if words else said


def small_print(view: RequestView, say: Translator) -> list[Block]:
    """When it was asked and its names, what was asked before, and who may decide."""
    request = view.request
    names = " · ".join([request.reference, *([view.ticket.reference] if view.ticket else [])])
    asked = say.text("Asked {when}", when=moment(request.asked_at, say.datetime(request.asked_at)))
    told = [mrkdwn(f"{asked} · {escape(names)}"), plain(history(view, say))]
    if request.state in _WAITS_FOR_STAFF:
        told.append(plain(who_decides(view, say)))
    return told


def history(view: RequestView, say: Translator) -> str:
    """How often this customer asked for such a thing before, and what came of it, newest first."""
    if not view.earlier:
        return say.text("Their first request of this kind in 12 months")
    earlier = say.plural(
        "{n} earlier request of this kind in 12 months",
        "{n} earlier requests of this kind in 12 months",
        view.earlier,
    )
    if not view.became:
        return earlier
    states = [label(each, say) for each in view.became[:MOST_NAMED]]
    if len(view.became) > MOST_NAMED:
        states.append("…")
    return say.text("{earlier}: {states}", earlier=earlier, states=", ".join(states))


def who_decides(view: RequestView, say: Translator) -> str:
    """Why somebody reads this card: who may say yes or no, and when that takes two."""
    told = say.text("Owners, managers and agents within their limit decide.")
    consent = consent_of(view)
    return f"{told} {two_people(view, say)}" if consent.needs_two else told


def consent_of(view: RequestView) -> Consent:
    """Where it stands between one and two people."""
    return policy.consent_of(view.account, view.request, view.payment, view.approvals)


def two_people(view: RequestView, say: Translator) -> str:
    """Why one is not enough, where it is not."""
    above, asked = view.account.two_people_above_minor, view.request.amount
    if above is None or asked is None or asked.currency != view.account.currency:
        return say.text("It takes two people to say yes.")
    limit = Money(above, view.account.currency)
    return say.text("Above {limit} it takes two people to say yes.", limit=limit)
