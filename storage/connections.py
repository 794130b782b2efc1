"""The account's keys to its payment processor: one live, one coming, those before them kept."""

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, func, select, text, update
from sqlalchemy.exc import IntegrityError

from billing.errors import Conflict, Invalid
from billing.ids import ConnectionId
from billing.processing.records import Connection
from billing.processor import KeyCheck
from billing.states import CONNECTION_MOVES, OPEN_OPERATION, ConnectionEnd, ConnectionState, Permission
from storage.bound import ACCOUNT, Bound, Shape
from storage.moves import move_row
from storage.rows import plain_values
from storage.tables.accounts import accounts
from storage.tables.processing import COMING_CONNECTION, LIVE_CONNECTION, card_steps, processor_connections
from storage.tables.requests import operations

_p = processor_connections.c


def _connection(*values: Any) -> Connection:
    names = (field.name for field in fields(Connection))
    told = dict(zip(names, values, strict=True))
    return Connection(**{**told, "missing": tuple(Permission(each) for each in told["missing"])})


CONNECTION = Shape(tuple(_p[field.name] for field in fields(Connection)), _connection)
_ALL = select(*CONNECTION.columns).where(_p.account_id == ACCOUNT)
_ONE = _ALL.where(_p.id == bindparam("the_id"))
_LIVE = _ALL.where(LIVE_CONNECTION)
_COMING = _ALL.where(COMING_CONNECTION)
_NEWEST = _ALL.order_by(_p.asked_at.desc())
# A mode is known of those only that went live once.
_LAST_LIVE = (
    _ALL.where(_p.livemode.is_not(None)).order_by(_p.ended_at.is_(None).desc(), _p.ended_at.desc()).limit(1)
)
_TAKEN = select(_p.account_id).where(
    LIVE_CONNECTION,
    _p.account_id != ACCOUNT,
    _p.provider == bindparam("the_provider"),
    _p.processor_account == bindparam("theirs"),
    _p.livemode == bindparam("the_mode"),
)
_UNDER_WAY = select(
    select(func.count())
    .where(operations.c.account_id == ACCOUNT, operations.c.state.in_(sorted(OPEN_OPERATION)))
    .scalar_subquery()
    + select(func.count())
    .where(card_steps.c.account_id == ACCOUNT, card_steps.c.state.in_(sorted(OPEN_OPERATION)))
    .scalar_subquery()
)
_HOLD_UNDER_WAY = text("LOCK TABLE operations, card_steps IN SHARE ROW EXCLUSIVE MODE")
# Across accounts.
ALL_LIVE = select(*CONNECTION.columns).where(LIVE_CONNECTION).order_by(_p.account_id)
LIVE_BY_SLUG = (
    select(*CONNECTION.columns)
    .join(accounts, accounts.c.account_id == _p.account_id)
    .where(LIVE_CONNECTION, accounts.c.slug == bindparam("the_slug"))
)


class StoredConnections(Bound):
    """`billing.ports.Connections`."""

    async def find_live(self) -> Connection | None:
        """The one whose key is used."""
        return await self._find(CONNECTION, _LIVE)

    async def find_coming(self) -> Connection | None:
        """The one that is being checked, or was refused."""
        return await self._find(CONNECTION, _COMING)

    async def find_last_live(self) -> Connection | None:
        """The live one, else the one of those that were live that ended last."""
        return await self._find(CONNECTION, _LAST_LIVE)

    async def list(self) -> Sequence[Connection]:
        """Newest first."""
        return await self._list(CONNECTION, _NEWEST)

    async def get(self, connection_id: ConnectionId) -> Connection:
        """Raises `NotFound`."""
        return await self._get(CONNECTION, _ONE, the_id=connection_id)

    async def add(self, connection: Connection) -> None:
        """One more."""
        missing = [each.value for each in connection.missing]
        await self._insert(processor_connections, {**plain_values(connection), "missing": missing})

    async def check_anew(self, connection_id: ConnectionId) -> None:
        """refused → checking; raises `Conflict` (what, state), `NotFound`."""
        await self._move(connection_id, ConnectionState.REFUSED, ConnectionState.CHECKING, problem="")

    async def refuse(
        self, connection_id: ConnectionId, problem: str, *, check: KeyCheck | None, at: datetime
    ) -> Connection:
        """checking → refused; raises as all moves do."""
        said = {name: value for name, value in _said(check).items() if name != "livemode"} if check else {}
        return await self._move(
            connection_id,
            ConnectionState.CHECKING,
            ConnectionState.REFUSED,
            problem=problem,
            checked_at=at,
            **said,
        )

    async def is_taken(self, connection: Connection, check: KeyCheck) -> bool:
        """Whether this account of the processor is live for another account of ours."""
        given = {
            "the_provider": connection.provider,
            "theirs": check.processor_account,
            "the_mode": check.livemode,
        }
        return bool(await self._rows(_TAKEN, **given))

    async def go_live(self, connection_id: ConnectionId, check: KeyCheck, *, at: datetime) -> Connection:
        """checking → live; raises `Invalid` (key, `taken`) where another account of ours was first."""
        try:
            return await self._move(
                connection_id,
                ConnectionState.CHECKING,
                ConnectionState.LIVE,
                problem="",
                checked_at=at,
                **_said(check),
            )
        except IntegrityError:
            raise Invalid("key", "taken") from None

    async def end(
        self, connection_id: ConnectionId, expected: ConnectionState, why: ConnectionEnd, *, at: datetime
    ) -> Connection:
        """Raises as all moves do."""
        return await self._move(connection_id, expected, ConnectionState.ENDED, ended_at=at, ended_why=why)

    async def note_check(self, connection_id: ConnectionId, check: KeyCheck, *, at: datetime) -> None:
        """Its account and mode stay as they were bound."""
        missing = [each.value for each in check.missing]
        await self._set(connection_id, processor_name=check.name, missing=missing, checked_at=at)

    async def keep_webhook(self, connection_id: ConnectionId, webhook_id: str, secret: str | None) -> None:
        """The secret is sealed."""
        await self._set(connection_id, webhook_id=webhook_id, webhook_secret=secret)

    async def forget_secrets(self, connection_id: ConnectionId) -> None:
        """The row stays, as the past of what was connected."""
        await self._set(connection_id, key="", webhook_secret=None)

    async def count_under_way(self) -> int:
        """Operations and card steps that are planned, sent or unknown."""
        return int((await self._rows(_UNDER_WAY))[0][0])

    async def hold_under_way(self) -> int:
        """On SQLite whoever writes is alone anyhow; on PostgreSQL it waits for those who write there now."""
        if self.connection.dialect.name == "postgresql":
            await self.connection.execute(_HOLD_UNDER_WAY)
        return await self.count_under_way()

    async def _set(self, connection_id: ConnectionId, **values: object) -> None:
        which = (_p.account_id == self.account_id, _p.id == connection_id)
        await self.connection.execute(update(processor_connections).where(*which).values(**values))

    async def _move(
        self, connection_id: ConnectionId, expected: ConnectionState, to: ConnectionState, **values: object
    ) -> Connection:
        statement = move_row(
            processor_connections, self.account_id, connection_id, expected, to, along=CONNECTION_MOVES
        )
        row: Row[Any] | None = await self._change(statement.values(**values).returning(*CONNECTION.columns))
        if row is None:
            raise Conflict(what="connection", state=(await self.get(connection_id)).state)
        return CONNECTION.read(row)


def _said(check: KeyCheck) -> dict[str, object]:
    return {
        "processor_account": check.processor_account,
        "processor_name": check.name,
        "livemode": check.livemode,
        "missing": [each.value for each in check.missing],
    }
