"""Engines: on SQLite one writer and readers beside it, on PostgreSQL a pool; both give up in time."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from storage import one_trip

# Slack waits three seconds for an answer: what the database may take of them is bounded here.
POOL_SECONDS = 1.0
BUSY_MS = 800  # another process holds SQLite's write lock
LOCK_MS = 800
STATEMENT_MS = 1_200
MIGRATION_MS = 60_000  # another process may be at it
READERS = 8
POOL = 16

# Lock, statement and transaction time-outs, deadlocks, and a server that is going, gone or full.
_PASSING = ("40001", "40P01", "55P03", "57014", "57P", "08", "53", "25P03", "25P04")

# One statement is a view of its own: BEGIN would cost as much again as the statement.
_SINGLE = "single_statement"


@dataclass(frozen=True)
class Engines:
    """Where to write, where to read a consistent view, and where to read a single statement.

    A single statement needs no BEGIN and no COMMIT of its own, which would be two trips more.
    """

    writer: AsyncEngine
    reader: AsyncEngine
    single: AsyncEngine

    @property
    def is_sqlite(self) -> bool:
        """The embedded engine: one writer, no row locks."""
        return self.writer.dialect.name == "sqlite"

    @property
    def single_writer(self) -> AsyncEngine:
        """Where to write by a single statement."""
        return self.writer if self.is_sqlite else self.single

    async def close(self) -> None:
        """Close all connections."""
        await self.writer.dispose()
        if self.is_sqlite:
            await self.reader.dispose()


def open_engines(url: str, patience: float = POOL_SECONDS) -> Engines:
    """`sqlite:///file` or `postgresql://…`, the driver named or not; ValueError for any other database.

    `patience`: seconds to wait for a free connection; more than usual lengthens PostgreSQL's limits too.
    """
    parsed = with_driver(url)
    is_sqlite = parsed.get_backend_name() == "sqlite"
    return _open_sqlite(parsed, patience) if is_sqlite else _open_postgresql(parsed, patience)


def with_driver(url: str) -> URL:
    """The URL with our driver; ValueError if it is not one of the two databases, or SQLite in memory."""
    parsed = make_url(url)
    match parsed.get_backend_name():
        case "sqlite":
            if parsed.database in (None, "", ":memory:"):
                raise ValueError("SQLite needs a file")
            return parsed.set(drivername="sqlite+aiosqlite")
        case "postgresql" | "postgres":
            return parsed.set(drivername="postgresql+asyncpg")
        case other:
            raise ValueError(f"neither SQLite nor PostgreSQL: {other}")


def open_for_migration(url: URL) -> Engine:
    """A plain engine on a SQLite file, with the same settings, for migrations."""
    engine = create_engine(url.set(drivername="sqlite"), poolclass=NullPool, hide_parameters=True)
    _prepare(engine, begin="BEGIN IMMEDIATE", busy_ms=MIGRATION_MS)
    return engine


def is_passing(error: BaseException) -> bool:
    """Whether the same may well succeed in a moment: a time-out, a lock, a lost connection."""
    if isinstance(error, PoolTimeout | ConnectionError | TimeoutError):
        return True
    if not isinstance(error, DBAPIError):
        return False
    if error.connection_invalidated:
        return True
    causes = list(_causes(error))
    if any(isinstance(cause, ConnectionError | TimeoutError) for cause in causes):
        return True
    state = next((str(cause.sqlstate) for cause in causes if getattr(cause, "sqlstate", None)), "")
    name = next((str(c.sqlite_errorname) for c in causes if hasattr(c, "sqlite_errorname")), "")
    return state.startswith(_PASSING) or name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED"))


def _causes(error: BaseException) -> Iterator[Any]:
    cause: BaseException | None = error.orig if isinstance(error, DBAPIError) else error
    while cause is not None:
        yield cause
        cause = cause.__cause__


def _open_sqlite(url: URL, patience: float) -> Engines:
    writer = _open_pool(url, 1, patience)
    _prepare(writer.sync_engine, begin="BEGIN IMMEDIATE")
    reader = _open_pool(url, READERS, patience)
    _prepare(reader.sync_engine, begin="BEGIN", query_only=True)
    return Engines(writer, reader, reader.execution_options(**{_SINGLE: True}))


def _open_pool(url: URL, size: int, patience: float) -> AsyncEngine:
    return create_async_engine(
        url,
        pool_size=size,
        max_overflow=0,
        pool_timeout=patience,
        hide_parameters=True,
        connect_args={"async_creator_fn": one_trip.connect},
    )


def _longer(milliseconds: int, patience: float) -> int:
    """This limit in proportion, where more patience than usual was asked for; never shorter."""
    return round(milliseconds * max(patience / POOL_SECONDS, 1))


def _prepare(engine: Engine, *, begin: str, query_only: bool = False, busy_ms: int = BUSY_MS) -> None:
    settings = {
        "busy_timeout": busy_ms,  # first: the next one may meet a lock
        "journal_mode": "WAL",
        "synchronous": "FULL",
        "foreign_keys": "ON",
        "query_only": "ON" if query_only else "OFF",
    }

    def connected(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # or the driver begins by itself, too late and deferred
        cursor = connection.cursor()
        for name, value in settings.items():
            cursor.execute(f"PRAGMA {name} = {value}")
        cursor.close()

    def begun(connection: Connection) -> None:
        if not connection.get_execution_options().get(_SINGLE):
            connection.exec_driver_sql(begin)

    event.listen(engine, "connect", connected)
    event.listen(engine, "begin", begun)


def _open_postgresql(url: URL, patience: float) -> Engines:
    engine = create_async_engine(
        url,
        pool_size=POOL,
        max_overflow=0,
        pool_timeout=patience,
        isolation_level="READ COMMITTED",
        hide_parameters=True,
        connect_args={
            "timeout": patience,
            "server_settings": {
                "application_name": "selfbill",
                "timezone": "UTC",
                "synchronous_commit": "on",
                "lock_timeout": str(_longer(LOCK_MS, patience)),
                "statement_timeout": str(_longer(STATEMENT_MS, patience)),
                "idle_in_transaction_session_timeout": "30000",
            },
        },
    )
    view = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    return Engines(engine, view, engine.execution_options(isolation_level="AUTOCOMMIT"))
