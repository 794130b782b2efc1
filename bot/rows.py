"""Pure: a request or a question in a few lines, as Home, a search and a preview of a link list it."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from billing import policy
from billing.addresses import Addresses
from billing.emails import mask_email
from billing.errors import AboveLimit, Forbidden
from billing.records import Account, Staff
from billing.slack.homes import BoardRow
from billing.states import RequestState, TicketState
from billing.views import RequestView, TicketView
from bot.actions import OPEN_PAGE
from bot.buttons import desk_button, question_buttons, request_buttons
from bot.facts import request_title
from bot.marks import Block, escape, literal, moment, mrkdwn, plain, quoted
from bot.story import half_line, held_line, state_line
from locales.texts import label, sentence_of
from locales.translator import Translator

_WAITS = frozenset({RequestState.PENDING, RequestState.FAILED})
_MOST_SUBJECT = 150


@dataclass(frozen=True, slots=True)
class Ways:
    """Where things are: pages of ours by `addresses`, messages at Slack by its web address."""

    addresses: Addresses
    slack: str  # without a slash at the end
    team_id: str

    def desk(self, row: BoardRow, account: Account) -> str:
        """The page at the desk."""
        if row.request is not None:
            return self.addresses.desk_request(account, row.request.request.id)
        assert row.ticket is not None
        return self.addresses.desk_ticket(account, row.ticket.ticket.id)

    def card(self, row: BoardRow) -> str:
        """The card's message, or empty where there is none in this workspace."""
        card = row.card
        if card is None or card.team_id != self.team_id:
            return ""
        where = {"team": card.team_id, "channel": card.channel, "message_ts": card.ts}
        return f"{self.slack}/app_redirect?{urlencode(where)}"


def ways_in(addresses: Addresses, slack_api: str, team_id: str) -> Ways:
    """With Slack's web address, which is beside its API."""
    return Ways(addresses, slack_api.rstrip("/").removesuffix("/api"), team_id)


def row_facts(row: BoardRow, say: Translator, *, now: datetime) -> list[Block]:
    """What it is, whose, and where it stands; the customer's own words apart, never as markup."""
    if row.request is not None:
        return [{"type": "section", "text": mrkdwn(_request_lines(row.request, say, now=now))}]
    assert row.ticket is not None
    facts: list[Block] = [{"type": "section", "text": mrkdwn(_question_lines(row.ticket, say, now=now))}]
    subject = quoted(row.ticket.ticket.subject, _MOST_SUBJECT)
    return [*facts, {"type": "context", "elements": [plain(subject)]}] if subject else facts


def row_with_desk(
    row: BoardRow, account: Account, ways: Ways, say: Translator, *, now: datetime
) -> list[Block]:
    """The facts, with one button to the desk beside them."""
    first, *rest = row_facts(row, say, now=now)
    return [{**first, "accessory": desk_button(ways.desk(row, account), say)}, *rest]


def row_with_buttons(
    row: BoardRow, staff: Staff, ways: Ways, account: Account, say: Translator, *, now: datetime
) -> list[Block]:
    """The facts, and below them what this person may do, or why not, and ways to card and desk."""
    return [
        *row_facts(row, say, now=now),
        *_why_not(row, say),
        _buttons(row, staff, ways, account, say, now=now),
    ]


def _request_lines(view: RequestView, say: Translator, *, now: datetime) -> str:
    request = view.request
    head = f"*{escape(request_title(request, say))}* · {escape(request.reference)}"
    what = " · ".join([literal(view.product.name, 100), literal(mask_email(view.customer.email), 100)])
    lines = [head, what]
    if request.state is not RequestState.PENDING:
        lines.append(state_line(view, say))
    elif waits := held_line(view, say) or half_line(view, say):
        lines.append(waits)
    state = view.ticket.state if view.ticket else None
    return "\n".join([*lines, _standing(view, request.asked_at, state, say, now=now)])


def _question_lines(view: TicketView, say: Translator, *, now: datetime) -> str:
    ticket = view.ticket
    title = say.text("Question {reference}", reference=ticket.reference)
    standing = _standing(view, ticket.opened_at, ticket.state, say, now=now)
    return "\n".join([f"*{escape(title)}*", literal(mask_email(view.customer.email), 100), standing])


def _standing(
    view: RequestView | TicketView,
    asked_at: datetime,
    state: TicketState | None,
    say: Translator,
    *,
    now: datetime,
) -> str:
    """What it waits for, how old it is, by when it is due, and whose it is."""
    parts = [f"*{escape(words)}*"] if (words := _state_words(view, state, say)) else []
    parts.append(say.text("Asked {when}", when=moment(asked_at, say.datetime(asked_at))))
    waits = isinstance(view, TicketView) or view.request.state in _WAITS
    if waits and view.due_at is not None:
        due = moment(view.due_at, say.datetime(view.due_at))
        overdue = view.due_at <= now
        parts.append(
            say.text("*overdue since* {when}", when=due) if overdue else say.text("due {when}", when=due)
        )
    if waits and view.snooze is not None and view.snooze.holds(now):
        until = moment(view.snooze.until, say.datetime(view.snooze.until))
        parts.append(say.text("snoozed until {until}", until=until))
    if waits and view.assignee is not None:
        parts.append(say.text("assigned to {who}", who=literal(view.assignee.name, 100)))
    return " · ".join(parts)


def _state_words(view: RequestView | TicketView, state: TicketState | None, say: Translator) -> str:
    """Where it stands; empty where a line of its own says more."""
    if isinstance(view, TicketView):
        return label(view.ticket.state, say)
    is_pending = view.request.state is RequestState.PENDING
    if state is TicketState.WAITING and view.request.state in _WAITS:
        return label(TicketState.WAITING, say)
    return label(RequestState.PENDING, say) if is_pending else ""


def _why_not(row: BoardRow, say: Translator) -> list[Block]:
    """Where it waits for a decision, and not for theirs."""
    right = row.right
    if row.request is None or right is None or right.may or right.why_not is None:
        return []
    if row.request.request.state not in _WAITS:
        return []
    if right.why_not == Forbidden.code:  # nobody tried anything: it only says whom to ask
        return [
            {
                "type": "context",
                "elements": [plain(say.text("Owners, managers and agents within their limit decide."))],
            }
        ]
    limit = {"limit": right.limit} if right.why_not == AboveLimit.code else {}
    return [{"type": "context", "elements": [plain(sentence_of(right.why_not, limit, say))]}]


def _buttons(
    row: BoardRow, staff: Staff, ways: Ways, account: Account, say: Translator, *, now: datetime
) -> Block:
    """As on the card, for those who may; others have ways to look at it."""
    desk = ways.desk(row, account)
    found: list[Block]
    if row.request is not None and row.right is not None and row.right.may:
        found = request_buttons(row.request, ways.addresses, say, now=now)
    elif row.ticket is not None and policy.can_decide(staff):
        found = question_buttons(row.ticket.ticket, desk, say)
    else:
        found = [desk_button(desk, say)]
    if card := ways.card(row):
        text = say.text("Open card")
        found.append({"type": "button", "action_id": OPEN_PAGE, "text": plain(text, 75), "url": card})
    return {"type": "actions", "elements": found}
