"""The words of the mail to who may decide: a request has come, or still waits, and Slack is silent."""

from datetime import datetime

from billing.emails import mask_email
from billing.escalating import TO_A_PERSON
from billing.records import Staff
from billing.states import RequestKind, RequestState
from billing.views import RequestView
from locales.texts import failure_sentence
from locales.translator import N_, Translator
from portal.letters.greeting import greet
from portal.letters.parts import Action, Letter, Paragraph

JUST_CAME = 0
_ASKS = {
    RequestKind.REFUND: N_("{customer} asks for a refund of {amount} for {product}."),
    RequestKind.CANCEL: N_("{customer} wants to cancel the subscription to {product}."),
    RequestKind.UNDO_CANCEL: N_("{customer} wants to keep the subscription to {product}."),
}


def waiting_letter(
    view: RequestView, staff: Staff, step: int, *, address: str, now: datetime, say: Translator
) -> Letter:
    """What waits, since when, why they are told, and where it is decided. `step` 0: it has just come."""
    request = view.request
    asks = say.text(
        _ASKS[request.kind],
        customer=mask_email(view.customer.email),
        amount=request.refund_amount,
        product=view.product.name,
    )
    return Letter(
        staff.email,
        _subject(view, step, say),
        (
            greet(staff, say),
            Paragraph(asks),
            Paragraph(_standing(view, say, now=now)),
            Paragraph(_why_you(view, staff, step, say)),
            Action(say.text("Decide at the desk"), address),
        ),
    )


def _subject(view: RequestView, step: int, say: Translator) -> str:
    reference, merchant = view.request.reference, view.account.name
    if step == JUST_CAME:
        return say.text(
            "{reference} waits for a decision at {merchant}", reference=reference, merchant=merchant
        )
    return say.text("Reminder: {reference} still waits at {merchant}", reference=reference, merchant=merchant)


def _standing(view: RequestView, say: Translator, *, now: datetime) -> str:
    request = view.request
    if request.state is RequestState.FAILED:
        failed = say.text("It was approved, and failed on {when}.", when=request.moved_at)
        return f"{failed} {failure_sentence(request.failure or 'unknown', say)}"
    words = [say.text("It was sent on {when}.", when=request.asked_at)]
    if view.due_at is not None:
        sentence = (
            N_("An answer was due on {when}.") if view.due_at <= now else N_("An answer is due by {when}.")
        )
        words.append(say.text(sentence, when=view.due_at))
    return " ".join(words)


def _why_you(view: RequestView, staff: Staff, step: int, say: Translator) -> str:
    if view.assignee is not None and view.assignee.id == staff.id:
        return say.text("It is assigned to you.")
    if step <= TO_A_PERSON:
        return say.text("You are one of those who may decide it, and no message in Slack reaches you.")
    return say.text("Nobody has settled it after earlier reminders, so it comes to you.")
