"""The database as use cases and the relay see it: units of work, and the few looks across accounts."""

from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any

from sqlalchemy import Select, bindparam, select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from billing import ports
from billing import records as r
from billing.edges import Envelope, SlackLink
from billing.errors import Unavailable
from billing.hours import Alarm
from billing.ids import AccountId, EnvelopeId
from billing.processing.records import Connection
from billing.slack.records import Installation
from storage import leases
from storage.channels import SLACK_LINK
from storage.connections import ALL_LIVE, CONNECTION, LIVE_BY_SLUG
from storage.engine import POOL_SECONDS, is_passing, open_engines
from storage.installations import BY_STATE, BY_TEAM, INSTALLATION, LAST_BY_TEAM
from storage.migrate import head
from storage.shapes import ACCOUNT
from storage.tables.accounts import HAS_DOMAIN, accounts
from storage.tables.helpdesks import slack_links
from storage.timing import ALARM, DUE_ALARMS
from storage.unit_of_work import SqlUnitOfWork

_a, _l = accounts.c, slack_links.c
_ACCOUNTS = select(*ACCOUNT.columns).order_by(_a.slug)
_BY_DIRECTORY = _ACCOUNTS.where(_a.directory == bindparam("the_directory"))
_BY_DOMAIN = _ACCOUNTS.where(HAS_DOMAIN, _a.domain == bindparam("the_host"))
_BY_SLUG = _ACCOUNTS.where(_a.slug == bindparam("the_slug"))
_LINKS = select(*SLACK_LINK.columns).where(
    _l.team_id == bindparam("the_team"), _l.user_id == bindparam("the_user")
)
_REVISION = text("SELECT version_num FROM alembic_version")


