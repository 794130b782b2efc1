"""Pure: a record and a translator in, Block Kit out. Cards are drawn anew from the database each time."""

from datetime import datetime

from billing.addresses import Addresses
from billing.emails import mask_email
from billing.states import EntryKind, RequestState
from billing.views import RequestView, TicketView
from bot.buttons import question_buttons, request_buttons
from bot.facts import (
    due_fields,
    handling_fields,
    reason,
    request_fields,
    request_title,
    small_print,
)
from bot.marks import (
    MOST_QUOTED,
    Block,
    Told,
    bold,
    clean,
    escape,
    literal,
    moment,
    mrkdwn,
    plain,
    quoted,
)
from bot.story import half_line, held_line, state_line, without_name
from locales.texts import label
from locales.translator import Translator


def card_text(view: RequestView, say: Translator) -> str:
    """What notifications and screen readers say: what, whose, and where it stands."""
    return escape(
        say.text(
            "{title}, {customer}, {product}: {state}",
            title=request_title(view.request, say),
            customer=clean(mask_email(view.customer.email), 300),
            product=clean(view.product.name, 300),
            state=label(view.request.state, say),
        )
    )


def request_card(view: RequestView, addresses: Addresses, say: Translator, *, now: datetime) -> list[Block]:
    """The card of a Manual request: the facts, the customer's words, then buttons or what became of it."""
    request = view.request
    blocks: list[Block] = [
        {"type": "header", "text": plain(request_title(request, say), 150)},
        {"type": "section", "fields": request_fields(view, say, now=now)},
        {"type": "section", "text": plain(reason(request, say))},
    ]
    if request.state is not RequestState.PENDING:
        blocks.append({"type": "section", "text": mrkdwn(state_line(view, say))})
    elif waits := held_line(view, say) or half_line(view, say):
        blocks.append({"type": "section", "text": mrkdwn(waits)})
    if answer := quoted(without_name(request.answer, view.customer, say), MOST_QUOTED):
        told = say.text("The customer reads:")
        blocks.append({"type": "section", "text": plain(f"{told}\n{answer}")})
    blocks.append({"type": "actions", "elements": request_buttons(view, addresses, say, now=now)})
    blocks.append({"type": "context", "elements": small_print(view, say)})
    return blocks


def question_card(view: TicketView, desk: str, say: Translator, *, now: datetime) -> Told:
    """A ticket without a request: its fallback text and card, with answers and no decisions."""
    ticket, customer = view.ticket, clean(mask_email(view.customer.email), 300)
    title = say.text("Question {reference}", reference=ticket.reference)
    first = next((each.text for each in view.entries if each.kind is EntryKind.MESSAGE), "")
    state = label(ticket.state, say)
    text = say.text("{title}, {customer}: {state}", title=title, customer=customer, state=state)
    words = [quoted(ticket.subject, 150), quoted(first, MOST_QUOTED)]
    fields = [
        bold(say.text("Customer"), literal(customer)),
        bold(say.text("State"), escape(state)),
        *due_fields(view.due_at, say, now=now),
        *handling_fields(view.assignee, view.snooze, say, now=now),
    ]
    asked = say.text("Asked {when}", when=moment(ticket.opened_at, say.datetime(ticket.opened_at)))
    return escape(text), [
        {"type": "header", "text": plain(title, 150)},
        {"type": "section", "fields": fields},
        {"type": "section", "text": plain("\n\n".join(each for each in words if each))},
        {"type": "actions", "elements": question_buttons(ticket, desk, say)},
        {"type": "context", "elements": [mrkdwn(asked)]},
    ]
