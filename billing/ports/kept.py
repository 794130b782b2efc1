"""What is kept of every step: journal, outbox, once-keys, events taken in."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from billing import records as r
from billing.actors import Actor
from billing.messages import Message
from billing.processing.records import EventCount


@dataclass(frozen=True, slots=True)
class JournalQuery:
    """Which lines: of one actor, of one kind (the verb's first word), since, and before a moment."""

    by: str | None = None  # Actor.key
    kind: str | None = None
    since: datetime | None = None
    until: datetime | None = None  # not included
    before: tuple[datetime, int] | None = None  # the last line of the page before: `at` and `place`
    limit: int = 50


class Journal(Protocol):
    """Append-only: who did what, when, from where, and why."""

    async def write(self, by: Actor, verb: str, subject: str, *, at: datetime, facts: r.Facts) -> None: ...
    async def list_of(self, subject: str) -> Sequence[r.JournalLine]: ...
    async def list_page(self, query: JournalQuery) -> Sequence[tuple[r.JournalLine, int]]:
        """Newest first, each with its place; the cost does not grow with the journal."""
        ...


class Outbox(Protocol):
    """What must be told, written in the transaction that caused it."""

    @property
    def addressed(self) -> Collection[str]:
        """The destinations of what was put in this transaction."""
        ...

    async def put(
        self,
        message: Message,
        *,
        at: datetime,
        trace_id: str,
        dedupe: str | None = None,
        due_at: datetime | None = None,
    ) -> None:
        """One row, due at once or at `due_at`; a `dedupe` that is there already is left alone."""
        ...


class OnceKeys(Protocol):
    """The one-time ids of forms: a resubmit leads to the first result."""

    async def claim(self, key: str, result: UUID, *, at: datetime) -> None:
        """Unique in the account; raises `Repeated` (first=UUID) if it was claimed before."""
        ...


class InboxOfEvents(Protocol):
    """Events of outside parties, each once."""

    async def take_in(self, source: str, external_id: str, kind: str, *, at: datetime, ignored: str) -> bool:
        """True the first time only; `ignored` says why nothing follows, empty otherwise."""
        ...

    async def count(self, source: str, kind: str, *, at: datetime, is_ignored: bool) -> None:
        """One more of this kind."""
        ...

    async def list_counts(self) -> Sequence[EventCount]:
        """The most frequent first."""
        ...
