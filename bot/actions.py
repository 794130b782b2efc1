"""Action ids and values of our buttons, built and parsed here. A button names a request and nothing else."""

from dataclasses import dataclass
from typing import Any

from billing.errors import NotFound
from billing.ids import RequestId, parse_id

APPROVE = "request:approve"
DENY = "request:deny"
RETRY = "request:retry"
OPEN_DESK = "desk:open"
DENY_VIEW = "request:deny:view"
ANSWER_BLOCK = "answer"
ANSWER_ACTION = "text"


@dataclass(frozen=True, slots=True)
class Click:
    """Who clicked what, where. `request_id` None: the value names nothing of ours."""

    request_id: RequestId | None
    team_id: str
    user_id: str
    user_team_id: str
    channel: str
    response_url: str
    trigger_id: str


def parse_click(body: dict[str, Any]) -> Click:
    """A button's payload; foreign JSON ends here. Absent parts become empty text."""
    actions = body.get("actions") or [{}]
    return _click(body, str(actions[0].get("value") or ""), _text(body, "channel", "id"))


def parse_submission(body: dict[str, Any]) -> tuple[Click, str]:
    """A submitted modal: its metadata names request and channel; and what was typed as the answer."""
    view = body.get("view") or {}
    request, _, channel = str(view.get("private_metadata") or "").partition(" ")
    typed = view.get("state", {}).get("values", {}).get(ANSWER_BLOCK, {}).get(ANSWER_ACTION, {})
    return _click(body, request, channel), str(typed.get("value") or "")


def metadata_of(click: Click) -> str:
    """What a modal keeps: ids only."""
    assert click.request_id is not None
    return f"{click.request_id.hex} {click.channel}"


def _click(body: dict[str, Any], value: str, channel: str) -> Click:
    team_id = _text(body, "team", "id")
    return Click(
        request_id=_request_id(value),
        team_id=team_id,
        user_id=_text(body, "user", "id"),
        user_team_id=_text(body, "user", "team_id") or team_id,
        channel=channel,
        response_url=str(body.get("response_url") or ""),
        trigger_id=str(body.get("trigger_id") or ""),
    )


def _request_id(value: str) -> RequestId | None:
    try:
        return parse_id(RequestId, value)
    except NotFound:
        return None


def _text(body: dict[str, Any], *path: str) -> str:
    found: Any = body
    for name in path:
        found = found.get(name) if isinstance(found, dict) else None
    return str(found or "")
