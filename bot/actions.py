"""Action ids and values of our buttons, built and parsed here. A button names records and nothing else."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from billing.errors import NotFound
from billing.ids import ApprovalId, RequestId, parse_id

_Id = TypeVar("_Id", bound=UUID)

APPROVE = "request:approve"
DENY = "request:deny"
RETRY = "request:retry"
OPEN_DESK = "desk:open"
DENY_VIEW = "request:deny:view"
ANSWER_BLOCK = "answer"
ANSWER_ACTION = "text"


@dataclass(frozen=True, slots=True)
class Click:
    """Who clicked what, where. `request_id` None: the value names nothing of ours.

    `second_to`: the first person's yes that the button showed.
    """

    request_id: RequestId | None
    second_to: ApprovalId | None
    team_id: str
    user_id: str
    user_team_id: str
    channel: str
    message_ts: str  # of the card, to draw it anew; empty from a modal
    response_url: str
    trigger_id: str


def parse_click(body: dict[str, Any]) -> Click:
    """A button's payload; foreign JSON ends here. Absent parts become empty text."""
    actions = body.get("actions")
    pressed = actions[0] if isinstance(actions, list) and actions else None
    return _click(body, _text(pressed, "value"), _text(body, "channel", "id"))


def parse_submission(body: dict[str, Any]) -> tuple[Click, str]:
    """A submitted modal: its metadata names request and channel; and what was typed as the answer."""
    request, _, channel = _text(body, "view", "private_metadata").partition(" ")
    typed = _text(body, "view", "state", "values", ANSWER_BLOCK, ANSWER_ACTION, "value")
    return _click(body, request, channel), typed


def approve_value(request_id: RequestId, first: ApprovalId | None) -> str:
    """What *Approve* names: the request, and the yes that it would be the second to."""
    return request_id.hex if first is None else f"{request_id.hex} {first.hex}"


def metadata_of(click: Click) -> str:
    """What a modal keeps: ids only."""
    assert click.request_id is not None
    return f"{click.request_id.hex} {click.channel}"


def _click(body: dict[str, Any], value: str, channel: str) -> Click:
    team_id = _text(body, "team", "id")
    request, _, first = value.partition(" ")
    return Click(
        request_id=_id(RequestId, request),
        second_to=_id(ApprovalId, first),
        team_id=team_id,
        user_id=_text(body, "user", "id"),
        user_team_id=_text(body, "user", "team_id") or team_id,
        channel=channel,
        message_ts=_text(body, "container", "message_ts"),
        response_url=_text(body, "response_url"),
        trigger_id=_text(body, "trigger_id"),
    )


def _id(kind: Callable[[UUID], _Id], value: str) -> _Id | None:
    try:
        return parse_id(kind, value)
    except NotFound:
        return None


def _text(found: Any, *path: str) -> str:
    """The text at this path, or empty: what is no text there is nothing of ours."""
    for name in path:
        found = found.get(name) if isinstance(found, dict) else None
    return found if isinstance(found, str) else ""
