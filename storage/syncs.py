"""Walks through what the processor has: who is at it, how far it is in each list, and what it made."""

from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select, update

from billing.ids import ConnectionId, SyncRunId
from billing.ports.processing_syncs import WalkLost, WalkRunning
from billing.processing.records import SyncMark, SyncRun
from storage.bound import ACCOUNT, Bound, Shape
from storage.tables.processing import OPEN_RUN, sync_marks, sync_runs
from storage.types import Id

_r, _m = sync_runs.c, sync_marks.c


def _run(*values: Any) -> SyncRun:
    own_id, account_id, *rest = values
    return SyncRun(own_id, account_id, *rest)


RUN = Shape(
    (
        _r.id,
        _r.account_id,
        _r.connection_id,
        _r.since,
        _r.holder,
        _r.held_until,
        _r.started_at,
        _r.finished_at,
        _r.totals,
    ),
    _run,
)
MARK = Shape(
    (_m.run_id, _m.what, _m.cursor, _m.is_done, _m.read, _m.made, _m.linked, _m.known, _m.skipped), SyncMark
)
_OPEN = select(*RUN.columns).where(_r.account_id == ACCOUNT, OPEN_RUN)
_FINISHED = (
    select(*RUN.columns)
    .where(_r.account_id == ACCOUNT, _r.finished_at.is_not(None))
    .where(_r.connection_id == bindparam("the_connection", type_=Id()))
    .order_by(_r.started_at.desc(), _r.id)
    .limit(1)
)
_MARKS = select(*MARK.columns).where(_m.account_id == ACCOUNT, _m.run_id == bindparam("the_run", type_=Id()))


class StoredWalks(Bound):
    """`billing.ports.processing_syncs.SyncWalks`."""

    async def find_open(self) -> SyncRun | None:
        """The walk that is not finished: at most one."""
        return await self._find(RUN, _OPEN)

    async def find_finished(self, connection_id: ConnectionId) -> SyncRun | None:
        """The last one of this connection that came to its end."""
        return await self._find(RUN, _FINISHED, the_connection=connection_id)

    async def add(self, run: SyncRun) -> None:
        """Raises `WalkRunning`."""
        if not await self._insert_once(sync_runs, {**asdict(run), "totals": dict(run.totals)}):
            raise WalkRunning(await self.find_open() or run, 0)

    async def take(self, run: SyncRun, *, holder: str, until: datetime) -> SyncRun:
        """Raises `WalkRunning` if it is not held any more as `run` says."""
        taken = await self._change(
            update(sync_runs)
            .where(
                _r.account_id == self.account_id,
                _r.id == run.id,
                _r.finished_at.is_(None),
                _r.holder == run.holder,
                _r.held_until == run.held_until,
            )
            .values(holder=holder, held_until=until)
            .returning(_r.id)
        )
        if taken is None:
            raise WalkRunning(run, 0)
        return replace(run, holder=holder, held_until=until)

    async def drop(self, run_id: SyncRunId, *, at: datetime) -> None:
        """Its connection ended, so nobody goes on with it."""
        await self.connection.execute(
            update(sync_runs)
            .where(_r.account_id == self.account_id, _r.id == run_id, _r.finished_at.is_(None))
            .values(finished_at=at)
        )

    async def save(self, run: SyncRun) -> None:
        """Raises `WalkLost`."""
        saved = await self._change(
            update(sync_runs)
            .where(_r.account_id == self.account_id, _r.id == run.id)
            .where(_r.holder == run.holder, _r.finished_at.is_(None))
            .values(held_until=run.held_until, finished_at=run.finished_at, totals=dict(run.totals))
            .returning(_r.id)
        )
        if saved is None:
            raise WalkLost

    async def list_marks(self, run_id: SyncRunId) -> list[SyncMark]:
        """How far it is in each list that it has begun."""
        return await self._list(MARK, _MARKS, the_run=run_id)

    async def move_mark(self, mark: SyncMark, *, expected: str) -> None:
        """Raises `WalkLost` where it stands elsewhere, or is done."""
        values = asdict(mark)
        if not expected and await self._insert_once(sync_marks, values):
            return
        del values["run_id"], values["what"]
        moved = await self._change(
            update(sync_marks)
            .where(_m.account_id == self.account_id, _m.run_id == mark.run_id, _m.what == mark.what)
            .where(_m.cursor == expected, _m.is_done.is_(False))
            .values(values)
            .returning(_m.what)
        )
        if moved is None:
            raise WalkLost
