"""Action ids and values of our buttons, built and parsed here. A button names records and nothing else."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar
from uuid import UUID

from billing.errors import NotFound
from billing.ids import ApprovalId, RequestId, TicketId, parse_id
from billing.ports import Shows
from bot.callers import Body, text_at

_Id = TypeVar("_Id", bound=UUID)

APPROVE = "request:approve"
DENY = "request:deny"
RETRY = "request:retry"
MORE = "request:more"
REPLY = "ticket:reply"
ASSIGN = "ticket:assign"
CLOSE = "ticket:close"
OPEN_DESK = "desk:open"
OPEN_PAGE = "page:open"
HOME_SHOWS = {each: f"home:{each}" for each in Shows}
HOME_PREVIOUS, HOME_NEXT, HOME_LINK = "home:previous", "home:next", "home:link"

DENY_VIEW = "request:deny:view"
PART_VIEW = "request:part:view"
ASK_VIEW = "request:ask:view"
REPLY_VIEW = "ticket:reply:view"
ASSIGN_VIEW = "ticket:assign:view"
SNOOZE_VIEW = "ticket:snooze:view"

ANSWER_BLOCK = "answer"
# The second step of a denial. Not ANSWER_BLOCK: where a field's name stays, Slack keeps what was typed.
PREVIEW_BLOCK = "message"
ANSWER_ACTION = "text"
_OF_TICKETS = "ticket:"


class More(StrEnum):
    """What the menu of a waiting request offers."""

    PART = "part"
    ASK = "ask"
    ASSIGN = "assign"
    SNOOZE = "snooze"
    WAKE = "wake"
    DESK = "desk"


@dataclass(frozen=True, slots=True)
class Click:
    """What was clicked or submitted. Neither `request_id` nor `ticket_id`: it names nothing of ours.

    `second_to`: the first person's yes that the button showed. `channel`: of the card. `more`: of the menu.
    """

    request_id: RequestId | None
    second_to: ApprovalId | None
    channel: str
    ticket_id: TicketId | None = None
    more: More | None = None


def read_click(body: Body) -> Click:
    """What a payload names: a button by its value, a modal by its metadata; the other kinds name nothing."""
    actions = body.get("actions")
    if not isinstance(actions, list) or not actions:
        value, _, channel = text_at(body, "view", "private_metadata").partition(" ")
        return _named(text_at(body, "view", "callback_id"), value, channel)
    pressed, channel = actions[0], text_at(body, "channel", "id")
    value = text_at(pressed, "value") or text_at(pressed, "selected_option", "value")
    return _named(text_at(pressed, "action_id"), value, channel)


def _named(name: str, value: str, channel: str) -> Click:
    if name.startswith(_OF_TICKETS):
        return Click(None, None, channel, ticket_id=_id(TicketId, value))
    if name == MORE:
        which, _, request = value.partition(" ")
        more = More(which) if which in {each.value for each in More} else None
        return Click(_id(RequestId, request), None, channel, more=more)
    request, _, first = value.partition(" ")
    return Click(_id(RequestId, request), _id(ApprovalId, first), channel)


def view_id(body: Body) -> str:
    """Which modal was submitted: each that was opened has an id of its own."""
    return text_at(body, "view", "id")


def has_field(body: Body, block: str) -> bool:
    """Whether the submitted modal has this field; errors are taken beside no other."""
    view = body.get("view")
    state = view.get("state") if isinstance(view, dict) else None
    values = state.get("values") if isinstance(state, dict) else None
    return isinstance(values, dict) and block in values


def typed_in(body: Body, block: str) -> str:
    """What stands in a text field of a submitted modal; empty if there is no such field."""
    return text_at(body, "view", "state", "values", block, ANSWER_ACTION, "value")


def chosen_in(body: Body, block: str) -> str:
    """The value that was chosen in a menu or among buttons, or the day that was picked; or empty."""
    values = ("view", "state", "values", block, ANSWER_ACTION)
    return text_at(body, *values, "selected_option", "value") or text_at(body, *values, "selected_date")


def approve_value(request_id: RequestId, first: ApprovalId | None) -> str:
    """What *Approve* names: the request, and the yes that it would be the second to."""
    return request_id.hex if first is None else f"{request_id.hex} {first.hex}"


def more_value(which: More, request_id: RequestId) -> str:
    """What a line of the menu names: what to do, and with which request."""
    return f"{which} {request_id.hex}"


def page_value(shows: Shows, number: int) -> str:
    """What a button of Home names: a list, and a page of it."""
    return f"{shows} {number}"


def read_page(body: Body) -> tuple[Shows, int] | None:
    """What such a button named; None: nothing of ours."""
    actions = body.get("actions")
    pressed = actions[0] if isinstance(actions, list) and actions else None
    shows, _, number = text_at(pressed, "value").partition(" ")
    if shows not in {each.value for each in Shows} or not (number.isascii() and number.isdigit()):
        return None
    return Shows(shows), int(number[:6])


def metadata_of(named: RequestId | TicketId, channel: str) -> str:
    """What a modal keeps: ids only, of the record it is about and of its card's channel."""
    return f"{named.hex} {channel}"


def _id(kind: Callable[[UUID], _Id], value: str) -> _Id | None:
    try:
        return parse_id(kind, value)
    except NotFound:
        return None
