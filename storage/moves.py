"""How a state moves: along the drawn arrows only, and only from the state that was expected."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Table, Update, update

from billing.ids import AccountId

_State = TypeVar("_State", bound=StrEnum)


def move_row(
    table: Table,
    account_id: AccountId,
    row_id: UUID,
    expected: _State,
    to: _State,
    *,
    along: Mapping[_State, frozenset[_State]],
) -> Update:
    """The UPDATE that moves a row of `table`, if it still is where it was `expected`; values may be added."""
    if to not in along[expected]:
        raise ValueError(f"no arrow leads from {expected} to {to}")  # a bug, never a refusal
    c: Any = table.c
    return (
        update(table).where(c.account_id == account_id, c.id == row_id, c.state == expected).values(state=to)
    )
