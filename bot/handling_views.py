"""Pure: the modals that decide nothing: ask the customer, reply, give to somebody, let it sleep."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from billing.emails import mask_email
from billing.ids import StaffId
from billing.records import Staff
from billing.snoozing import SnoozeFor
from billing.states import EntryKind
from billing.views import RequestView, TicketView
from bot.actions import ANSWER_ACTION, ANSWER_BLOCK, ASK_VIEW, ASSIGN_VIEW, REPLY_VIEW, SNOOZE_VIEW
from bot.facts import summary
from bot.marks import MOST_QUOTED, Block, clean, plain, quoted
from bot.modals import field, modal, option, paragraph, small, text_field
from locales.translator import Translator

ASSIGNEE_BLOCK = "assignee"
WHEN_BLOCK = "when"
DAY_BLOCK = "day"
NOBODY = "nobody"
MOST_OPTIONS = 100


def ask_view(view: RequestView, metadata: str, say: Translator) -> Block:
    """A question to the customer about their request."""
    hint = say.text("The customer reads it on their page and in an e-mail. Nothing is decided by it.")
    asked = text_field(ANSWER_BLOCK, say.text("Your question"), hint=hint)
    blocks = [paragraph(summary(view, say)), asked]
    return modal(ASK_VIEW, metadata, blocks, say, title=say.text("Ask the customer"), submit=say.text("Send"))


def reply_view(view: TicketView, metadata: str, say: Translator) -> Block:
    """An answer to a customer's question, with what they wrote last."""
    hint = say.text("The customer reads it on their page and in an e-mail.")
    reply = text_field(ANSWER_BLOCK, say.text("Your reply"), hint=hint)
    said = [each.text for each in view.entries if each.kind is EntryKind.MESSAGE and _is_customers(each.by)]
    words = [quoted(view.ticket.subject, 150), quoted(said[-1] if said else "", MOST_QUOTED)]
    quotation = "\n\n".join(each for each in words if each)
    blocks = [paragraph(question_line(view, say)), *([paragraph(quotation)] if quotation else []), reply]
    return modal(REPLY_VIEW, metadata, blocks, say, title=say.text("Reply"), submit=say.text("Send"))


def _is_customers(by: str) -> bool:
    return by.startswith("customer:")


def question_line(view: TicketView, say: Translator) -> str:
    """Which question, whose."""
    return say.text(
        "Question {reference} · {customer}",
        reference=view.ticket.reference,
        customer=clean(mask_email(view.customer.email), 300),
    )


def assign_view(
    told: str, assignee: StaffId | None, deciders: Sequence[Staff], metadata: str, say: Translator
) -> Block:
    """Whose it shall be: anybody who decides, or nobody."""
    nobody = option(say.text("Nobody"), NOBODY)
    known = {
        each.id: option(clean(each.name, 75) or "–", each.id.hex) for each in deciders[: MOST_OPTIONS - 1]
    }
    menu: Block = {
        "type": "static_select",
        "action_id": ANSWER_ACTION,
        "options": [nobody, *known.values()],
        "initial_option": known.get(assignee, nobody) if assignee else nobody,
    }
    blocks = [paragraph(told), field(ASSIGNEE_BLOCK, say.text("Assigned to"), menu)]
    if len(deciders) > len(known):
        blocks.append(
            small(say.text("There are more people than Slack can show. The desk lists all of them."))
        )
    return modal(ASSIGN_VIEW, metadata, blocks, say, title=say.text("Assign"), submit=say.text("Assign"))


def snooze_view(told: str, times: Mapping[SnoozeFor, datetime], metadata: str, say: Translator) -> Block:
    """How long nobody shall be reminded: one of a few times, or a day of one's own."""
    # Before a week-end several of them are the same morning, which is offered once: as next week's.
    named = {at: which for which, at in times.items()}
    choices = [option(_spoken(which, at, say), which) for at, which in sorted(named.items())]
    buttons = {"type": "radio_buttons", "action_id": ANSWER_ACTION, "options": choices}
    picker = {
        "type": "datepicker",
        "action_id": ANSWER_ACTION,
        "placeholder": plain(say.text("Choose a day"), 150),
    }
    hint = say.text("Until the helpdesk opens on that day. A day counts more than a choice above.")
    blocks = [
        paragraph(told),
        field(WHEN_BLOCK, say.text("Remind nobody until"), buttons, optional=True),
        field(DAY_BLOCK, say.text("Or until a day of your choice"), picker, hint=hint, optional=True),
    ]
    return modal(SNOOZE_VIEW, metadata, blocks, say, title=say.text("Snooze"), submit=say.text("Snooze"))


def _spoken(which: SnoozeFor, at: datetime, say: Translator) -> str:
    match which:
        case SnoozeFor.HOURS:
            return say.text("In four hours: {when}", when=at)
        case SnoozeFor.TOMORROW:
            return say.text("Tomorrow, or when it opens next: {when}", when=at)
        case SnoozeFor.NEXT_WEEK:
            return say.text("Next week: {when}", when=at)
