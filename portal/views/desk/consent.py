"""What saying yes means for this person: it approves, it is the first of two, or somebody else must go on."""

from dataclasses import dataclass

from billing import policy
from billing.policy import Consent
from billing.records import Approval, Staff
from billing.states import RequestKind, RequestState
from billing.views import RequestView
from locales.texts import label
from locales.translator import N_, Translator
from portal.amounts import typed_amount
from portal.views.desk import words

_APPROVE = {
    RequestKind.REFUND: N_("Approve and refund {amount}"),
    RequestKind.CANCEL: N_("Approve the cancellation"),
    RequestKind.UNDO_CANCEL: N_("Approve"),
}
_GOES_BACK = N_("{amount} goes back to {who}, the way it was paid. This cannot be taken back.")
_FIRST = N_(
    "It takes two people: nothing goes back to {who} until somebody else says yes to {amount} as well."
)
_MINE = N_("You have said yes. Nothing goes back to {who} until somebody else says yes to {amount} as well.")
_SECOND = N_(
    "{first} has said yes. Once you do too, {amount} goes back to {who}, the way it was paid. "
    "This cannot be taken back."
)


@dataclass(frozen=True, slots=True)
class YesWords:
    """The button, what it will do, and who has said yes so far (or empty).

    `amount` is what the form proposes, as typed; `is_mine`: theirs is the first yes, and another's is needed.
    """

    button: str
    confirmation: str
    half: str
    amount: str
    is_mine: bool


def yes_words(view: RequestView, who: Staff, say: Translator) -> YesWords:
    """For whoever looks at it now."""
    consent = policy.consent_of(view.account, view.request, view.payment, view.approvals)
    is_mine = consent.first is not None and consent.first.by == f"staff:{who.id.hex}"
    return YesWords(
        button=_button(view, consent, say),
        confirmation=_confirmation(view, consent, say, is_mine=is_mine),
        half=half_words(view, say),
        amount=typed_amount(consent.amount) if consent.amount is not None else "",
        is_mine=is_mine,
    )


def half_words(view: RequestView, say: Translator) -> str:
    """Of two people, who said yes first, to how much and when; empty where nobody did."""
    first = policy.first_yes(view.request, view.approvals)
    if first is None:
        return ""
    sentence = N_("1 of 2: {who} said yes to {amount} on {when}.")
    return say.text(sentence, who=first.by_name, amount=first.amount, when=first.at)


def said_words(approval: Approval, say: Translator) -> str:
    """One yes or no, in a line."""
    answer = label(approval.says, say)
    who = approval.by_name or say.text(N_("The policy"))
    if approval.amount is None:
        return say.text(N_("{who}: {answer}"), who=who, answer=answer)
    return say.text(N_("{who}: {answer}, {amount}"), who=who, answer=answer, amount=approval.amount)


def _button(view: RequestView, consent: Consent, say: Translator) -> str:
    if consent.needs_two and consent.first is None:
        return say.text(N_("Say yes to {amount}, 1 of 2"), amount=consent.amount)
    return say.text(_APPROVE[view.request.kind], amount=consent.amount or "")


def _confirmation(view: RequestView, consent: Consent, say: Translator, *, is_mine: bool) -> str:
    if view.request.kind is not RequestKind.REFUND:
        return words.subscription_words(view, say)
    who = view.customer.name or view.customer.email
    if is_mine:
        return say.text(_MINE, amount=consent.amount, who=who)
    if consent.first is not None:
        return say.text(_SECOND, first=consent.first.by_name, amount=consent.amount, who=who)
    sentence = _FIRST if consent.needs_two else _GOES_BACK
    return say.text(sentence, amount=consent.amount, who=who)


def is_waiting(view: RequestView) -> bool:
    """Whether it waits for somebody to decide."""
    return view.request.state is RequestState.PENDING