class SqlStore:
    """`billing.ports.Store`. Raises `Unavailable` where the database does not answer in time."""

    def __init__(self, url: str, patience: float = POOL_SECONDS) -> None:
        self._engines = open_engines(url, patience)

    async def __aenter__(self) -> "SqlStore":
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close all connections."""
        await self._engines.close()

    @asynccontextmanager
    async def begin(self, account_id: AccountId) -> AsyncIterator[ports.UnitOfWork]:
        """A writing transaction, committed at the end of the block, rolled back by any exception."""
        async with _transaction(self._engines.writer) as connection:
            yield SqlUnitOfWork(connection, account_id)

    @asynccontextmanager
    async def read(self, account_id: AccountId) -> AsyncIterator[ports.UnitOfWork]:
        """A consistent view, which the database keeps from being written in."""
        async with _transaction(self._engines.reader) as connection:
            yield SqlUnitOfWork(connection, account_id)

    async def find_account(self, directory: str) -> r.Account | None:
        """The account whose path on the shared host this is."""
        async with _transaction(self._engines.single) as connection:
            row = (await connection.execute(_BY_DIRECTORY, {"the_directory": directory})).one_or_none()
        return None if row is None else ACCOUNT.read(row)

    async def find_account_by_domain(self, host: str) -> r.Account | None:
        """The account that proved this host, and uses it."""
        async with _transaction(self._engines.single) as connection:
            row = (await connection.execute(_BY_DOMAIN, {"the_host": host})).one_or_none()
        return None if row is None else ACCOUNT.read(row)

    async def find_account_by_slug(self, slug: str) -> r.Account | None:
        """The account that the command line calls so."""
        async with _transaction(self._engines.single) as connection:
            row = (await connection.execute(_BY_SLUG, {"the_slug": slug})).one_or_none()
        return None if row is None else ACCOUNT.read(row)

    async def list_accounts(self) -> Sequence[r.Account]:
        """All, by slug."""
        async with _transaction(self._engines.single) as connection:
            return [ACCOUNT.read(row) for row in await connection.execute(_ACCOUNTS)]

    async def find_slack_links(self, team_id: str, user_id: str) -> Sequence[SlackLink]:
        """Who this Slack user is, in every account."""
        async with _transaction(self._engines.single) as connection:
            found = await connection.execute(_LINKS, {"the_team": team_id, "the_user": user_id})
            return [SLACK_LINK.read(row) for row in found]

    async def find_installation(self, team_id: str, enterprise_id: str = "") -> Installation | None:
        """The live one of this workspace: of the team, else of the whole enterprise."""
        return await self._find_installation(BY_TEAM, team_id, enterprise_id)

    async def find_last_installation(self, team_id: str, enterprise_id: str = "") -> Installation | None:
        """Where none is live: the one that ended last."""
        return await self._find_installation(LAST_BY_TEAM, team_id, enterprise_id)

    async def _find_installation(
        self, which: Select[Any], team_id: str, enterprise_id: str
    ) -> Installation | None:
        async with _transaction(self._engines.single) as connection:
            for team in filter(None, (team_id, enterprise_id)):
                row = (await connection.execute(which, {"the_team": team})).one_or_none()
                if row is not None:
                    return INSTALLATION.read(row)
        return None

    async def find_connecting(self, state_hash: str) -> AccountId | None:
        """Whose *Add to Slack* this state belongs to."""
        async with _transaction(self._engines.single) as connection:
            found = (await connection.execute(BY_STATE, {"the_state": state_hash})).scalar_one_or_none()
        return None if found is None else AccountId(found)

    async def list_live_connections(self) -> Sequence[Connection]:
        """To payment processors, of all accounts."""
        async with _transaction(self._engines.single) as connection:
            return [CONNECTION.read(row) for row in await connection.execute(ALL_LIVE)]

    async def find_live_connection(self, slug: str) -> Connection | None:
        """Of the account that is called so."""
        async with _transaction(self._engines.single) as connection:
            row = (await connection.execute(LIVE_BY_SLUG, {"the_slug": slug})).one_or_none()
        return None if row is None else CONNECTION.read(row)

    async def list_due_alarms(self, *, at: datetime, limit: int) -> Sequence[Alarm]:
        """Of all accounts, the earliest first."""
        async with _transaction(self._engines.single) as connection:
            found = await connection.execute(DUE_ALARMS, {"the_time": at, "at_most": limit})
            return [ALARM.read(row) for row in found]

    async def lease(
        self,
        destination: str,
        *,
        at: datetime,
        hold: timedelta,
        limit: int,
        most_each: int | None = None,
        not_of: Collection[AccountId] = (),
    ) -> Sequence[Envelope]:
        """Due envelopes that nobody holds, oldest first, now held by the caller; counts a try."""
        wanted = leases.Wanted(destination, at, limit, most_each or limit, not_of)
        async with _transaction(self._engines.single) as connection:
            if not await leases.is_any_due(connection, wanted):
                return []
        async with _transaction(self._engines.single_writer) as connection:
            return await leases.lease(connection, wanted, hold=hold)

    async def free_leases(self) -> None:
        """On SQLite, which is for one process; on PostgreSQL others may hold theirs, and nothing happens."""
        if self._engines.is_sqlite:
            async with _transaction(self._engines.writer) as connection:
                await leases.free_all(connection)

    async def mark_delivered(self, envelope_id: EnvelopeId, *, at: datetime) -> None:
        """It has arrived."""
        async with _transaction(self._engines.single_writer) as connection:
            await leases.mark_delivered(connection, envelope_id, at=at)

    async def put_back(
        self,
        envelope_id: EnvelopeId,
        *,
        due_at: datetime,
        why: str,
        given_up: bool,
        untouched: bool = False,
    ) -> None:
        """It did not arrive: again at `due_at`, or never; `untouched`: the try is not counted."""
        less = 1 if untouched else 0
        async with _transaction(self._engines.single_writer) as connection:
            await leases.put_back(
                connection, envelope_id, due_at=due_at, why=why, given_up=given_up, less=less
            )

    async def count_waiting(self, destination: str | None = None) -> int:
        """Envelopes neither delivered nor given up."""
        async with _transaction(self._engines.single) as connection:
            return await leases.count_waiting(connection, destination)

    async def is_ready(self) -> bool:
        """Whether the database answers, has this code's schema, and keeps what it has confirmed."""
        try:
            async with _transaction(self._engines.single) as connection:
                revision = (await connection.execute(_REVISION)).scalar_one_or_none()
                return revision == head() and await self._is_durable(connection)
        except (Unavailable, SQLAlchemyError):
            return False

    async def _is_durable(self, connection: AsyncConnection) -> bool:
        question, answer = (
            ("PRAGMA synchronous", 2) if self._engines.is_sqlite else ("SHOW synchronous_commit", "on")
        )
        return bool((await connection.execute(text(question))).scalar_one() == answer)


def open_store(url: str, patience: float = POOL_SECONDS) -> SqlStore:
    """The store at this URL, e.g. `sqlite:///selfbill.sqlite3`; `patience`: seconds for a free connection."""
    return SqlStore(url, patience)


@asynccontextmanager
async def _transaction(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    try:
        async with engine.begin() as connection:
            yield connection
    except (SQLAlchemyError, OSError) as error:
        if is_passing(error):
            raise Unavailable from error
        raise


def _is_a_store(store: SqlStore) -> ports.Store:
    """The type checker's proof that the ports are implemented."""
    return store
