"""What a customer reads about a request: its headline, what happens next, and each step of its timeline."""

from dataclasses import dataclass
from datetime import datetime

from billing.records import Entry
from billing.states import EntryKind, Handling, OperationState, RequestKind, RequestState, SubscriptionState
from billing.views import RequestView
from locales.translator import N_, Translator
from portal.file_lines import FileLine

_K, _S = RequestKind, RequestState

HEADLINES = {
    (_K.REFUND, _S.PENDING): N_("Your request for a refund of {amount} is waiting for an answer"),
    (_K.REFUND, _S.APPROVED): N_("Your refund of {amount} is on its way"),
    (_K.REFUND, _S.DONE): N_("{amount} has been refunded"),
    (_K.REFUND, _S.DENIED): N_("Your request for a refund of {amount} was denied"),
    (_K.REFUND, _S.WITHDRAWN): N_("You withdrew your request for a refund of {amount}"),
    (_K.REFUND, _S.FAILED): N_("Your refund of {amount} could not be completed yet"),
    (_K.CANCEL, _S.PENDING): N_("We have your cancellation of {product}"),
    (_K.CANCEL, _S.APPROVED): N_("Your cancellation of {product} is being carried out"),
    (_K.CANCEL, _S.DONE): N_("{product} is canceled"),
    (_K.CANCEL, _S.DENIED): N_("Your cancellation of {product} was denied"),
    (_K.CANCEL, _S.WITHDRAWN): N_("You withdrew your cancellation of {product}"),
    (_K.CANCEL, _S.FAILED): N_("Your cancellation of {product} could not be completed yet"),
    (_K.UNDO_CANCEL, _S.PENDING): N_("We have your wish to keep {product}"),
    (_K.UNDO_CANCEL, _S.APPROVED): N_("Your cancellation of {product} is being taken back"),
    (_K.UNDO_CANCEL, _S.DONE): N_("{product} goes on"),
    (_K.UNDO_CANCEL, _S.DENIED): N_("Your cancellation of {product} stands"),
    (_K.UNDO_CANCEL, _S.WITHDRAWN): N_("Your cancellation of {product} stands"),
    (_K.UNDO_CANCEL, _S.FAILED): N_("Your cancellation of {product} could not be taken back yet"),
}
# Where staff took it back at the customer's word.
WITHDRAWN_FOR = {
    _K.REFUND: N_("Your request for a refund of {amount} was withdrawn"),
    _K.CANCEL: N_("Your cancellation of {product} was withdrawn"),
}
HELD = N_("Your request for a refund of {amount} waits for your bank")
HELD_NEXT = N_(
    "You have asked your bank for this money as well, and the bank decides first. Until then nothing is "
    "decided here. You can still withdraw your request."
)
LOST_TO_BANK = N_("You have {amount} back from your bank")
LOST_TO_BANK_NEXT = N_("So nothing is left to refund, and your request is closed.")
OVER = N_(
    "{product} had already ended, so the cancellation can no longer be taken back. You can buy it again."
)
# Where less was approved than was asked for.
PARTS = {
    _S.APPROVED: N_("Your refund of {amount} of the {asked} you asked for is on its way"),
    _S.DONE: N_("{amount} of the {asked} you asked for has been refunded"),
    _S.FAILED: N_("Your refund of {amount} of the {asked} you asked for could not be completed yet"),
}
NEXT = {
    (_K.REFUND, _S.PENDING): N_(
        "The team at {seller} reads it and decides. We send you an e-mail with the answer."
    ),
    (_K.REFUND, _S.APPROVED): N_(
        "The money goes back the way you paid. We send you an e-mail when it has left us."
    ),
    (_K.REFUND, _S.DONE): N_(
        "The money has left us, back the way you paid. Banks usually take 5 to 10 days to show it."
    ),
    (_K.REFUND, _S.FAILED): N_(
        "No money has gone back. The team at {seller} has been told, and the payment can be refunded again."
    ),
    (_K.CANCEL, _S.PENDING): N_(
        "It counts from the moment you sent it. The team at {seller} carries it out and sends you an e-mail."
    ),
    (_K.CANCEL, _S.APPROVED): N_("This usually takes a few seconds. We send you an e-mail when it is done."),
    (_K.CANCEL, _S.FAILED): N_(
        "The team at {seller} has been told. Your cancellation counts from the moment you sent it."
    ),
    (_K.UNDO_CANCEL, _S.APPROVED): N_(
        "This usually takes a few seconds. We send you an e-mail when it is done."
    ),
    (_K.UNDO_CANCEL, _S.DONE): N_("Nothing else changes: payments continue as before."),
    (_K.UNDO_CANCEL, _S.FAILED): N_(
        "The team at {seller} has been told. Until then your cancellation stands."
    ),
}
BADGES = {
    _S.PENDING: ("wait", N_("Waiting")),
    _S.APPROVED: ("live", N_("Under way")),
    _S.DONE: ("good", N_("Done")),
    _S.DENIED: ("bad", N_("Denied")),
    _S.WITHDRAWN: ("plain", N_("Withdrawn")),
    _S.FAILED: ("bad", N_("Not completed")),
}
STEPS = {
    "request.approved": ("good", N_("{name} approved it")),
    "request.denied": ("bad", N_("{name} denied it")),
    "request.withdrawn": ("plain", N_("You withdrew it")),
    "request.retried": ("live", N_("{name} started it again")),
    "operation.sent": ("live", N_("Sent to the payment processor")),
    "operation.unknown": ("wait", N_("The payment processor has not answered yet; we are checking")),
    "operation.unknown_for_long": (
        "wait",
        N_("The payment processor has not said for an hour what became of it; we look into it"),
    ),
    "operation.failed": ("bad", N_("The payment processor could not carry it out")),
    "operation.reversed": ("bad", N_("The payment processor took the refund back")),
    "request.reversed_elsewhere": ("bad", N_("The payment processor took the refund back")),
    "request.held": ("wait", N_("It waits for your bank, which decides about the payment")),
    "request.unheld": ("wait", N_("Your bank has decided; your request can be answered now")),
    "request.lost_to_bank": ("plain", N_("Your bank has given you the money back")),
    "ticket.closed": ("plain", N_("The conversation was closed")),
    "ticket.reopened": ("plain", N_("The conversation was opened again")),
}
ASKED = {
    _K.REFUND: N_("You asked for a refund"),
    _K.CANCEL: N_("You canceled"),
    _K.UNDO_CANCEL: N_("You took your cancellation back"),
}
ASKED_FOR_YOU = {
    _K.REFUND: N_("{name} asked for a refund for you"),
    _K.CANCEL: N_("{name} canceled for you"),
    _K.UNDO_CANCEL: N_("{name} took your cancellation back for you"),
}
SUCCEEDED = {
    _K.REFUND: N_("The refund was sent"),
    _K.CANCEL: N_("The cancellation is in place"),
    _K.UNDO_CANCEL: N_("The cancellation was taken back"),
}
BY_POLICY = {
    "request.approved": N_("Approved automatically"),
    "request.denied": N_("Denied automatically"),
}


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a timeline; `said` is somebody's own text."""

    tone: str  # a class of the stylesheet: good, wait, live, bad, plain or message
    text: str
    at: datetime
    said: str = ""
    is_mine: bool = False
    files: tuple[FileLine, ...] = ()


