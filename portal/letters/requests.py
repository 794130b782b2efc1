"""The words of mails about a request: what was declared, and what came of it."""

from collections.abc import Iterable

from billing.money import Money
from billing.records import Account, Product, Request
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
from portal.letters.greeting import greet
from portal.letters.parts import Action, Facts, Letter, Paragraph, Part, Quotation, SmallPrint, gather

_POLICY = "system:policy"
# Failures that are the customer's business; the others, such as an empty balance, are the merchant's own.
_TOLD_FAILURES = frozenset(
    """charge_disputed charge_for_pending_refund_disputed charge_already_refunded expired_or_canceled_card
    lost_or_stolen_card declined already_canceled""".split()
)


def received_letter(
    view: RequestView, *, order_id: str, address: str, say: Translator, by_support: bool = False
) -> Letter:
    """What was declared, dated, with its reference and what happens next."""
    request = view.request
    return Letter(
        view.customer.email,
        _subject_received(request, say),
        gather(
            [
                greet(view.customer, say),
                Paragraph(
                    say.text(
                        "We received this on {when}. Your reference is {reference}.",
                        when=request.asked_at,
                        reference=request.reference,
                    )
                ),
                _support(view.account, say) if by_support else None,
                *_declaration(view, order_id=order_id, by_support=by_support, say=say),
                Paragraph(_next_step(view, say)),
                Action(say.text("See where your request stands"), address),
                _warning(view.account, say),
            ]
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


def _declaration(view: RequestView, *, order_id: str, by_support: bool, say: Translator) -> Iterable[Part]:
    """The declaration: what about, how much, why, in which words."""
    request = view.request
    yield Paragraph(_what(view, say))
    facts = []
    if order_id:
        facts.append((say.text("Order ID"), order_id))
    if reason := reason_label(request.kind, request.reason, say):
        facts.append((say.text("Reason"), reason))
    if facts:
        yield Facts(tuple(facts))
    if request.message:
        whose = N_("As we understood you:") if by_support else N_("In your words:")
        yield Quotation(say.text(whose), request.message)


def _what(view: RequestView, say: Translator) -> str:
    product = name_of(view.product)
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
        gather(
            [
                greet(view.customer, say),
                _support(view.account, say) if by_support else None,
                *(Paragraph(sentence) for sentence in _outcome(view, say)),
                _answer(view, say),
                Action(say.text("Your request {reference}", reference=view.request.reference), address),
                _warning(view.account, say),
            ]
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


def _answer(view: RequestView, say: Translator) -> Quotation | None:
    if not view.request.answer:
        return None
    return Quotation(say.text("{merchant} writes:", merchant=view.account.name), view.request.answer)


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
    product = name_of(view.product)
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
            product=name_of(view.product),
            day=say.date(request.policy.period_ends_at),
        )
    return say.text("{merchant} denied this request. Nothing was changed.", merchant=view.account.name)


def _support(account: Account, say: Translator) -> Paragraph:
    return Paragraph(
        say.text("The support team of {merchant} did this for you, at your request.", merchant=account.name)
    )


def _warning(account: Account, say: Translator) -> SmallPrint:
    return SmallPrint(say.text("If this was not you, please tell {merchant} at once.", merchant=account.name))


def name_of(product: Product) -> str:
    """As customers know it, with its price point."""
    return f"{product.name} ({product.price_point})" if product.price_point else product.name


def _amount(view: RequestView) -> Money:
    assert view.request.amount is not None, "a refund request has an amount"
    return view.request.amount
