"""Pure: what is said of tickets that still wait, in a thread, to one person, and of all in a helpdesk."""

from dataclasses import dataclass
from datetime import datetime

from billing.digests import Digest
from billing.emails import mask_email
from billing.escalating import TO_A_PERSON
from billing.records import Staff
from billing.states import RequestState
from billing.views import RequestView, TicketView
from bot.actions import OPEN_PAGE
from bot.buttons import desk_button
from bot.facts import request_title
from bot.marks import Block, Told, bold, clean, escape, literal, moment, mrkdwn, plain
from locales.translator import Translator


@dataclass(frozen=True, slots=True)
class Ways:
    """Where a reminder leads: the desk, and the card in Slack if it stands somewhere (else empty)."""

    desk: str
    card: str = ""


def thread_reminder(view: RequestView | TicketView, ways: Ways, say: Translator, *, now: datetime) -> Told:
    """A reply in the card's thread, in the channel's language."""
    words = [_waits(view, say, now=now)]
    if view.assignee is not None:
        words.append(say.text("It is assigned to {who}.", who=clean(view.assignee.name, 100)))
    blocks: list[Block] = [
        {"type": "section", "text": plain("\n".join(words))},
        *_due(view, say, now=now),
        {"type": "actions", "elements": [desk_button(ways.desk, say)]},
    ]
    return escape(" ".join(words)), blocks


def nudge(view: RequestView, staff: Staff, step: int, ways: Ways, say: Translator, *, now: datetime) -> Told:
    """A direct message, in the reader's language: what waits, why they are told, and where it is."""
    request, customer = view.request, clean(mask_email(view.customer.email), 300)
    title = request_title(request, say)
    told = say.text(
        "{title}, {customer}, {product}",
        title=title,
        customer=customer,
        product=clean(view.product.name, 300),
    )
    words = [_waits(view, say, now=now), _why_you(view, staff, step, say)]
    blocks: list[Block] = [
        {"type": "header", "text": plain(title, 150)},
        {"type": "section", "text": plain("\n".join([told, *words]))},
        *_due(view, say, now=now),
        {"type": "actions", "elements": [*_card_button(ways.card, say), desk_button(ways.desk, say)]},
    ]
    return escape(" ".join([f"{told}:", *words])), blocks


def _waits(view: RequestView | TicketView, say: Translator, *, now: datetime) -> str:
    if isinstance(view, TicketView):
        ago = say.ago(view.ticket.moved_at, now=now)
        return say.text("This question still waits for an answer: the customer wrote {ago}.", ago=ago)
    if view.request.state is RequestState.FAILED:
        return say.text(
            "This failed {ago} and still waits for somebody.", ago=say.ago(view.request.moved_at, now=now)
        )
    return say.text(
        "This still waits for a decision: it was sent {ago}.", ago=say.ago(view.request.asked_at, now=now)
    )


def _why_you(view: RequestView, staff: Staff, step: int, say: Translator) -> str:
    if view.assignee is not None and view.assignee.id == staff.id:
        return say.text("It is assigned to you.")
    if step <= TO_A_PERSON:
        return say.text("You are one of those who may decide it.")
    return say.text("Nobody has settled it after earlier reminders, so it comes to you.")


def _due(view: RequestView | TicketView, say: Translator, *, now: datetime) -> list[Block]:
    if view.due_at is None or view.due_at > now:
        return []
    when = moment(view.due_at, say.datetime(view.due_at))
    return [{"type": "context", "elements": [mrkdwn(say.text("An answer was due {when}.", when=when))]}]


def _card_button(address: str, say: Translator) -> list[Block]:
    if not address:
        return []
    text = plain(say.text("Show in Slack"), 75)
    return [{"type": "button", "action_id": OPEN_PAGE, "text": text, "url": address}]


def digest_message(digest: Digest, desk: str, say: Translator) -> Told:
    """What waits in a helpdesk this morning, and what was decided since the last working day."""
    name = clean(digest.helpdesk.name, 100)
    text = say.text(
        "{helpdesk}: {waiting} to decide, {failed} failed, {questions} to answer",
        helpdesk=name,
        waiting=digest.waiting,
        failed=digest.failed,
        questions=digest.questions,
    )
    decided = say.text(
        "Decided since {day}: approved {approved}, denied {denied}, withdrawn {withdrawn}.",
        day=digest.since,
        approved=digest.approved,
        denied=digest.denied,
        withdrawn=digest.withdrawn,
    )
    blocks: list[Block] = [
        {"type": "header", "text": plain(say.text("What waits in {helpdesk}", helpdesk=name), 150)},
        {"type": "section", "fields": _counts(digest, say)},
        {"type": "section", "text": plain(decided)},
        {"type": "actions", "elements": [desk_button(desk, say)]},
    ]
    return escape(text), blocks


def _counts(digest: Digest, say: Translator) -> list[Block]:
    fields = [bold(say.text("Waiting for a decision"), escape(say.number(digest.waiting)))]
    if digest.totals:
        amounts = say.list_of([say.money(amount) for amount in digest.totals])
        fields.append(bold(say.text("In all"), literal(amounts)))
    if digest.oldest_at is not None:
        oldest = moment(digest.oldest_at, say.datetime(digest.oldest_at))
        fields.append(bold(say.text("The oldest since"), oldest))
    counted = (
        (say.text("Overdue"), digest.overdue),
        (say.text("Failed"), digest.failed),
        (say.text("Open questions"), digest.questions),
        (say.text("Waiting on the customer"), digest.on_customer),
    )
    return [*fields, *(bold(label, escape(say.number(count))) for label, count in counted if count)]
