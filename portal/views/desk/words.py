"""What staff read about a request: what is asked, what the policy said and why, and each step."""

from dataclasses import dataclass, replace
from datetime import datetime

from billing.hours import Snooze
from billing.merchant import Attachment
from billing.records import Entry, Request
from billing.states import CancelWhen, EntryKind, Handling, OperationState, RequestKind, RequestState
from billing.views import RequestView
from locales.texts import event_sentence, failure_sentence, label
from locales.translator import N_, Translator
from portal.file_lines import FileLine, files_of

TONES = {
    RequestState.PENDING: "wait",
    RequestState.APPROVED: "live",
    RequestState.DENIED: "plain",
    RequestState.WITHDRAWN: "plain",
    RequestState.DONE: "good",
    RequestState.FAILED: "bad",
}
_STEP_TONES = {
    "request.asked": "wait",
    "request.approved": "good",
    "request.half_approved": "wait",
    "request.denied": "plain",
    "request.withdrawn": "plain",
    "request.held": "wait",
    "request.unheld": "wait",
    "request.lost_to_bank": "plain",
    "request.done_elsewhere": "good",
    "request.reversed_elsewhere": "bad",
    "request.dispute_open": "bad",
    "request.dispute_lost": "bad",
    "operation.unknown_for_long": "bad",
    "operation.key_mismatch": "bad",
    "operation.not_permitted": "wait",
    "operation.sent": "live",
    "operation.unknown": "wait",
    "operation.succeeded": "good",
    "operation.failed": "bad",
    "operation.reversed": "bad",
}
_WITHIN = N_("Within the refund period of {period}, which ends on {day}.")
_WAS_WITHIN = N_("Sent within the refund period of {period}, which ended on {day}.")
_OUTSIDE = N_("Outside the refund period of {period}, which ended on {day}.")
_HELD = N_(
    "The payment is disputed at the bank since {since}. The bank decides first; until then this can only be "
    "denied or withdrawn."
)
_LOST_TO_BANK = N_("The bank has given the customer the money back, so the request was closed.")
_DONE_ELSEWHERE = N_("This was done at the payment processor itself, not from here.")
_ABOUT_TO_BE_SENT = N_("It is about to be sent to the payment processor.")
_AT_THE_PROCESSOR = N_("The payment processor is working on it.")
_NO_PERIOD = N_("This product has no refund period, so the policy neither supports nor rules out a refund.")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the policy said then: a badge's tone and label (empty: none), a few words, a sentence."""

    tone: str
    label: str
    detail: str
    text: str
    handling: str


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a timeline. `kind`: message, note or event; `said`: somebody's own words."""

    kind: str
    tone: str
    text: str
    at: datetime
    said: str
    is_ours: bool
    files: tuple[FileLine, ...] = ()


def verdict(view: RequestView, say: Translator, *, now: datetime) -> Verdict:
    """In one sentence what the policy says and why; another says why a person is asked."""
    automated = view.request.policy.handling is Handling.AUTOMATED
    handling = say.text(
        N_("Handled automatically.") if automated else N_("Set to Manual, so a person decides.")
    )
    if view.request.kind is RequestKind.REFUND:
        return _of_refund(view.request, say, handling, now=now)
    text = _of_subscription(view, say)
    return Verdict("plain", "", text, text, handling)


def _of_refund(request: Request, say: Translator, handling: str, *, now: datetime) -> Verdict:
    policy = request.policy
    if policy.refund_days is None or policy.period_ends_at is None or policy.within_period is None:
        return Verdict("plain", say.text(N_("No refund period")), "", say.text(_NO_PERIOD), handling)
    period, day = say.day_count(policy.refund_days), say.date(policy.period_ends_at)
    detail = say.text(N_("{period}, until {day}"), period=period, day=day)
    if not policy.within_period:
        text = say.text(_OUTSIDE, period=period, day=day)
        return Verdict("bad", say.text(N_("Outside the refund period")), detail, text, handling)
    text = say.text(_WITHIN if now <= policy.period_ends_at else _WAS_WITHIN, period=period, day=day)
    return Verdict("good", say.text(N_("Within the refund period")), detail, text, handling)


