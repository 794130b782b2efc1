"""The words of every mail to customers: records in, subject and text out. Nothing is read or sent here."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from billing.money import Money
from billing.records import Account, Customer, Entry, Product, Request, Ticket
from billing.states import (
    CancelWhen,
    Handling,
    OperationState,
    RequestKind,
    RequestState,
    SubscriptionState,
)
from billing.views import RequestView
from locales.labels import reason_label
from locales.texts import failure_sentence
from locales.translator import N_, Translator

_POLICY = "system:policy"
# Failures that are the customer's business; the others, such as an empty balance, are the merchant's own.
_TOLD_FAILURES = frozenset(
    """charge_disputed charge_for_pending_refund_disputed charge_already_refunded expired_or_canceled_card
    lost_or_stolen_card declined already_canceled""".split()
)


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail in plain text: what stands in its paragraphs, some of them several lines."""

    to: str
    subject: str
    paragraphs: tuple[str, ...]

    @property
    def text(self) -> str:
        """The body, with an empty line between paragraphs."""
        return "\n\n".join(paragraph for paragraph in self.paragraphs if paragraph) + "\n"


def code_letter(
    to: str, account: Account, *, purpose: str, number: str, minutes: int, say: Translator
) -> Letter:
    """The code and what it is for. No link: whoever reads it types it where they asked for it."""
    if purpose == "sign-in":
        what_for = say.text("Use this code to sign in at {merchant}:", merchant=account.name)
    else:
        what_for = say.text(
            "Use this code at {merchant} before you open documents, change your card or ask for a refund:",
            merchant=account.name,
        )
    valid = say.plural(
        "It is valid for {n} minute, once, in the browser that asked for it.",
        "It is valid for {n} minutes, once, in the browser that asked for it.",
        minutes,
    )
    warning = say.text(
        "If you did not ask for it, you need not do anything. Give this code to nobody; we never ask for it."
    )
    subject = say.text("Your code for {merchant}", merchant=account.name)
    return Letter(to, subject, (what_for, number, valid, warning))


def order_ids_letter(
    to: str,
    account: Account,
    orders: Sequence[tuple[str, datetime, str]],
    *,
    address: str,
    say: Translator,
) -> Letter:
    """All Order IDs of a customer, newest first, and where they sign in."""
    lines = "\n".join(
        say.text("{order_id}: {product}, paid on {day}", order_id=one, product=what, day=say.date(at))
        for one, at, what in orders
    )
    return Letter(
        to,
        say.text("Your Order IDs at {merchant}", merchant=account.name),
        (
            say.text("These are your Order IDs at {merchant}:", merchant=account.name),
            lines or say.text("There are none: no payment of yours has gone through."),
            say.text(
                "Any of them signs you in, together with this e-mail address: {address}", address=address
            ),
            say.text("If you did not ask for this, you need not do anything."),
        ),
    )


def received_letter(
    view: RequestView, *, order_id: str, address: str, say: Translator, by_support: bool = False
) -> Letter:
    """What was declared, dated, with its reference and what happens next."""
    request = view.request
    return Letter(
        view.customer.email,
        _subject_received(request, say),
        (
            _greeting(view.customer, say),
            say.text(
                "We received this on {when}. Your reference is {reference}.",
                when=request.asked_at,
                reference=request.reference,
            ),
            _support(view.account, say) if by_support else "",
            _declaration(view, order_id=order_id, by_support=by_support, say=say),
            _next_step(view, say),
            say.text("Where it stands: {address}", address=address),
            _warning(view.account, say),
        ),
    )


def _subject_received(request: Request, say: Translator) -> str:
    match request.kind:
        case RequestKind.REFUND:
            return say.text("We received your refund request {reference}", reference=request.reference)
        case RequestKind.CANCEL:
            return say.text("We received your cancellation {reference}", reference=request.reference)
        case RequestKind.UNDO_CANCEL:
            return say.text(
                "We received that you keep your subscription, {reference}", reference=request.reference
            )


def _declaration(view: RequestView, *, order_id: str, by_support: bool, say: Translator) -> str:
    """The declaration in one paragraph: what about, how much, why, in which words."""
    request = view.request
    lines = [_what(view, say)]
    if order_id:
        lines.append(say.text("Order ID: {order_id}", order_id=order_id))
    if reason := reason_label(request.kind, request.reason, say):
        lines.append(say.text("Reason: {reason}", reason=reason))
    if request.message:
        whose = N_("As we understood you:") if by_support else N_("In your words:")
        lines += [say.text(whose), quoted(request.message)]
    return "\n".join(lines)


