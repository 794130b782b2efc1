"""One import from first row to last: staged, then applied in the order of time, a chunk a transaction.

Each chunk commits together with the mark of how far it came, so a run that is killed goes on where it was.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from itertools import islice
from math import ceil
from typing import Protocol

from billing.actors import SystemActor
from billing.context import Context
from billing.errors import Unavailable
from billing.ids import ImportId, new_id
from billing.imports.layout import UnusableFile
from billing.imports.ports import (
    HoldLost,
    ImportRunning,
    ImportsOf,
    ImportWork,
    Phase,
    RowState,
    Run,
    RunState,
    Totals,
)
from billing.imports.rows import REVERSALS, Cause, Finding, PastRow
from billing.imports.take_over import take_over
from billing.money import Currency
from billing.ports import UnitOfWork
from billing.records import Account

CHUNK = 2000  # rows a transaction: others who write wait for less than a second
TRIES = 60  # of a transaction that finds the database busy
PAUSE = 0.5  # seconds between them
HOLD = timedelta(minutes=1)  # renewed with every chunk


Step = Callable[[UnitOfWork, ImportWork, Run], Awaitable[None]]


class Reader(Protocol):
    """A source of rows: see `KartraReader`."""

    @property
    def currency(self) -> Currency: ...
    def rows(self, *, after: int = 0) -> Iterator[PastRow | Finding]: ...


@dataclass(frozen=True, slots=True)
class Source:
    """An open file. `fingerprint` tells it from others whatever its name; `kind` says what wrote it."""

    kind: str
    file_name: str
    fingerprint: str
    reader: Reader


@dataclass(frozen=True, slots=True)
class Watch:
    """What an import tells while it runs. `holder` names this process; `is_gone` knows a dead one's name."""

    holder: str
    is_gone: Callable[[str], bool]
    staged: Callable[[int], None]  # up to this line
    waiting: Callable[[int], None]  # so many rows left to apply


@dataclass(frozen=True, slots=True)
class Import:
    """One import under way: whose, from where, and how it gets at the database."""

    ctx: Context
    imports_of: ImportsOf
    account: Account
    source: Source
    watch: Watch
    by: SystemActor
    chunk: int = CHUNK


async def import_past(task: Import) -> Run:
    """Take over every row of the source, once; raises `UnusableFile`, `ImportRunning`, `HoldLost`."""
    theirs, ours = task.source.reader.currency, task.account.currency
    if theirs != ours:
        raise UnusableFile(f"The file is in {theirs.code}, the account in {ours.code}.")
    run = await _claim(task)
    if run.fingerprint != task.source.fingerprint:
        await _end_other(task, run)
        run = await _claim(task)
    if run.state is RunState.STAGING:
        await _stage(task, run)
    return await _apply(task)


async def _claim(task: Import) -> Run:
    """The account's open run, if whoever held it is gone; else a new one."""
    now = task.ctx.now()
    async with task.ctx.begin(task.account.id) as unit:
        runs = task.imports_of(unit, task.source.kind).runs
        run = await runs.find_open()
        if run is None:
            run = _new_run(task)
            await runs.add(run)
            return run
        left = (run.held_until - now).total_seconds()
        if run.holder != task.watch.holder and left > 0 and not task.watch.is_gone(run.holder):
            raise ImportRunning(since=run.started_at, seconds=ceil(left))
        await runs.take(run, holder=task.watch.holder, until=now + HOLD)
        return run


def _new_run(task: Import) -> Run:
    now = task.ctx.now()
    return Run(
        id=new_id(ImportId),
        source=task.source.kind,
        file_name=task.source.file_name,
        fingerprint=task.source.fingerprint,
        currency=task.account.currency.code,
        state=RunState.STAGING,
        line=0,
        totals=Totals(),
        holder=task.watch.holder,
        held_until=now + HOLD,
        started_at=now,
    )


