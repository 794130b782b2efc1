"""Counters of failures, and the once-keys of forms: one statement each, so that none is lost."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, case, select, update

from billing.errors import Repeated
from storage.bound import ACCOUNT, Bound
from storage.tables.visits import budgets, once_keys

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Stands for all accounts together; there is no such account.
_EVERYBODY = UUID(int=0)

_b = budgets.c
_FIRST = select(once_keys.c.result).where(
    once_keys.c.account_id == ACCOUNT, once_keys.c.key == bindparam("the_key")
)


class StoredBudgets(Bound):
    """`billing.ports.Budgets`: one row for each key and span, begun anew with each window."""

    async def take(self, key: str, *, span: timedelta, at: datetime, everywhere: bool) -> int:
        """The count in the current window, this one included."""
        statement: Any = self._upsert(budgets).values(
            account_id=_EVERYBODY if everywhere else self.account_id,
            key=key,
            span=int(span.total_seconds()),
            window=_window(span, at),
            count=1,
        )
        later = statement.excluded.window > _b.window
        row = await self._change(
            statement.on_conflict_do_update(
                index_elements=[_b.account_id, _b.key, _b.span],
                set_={
                    "count": case((later, 1), else_=_b.count + 1),
                    "window": case((later, statement.excluded.window), else_=_b.window),
                },
            ).returning(_b.count)
        )
        assert row is not None
        return int(row[0])

    async def give_back(self, key: str, *, span: timedelta, at: datetime, everywhere: bool) -> None:
        """One less in the window of `at`, if that still is the current one."""
        await self.connection.execute(
            update(budgets)
            .where(
                _b.account_id == (_EVERYBODY if everywhere else self.account_id),
                _b.key == key,
                _b.span == int(span.total_seconds()),
                _b.window == _window(span, at),
                _b.count > 0,
            )
            .values(count=_b.count - 1)
        )


class StoredOnceKeys(Bound):
    """`billing.ports.OnceKeys`."""

    async def claim(self, key: str, result: UUID, *, at: datetime) -> None:
        """Raises `Repeated` (first); whoever claims the same at once waits for the first to commit."""
        if await self._insert_once(once_keys, {"key": key, "result": result, "at": at}):
            return
        rows = await self._rows(_FIRST, the_key=key)
        raise Repeated(first=rows[0][0])


def _window(span: timedelta, at: datetime) -> int:
    """How many whole spans since 1970."""
    return (at - _EPOCH) // span
