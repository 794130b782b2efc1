"""Many rows a statement: what repositories that write in bulk are bound to."""

from collections.abc import AsyncIterator, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import Column, Row, Select, Table, Update, text

from storage.bound import Bound

_T = TypeVar("_T")
_MOST_KEYS = 1000  # in one IN
# A chunk may take longer than a click: nobody waits three seconds for an import.
_PATIENCE = text(
    "SELECT set_config('statement_timeout', '60s', true), set_config('lock_timeout', '20s', true)"
)


def pieces(keys: Iterable[_T]) -> Iterator[list[_T]]:
    """Keys, as many at a time as one statement takes well."""
    rest = iter(keys)
    while piece := list(islice(rest, _MOST_KEYS)):
        yield piece


class InBulk(Bound):
    """A repository that reads by many keys and writes many rows at a time."""

    async def _be_patient(self) -> None:
        """For the rest of this transaction; SQLite has no such limits."""
        if self.connection.dialect.name == "postgresql":
            await self.connection.execute(_PATIENCE)

    async def _by(
        self, statement: Select[Any], column: Column[Any], keys: Collection[Any]
    ) -> AsyncIterator[Row[Any]]:
        """All rows whose `column` is one of the keys."""
        for piece in pieces(keys):
            for row in (await self.connection.execute(statement.where(column.in_(piece)))).all():
                yield row

    async def _insert_all(
        self, table: Table, rows: Sequence[Mapping[str, Any]], *, once: bool = False
    ) -> None:
        """New rows; with `once`, those that are there already are left alone."""
        if rows:
            statement = self._upsert(table)
            await self.connection.execute(
                statement.on_conflict_do_nothing() if once else statement,
                [{"account_id": self.account_id, **row} for row in rows],
            )

    async def _change_all(self, statement: Update, rows: Sequence[Mapping[str, Any]]) -> None:
        """The statement once for each row of bound values."""
        if rows:
            await self.connection.execute(statement, list(rows))