def _what(view: RequestView, say: Translator) -> str:
    product = _name_of(view.product)
    match view.request.kind:
        case RequestKind.REFUND:
            return say.text(
                "You ask for a refund of {amount} for {product}.", amount=_amount(view), product=product
            )
        case RequestKind.CANCEL:
            return say.text("You cancel your subscription to {product}.", product=product)
        case RequestKind.UNDO_CANCEL:
            return say.text(
                "You take the cancellation of your subscription to {product} back.", product=product
            )


def _next_step(view: RequestView, say: Translator) -> str:
    if view.request.policy.handling is Handling.MANUAL:
        return say.text(
            "{merchant} will answer, and you get another mail then. This mail confirms that we received your "
            "declaration; it does not decide it.",
            merchant=view.account.name,
        )
    return say.text(
        "This needs no one to decide: you get another mail with the outcome, usually within minutes."
    )


def outcome_letter(view: RequestView, *, address: str, say: Translator, by_support: bool = False) -> Letter:
    """What came of a request, as it is now."""
    return Letter(
        view.customer.email,
        _subject_outcome(view.request, say),
        (
            _greeting(view.customer, say),
            _support(view.account, say) if by_support else "",
            *_outcome(view, say),
            say.text(
                "The whole story of {reference}: {address}", reference=view.request.reference, address=address
            ),
            _warning(view.account, say),
        ),
    )


_SUBJECT_DONE = {
    RequestKind.REFUND: N_("Your money was refunded, {reference}"),
    RequestKind.CANCEL: N_("Your subscription is canceled, {reference}"),
    RequestKind.UNDO_CANCEL: N_("Your subscription goes on, {reference}"),
}
_SUBJECT = {
    RequestState.PENDING: N_("Your request {reference}"),
    RequestState.APPROVED: N_("Your request {reference}"),
    RequestState.DENIED: N_("Your request {reference} was denied"),
    RequestState.WITHDRAWN: N_("You withdrew your request {reference}"),
    RequestState.FAILED: N_("Your request {reference} could not be carried out yet"),
}


def _subject_outcome(request: Request, say: Translator) -> str:
    if request.withdrawn_by:
        return say.text("Your request {reference} was withdrawn", reference=request.reference)
    is_done = request.state is RequestState.DONE
    subject = _SUBJECT_DONE[request.kind] if is_done else _SUBJECT[request.state]
    return say.text(subject, reference=request.reference)


def _outcome(view: RequestView, say: Translator) -> Iterable[str]:
    request = view.request
    match request.state:
        case RequestState.DONE:
            yield _done(view, say)
        case RequestState.DENIED:
            yield _denied(view, say)
        case RequestState.WITHDRAWN if request.withdrawn_by:
            yield say.text("This request was withdrawn, so nothing was changed.")
        case RequestState.WITHDRAWN:
            yield say.text("You withdrew this request, so nothing was changed.")
        case RequestState.FAILED:
            yield _failed(view, say)
            if request.failure in _TOLD_FAILURES:
                yield failure_sentence(request.failure, say)
            yield say.text(
                "{merchant} knows and looks into it. You need not ask again.", merchant=view.account.name
            )
        case RequestState.PENDING:
            yield _waiting(view, say)
        case RequestState.APPROVED if view.operation and view.operation.state is OperationState.UNKNOWN:
            yield say.text(
                "The payment processor has not told us yet whether it was done. We keep asking, and nothing "
                "is done twice. {merchant} looks into it, and you get another mail.",
                merchant=view.account.name,
            )
        case RequestState.APPROVED:
            yield say.text("It is under way.")
    if request.answer:
        yield say.text("{merchant} writes:", merchant=view.account.name) + "\n" + quoted(request.answer)


def _waiting(view: RequestView, say: Translator) -> str:
    if view.hold is not None:
        return say.text(
            "You have asked your bank for the same money, and the bank decides first. Until then your "
            "request waits; you need not do anything."
        )
    return say.text(
        "Your bank has decided, so your request can be answered now. {merchant} will answer, and you get "
        "another mail then.",
        merchant=view.account.name,
    )


