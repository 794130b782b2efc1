"""Days as reports count them: each once, when it is over, by moments that never change."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from billing.states import RequestKind

# How often, how long, how much: by a path of words such as `asked/refund`; see `billing.report_facts`.
# A year has some fifty thousand of them, so they stay the text they are stored as.
Counts = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class DayAt:
    """A day of the account's, from its first moment to that of the next; 23 to 25 hours."""

    day: date
    begins_at: datetime
    ends_at: datetime


class Reports(Protocol):
    """What happened on days, counted now or kept."""

    async def list_days(self, first: date, last: date, *, zone: str) -> Mapping[date, Counts]:
        """Those that were counted in this time zone."""
        ...

    async def count(self, days: Sequence[DayAt]) -> Mapping[date, Counts]:
        """From the rows themselves; the days follow each other."""
        ...

    async def hold(self) -> None:
        """Until this transaction ends no import adds to the past."""
        ...

    async def keep(self, counted: Mapping[date, Counts], *, zone: str, at: datetime) -> None: ...
    async def find_beginning(self) -> datetime | None:
        """When the first thing happened that reports count."""
        ...

    async def count_waiting(self) -> Mapping[RequestKind, int]:
        """Requests that wait for an answer now."""
        ...
