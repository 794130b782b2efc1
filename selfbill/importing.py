"""`selfbill import kartra`: a progress bar, a line of totals, and a report of what was not taken over."""

import hashlib
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO
from uuid import uuid4
from zoneinfo import ZoneInfo

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from billing.actors import SystemActor
from billing.context import Context
from billing.errors import Unavailable
from billing.imports.kartra import KartraReader
from billing.imports.layout import UnusableFile
from billing.imports.ports import HoldLost, ImportRunning, Run
from billing.imports.rows import Finding
from billing.imports.runs import CHUNK, Import, Source, Watch, import_past
from billing.records import Account
from selfbill.import_report import findings_table, totals_line, write_report
from selfbill.process_name import is_gone, process_name
from storage.imports import imports_of

PAGE = 5000  # findings read at a time
ALL_TAKEN_OVER, SOME_REPORTED, NOTHING_DONE = 0, 1, 2

# How far: (what is being done, done so far, of how much).
Tell = Callable[[str, int, int], None]


async def import_kartra(ctx: Context, file: Path, *, account: str, report: Path | None) -> int:
    """The command: imports `file` into the account with this slug; returns the exit code, 0, 1 or 2."""
    found = await ctx.store.find_account_by_slug(account)
    if found is None:
        return _refuse(f"There is no account “{account}”.")
    if report is not None and not _may_write(report):
        return _refuse(f"The report cannot be written to {report}.")
    try:
        with _bar() as tell:
            run = await take_in_file(ctx, found, file, tell=tell)
    except (UnusableFile, OSError, ImportRunning, HoldLost, Unavailable) as why:
        return _refuse(_sentence(why, file))
    click.echo(totals_line(run))
    findings = [finding async for finding in list_findings(ctx, found, run)]
    _tell_findings(findings, report or file.with_name(f"{file.stem}.report.csv"), asked=report is not None)
    return SOME_REPORTED if run.totals.reported else ALL_TAKEN_OVER


async def take_in_file(
    ctx: Context, account: Account, file: Path, *, tell: Tell | None = None, chunk: int = CHUNK
) -> Run:
    """Import a Kartra file; `Date` has no zone, so the account's is taken.

    Raises `OSError`, `UnusableFile`, `ImportRunning`, `HoldLost`, `Unavailable`.
    """
    size, fingerprint = _measure(file)
    with _open(file) as text:
        reader = KartraReader(text, ZoneInfo(account.time_zone))
        return await import_past(
            Import(
                ctx=ctx,
                imports_of=imports_of,
                account=account,
                source=Source("kartra", file.name, fingerprint, reader),
                watch=_watch(text, size, tell or _silent),
                by=SystemActor(account.id, "import", uuid4().hex),
                chunk=chunk,
            )
        )


async def list_findings(ctx: Context, account: Account, run: Run) -> AsyncIterator[Finding]:
    """All that a run has to report, in the order of its file."""
    read = 0
    while True:
        async with ctx.read(account.id) as unit:
            runs = imports_of(unit, run.source).runs
            page = await runs.list_findings(run.id, after=read, limit=PAGE)
        for finding in page:
            yield finding
        read += len(page)
        if len(page) < PAGE:
            return


def _watch(text: TextIO, size: int, tell: Tell) -> Watch:
    most = 0

    def staged(_line: int) -> None:
        tell("Reading", min(text.buffer.tell(), size), size)

    def waiting(left: int) -> None:
        nonlocal most
        most = max(most, left)
        tell("Taking over", most - left, most)

    return Watch(process_name(), is_gone, staged, waiting)


def _measure(file: Path) -> tuple[int, str]:
    """Bytes, and a fingerprint of what they are: an import that was stopped is known again by it."""
    with file.open("rb") as content:
        return file.stat().st_size, hashlib.file_digest(content, "sha256").hexdigest()


def _open(file: Path) -> TextIO:
    """Bytes that are not UTF-8 come as surrogates, so that the row is reported and not the file refused."""
    return file.open(encoding="utf-8-sig", errors="surrogateescape", newline="")


def _silent(_what: str, _done: int, _of: int) -> None:
    return


@contextmanager
def _bar() -> Iterator[Tell]:
    """A bar on stderr for each thing that is done."""
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), refresh_per_second=4) as progress:
        tasks = {name: progress.add_task(name, total=None) for name in ("Reading", "Taking over")}

        def tell(what: str, done: int, of: int) -> None:
            progress.update(tasks[what], completed=done, total=of)

        yield tell


def _may_write(report: Path) -> bool:
    return report.parent.is_dir() and not report.is_dir()


def _tell_findings(findings: list[Finding], target: Path, *, asked: bool) -> None:
    """The table on stderr, the file where it was asked for or beside the import if there is need of one."""
    if not findings and not asked and not target.exists():
        return
    if findings:
        Console(stderr=True).print(findings_table(findings))
    try:
        write_report(target, findings)
    except OSError as why:
        click.echo(f"The report cannot be written to {target}: {why.strerror}. Use --report.", err=True)
    else:
        click.echo(f"Report: {target}", err=True)


def _sentence(why: Exception, file: Path) -> str:
    match why:
        case ImportRunning():
            since = f"{why.since:%Y-%m-%d %H:%M:%S} UTC"
            wait = f" If it was stopped, try again in {why.seconds} seconds." if why.seconds else ""
            return f"Another import of this account is under way, since {since}.{wait}"
        case HoldLost():
            return "Another import has taken this one over and goes on with it."
        case Unavailable():
            return "The database is busy. Run the same command again: it goes on where it was."
        case OSError():
            return f"{file} cannot be imported: {why.strerror or why}."
        case _:
            return f"{file} cannot be imported: {why}"


def _refuse(why: str) -> int:
    click.echo(why, err=True)
    return NOTHING_DONE