def _failed(view: RequestView, say: Translator) -> str:
    """A refund without an operation of ours was made at the processor, so it can only have come back."""
    if view.operation is not None and view.operation.state is not OperationState.REVERSED:
        return say.text("We could not carry this out yet.")
    return say.text("The refund that we told you of did not arrive and came back to us.")


def _done(view: RequestView, say: Translator) -> str:
    product = _name_of(view.product)
    match view.request.kind:
        case RequestKind.REFUND:
            return _refunded(view, product, say)
        case RequestKind.CANCEL:
            return _canceled(view, product, say)
        case RequestKind.UNDO_CANCEL:
            return say.text("Your subscription to {product} goes on as before.", product=product)


def _refunded(view: RequestView, product: str, say: Translator) -> str:
    request = view.request
    if request.is_partial:
        return say.text(
            "We refunded {amount} of the {asked} that you asked for, for {product}, the way you paid. "
            "Banks often need 5 to 10 days to show it.",
            amount=request.refund_amount,
            asked=request.amount,
            product=product,
        )
    return say.text(
        "We refunded {amount} for {product} the way you paid. Banks often need 5 to 10 days to show it.",
        amount=_amount(view),
        product=product,
    )


def _canceled(view: RequestView, product: str, say: Translator) -> str:
    subscription = view.subscription
    is_over = subscription is not None and subscription.state is SubscriptionState.CANCELED
    if is_over or view.request.policy.cancel_when is CancelWhen.NOW:
        return say.text(
            "Your subscription to {product} has ended. Nothing more will be charged.", product=product
        )
    if subscription is None or subscription.period_ends_at is None:
        return say.text(
            "Your subscription to {product} ends with the period you have paid for. "
            "Nothing more will be charged.",
            product=product,
        )
    return say.text(
        "Your subscription to {product} ends on {day}. "
        "Until then nothing changes, and nothing more will be charged.",
        product=product,
        day=say.date(subscription.period_ends_at),
    )


def _denied(view: RequestView, say: Translator) -> str:
    request = view.request
    if view.is_lost_to_bank:
        return say.text("Your bank has given you the money back, so nothing is left to refund here.")
    if request.decided_by == _POLICY and request.policy.period_ends_at is not None:
        return say.text(
            "The refund period for {product} ended on {day}, so this request was denied automatically.",
            product=_name_of(view.product),
            day=say.date(request.policy.period_ends_at),
        )
    return say.text("{merchant} denied this request. Nothing was changed.", merchant=view.account.name)


def ticket_letter(
    to: Customer, account: Account, ticket: Ticket, entry: Entry, *, address: str, say: Translator
) -> Letter:
    """The customer's own question, confirmed, or what staff replied."""
    is_own = entry.by.startswith("customer:")
    if is_own:
        subject = say.text("We received your question {reference}", reference=ticket.reference)
        first = say.text("We received this on {when}:", when=entry.at)
        then = say.text("{merchant} will answer, and you get another mail then.", merchant=account.name)
    else:
        is_question = entry.verb == "ticket.asked"
        words = N_("A question about {reference}") if is_question else N_("Answer to {reference}")
        subject = say.text(words, reference=ticket.reference)
        first = say.text("{who} of {merchant} writes:", who=entry.by_name, merchant=account.name)
        then = say.text("Please answer there; replies to this mail are not read.")
    if ticket.subject:
        subject = f"{subject}: {ticket.subject}"
    there = say.text("The whole conversation: {address}", address=address)
    return Letter(to.email, subject, (_greeting(to, say), f"{first}\n{quoted(entry.text)}", there, then))


def quoted(text: str) -> str:
    """Somebody's own words, visibly a quotation, each line marked."""
    return "\n".join(f"> {line}".rstrip() for line in text.strip().splitlines())


def _greeting(customer: Customer, say: Translator) -> str:
    return say.text("Hello {name},", name=customer.name) if customer.name else say.text("Hello,")


def _support(account: Account, say: Translator) -> str:
    return say.text(
        "The support team of {merchant} did this for you, at your request.", merchant=account.name
    )


def _warning(account: Account, say: Translator) -> str:
    return say.text("If this was not you, please tell {merchant} at once.", merchant=account.name)


def _name_of(product: Product) -> str:
    return f"{product.name} ({product.price_point})" if product.price_point else product.name


def _amount(view: RequestView) -> Money:
    assert view.request.amount is not None, "a refund request has an amount"
    return view.request.amount
