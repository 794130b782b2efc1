"""Words about changing the card that pays: the card, what was done with it, and why something was not."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from billing.processing.records import CardStep
from billing.records import Card
from billing.states import CardStepKind, OperationState
from locales.translator import N_, Translator

# Brands as the processor writes them, where a capital letter is not enough.
_BRANDS = {
    "amex": "American Express",
    "diners": "Diners Club",
    "eftpos_au": "eftpos",
    "jcb": "JCB",
    "unionpay": "UnionPay",
}
# How long before its last day a card is said to expire soon.
SOON = timedelta(days=45)
# Payment processors by the name that people know.
PROCESSORS: Mapping[str, str] = {"stripe": "Stripe"}

# Stable codes of steps that failed, the processor's and ours.
_FAILURE: Mapping[str, str] = {
    "card_declined": N_("The bank declined the card."),
    "generic_decline": N_("The bank declined the card."),
    "do_not_honor": N_("The bank declined the card."),
    "declined": N_("The bank declined the card."),
    "insufficient_funds": N_("The bank declined it, because there was not enough money for it."),
    "expired_card": N_("The card has expired."),
    "incorrect_cvc": N_("The card's security code was wrong."),
    "lost_card": N_("The bank declined the card."),
    "stolen_card": N_("The bank declined the card."),
    "processing_error": N_("Something went wrong at the bank. It may work later."),
    "authentication_required": N_("The bank wanted a confirmation that it did not get."),
    "payment_intent_authentication_failure": N_("The bank wanted a confirmation that it did not get."),
    "not_confirmed": N_("The bank wanted a confirmation that it did not get."),
    "amount_changed": N_("The amount has changed since you were asked, so nothing was taken."),
    "not_payable": N_("It does not have to be paid any more."),
    "already_canceled": N_("The subscription has ended meanwhile."),
    "card_still_used": N_("Something else is still paid with it."),
    "never_arrived": N_("It never arrived at the payment processor, so nothing happened."),
    "resource_missing": N_("The payment processor does not know it any more."),
    "no_customer": N_("The payment processor does not know you any more. Please write to us."),
}
# Why no new card came of it.
_PROBLEM: Mapping[str, str] = {
    "no_page": N_("The payment processor did not answer. Please try again later."),
    "no_card_page": N_("The payment processor has no page for this at the moment. Please write to us."),
    "no_customer": N_("The payment processor does not know you any more. Please write to us."),
    "ended": N_("The subscription has ended meanwhile, so no card pays it any more."),
    "no_subscription": N_(
        "The payment processor does not know this subscription any more. Please write to us."
    ),
    "not_theirs": N_(
        "The payment processor knows this subscription otherwise than we do. Please write to us."
    ),
}


def brand_name(card: Card) -> str:
    """As people know it: `visa` is Visa."""
    return _BRANDS.get(card.brand, card.brand.title() if card.brand.islower() else card.brand)


def card_name(card: Card) -> str:
    """Brand and last four digits, which is all of it that we know: `Visa •••• 4242`."""
    return f"{brand_name(card)} •••• {card.last_four}"


def expiry(card: Card) -> str:
    """As it is printed on it: `04/27`; empty if unknown."""
    return card.expires_on.strftime("%m/%y") if card.expires_on else ""


def has_expired(card: Card, *, now: datetime) -> bool:
    """Whether it pays no more."""
    return card.expires_on is not None and card.expires_on < now.date()


def expires_soon(card: Card, *, now: datetime) -> bool:
    """Whether it is time to think of another one."""
    last: date | None = card.expires_on
    return last is not None and now.date() <= last < now.date() + SOON


def card_failure(code: str | None, say: Translator) -> str:
    """Why a step failed, for the customer."""
    return say.text(_FAILURE.get(code or "", N_("The payment processor did not say why.")))


def card_problem(code: str, say: Translator) -> str:
    """Why no new card came of a change; empty where nothing is known."""
    source = _PROBLEM.get(code)
    return say.text(source) if source else ""


def step_sentence(step: CardStep, product: str, say: Translator) -> str:
    """What became of one call with the new card; empty where it says nothing to people."""
    match step.kind:
        case CardStepKind.MOVE_SUBSCRIPTION:
            return _fill(_MOVE, step, say, product=product)
        case CardStepKind.PAY_INVOICE:
            source = N_("Your bank wants you to confirm the payment of {amount} for {product}.")
            if step.link:
                return say.text(source, amount=step.amount, product=product)
            return _fill(_PAY, step, say, product=product)
        case CardStepKind.SET_DEFAULT:
            return _fill(_DEFAULT, step, say)
        case _:
            return _fill(_DROP, step, say)


def _fill(sentences: Mapping[OperationState, str], step: CardStep, say: Translator, **facts: object) -> str:
    source = sentences.get(step.state)
    if source is None:
        return ""
    told = say.text(source, amount=step.amount, **facts)
    return f"{told} {card_failure(step.failure, say)}" if step.state is OperationState.FAILED else told


_S = OperationState
_MOVING = N_("{product} is being moved to the new card.")
_PAYING = N_("{amount} for {product} is being paid.")
_MOVE = {
    _S.PLANNED: _MOVING,
    _S.SENT: _MOVING,
    _S.UNKNOWN: N_("We do not know yet whether {product} is paid with the new card; we are checking."),
    _S.SUCCEEDED: N_("{product} is paid with the new card."),
    _S.FAILED: N_("{product} could not be moved to the new card."),
}
_PAY = {
    _S.PLANNED: _PAYING,
    _S.SENT: _PAYING,
    _S.UNKNOWN: N_("We do not know yet whether {amount} for {product} was paid. It is never paid twice."),
    _S.SUCCEEDED: N_("{amount} for {product} was paid."),
    _S.FAILED: N_("{amount} for {product} could not be paid."),
}
_DEFAULT = {_S.FAILED: N_("The new card could not be set for later payments.")}
_DROP = {
    _S.SUCCEEDED: N_("The old card was removed."),
    _S.FAILED: N_("The old card was kept."),
}
