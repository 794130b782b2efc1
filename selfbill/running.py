"""How every command runs: settings read, a context opened, and what a person can mend said in one line."""

import asyncio
import errno
import re
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import NoReturn, TypeVar

import click

from billing.context import Context
from selfbill.settings import BadSettings, Settings, load_settings
from selfbill.wiring import open_service
from storage.migrate import DatabaseIsNewer, must_not_be_newer

_Answer = TypeVar("_Answer")

CONFIG = click.option(
    "--settings",
    "settings_file",
    type=click.Path(path_type=Path),
    help="A file of SELFBILL_NAME=value lines; variables win over it.",
)


def read_settings(file: Path | None) -> Settings:
    try:
        return load_settings(file)
    except BadSettings as bad:
        for problem in bad.problems:
            click.echo(problem, err=True)
        sys.exit(2)


def with_context(settings: Settings, do: Callable[[Context], Awaitable[_Answer]]) -> _Answer:
    async def run() -> _Answer:
        await asyncio.to_thread(must_not_be_newer, settings.database_url)
        async with open_service(settings) as service:
            return await do(service.context)

    return run_and_explain(run)


def run_and_explain(start: Callable[[], Awaitable[_Answer]]) -> _Answer:
    """Run it; what a person can mend is one line that says how."""

    async def started() -> _Answer:
        return await start()

    try:
        return asyncio.run(started())
    except DatabaseIsNewer as newer:
        end(f"The database is newer than this program ({newer}): install the newer version.")
    except OSError as failure:
        end(_sentence(failure))


def _sentence(failure: OSError) -> str:
    if failure.errno == errno.EADDRINUSE:
        named = re.search(r"', (\d+)", str(failure))
        port = f"Port {named[1]}" if named else "The port"
        return f"{port} is taken: stop what uses it, or choose another with --port or SELFBILL_PORT."
    if failure.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
        return f"{failure.filename or 'The folder'} cannot be written: choose another, or change its rights."
    if failure.errno in {errno.ENOTDIR, errno.EEXIST}:
        return f"{failure.filename} cannot be a folder, because a file is in the way: choose another."
    return str(failure)


def end(sentence: str) -> NoReturn:
    click.echo(sentence, err=True)
    sys.exit(1)
