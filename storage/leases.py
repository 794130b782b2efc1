"""The outbox as the relay sees it, across accounts: lease, mark, put back."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, bindparam, func, or_, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from billing.edges import Envelope
from billing.ids import EnvelopeId
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
_DUE = (
    select(_o.account_id, _o.id)
    .where(WAITING, _o.destination == bindparam("where_to"), _o.due_at <= _AT, _UNLEASED)
    .order_by(_o.put_at, _o.place)
)
_ANY_DUE = _DUE.limit(1)
# PostgreSQL runs a subquery again where it likes, and would then lock other rows: a CTE runs once.
# SQLite leaves the row lock out, and needs none.
_free = (
    _DUE.limit(bindparam("at_most"))
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


async def is_any_due(connection: AsyncConnection, destination: str, *, at: datetime) -> bool:
    """Whether leasing is worth a writing transaction."""
    return (await connection.execute(_ANY_DUE, {"where_to": destination, "the_time": at})).first() is not None


async def lease(
    connection: AsyncConnection, destination: str, *, at: datetime, hold: timedelta, limit: int
) -> list[Envelope]:
    """Due and unheld envelopes, oldest first, now held until `at + hold`; counts a try."""
    given = {"where_to": destination, "the_time": at, "held_until": at + hold, "at_most": limit}
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
    connection: AsyncConnection, envelope_id: EnvelopeId, *, due_at: datetime, why: str, given_up: bool
) -> None:
    """It did not arrive: again at `due_at`, or never; one that another holder delivered stays delivered."""
    await connection.execute(
        update(outbox)
        .where(_o.id == envelope_id, _o.delivered_at.is_(None))
        .values(due_at=due_at, why=why, given_up=given_up, leased_until=None)
    )


async def count_waiting(connection: AsyncConnection, destination: str | None) -> int:
    """Envelopes neither delivered nor given up."""
    if destination is None:
        return int((await connection.execute(_COUNT)).scalar_one())
    return int((await connection.execute(_COUNT_THERE, {"where_to": destination})).scalar_one())
