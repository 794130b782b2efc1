"""What is kept of every step: journal, outbox, once-keys, events taken in."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from billing import records as r
from billing.actors import Actor
from billing.messages import Message


class Journal(Protocol):
    """Append-only: who did what, when, from where, and why."""

    async def write(self, by: Actor, verb: str, subject: str, *, at: datetime, facts: r.Facts) -> None: ...
    async def list_of(self, subject: str) -> Sequence[r.JournalLine]: ...


class Outbox(Protocol):
    """What must be told, written in the transaction that caused it."""

    async def put(self, message: Message, *, at: datetime, trace_id: str, dedupe: str | None = None) -> None:
        """One row; a `dedupe` that is there already is left alone."""
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