def headline(view: RequestView, say: Translator) -> str:
    """Where the request stands, as one sentence."""
    request, product = view.request, view.product.name
    if _is_reversed(view):
        sentence = N_("Your refund of {amount} did not arrive and came back")
        return say.text(sentence, amount=request.refund_amount)
    if view.hold is not None or view.is_lost_to_bank:
        return say.text(HELD if view.hold is not None else LOST_TO_BANK, amount=request.amount)
    if request.is_partial:
        return say.text(PARTS[request.state], amount=request.refund_amount, asked=request.amount)
    ends_at = view.subscription.period_ends_at if view.subscription else None
    is_scheduled = view.subscription and view.subscription.state is SubscriptionState.CANCEL_SCHEDULED
    if request.kind is _K.CANCEL and request.state is _S.DONE and is_scheduled and ends_at:
        return say.text(N_("{product} ends on {day}"), product=product, day=say.date(ends_at))
    sentence = HEADLINES[request.kind, request.state]
    if request.withdrawn_by:
        sentence = WITHDRAWN_FOR.get(request.kind, sentence)
    return say.text(sentence, amount=request.amount, product=product)


def what_next(view: RequestView, say: Translator) -> str:
    """What happens now and who does it; empty when nothing does."""
    request = view.request
    if _is_reversed(view):
        return say.text(
            N_("The team at {seller} has been told, and the payment can be refunded again."),
            seller=view.account.name,
        )
    if view.hold is not None or view.is_lost_to_bank:
        return say.text(HELD_NEXT if view.hold is not None else LOST_TO_BANK_NEXT)
    if request.state is _S.FAILED and request.failure == "already_canceled":
        return say.text(OVER, product=view.product.name)
    if view.operation and view.operation.state is OperationState.UNKNOWN:
        return say.text(
            N_("The payment processor has not answered yet. We keep asking; nothing is done twice.")
        )
    sentence = NEXT.get((request.kind, request.state))
    return say.text(sentence, seller=view.account.name) if sentence else ""


