"""What Slack says of a person, in its own JSON, becomes a profile of ours; foreign JSON ends here."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from billing.slack.records import Installation, SlackProfile
from bot.callers import text_at
from bot.marks import clean

# Slack's own assistant, which says of itself that it is no bot.
_SLACKBOT = "USLACKBOT"
_MOST_LETTERS = 200


def read_profile(installation: Installation, user: Any, *, at: datetime) -> SlackProfile | None:
    """Of `users.info`, `users.list` or the event `user_change`, said at `at`; None: it names nobody.

    A flag that Slack always sends and that is not there counts against them.
    """
    user_id = text_at(user, "id")
    if not user_id or not isinstance(user, dict):
        return None
    name = text_at(user, "profile", "real_name") or text_at(user, "real_name") or text_at(user, "name")
    return SlackProfile(
        account_id=installation.account_id,
        team_id=installation.team_id,
        user_id=user_id[:32],
        name=clean(name, _MOST_LETTERS),
        is_gone=_is_any(user, "deleted"),
        is_bot=_is_any(user, "is_bot") or user_id == _SLACKBOT,
        is_guest=_is_any(user, "is_restricted", "is_ultra_restricted"),
        is_stranger=bool(user.get("is_stranger")) or not _is_at_home(installation, user),
        locale=text_at(user, "locale")[:35] or None,
        time_zone=_zone(text_at(user, "tz")),
        looked_at=at,
    )


def _is_any(user: dict[str, Any], *flags: str) -> bool:
    return any(user.get(flag, True) for flag in flags)


def _is_at_home(installation: Installation, user: dict[str, Any]) -> bool:
    """Of this workspace; where an organisation is connected as a whole, of any of its own."""
    team = text_at(user, "team_id")
    if not team or team in {installation.team_id, installation.enterprise_id}:
        return True
    is_whole = installation.team_id == installation.enterprise_id
    return is_whole and text_at(user, "enterprise_user", "enterprise_id") == installation.enterprise_id


def _zone(name: str) -> str | None:
    """The name, where it is one that times can be told in."""
    try:
        return ZoneInfo(name).key if name else None
    except (KeyError, ValueError, OSError):  # of no zone, of nothing at all, or of a folder
        return None