def _of_subscription(view: RequestView, say: Translator) -> str:
    if view.request.kind is RequestKind.UNDO_CANCEL:
        return say.text(N_("The customer keeps the subscription; payments go on."))
    if view.request.policy.cancel_when is CancelWhen.NOW:
        return say.text(N_("The subscription ends at once when this is approved."))
    ends_at = view.subscription.period_ends_at if view.subscription else None
    if ends_at is None:
        return say.text(N_("The subscription ends with the period that is paid for."))
    day = say.date(ends_at)
    return say.text(N_("The subscription ends with the period that is paid for, on {day}."), day=day)


def subscription_words(view: RequestView, say: Translator) -> str:
    """What approving does to a subscription."""
    return _of_subscription(view, say)


def title(view: RequestView, say: Translator) -> str:
    """What is asked, in a few words; and how much of it was approved, where that is less."""
    return request_title(view.request, say)


def request_title(request: Request, say: Translator) -> str:
    """The same of a request alone."""
    if request.is_partial:
        sentence = N_("Refund of {amount} of the {asked} asked for")
        return say.text(sentence, amount=request.refund_amount, asked=request.amount)
    if request.amount is not None:
        return say.text(N_("Refund of {amount}"), amount=request.amount)
    return label(request.kind, say)


def standing(view: RequestView, say: Translator) -> str:
    """Where it stands now, if there is more to say than its state."""
    request, operation = view.request, view.operation
    if from_there := _from_there(view, say):
        return from_there
    if request.state is RequestState.FAILED:
        return failure_sentence(request.failure or "unknown", say)
    if request.state is RequestState.APPROVED and operation is not None:
        if operation.state is OperationState.UNKNOWN:
            return say.text(N_("The payment processor's answer was lost. We are checking before we go on."))
        waits = operation.state is OperationState.PLANNED
        return say.text(_ABOUT_TO_BE_SENT if waits else _AT_THE_PROCESSOR)
    return ""


def _from_there(view: RequestView, say: Translator) -> str:
    """What a bank or the processor itself decided; empty if they did not."""
    if view.hold is not None:
        return say.text(_HELD, since=view.hold.since)
    if view.is_lost_to_bank:
        return say.text(_LOST_TO_BANK)
    return say.text(_DONE_ELSEWHERE) if view.is_done_elsewhere else ""


def overdue(due_at: datetime | None, say: Translator, *, now: datetime) -> str:
    """Since when an answer is due; empty while there is time, and where nobody here need answer."""
    return say.text(N_("Overdue since {when}"), when=due_at) if due_at is not None and due_at <= now else ""


def snoozed(snooze: Snooze | None, say: Translator, *, now: datetime) -> str:
    """Until when nobody is reminded; empty if that is over."""
    if snooze is None or not snooze.holds(now):
        return ""
    return say.text(N_("Snoozed until {when}"), when=snooze.until)


def steps(
    entries: tuple[Entry, ...], say: Translator, files: tuple[Attachment, ...] = ()
) -> tuple[Step, ...]:
    """The timeline as staff read it, with internal notes, and with `files` below their messages."""
    lines = files_of(files, say)
    return tuple(replace(_step(entry, say), files=lines.get(entry.id, ())) for entry in entries)


def _step(entry: Entry, say: Translator) -> Step:
    is_ours = entry.by.startswith("staff:")
    if entry.kind is EntryKind.EVENT:
        said = str(entry.facts.get("answer") or "")
        tone = _STEP_TONES.get(entry.verb, "plain")
        return Step("event", tone, event_sentence(entry, say), entry.at, said, is_ours)
    if entry.kind is EntryKind.NOTE:
        sentence = say.text(N_("{who} wrote a note that only staff see."), who=entry.by_name)
        return Step("note", "plain", sentence, entry.at, entry.text, is_ours)
    sentence = say.text(
        N_("{who} wrote to the customer.") if is_ours else N_("{who} wrote."), who=entry.by_name
    )
    return Step("message", "plain", sentence, entry.at, entry.text, is_ours)
