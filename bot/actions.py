"""Action ids and values of our buttons, built and parsed here. A button names records and nothing else."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from billing.errors import NotFound
from billing.ids import ApprovalId, RequestId, parse_id
from bot.callers import Body, text_at

_Id = TypeVar("_Id", bound=UUID)

APPROVE = "request:approve"
DENY = "request:deny"
RETRY = "request:retry"
OPEN_DESK = "desk:open"
OPEN_PAGE = "page:open"
DENY_VIEW = "request:deny:view"
ANSWER_BLOCK = "answer"
ANSWER_ACTION = "text"


@dataclass(frozen=True, slots=True)
class Click:
    """What was clicked or submitted. `request_id` None: it names nothing of ours.

    `second_to`: the first person's yes that the button showed. `channel`: of the card.
    """

    request_id: RequestId | None
    second_to: ApprovalId | None
    channel: str


def read_click(body: Body) -> Click:
    """What a payload names: a button by its value, a modal by its metadata; the other kinds name nothing."""
    actions = body.get("actions")
    if isinstance(actions, list) and actions:
        value = text_at(actions[0], "value") or text_at(actions[0], "selected_option", "value")
        request, _, first = value.partition(" ")
        return Click(_id(RequestId, request), _id(ApprovalId, first), text_at(body, "channel", "id"))
    request, _, channel = text_at(body, "view", "private_metadata").partition(" ")
    return Click(_id(RequestId, request), None, channel)


def typed_answer(body: Body) -> str:
    """What was typed as the answer in a submitted modal."""
    return text_at(body, "view", "state", "values", ANSWER_BLOCK, ANSWER_ACTION, "value")


def approve_value(request_id: RequestId, first: ApprovalId | None) -> str:
    """What *Approve* names: the request, and the yes that it would be the second to."""
    return request_id.hex if first is None else f"{request_id.hex} {first.hex}"


def metadata_of(click: Click) -> str:
    """What a modal keeps: ids only."""
    assert click.request_id is not None
    return f"{click.request_id.hex} {click.channel}"


def _id(kind: Callable[[UUID], _Id], value: str) -> _Id | None:
    try:
        return parse_id(kind, value)
    except NotFound:
        return None
