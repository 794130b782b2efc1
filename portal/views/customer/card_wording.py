"""What a customer reads about a card change: its headline, what happens next, and each step."""

from dataclasses import dataclass

from billing.processing.card_asking import CardChangePage
from billing.processing.records import CardStep
from billing.states import CardChangeState, CardStepKind, OperationState
from locales.card_words import card_name, card_problem, step_sentence
from locales.translator import N_, Translator

_S, _O = CardChangeState, OperationState

BADGES = {
    _S.ASKED: ("live", N_("Being prepared")),
    _S.OPEN: ("wait", N_("Waiting for you")),
    _S.MOVING: ("live", N_("Under way")),
    _S.DONE: ("good", N_("Done")),
    _S.PARTLY: ("bad", N_("Not all is done")),
    _S.FAILED: ("bad", N_("Not changed")),
    _S.EXPIRED: ("plain", N_("Not changed")),
}
HEADLINES = {
    _S.ASKED: N_("Your card change is being prepared"),
    _S.OPEN: N_("Enter your new card at {processor}"),
    _S.MOVING: N_("Your new card is being put to use"),
    _S.DONE: N_("Your card was changed"),
    _S.PARTLY: N_("Your card was changed, but not all is done"),
    _S.FAILED: N_("Your card was not changed"),
    _S.EXPIRED: N_("Your card was not changed"),
}
NEXT = {
    _S.ASKED: N_("We are asking {processor} for its secure page. This usually takes a few seconds."),
    _S.OPEN: N_(
        "The card goes to {processor} alone, and we never see its number. Until then nothing changes."
    ),
    _S.MOVING: N_("This usually takes a few seconds. We send you an e-mail when it is done."),
    _S.DONE: N_("From now on {card} pays. We have sent you an e-mail about it."),
    _S.PARTLY: N_("Below you see what is done and what is not. We have sent you an e-mail about it."),
    _S.EXPIRED: N_("No new card was entered. You can start again at any time."),
}
_TONES = {
    _O.PLANNED: "live",
    _O.SENT: "live",
    _O.UNKNOWN: "wait",
    _O.SUCCEEDED: "good",
    _O.FAILED: "bad",
}


@dataclass(frozen=True, slots=True)
class CardStepLine:
    """One call with the new card; `link`: where the bank wants the customer's yes, or empty."""

    tone: str
    text: str
    link: str


def is_stopping(shown: CardChangePage) -> bool:
    """The customer wanted no more of the page: it is read once more."""
    change = shown.change
    return change.state is _S.OPEN and change.expires_at is not None and change.expires_at <= shown.at


def waits_for_bank(shown: CardChangePage) -> bool:
    """A payment needs the customer's yes, and nothing else is under way."""
    return shown.change.state is _S.MOVING and bool(shown.links)


def headline(shown: CardChangePage, processor: str, say: Translator) -> str:
    """Where the change stands, as one sentence."""
    if is_stopping(shown):
        return say.text(N_("We are looking whether a new card was entered"))
    if waits_for_bank(shown):
        return say.text(N_("Your bank wants you to confirm a payment"))
    if shown.change.state is _S.PARTLY and not _is_in_use(shown):
        return say.text(N_("Your new card could not be put to use"))
    return say.text(HEADLINES[shown.change.state], processor=processor)


def what_next(shown: CardChangePage, processor: str, say: Translator) -> str:
    """What happens now and who does it."""
    change = shown.change
    if is_stopping(shown):
        return say.text(N_("This usually takes a few seconds."))
    if waits_for_bank(shown):
        return say.text(N_("Your new card is in use. Confirm the payment at your bank, then come back here."))
    if change.state is _S.FAILED:
        return card_problem(change.problem, say)
    card = card_name(change.card) if change.card else ""
    return say.text(NEXT[change.state], processor=processor, card=card)


def badge(shown: CardChangePage, say: Translator) -> tuple[str, str]:
    """Tone and label of the change's state."""
    if waits_for_bank(shown):
        return "wait", say.text(N_("Waiting for you"))
    tone, text = BADGES[shown.change.state]
    return tone, say.text(text)


def step_lines(shown: CardChangePage, say: Translator) -> tuple[CardStepLine, ...]:
    """What is done with the new card, in words; what says nothing to people is left out."""
    lines = [(each, step_sentence(each, shown.products[each.target], say)) for each in shown.steps]
    return tuple(
        CardStepLine(_tone(each), text, shown.links.get(each.target, "")) for each, text in lines if text
    )


def _tone(step: CardStep) -> str:
    return "wait" if step.link else _TONES.get(step.state, "plain")


def _is_in_use(shown: CardChangePage) -> bool:
    moves = [each for each in shown.steps if each.kind is CardStepKind.MOVE_SUBSCRIPTION]
    return any(each.state is _O.SUCCEEDED for each in moves)
