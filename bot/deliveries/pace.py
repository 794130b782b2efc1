"""Slack's pace: so many messages to a channel, so many updates in a workspace; and its 429s.

What cannot go yet is given a slot and comes back for it: a burst is planned once, not tried again and again.
Slots are this process's own; where several workers post, Slack's 429 tells the rest.
"""

from collections import deque
from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from billing.errors import DeliveryFailed

PACED = "paced"
_A_SECOND = timedelta(seconds=1)
# A slot that nobody came back for: another worker has delivered the message, or it was given up.
_FORGOTTEN_AFTER = timedelta(minutes=5)
_SWEEP_EVERY = 256


@dataclass(frozen=True, slots=True)
class Limit:
    """At most so many within this span; who is patient keeps a distance as well, and lets others pass."""

    most: int
    within: timedelta
    apart: timedelta = timedelta(0)


# One message a second and channel. Slack lets a short burst pass: cards may use it, replies never do.
# A little less than allowed: what we send evenly may arrive unevenly.
MESSAGES = Limit(3, 3.1 * _A_SECOND, apart=_A_SECOND)
UPDATES = Limit(50, 61 * _A_SECOND)


class Lane:
    """What was sent to one place lately, and the slots that are promised there."""

    def __init__(self, limit: Limit) -> None:
        self._limit = limit
        self._sent: deque[datetime] = deque()
        self._first: dict[Hashable, datetime] = {}
        self._patient: dict[Hashable, datetime] = {}

    def claim(self, key: Hashable, now: datetime, *, patient: bool) -> datetime | None:
        """None: it may go now, and is counted. Else when it may: this slot is kept for `key`."""
        self._forget(now)
        promised = self._patient if patient else self._first
        slot = promised.pop(key, None)
        if slot is not None and slot > now:  # it came too early
            promised[key] = slot
            return slot
        # Whose slot has come stands behind nobody but those who went; the others stand behind all.
        ahead = self._sent if slot is not None else self._ahead(patient)
        slot = self._slot_after(sorted(ahead), now, patient)
        if slot > now and patient:
            slot = self._slot_after(sorted(self._ahead(patient)), now, patient)
        if slot <= now:
            self._sent.append(now)
            return None
        promised[key] = slot
        return slot

    def is_idle(self, now: datetime) -> bool:
        """Nothing was sent lately, and nothing is promised."""
        self._forget(now)
        return not (self._sent or self._first or self._patient)

    def _ahead(self, patient: bool) -> Iterator[datetime]:
        yield from self._sent
        yield from self._first.values()
        if patient:
            yield from self._patient.values()

    def _slot_after(self, ahead: list[datetime], now: datetime, patient: bool) -> datetime:
        slot, limit = now, self._limit
        if len(ahead) >= limit.most:
            slot = max(slot, ahead[-limit.most] + limit.within)
        if patient and ahead:
            slot = max(slot, ahead[-1] + limit.apart)
        return slot

    def _forget(self, now: datetime) -> None:
        while self._sent and self._sent[0] <= now - self._limit.within:
            self._sent.popleft()
        for promised in (self._first, self._patient):
            for key in [k for k, slot in promised.items() if slot < now - _FORGOTTEN_AFTER]:
                del promised[key]


class Pace:
    """The lanes of all workspaces, and until when Slack told us to wait, by method and workspace."""

    def __init__(self) -> None:
        self._lanes: dict[Hashable, Lane] = {}
        self._quiet_until: dict[tuple[str, str], datetime] = {}
        self._claims = 0

    @property
    def lanes_kept(self) -> int:
        """How many places are remembered."""
        return len(self._lanes)

    def must_be_free(self, method: str, team_id: str, now: datetime) -> None:
        """Raises `DeliveryFailed` with the rest of the pause that Slack asked for."""
        until = self._quiet_until.get((method, team_id))
        if until is not None and until > now:
            raise DeliveryFailed("ratelimited", after=until - now, untouched=True)

    def keep_quiet(self, method: str, team_id: str, after: timedelta, now: datetime) -> None:
        """Slack said 429, and for how long."""
        self._quiet_until[method, team_id] = now + after

    def must_have_slot(
        self, place: Hashable, limit: Limit, key: Hashable, now: datetime, *, patient: bool = False
    ) -> None:
        """Raises `DeliveryFailed` with the time until `key`'s slot; else it goes now."""
        self._sweep(now)
        lane = self._lanes.setdefault(place, Lane(limit))
        slot = lane.claim(key, now, patient=patient)
        if slot is not None:
            raise DeliveryFailed(PACED, after=slot - now, untouched=True)

    def _sweep(self, now: datetime) -> None:
        """Memory is for who is busy."""
        self._claims += 1
        if self._claims % _SWEEP_EVERY:
            return
        self._lanes = {place: lane for place, lane in self._lanes.items() if not lane.is_idle(now)}
        self._quiet_until = {way: until for way, until in self._quiet_until.items() if until > now}
