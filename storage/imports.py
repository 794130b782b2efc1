"""Imports: their runs and findings, and the rows that wait."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Executable, Row, bindparam, delete, func, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from billing.ids import AccountId, ImportId
from billing.imports.ports import (
    HoldLost,
    ImportRunning,
    ImportRuns,
    PastSales,
    Phase,
    RowState,
    Run,
    StagedRows,
    Totals,
)
from billing.imports.rows import Cause, Finding, PastRow, dump_row, load_row
from billing.ports import UnitOfWork
from storage.bound import Bound
from storage.bulk import InBulk, pieces
from storage.past_links import RENAMED_BY
from storage.past_sales import StoredPastSales
from storage.tables.imports import import_findings, import_rows, import_runs

_r, _s, _f = import_runs.c, import_rows.c, import_findings.c
# Written out, not bound: only so do both engines see that the partial index holds these.
_STAGED = text("import_rows.state = 'staged'")


class StoredRuns(InBulk):
    """`billing.imports.ports.ImportRuns`."""

    async def find_open(self) -> Run | None:
        """The run that is not finished: at most one."""
        found = await self.connection.execute(
            select(import_runs).where(_r.account_id == self.account_id, _r.finished_at.is_(None))
        )
        row = found.mappings().one_or_none()
        if row is None:
            return None
        values = {name: value for name, value in row.items() if name != "account_id"}
        return Run(**{**values, "totals": Totals(**row["totals"])})

    async def add(self, run: Run) -> None:
        """Raises `ImportRunning`."""
        try:
            await self._insert(import_runs, {"id": run.id, **_run_values(run)})
        except IntegrityError:
            raise ImportRunning(run.started_at, 0) from None

    async def take(self, run: Run, *, holder: str, until: object) -> None:
        """Raises `ImportRunning` if it is not held any more as `run` says."""
        taken = await self._change(
            update(import_runs)
            .where(
                _r.account_id == self.account_id,
                _r.id == run.id,
                _r.finished_at.is_(None),
                _r.holder == run.holder,
                _r.held_until == run.held_until,
            )
            .values(holder=holder, held_until=until)
            .returning(_r.held_until)
        )
        if taken is None:
            raise ImportRunning(run.started_at, 0)
        run.holder, run.held_until = holder, taken[0]

    async def save(self, run: Run) -> None:
        """Raises `HoldLost`."""
        saved = await self._change(
            update(import_runs)
            .where(_r.account_id == self.account_id, _r.id == run.id, _r.holder == run.holder)
            .values(_run_values(run))
            .returning(_r.id)
        )
        if saved is None:
            raise HoldLost

    async def add_findings(self, run_id: ImportId, findings: Sequence[Finding]) -> None:
        """Keep what is to be reported."""
        await self._insert_all(
            import_findings,
            [
                {
                    "line": finding.line,
                    "cause": finding.cause.value,
                    "number": finding.number,
                    "column_name": finding.column,
                    "detail": finding.detail,
                }
                for finding in findings
            ],
            run_id=run_id,
        )

    async def list_findings(self, run_id: ImportId, *, after: int, limit: int) -> list[Finding]:
        """In the order of the file; `after` pages by how many were read before."""
        found = await self.connection.execute(
            select(_f.line, _f.number, _f.column_name, _f.cause, _f.detail)
            .where(_f.account_id == self.account_id, _f.run_id == run_id)
            .order_by(_f.line, _f.cause)
            .offset(after)
            .limit(limit)
        )
        return [Finding(*row[:3], Cause(row[3]), row[4]) for row in found]


def _run_values(run: Run) -> dict[str, object]:
    """Without its id: to write that again would make SQLite look through all rows that point to it."""
    return {
        "source": run.source,
        "file_name": run.file_name,
        "fingerprint": run.fingerprint,
        "currency": run.currency,
        "state": run.state,
        "line": run.line,
        "totals": dict(run.totals.facts()),
        "holder": run.holder,
        "held_until": run.held_until,
        "started_at": run.started_at,
        "finished_at": run.finished_at,
    }


@dataclass(frozen=True)
class StoredRows(InBulk):
    """`billing.imports.ports.StagedRows`."""

    source: str

    async def find_digests(self, numbers: Collection[int]) -> dict[int, tuple[str, RowState]]:
        """What is known of these IDs."""
        await self._expect_many()
        mine = select(_s.number, _s.digest, _s.state).where(*self._mine())
        rows = self._by(mine, _s.number, numbers)
        return {row.number: (row.digest, row.state) async for row in rows}

    async def stage(self, run_id: ImportId, phase: Phase, rows: Sequence[PastRow]) -> None:
        """Put them among those that wait."""
        await self._insert_all(
            import_rows,
            [
                {
                    "number": row.number,
                    "line": row.line,
                    "digest": row.digest,
                    "wall": row.wall,
                    "content": dump_row(row),
                }
                for row in rows
            ],
            again=("run_id", "line", "state", "phase", "content"),
            source=self.source,
            run_id=run_id,
            state=RowState.STAGED,
            phase=phase,
        )

    async def count(self) -> int:
        """How many wait."""
        await self._expect_many()
        found = await self._all(select(func.count(_s.number)).where(*self._mine(), _STAGED))
        return int(found[0][0])

    async def next(self, limit: int) -> list[PastRow]:
        """The next in the order of phase and time, all of one phase."""
        await self._expect_many()
        rows = await self._all(
            select(_s.phase, _s.content)
            .where(*self._mine(), _STAGED)
            .order_by(_s.phase, _s.wall, _s.number)
            .limit(limit)
        )
        return [load_row(row.content) for row in rows if row.phase is rows[0].phase]

    async def settle(
        self, numbers: Collection[int], reported: Collection[int], renamed_by: Collection[int]
    ) -> None:
        """A row that was reported keeps its content, for whoever looks into it."""
        for piece in pieces(n for n in numbers if n not in reported):
            await self._set(piece, state=RowState.APPLIED, content=None)
        for piece in pieces(renamed_by):
            await self._set(piece, content=RENAMED_BY)
        for piece in pieces(reported):
            await self._set(piece, state=RowState.REPORTED)

    async def try_again(self, run_id: ImportId) -> int:
        """Their findings are taken back, since they will be found anew or not at all."""
        lost = (
            select(_f.line)
            .where(_f.account_id == self.account_id, _f.run_id == run_id)
            .where(_f.cause == Cause.NO_SUBSCRIPTION.value)
        )
        staged = await self._all(
            update(import_rows)
            .where(*self._mine(), _s.run_id == run_id, _s.state == RowState.REPORTED)
            .where(_s.phase == Phase.SALES, _s.line.in_(lost))
            .values(state=RowState.STAGED, phase=Phase.AGAIN)
            .returning(_s.line)
        )
        for piece in pieces(row.line for row in staged):
            await self.connection.execute(
                delete(import_findings).where(
                    _f.account_id == self.account_id,
                    _f.run_id == run_id,
                    _f.cause == Cause.NO_SUBSCRIPTION.value,
                    _f.line.in_(piece),
                )
            )
        return len(staged)

    async def drop(self) -> None:
        """Rows of a file that was never read to its end."""
        await self.connection.execute(delete(import_rows).where(*self._mine(), _STAGED))

    def _mine(self) -> tuple[ColumnElement[bool], ...]:
        return (_s.account_id == self.account_id, _s.source == self.source)

    async def _set(self, numbers: Sequence[int], **values: object) -> None:
        these = _s.number.in_(bindparam("the_numbers", expanding=True))
        await self.connection.execute(
            update(import_rows).where(*self._mine(), these).values(**values), {"the_numbers": numbers}
        )

    async def _all(self, statement: Executable) -> Sequence[Row[Any]]:
        return (await self.connection.execute(statement)).all()


class StoredImport:
    """`billing.imports.ports.ImportWork`."""

    def __init__(self, connection: AsyncConnection, account_id: AccountId, source: str) -> None:
        self.runs: ImportRuns = StoredRuns(connection, account_id)
        self.rows: StagedRows = StoredRows(connection, account_id, source)
        self.sales: PastSales = StoredPastSales(connection, account_id, source)


def imports_of(work: UnitOfWork, source: str) -> StoredImport:
    """`billing.imports.ports.ImportsOf`: bound to the same transaction as `work`, which is one of ours."""
    journal = work.journal
    assert isinstance(journal, Bound)
    return StoredImport(journal.connection, work.account_id, source)
