"""The journal, the outbox and the inbox. The database itself refuses to change a line of the journal."""

from sqlalchemy import (
    DDL,
    JSON,
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    String,
    Table,
    Text,
    event,
    text,
)

from billing.messages import Destination
from storage.tables.metadata import metadata
from storage.types import UtcDateTime, Word, account_id, one_of, own_id

# Queries must use these very words, or the index is not for them.
WAITING = text("delivered_at IS NULL AND NOT given_up")
_DEDUPED = text("dedupe IS NOT NULL")

journal = Table(
    "journal",
    metadata,
    account_id(),
    own_id(),
    Column("at", UtcDateTime(), nullable=False),
    Column("by", Text, nullable=False),
    Column("origin", Text, nullable=False),
    Column("verb", String(64), nullable=False),
    Column("kind", String(64), nullable=False),  # the verb's first word: what it is about
    Column("subject", Text, nullable=False),
    Column("facts", JSON, nullable=False),
    Column("trace_id", Text, nullable=False),
    Column("place", BigInteger, nullable=False),  # orders lines of one instant
    Index("ix_journal_subject", "account_id", "subject", "at", "place"),
    Index("ix_journal_at", "account_id", "at", "place"),
    Index("ix_journal_by", "account_id", "by", "at", "place"),
    Index("ix_journal_kind", "account_id", "kind", "at", "place"),
)

outbox = Table(
    "outbox",
    metadata,
    account_id(),
    own_id(),
    Column("destination", Word(Destination), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("payload", JSON, nullable=False),
    Column("trace_id", Text, nullable=False),
    Column("dedupe", Text),
    Column("tries", Integer, nullable=False),
    Column("put_at", UtcDateTime(), nullable=False),
    Column("due_at", UtcDateTime(), nullable=False),
    Column("leased_until", UtcDateTime()),
    Column("delivered_at", UtcDateTime()),
    Column("given_up", Boolean, nullable=False),
    Column("why", Text),  # what the last try ran into
    Column("place", BigInteger, nullable=False),  # orders messages of one instant
    one_of("destination", Destination),
    Index("ix_outbox_id", "id"),
    Index(
        "ix_outbox_waiting",
        "destination",
        "put_at",
        "place",
        sqlite_where=WAITING,
        postgresql_where=WAITING,
    ),
    Index(
        "uq_outbox_dedupe",
        "account_id",
        "dedupe",
        unique=True,
        sqlite_where=_DEDUPED,
        postgresql_where=_DEDUPED,
    ),
)

inbox = Table(
    "inbox",
    metadata,
    account_id(),
    Column("source", String(32), primary_key=True),
    Column("external_id", String(255), primary_key=True),
    Column("kind", String(128), nullable=False),
    Column("ignored", Text, nullable=False),  # why nothing follows, or empty
    Column("at", UtcDateTime(), nullable=False),
)

APPEND_ONLY = {
    "sqlite": (
        "CREATE TRIGGER journal_is_never_updated BEFORE UPDATE ON journal "
        "BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END",
        "CREATE TRIGGER journal_is_never_deleted BEFORE DELETE ON journal "
        "BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END",
    ),
    "postgresql": (
        "CREATE FUNCTION refuse_to_change_the_journal() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the journal is append-only'; END $$",
        "CREATE TRIGGER journal_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON journal "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_change_the_journal()",
    ),
}
for _engine, _statements in APPEND_ONLY.items():
    for _statement in _statements:
        event.listen(journal, "after_create", DDL(_statement).execute_if(dialect=_engine))  # type: ignore[no-untyped-call]
