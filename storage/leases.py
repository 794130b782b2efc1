"""The outbox as the relay sees it, across accounts: lease, mark, put back."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, bindparam, func, or_, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from billing.edges import Envelope
from billing.ids import AccountId, EnvelopeId
from storage.bound import Shape
from storage.tables.ledger import WAITING, outbox
from storage.types import UtcDateTime

_o = outbox.c
_ENVELOPE = Shape(
    (_o.id, _o.account_id, _o.destination, _o.kind, _o.payload, _o.tries, _o.put_at, _o.trace_id),
    Envelope,
)
_AT: ColumnElement[datetime] = bindparam("the_time", type_=UtcDateTime())
_UNLEASED = or_(_o.leased_until.is_(None), _o.leased_until <= _AT)
# However long the queue is, a lease looks at no more of it: whose turn it is, is decided among these.
_LOOKED_AT = 500
_DUE = (
    select(_o.account_id, _o.id, _o.put_at, _o.place)
    .where(
        WAITING,
        _o.destination == bindparam("where_to"),
        _o.due_at <= _AT,
        _UNLEASED,
        _o.account_id.not_in(bindparam("not_of", expanding=True)),
    )
    .order_by(_o.put_at, _o.place)
)
_ANY_DUE = _DUE.limit(1)
_due = _DUE.limit(_LOOKED_AT).subquery("due")
_turn = func.row_number().over(partition_by=_due.c.account_id, order_by=(_due.c.put_at, _due.c.place))
_ranked = select(_due, _turn.label("turn")).subquery("ranked")
# PostgreSQL runs a subquery again where it likes, and would then lock other rows: a CTE runs once.
_chosen = (
    select(_ranked.c.account_id, _ranked.c.id)
    .where(_ranked.c.turn <= bindparam("most_each"))
    .order_by(_ranked.c.put_at, _ranked.c.place)
    .limit(bindparam("at_most"))
    .cte("chosen")
    .prefix_with("MATERIALIZED", dialect="postgresql")
)
# Rows that a window was drawn over cannot be locked in the same breath. SQLite leaves the row lock out.
_free = (
    select(_o.account_id, _o.id)
    .where(tuple_(_o.account_id, _o.id).in_(select(_chosen.c.account_id, _chosen.c.id)), _UNLEASED)
    .with_for_update(skip_locked=True)
    .cte("free")
    .prefix_with("MATERIALIZED", dialect="postgresql")
)
_LEASE = (
    update(outbox)
    .where(tuple_(_o.account_id, _o.id).in_(select(_free.c.account_id, _free.c.id)), _UNLEASED)
    .values(leased_until=bindparam("held_until", type_=UtcDateTime()), tries=_o.tries + 1)
    .returning(*_ENVELOPE.columns, _o.place)
)
_COUNT = select(func.count()).select_from(outbox).where(WAITING)
_COUNT_THERE = _COUNT.where(_o.destination == bindparam("where_to"))


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which envelopes: where they go, how many, how many of one account, and of which accounts none."""

    destination: str
    at: datetime
    limit: int
    most_each: int
    not_of: Collection[AccountId]

    @property
    def given(self) -> dict[str, object]:
        """For finding those that are due."""
        return {"where_to": self.destination, "the_time": self.at, "not_of": list(self.not_of)}


async def is_any_due(connection: AsyncConnection, wanted: Wanted) -> bool:
    """Whether leasing is worth a writing transaction."""
    return (await connection.execute(_ANY_DUE, wanted.given)).first() is not None


async def lease(connection: AsyncConnection, wanted: Wanted, *, hold: timedelta) -> list[Envelope]:
    """Due and unheld envelopes, oldest first, now held until `at + hold`; counts a try."""
    many = {"at_most": wanted.limit, "most_each": wanted.most_each}
    given = {**wanted.given, **many, "held_until": wanted.at + hold}
    rows = (await connection.execute(_LEASE, given)).all()
    # what UPDATE returns is in no order
    return [_ENVELOPE.read(row) for row in sorted(rows, key=lambda row: (row.put_at, row.place))]


async def free_all(connection: AsyncConnection) -> None:
    """Nobody holds anything any more."""
    await connection.execute(
        update(outbox).where(WAITING, _o.leased_until.is_not(None)).values(leased_until=None)
    )


async def mark_delivered(connection: AsyncConnection, envelope_id: EnvelopeId, *, at: datetime) -> None:
    """It has arrived."""
    await connection.execute(
        update(outbox).where(_o.id == envelope_id).values(delivered_at=at, leased_until=None, why=None)
    )


async def put_back(
    connection: AsyncConnection,
    envelope_id: EnvelopeId,
    *,
    due_at: datetime,
    why: str,
    given_up: bool,
    less: int,
) -> None:
    """It did not arrive: again at `due_at`, or never; one that another holder delivered stays delivered.

    `less`: so many tries are not counted.
    """
    await connection.execute(
        update(outbox)
        .where(_o.id == envelope_id, _o.delivered_at.is_(None))
        .values(due_at=due_at, why=why, given_up=given_up, leased_until=None, tries=_o.tries - less)
    )


async def count_waiting(connection: AsyncConnection, destination: str | None) -> int:
    """Envelopes neither delivered nor given up."""
    if destination is None:
        return int((await connection.execute(_COUNT)).scalar_one())
    return int((await connection.execute(_COUNT_THERE, {"where_to": destination})).scalar_one())
