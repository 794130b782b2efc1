"""The journal, the outbox and the inbox, as a use case writes them."""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import bindparam, or_, select

from billing import records as r
from billing.actors import Actor
from billing.ids import EnvelopeId, new_id
from billing.messages import Message
from billing.ports import JournalQuery
from billing.processing.records import EventCount
from storage.bound import ACCOUNT, Bound, Shape, next_place
from storage.tables.ledger import inbox, journal, outbox
from storage.tables.processing import event_counts

_j, _e = journal.c, event_counts.c
LINE = Shape(
    (_j.account_id, _j.at, _j.by, _j.origin, _j.verb, _j.subject, _j.facts, _j.trace_id), r.JournalLine
)
_OF_SUBJECT = (
    select(*LINE.columns)
    .where(_j.account_id == ACCOUNT, _j.subject == bindparam("the_subject"))
    .order_by(_j.at, _j.place)
)
_COUNT = Shape((_e.source, _e.kind, _e.is_ignored, _e.count, _e.last_at), EventCount)
_COUNTS = (
    select(*_COUNT.columns).where(_e.account_id == ACCOUNT).order_by(_e.count.desc(), _e.source, _e.kind)
)


class StoredJournal(Bound):
    """`billing.ports.Journal`; the database refuses to change or drop a line."""

    async def write(self, by: Actor, verb: str, subject: str, *, at: datetime, facts: r.Facts) -> None:
        """One line more."""
        await self._insert(
            journal,
            {
                "id": new_id(EnvelopeId),
                "at": at,
                "by": by.key,
                "origin": by.origin,
                "verb": verb,
                "kind": verb.partition(".")[0],
                "subject": subject,
                "facts": dict(facts),
                "trace_id": by.trace_id,
                "place": next_place(),
            },
        )

    async def list_of(self, subject: str) -> list[r.JournalLine]:
        """Oldest first."""
        return await self._list(LINE, _OF_SUBJECT, the_subject=subject)

    async def list_page(self, query: JournalQuery) -> list[tuple[r.JournalLine, int]]:
        """Newest first; the order is that of an index, whichever filter there is."""
        wanted = [_j.account_id == self.account_id]
        if query.by is not None:
            wanted.append(_j.by == query.by)
        if query.kind is not None:
            wanted.append(_j.kind == query.kind)
        if query.since is not None:
            wanted.append(_j.at >= query.since)
        if query.until is not None:
            wanted.append(_j.at < query.until)
        if query.before is not None:
            at, place = query.before
            wanted += [_j.at <= at, or_(_j.at < at, _j.place < place)]
        statement = (
            select(*LINE.columns, _j.place)
            .where(*wanted)
            .order_by(_j.at.desc(), _j.place.desc())
            .limit(query.limit)
        )
        rows = (await self.connection.execute(statement)).all()
        return [(LINE.read(row), int(row.place)) for row in rows]


@dataclass(frozen=True)
class StoredOutbox(Bound):
    """`billing.ports.Outbox`."""

    addressed: set[str] = field(default_factory=set)

    async def put(
        self,
        message: Message,
        *,
        at: datetime,
        trace_id: str,
        dedupe: str | None = None,
        due_at: datetime | None = None,
    ) -> None:
        """Due at once or at `due_at`; a `dedupe` that was ever put is left alone, delivered or not."""
        self.addressed.add(message.destination)
        values = {
            "id": new_id(EnvelopeId),
            "destination": message.destination,
            "kind": message.kind,
            "payload": dict(message.payload()),
            "trace_id": trace_id,
            "dedupe": dedupe,
            "tries": 0,
            "put_at": at,
            "due_at": due_at or at,
            "given_up": False,
            "place": next_place(),
        }
        if dedupe is None:
            await self._insert(outbox, values)
        else:
            await self._insert_once(outbox, values)


class StoredInbox(Bound):
    """`billing.ports.InboxOfEvents`."""

    async def take_in(self, source: str, external_id: str, kind: str, *, at: datetime, ignored: str) -> bool:
        """True the first time only; the database judges."""
        return await self._insert_once(
            inbox,
            {"source": source, "external_id": external_id, "kind": kind, "at": at, "ignored": ignored},
        )

    async def count(self, source: str, kind: str, *, at: datetime, is_ignored: bool) -> None:
        """One more of this kind; in one statement, so that none is lost."""
        row = {"source": source, "kind": kind, "is_ignored": is_ignored, "count": 1, "last_at": at}
        statement = self._upsert(event_counts).values(self._own(row))
        now = {name: statement.excluded[name] for name in ("is_ignored", "last_at")}
        await self.connection.execute(
            statement.on_conflict_do_update(
                index_elements=list(event_counts.primary_key),
                set_={**now, "count": event_counts.c.count + 1},
            )
        )

    async def list_counts(self) -> list[EventCount]:
        """The most frequent first."""
        return await self._list(_COUNT, _COUNTS)
