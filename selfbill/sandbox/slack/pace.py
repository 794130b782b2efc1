"""Slack's pace: how many calls a method takes before it answers 429, and how long the caller shall wait."""

from __future__ import annotations

from collections import defaultdict, deque
from datetime import timedelta

from selfbill.sandbox.slack.workspace import Clock

BURST = 3  # Slack allows one message a second and channel, and lets a short burst pass

# method → how many calls in how long; messages count for each channel, updates for the whole workspace
LIMITS = {
    "chat.postMessage": (BURST, timedelta(seconds=BURST)),
    "chat.postEphemeral": (BURST, timedelta(seconds=BURST)),
    "chat.update": (50, timedelta(minutes=1)),
}


class Pace:
    """Counts calls in a sliding window."""

    def __init__(self, now: Clock) -> None:
        self._now = now
        self._taken = defaultdict[tuple[str, str, str], deque[float]](deque)

    def wait_s(self, method: str, team_id: str, channel: str) -> int:
        """How many whole seconds this workspace must wait; 0 when it may go on: the call is counted."""
        if method not in LIMITS:
            return 0
        most, window = LIMITS[method]
        taken = self._taken[method, team_id, "" if method == "chat.update" else channel]
        now = self._now().timestamp()
        while taken and taken[0] <= now - window.total_seconds():
            taken.popleft()
        if len(taken) < most:
            taken.append(now)
            return 0
        return int(taken[0] + window.total_seconds() - now) + 1