def badge(view: RequestView, say: Translator) -> tuple[str, str]:
    """Tone and label of the request's state."""
    tone, label = BADGES[view.request.state]
    return tone, say.text(label)


def steps(view: RequestView, entries: tuple[Entry, ...], say: Translator) -> tuple[Step, ...]:
    """The timeline for the customer; events that say nothing to them are left out."""
    return tuple(step for entry in entries if (step := _step(view, entry, say)))


def is_by_customer(entry: Entry) -> bool:
    """Whether the customer did it."""
    return entry.by.startswith("customer:")


def message_step(entry: Entry, say: Translator, files: tuple[FileLine, ...] = ()) -> Step:
    """Something that the customer or staff wrote, with the files that came with it."""
    is_mine = is_by_customer(entry)
    text = say.text(N_("You wrote")) if is_mine else say.text(N_("{name} wrote"), name=entry.by_name)
    return Step("message", text, entry.at, said=entry.text, is_mine=is_mine, files=files)


def _step(view: RequestView, entry: Entry, say: Translator) -> Step | None:
    if entry.kind is EntryKind.MESSAGE:
        return message_step(entry, say)
    if "for_customer" in entry.facts and (step := _acted_step(view, entry, say)):
        return step
    kind = view.request.kind
    match entry.verb:
        case "request.asked":
            return Step("plain", say.text(ASKED[kind]), entry.at, said=view.request.message, is_mine=True)
        case "operation.succeeded" | "request.done_elsewhere":
            return Step("good", say.text(SUCCEEDED[kind]), entry.at)
        case verb if verb in STEPS:
            said = str(entry.facts.get("answer") or "")
            return Step(STEPS[verb][0], _step_words(view, entry, say), entry.at, said=said)
    return None


def _acted_step(view: RequestView, entry: Entry, say: Translator) -> Step | None:
    """What staff did on the customer's behalf."""
    match entry.verb:
        case "request.asked":
            text = say.text(ASKED_FOR_YOU[view.request.kind], name=entry.by_name)
            return Step("plain", text, entry.at, said=view.request.message)
        case "request.withdrawn":
            return Step("plain", say.text(N_("{name} withdrew it for you"), name=entry.by_name), entry.at)
    return None


def _step_words(view: RequestView, entry: Entry, say: Translator) -> str:
    if entry.verb in BY_POLICY and entry.by.startswith("system:"):
        return _by_policy(view, entry.verb, say)
    if entry.verb == "request.approved" and view.request.is_partial:
        sentence = N_("{name} approved {amount} of it")
        return say.text(sentence, name=entry.by_name, amount=view.request.refund_amount)
    return say.text(STEPS[entry.verb][1], name=entry.by_name)


def _by_policy(view: RequestView, verb: str, say: Translator) -> str:
    policy = view.request.policy
    is_late = policy.handling is Handling.AUTOMATED and policy.within_period is False
    if verb == "request.denied" and is_late and policy.period_ends_at:
        return say.text(
            N_("Denied automatically: the refund period ended on {day}"),
            day=say.date(policy.period_ends_at),
        )
    return say.text(BY_POLICY[verb])


def _is_reversed(view: RequestView) -> bool:
    is_open_again = view.request.state in {_S.FAILED, _S.APPROVED}
    was = view.operation is not None and view.operation.state is OperationState.REVERSED
    return is_open_again and was
