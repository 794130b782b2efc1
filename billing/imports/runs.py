"""One import from first row to last: staged, then applied in the order of time, a chunk a transaction.

Each chunk commits together with the mark of how far it came, so a run that is killed goes on where it was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from math import ceil
from typing import Protocol

from billing.actors import SystemActor
from billing.context import Context
from billing.ids import ImportId, new_id
from billing.imports.layout import UnusableFile
from billing.imports.ports import (
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
from billing.records import Account

CHUNK = 2000  # rows a transaction
HOLD = timedelta(minutes=1)  # renewed with every chunk


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


async def import_past(task: Import) -> Run:
    """Take over every row of the source, once; raises `UnusableFile`, `ImportRunning`, `HoldLost`."""
    if task.source.reader.currency != task.account.currency:
        raise UnusableFile(
            f"The file is in {task.source.reader.currency.code}, the account in {task.account.currency.code}."
        )
    run = await _claim(task)
    if run.fingerprint != task.source.fingerprint:
        await _end_other(task, run)
        run = await _claim(task)
    if run.state is RunState.STAGING:
        await _stage(task, run)
    await _apply(task, run)
    return run


async def _claim(task: Import) -> Run:
    """The account's open run, if whoever held it is gone; else a new one."""
    now = task.ctx.now()
    async with task.ctx.begin(task.account.id) as unit:
        runs = task.imports_of(unit, task.source.kind).runs
        run = await runs.find_open()
        if run is None:
            run = _new_run(task)
            await runs.add(run)
        else:
            if (
                run.holder != task.watch.holder
                and now < run.held_until
                and not task.watch.is_gone(run.holder)
            ):
                seconds = int((run.held_until - now).total_seconds()) + 1
                raise ImportRunning(since=run.started_at, seconds=seconds)
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


async def _end_other(task: Import, run: Run) -> None:
    """Another file was interrupted: forget it if it was not read to its end, else finish it first."""
    if run.state is RunState.APPLYING:
        await _apply(task, run)
        return
    async with task.ctx.begin(task.account.id) as unit:
        work = task.imports_of(unit, run.source)
        await work.rows.drop()
        run.state, run.finished_at = RunState.DROPPED, task.ctx.now()
        await work.runs.save(run)


async def _stage(task: Import, run: Run) -> None:
    rows = task.source.reader.rows(after=run.line)
    while chunk := list(islice(rows, CHUNK)):
        async with task.ctx.begin(task.account.id) as unit:
            work = task.imports_of(unit, run.source)
            await _stage_chunk(work, run, chunk)
            run.line = chunk[-1].line
            await _save(task, work, run)
        task.watch.staged(run.line)
    async with task.ctx.begin(task.account.id) as unit:
        run.state = RunState.APPLYING
        await _save(task, task.imports_of(unit, run.source), run)


async def _stage_chunk(work: ImportWork, run: Run, chunk: list[PastRow | Finding]) -> None:
    """Stage what is new or was reported before; the ID is the key, and its content must not change."""
    findings = [each for each in chunk if isinstance(each, Finding)]
    rows = [each for each in chunk if isinstance(each, PastRow)]
    digests = {n: (d, s) for n, (d, s) in (await work.rows.find_digests({r.number for r in rows})).items()}
    new: list[PastRow] = []
    for row in rows:
        digest, state = digests.get(row.number, ("", None))
        if digest and digest != row.digest:
            findings.append(Finding(row.line, str(row.number), "", Cause.OTHER_CONTENT))
        elif digest and state is not RowState.REPORTED:
            run.totals.known += 1
        else:
            new.append(row)
            digests[row.number] = (row.digest, RowState.STAGED)
    sales = [row for row in new if row.kind not in REVERSALS]
    reversals = [row for row in new if row.kind in REVERSALS]
    await work.rows.stage(run.id, Phase.SALES, sales)
    await work.rows.stage(run.id, Phase.REVERSALS, reversals)
    await work.runs.add_findings(run.id, findings)
    run.totals.read += len(chunk)
    run.totals.reported += len(findings)


async def _apply(task: Import, run: Run) -> None:
    async with task.ctx.read(task.account.id) as unit:
        waiting = await task.imports_of(unit, run.source).rows.count()
    while run.state is RunState.APPLYING:
        task.watch.waiting(waiting)
        async with task.ctx.begin(task.account.id) as unit:
            work = task.imports_of(unit, run.source)
            rows = await work.rows.next(CHUNK)
            if rows:
                await _apply_chunk(task, work, run, rows)
                waiting -= len(rows)
            elif (again := await work.rows.try_again(run.id)) > 0:
                run.totals.reported -= again
                waiting += again
            else:
                run.state, run.finished_at = RunState.FINISHED, task.ctx.now()
                await unit.journal.write(
                    task.by,
                    "import.finished",
                    f"import:{run.id.hex}",
                    at=task.ctx.now(),
                    facts={"source": run.source, "file": run.file_name, **run.totals.facts()},
                )
            await _save(task, work, run)


async def _apply_chunk(task: Import, work: ImportWork, run: Run, rows: Sequence[PastRow]) -> None:
    findings = await take_over(work.sales, task.account.id, rows, run.totals)
    reported = {int(finding.number) for finding in findings if not finding.cause.is_note}
    await work.rows.settle({row.number for row in rows}, reported)
    await work.runs.add_findings(run.id, findings)


async def _save(task: Import, work: ImportWork, run: Run) -> None:
    run.held_until = task.ctx.now() + HOLD
    await work.runs.save(run)
