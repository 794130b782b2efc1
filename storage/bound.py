"""What every repository is bound to: one transaction, one account; and how rows become records."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from uuid import UUID

from sqlalchemy import BindParameter, Column, Executable, Row, Table, bindparam
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from billing.errors import NotFound
from billing.ids import AccountId
from storage.types import Id

_Record = TypeVar("_Record")
_last_place = 0

# In statements that are made once and kept, this stands for the account.
ACCOUNT: BindParameter[UUID] = bindparam("the_account", type_=Id())


@dataclass(frozen=True)
class Shape(Generic[_Record]):
    """The columns a record is read from, in order, the first never NULL; and what makes it of them."""

    columns: tuple[Column[Any], ...]
    make: Callable[..., _Record]

    def read(self, row: Sequence[Any], at: int = 0) -> _Record:
        """The record that starts at column `at` of a row."""
        return self.make(*row[at : at + len(self.columns)])


class SideBySide:
    """Several shapes in one row, as joins give them; one whose outer join found nothing is None."""

    def __init__(self, *shapes: Shape[Any]) -> None:
        self.columns = tuple(column for shape in shapes for column in shape.columns)
        self._parts: list[tuple[int, Shape[Any]]] = []
        at = 0
        for shape in shapes:
            self._parts.append((at, shape))
            at += len(shape.columns)

    def read(self, row: Sequence[Any]) -> list[Any]:
        """One record, or None, for each shape."""
        return [None if row[at] is None else shape.read(row, at) for at, shape in self._parts]


@dataclass(frozen=True)
class Bound:
    """A repository: all that it reads and writes belongs to `account_id`."""

    connection: AsyncConnection
    account_id: AccountId

    async def _rows(self, statement: Executable, **given: object) -> Sequence[Row[Any]]:
        """For a kept statement: its rows."""
        result = await self.connection.execute(statement, {"the_account": self.account_id, **given})
        return result.all()

    async def _find(self, shape: Shape[_Record], statement: Executable, **given: object) -> _Record | None:
        """For a kept statement: the first record, if any."""
        rows = await self._rows(statement, **given)
        return shape.read(rows[0]) if rows else None

    async def _get(self, shape: Shape[_Record], statement: Executable, **given: object) -> _Record:
        """For a kept statement: the record; raises `NotFound`."""
        rows = await self._rows(statement, **given)
        if not rows:
            raise NotFound
        return shape.read(rows[0])

    async def _list(self, shape: Shape[_Record], statement: Executable, **given: object) -> list[_Record]:
        """For a kept statement: all records."""
        return [shape.read(row) for row in await self._rows(statement, **given)]

    async def _change(self, statement: Executable) -> Row[Any] | None:
        """For a statement made here, with RETURNING: the row it changed, if it changed one."""
        return (await self.connection.execute(statement)).one_or_none()

    async def _insert(self, table: Table, values: Mapping[str, object]) -> None:
        await self.connection.execute(table.insert(), self._own(values))

    def _upsert(self, table: Table) -> "sqlite.Insert | postgresql.Insert":
        """An INSERT that knows ON CONFLICT, in the words of this engine."""
        if self.connection.dialect.name == "postgresql":
            return postgresql.insert(table)
        return sqlite.insert(table)

    async def _insert_once(self, table: Table, values: Mapping[str, object]) -> bool:
        """Whether it was not there before, by any unique key; waits for whoever is just inserting it."""
        statement = self._upsert(table).values(self._own(values)).on_conflict_do_nothing()
        return await self._change(statement.returning(table.c.account_id)) is not None

    async def _put(self, table: Table, values: Mapping[str, object]) -> None:
        """A row, instead of the one with its primary key."""
        row = self._own(values)
        keys = list(table.primary_key)
        names = {column.name for column in keys}
        rest = {name: value for name, value in row.items() if name not in names}
        statement = self._upsert(table).values(row).on_conflict_do_update(index_elements=keys, set_=rest)
        await self.connection.execute(statement)

    def _own(self, values: Mapping[str, object]) -> dict[str, object]:
        """The values as a row of this account; one of another account is a bug, never a refusal."""
        if values.get("account_id", self.account_id) != self.account_id:
            raise ValueError("a row of another account")
        return {**values, "account_id": self.account_id}


def next_place() -> int:
    """A number that rises with every call in this process: orders rows of one instant."""
    global _last_place  # noqa: PLW0603 - one for the process is what it is for
    _last_place = max(_last_place + 1, time.time_ns())
    return _last_place
