"""Many rows a statement: what repositories that write in bulk are bound to."""

from collections.abc import AsyncIterator, Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice, repeat
from operator import itemgetter
from typing import Any, TypeVar

from sqlalchemy import Column, Dialect, Insert, Row, Select, Table, Update, bindparam, text
from sqlalchemy.dialects import postgresql, sqlite

from storage.bound import Bound

_T = TypeVar("_T")
_MOST_KEYS = 2000  # in one IN
# A chunk may take longer than a click: nobody waits three seconds for an import.
_PATIENCE = text(
    "SELECT set_config('statement_timeout', '60s', true), set_config('lock_timeout', '20s', true)"
)
# Ids are random, so what is written lies all over the indexes: 64 MB of them are kept at hand, not 2.
_ROOM = "PRAGMA cache_size = -65536"


def pieces(keys: Iterable[_T]) -> Iterator[list[_T]]:
    """Keys, as many at a time as one statement takes well."""
    rest = iter(keys)
    while piece := list(islice(rest, _MOST_KEYS)):
        yield piece


@dataclass(frozen=True)
class _Prepared:
    """A statement in the driver's own words, and what it binds, in order: a name, and how to convert it.

    Values are converted a column at a time: by rows, as SQLAlchemy does it, is half of what an import costs.
    """

    text: str
    binds: tuple[tuple[str, Callable[[Any], Any] | None], ...]

    def values(self, rows: Sequence[Mapping[str, Any]], same: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """What the driver binds for each row; `same` holds for all of them."""
        columns: list[Iterable[Any]] = []
        for name, convert in self.binds:
            if name in same:
                columns.append(repeat(convert(same[name]) if convert else same[name], len(rows)))
            else:
                column = map(itemgetter(name), rows)
                columns.append(map(convert, column) if convert else column)
        return list(zip(*columns, strict=True))


@lru_cache(maxsize=256)
def _prepare_insert(
    table: Table, columns: tuple[str, ...], again: tuple[str, ...] | None, dialect: Dialect
) -> _Prepared:
    """`again`: which columns are written anew where the row is there already; with None it must not be."""
    new = postgresql.insert(table) if dialect.name == "postgresql" else sqlite.insert(table)
    if again == ():
        new = new.on_conflict_do_nothing()
    elif again:
        new = new.on_conflict_do_update(
            index_elements=list(table.primary_key), set_={name: new.excluded[name] for name in again}
        )
    return _prepare(new, columns, dialect)


@lru_cache(maxsize=256)
def _prepare(statement: Insert | Update, columns: tuple[str, ...] | None, dialect: Dialect) -> _Prepared:
    compiled = statement.compile(dialect=dialect, column_keys=columns)
    types = {name: bind.type for name, bind in compiled.binds.items()}
    return _Prepared(
        str(compiled),
        tuple(
            (name, types[name].dialect_impl(dialect).bind_processor(dialect))
            for name in compiled.positiontup or ()
        ),
    )


class InBulk(Bound):
    """A repository that reads by many keys and writes many rows at a time."""

    async def _expect_many(self) -> None:
        """More time for this transaction on PostgreSQL, more memory for this connection on SQLite."""
        if self.connection.dialect.name == "postgresql":
            await self.connection.execute(_PATIENCE)
        else:
            await self.connection.exec_driver_sql(_ROOM)

    async def _by(
        self, statement: Select[Any], column: Column[Any], keys: Collection[Any]
    ) -> AsyncIterator[Row[Any]]:
        """All rows whose `column` is one of the keys."""
        by_keys = statement.where(column.in_(bindparam("the_keys", expanding=True)))
        for piece in pieces(keys):
            for row in (await self.connection.execute(by_keys, {"the_keys": piece})).all():
                yield row

    async def _insert_all(
        self,
        table: Table,
        rows: Sequence[Mapping[str, Any]],
        *,
        again: tuple[str, ...] | None = None,
        **same: Any,
    ) -> None:
        """New rows, which have `same` in common; of those that are there, `again` is written anew."""
        if rows:
            same["account_id"] = self.account_id
            columns = (*same, *rows[0])
            prepared = _prepare_insert(table, columns, again, self.connection.dialect)
            await self.connection.exec_driver_sql(prepared.text, prepared.values(rows, same))

    async def _change_all(self, statement: Update, rows: Sequence[Mapping[str, Any]], **same: Any) -> None:
        """A kept statement, once for each row of bound values; `same` and `the_account` are bound in all."""
        if rows:
            same["the_account"] = self.account_id
            prepared = _prepare(statement, None, self.connection.dialect)
            await self.connection.exec_driver_sql(prepared.text, prepared.values(rows, same))
