"""Slack's pace: after a 429 that method of that workspace waits, and the others go on."""

from datetime import datetime, timedelta

from billing.errors import DeliveryFailed

# (method, team)
Way = tuple[str, str]


class Pace:
    """Until when Slack told us to wait, by method and workspace: who comes meanwhile does not ask again."""

    def __init__(self) -> None:
        self._quiet_until: dict[Way, datetime] = {}

    def must_be_free(self, way: Way, now: datetime) -> None:
        """Raises `DeliveryFailed` with the rest of the pause."""
        until = self._quiet_until.get(way)
        if until is None:
            return
        if until > now:
            raise DeliveryFailed("ratelimited", after=until - now)
        del self._quiet_until[way]

    def keep_quiet(self, way: Way, after: timedelta, now: datetime) -> None:
        """Slack said 429, and for how long."""
        self._quiet_until[way] = now + after