async def _step(task: Import, step: Step) -> Run:
    """One transaction: a step, and the mark of how far the run is. Tried again while the database is busy.

    The run is read in the same transaction, so a try that did commit, unknown to us, is not repeated.
    """
    for left in reversed(range(TRIES)):
        try:
            async with task.ctx.begin(task.account.id) as unit:
                runs = task.imports_of(unit, task.source.kind).runs
                run = await runs.find_open()
                if run is None or run.holder != task.watch.holder:
                    raise HoldLost
                await step(unit, task.imports_of(unit, run.source), run)
                run.held_until = task.ctx.now() + HOLD
                await runs.save(run)
                return run
        except Unavailable:
            if not left:
                raise
            await asyncio.sleep(PAUSE)
    raise AssertionError("the last try returns or raises")


async def _end_other(task: Import, run: Run) -> None:
    """Another file was interrupted: forget it if it was not read to its end, else finish it first."""
    if run.state is RunState.APPLYING:
        await _apply(task)
        return

    async def drop(_unit: UnitOfWork, work: ImportWork, run: Run) -> None:
        await work.rows.drop()
        run.state, run.finished_at = RunState.DROPPED, task.ctx.now()

    await _step(task, drop)


async def _stage(task: Import, run: Run) -> None:
    rows = task.source.reader.rows(after=run.line)
    while chunk := list(islice(rows, task.chunk)):
        run = await _step(task, partial(_stage_chunk, chunk))
        task.watch.staged(run.line)

    async def end(_unit: UnitOfWork, _work: ImportWork, run: Run) -> None:
        run.state = RunState.APPLYING

    await _step(task, end)


async def _stage_chunk(
    chunk: Sequence[PastRow | Finding], _unit: UnitOfWork, work: ImportWork, run: Run
) -> None:
    """Stage what is new or was reported before; the ID is the key, and its content must not change."""
    if run.line >= chunk[-1].line:
        return
    findings = [each for each in chunk if isinstance(each, Finding)]
    rows = [each for each in chunk if isinstance(each, PastRow)]
    known = dict(await work.rows.find_digests({row.number for row in rows}))
    new: list[PastRow] = []
    for row in rows:
        digest, state = known.get(row.number, ("", None))
        if digest and digest != row.digest:
            findings.append(Finding(row.line, str(row.number), "", Cause.OTHER_CONTENT))
        elif digest and state is not RowState.REPORTED:
            run.totals.known += 1
        else:
            new.append(row)
            known[row.number] = (row.digest, RowState.STAGED)
    await work.rows.stage(run.id, Phase.SALES, [row for row in new if row.kind not in REVERSALS])
    await work.rows.stage(run.id, Phase.REVERSALS, [row for row in new if row.kind in REVERSALS])
    await work.runs.add_findings(run.id, findings)
    run.line = chunk[-1].line
    run.totals.read += len(chunk)
    run.totals.reported += len(findings)


async def _apply(task: Import) -> Run:
    async with task.ctx.read(task.account.id) as unit:
        waiting = await task.imports_of(unit, task.source.kind).rows.count()

    async def apply(unit: UnitOfWork, work: ImportWork, run: Run) -> None:
        rows = await work.rows.next(task.chunk)
        if rows:
            findings, renamed_by = await take_over(work.sales, task.account.id, rows, run.totals)
            reported = {int(finding.number) for finding in findings if not finding.cause.is_note}
            await work.rows.settle({row.number for row in rows}, reported, renamed_by)
            await work.runs.add_findings(run.id, findings)
        elif (again := await work.rows.try_again(run.id)) > 0:
            run.totals.reported -= again
        else:
            await _finish(task, unit, run)

    while True:
        task.watch.waiting(waiting)
        run = await _step(task, apply)
        if run.finished_at is not None:
            return run
        waiting = max(waiting - task.chunk, 0)


async def _finish(task: Import, unit: UnitOfWork, run: Run) -> None:
    run.state, run.finished_at = RunState.FINISHED, task.ctx.now()
    await unit.journal.write(
        task.by,
        "import.finished",
        f"import:{run.id.hex}",
        at=run.finished_at,
        facts={"source": run.source, "file": run.file_name, **run.totals.facts()},
    )
