"""SQLite's driver with one trip to its thread for each statement; the library's own makes four."""

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Self

import aiosqlite


@dataclass(frozen=True, slots=True)
class _Result:
    """All that a statement left; its cursor is closed by then."""

    rows: list[Any]
    description: Any
    rowcount: int
    lastrowid: int | None


_NONE_YET = _Result([], None, -1, None)


class OneTripConnection(aiosqlite.Connection):
    """As SQLAlchemy's dialect uses it: cursors that execute, fetch and close at once."""

    def cursor(self) -> Any:
        """A cursor that costs nothing before it executes."""
        return OneTripCursor(self)

    async def commit(self) -> None:
        """Nothing where no transaction is open: a single statement has committed itself."""
        # Whoever commits has awaited all of its statements, so none is still on its way to the thread.
        if self.in_transaction:
            await super().commit()

    async def run(self, act: Callable[[sqlite3.Cursor], object]) -> _Result:
        """Act with a fresh cursor in the thread; what it left, read to the end."""
        raw = self._conn  # not self: the thread holds what it did last, and must not keep us alive

        def all_at_once() -> _Result:
            cursor = raw.cursor()
            try:
                act(cursor)
                rows = cursor.fetchall() if cursor.description else []
                return _Result(rows, cursor.description, cursor.rowcount, cursor.lastrowid)
            finally:
                cursor.close()

        result: _Result = await self._execute(all_at_once)  # type: ignore[no-untyped-call]
        return result


class OneTripCursor:
    """What the dialect asks of a cursor that is not read bit by bit."""

    arraysize = 1

    def __init__(self, connection: OneTripConnection) -> None:
        self._connection = connection
        self._result = _NONE_YET

    async def __aenter__(self) -> Self:
        return self

    async def execute(self, statement: str, parameters: Sequence[Any] = ()) -> Self:
        """One statement, and all of its rows."""
        self._result = await self._connection.run(lambda cursor: cursor.execute(statement, parameters))
        return self

    async def executemany(self, statement: str, parameters: Iterable[Sequence[Any]]) -> Self:
        """One statement, many times."""
        self._result = await self._connection.run(lambda cursor: cursor.executemany(statement, parameters))
        return self

    async def fetchall(self) -> list[Any]:
        """The rows, which are here already."""
        return self._result.rows

    async def close(self) -> None:
        """It is closed already."""

    @property
    def description(self) -> Any:
        """Names of the columns, as DB-API has them; None where there are none."""
        return self._result.description

    @property
    def rowcount(self) -> int:
        """How many rows were changed."""
        return self._result.rowcount

    @property
    def lastrowid(self) -> int | None:
        """Of the row that was inserted last."""
        return self._result.lastrowid


def connect(database: str, **options: Any) -> OneTripConnection:
    """A connection to await; takes what `sqlite3.connect` takes."""
    connection = OneTripConnection(lambda: sqlite3.connect(database, **options), iter_chunk_size=64)
    connection._thread.daemon = True  # one that nobody closed must not keep the process
    return connection
