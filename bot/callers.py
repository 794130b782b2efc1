"""Who speaks to us through Slack, and from where; read out of every kind of payload: foreign JSON."""

from dataclasses import dataclass
from typing import Any

Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Caller:
    """What a payload says of who sent it. What is absent is empty text; nothing here is proof of anything."""

    team_id: str  # where the app is installed; empty where a whole organisation is
    enterprise_id: str
    user_id: str
    user_team_id: str  # whose member they are: shared channels bring strangers
    channel: str
    message_ts: str  # of the message that was clicked
    response_url: str
    trigger_id: str

    def is_of(self, team_id: str, enterprise_id: str) -> bool:
        """Whether they are of the connected workspace, or of the organisation connected as a whole."""
        if self.user_team_id in {team_id, enterprise_id} - {""}:
            return True
        is_whole = team_id == enterprise_id == self.enterprise_id
        return is_whole and self.user_team_id == self.team_id != ""


def read_caller(body: Body) -> Caller:
    """The caller of a click, a modal, a shortcut, a command, a menu's question, or an event."""
    if text_at(body, "type") == "event_callback":
        return _of_event(body)
    # A command is flat, everything else is not.
    team = text_at(body, "team", "id") or text_at(body, "team_id")
    # A modal may have been opened from another workspace than the app's own.
    installed = text_at(body, "view", "app_installed_team_id") or team
    return Caller(
        team_id=installed,
        enterprise_id=text_at(body, "enterprise", "id") or text_at(body, "enterprise_id"),
        user_id=text_at(body, "user", "id") or text_at(body, "user_id"),
        user_team_id=text_at(body, "user", "team_id") or team,
        channel=text_at(body, "channel", "id") or text_at(body, "channel_id"),
        message_ts=text_at(body, "container", "message_ts"),
        response_url=text_at(body, "response_url"),
        trigger_id=text_at(body, "trigger_id"),
    )


def _of_event(body: Body) -> Caller:
    """In a shared channel the outer ids may be the other side's: `authorizations` says whose app hears it."""
    found = body.get("authorizations")
    whose = found[0] if isinstance(found, list) and found and isinstance(found[0], dict) else body
    event = body.get("event")
    team = text_at(whose, "team_id")
    return Caller(
        team_id=team,
        enterprise_id=text_at(whose, "enterprise_id"),
        user_id=text_at(event, "user") or text_at(event, "user", "id") or text_at(event, "user_id"),
        user_team_id=text_at(event, "user", "team_id")
        or text_at(event, "user_team")
        or text_at(event, "team")
        or team,
        channel=text_at(event, "channel") or text_at(event, "channel", "id"),
        message_ts=text_at(event, "ts"),
        response_url="",
        trigger_id="",
    )


def text_at(found: Any, *path: str) -> str:
    """The text at this path, or empty: what is no text there is nothing of ours."""
    for name in path:
        found = found.get(name) if isinstance(found, dict) else None
    # Half a pair of surrogates is no character, and no database holds it.
    return found.encode(errors="ignore").decode() if isinstance(found, str) else ""
