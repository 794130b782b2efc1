"""Both real engines: migrated once a run, then copied in milliseconds for each test that asks.

A run is one `pytest` with all its xdist workers. They share a folder, handed on in the environment, and one
PostgreSQL: the first worker that needs it starts it, the process that began the run stops it.
SELFBILL_TEST_DATABASE_URL names another server to use instead, as somebody who may create databases.
"""

import asyncio
import fcntl
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path
from uuid import uuid4

import asyncpg
from sqlalchemy import make_url

from tests import postgresql

RUN = "RUN_OF_SELFBILL_TESTS"
SERVER = "SELFBILL_TEST_DATABASE_URL"
GIVEN = "given.url"
PREFIX = "selfbill-test-"


class Engines:
    """Hands out fresh, migrated databases; one object for each test process."""

    def __init__(self, run: Path) -> None:
        self._run = run
        self._numbers = count(1)
        self._mine = uuid4().hex[:8]

    def new_sqlite(self, folder: Path) -> str:
        """The URL of a fresh, migrated SQLite database in `folder`."""
        copy = folder / f"{next(self._numbers)}.sqlite3"
        shutil.copyfile(self._sqlite_template(), copy)
        return f"sqlite+aiosqlite:///{copy}"

    def new_postgresql(self) -> str:
        """The URL of a fresh, migrated PostgreSQL database; hand it to `drop` when done."""
        template = self._postgresql_template()
        name = f"selfbill_test_{self._mine}_{next(self._numbers)}"
        execute(self._server(), f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return at_database(self._server(), name)

    def new_empty_postgresql(self) -> str:
        """The URL of a fresh PostgreSQL database with nothing in it; hand it to `drop` when done."""
        name = f"selfbill_test_{self._mine}_{next(self._numbers)}"
        execute(self._server(), f'CREATE DATABASE "{name}" TEMPLATE template0')
        return at_database(self._server(), name)

    def copy_postgresql(self, url: str) -> str:
        """The URL of a fresh copy of the PostgreSQL database at `url`, to which nobody is connected."""
        name = f"selfbill_test_{self._mine}_{next(self._numbers)}"
        execute(self._server(), f'CREATE DATABASE "{name}" TEMPLATE "{make_url(url).database}"')
        return at_database(self._server(), name)

    def drop(self, url: str) -> None:
        """Drops a PostgreSQL database, whoever is still connected to it."""
        execute(self._server(), f'DROP DATABASE IF EXISTS "{make_url(url).database}" WITH (FORCE)')

    def _sqlite_template(self) -> Path:
        template = self._run / "template.sqlite3"
        with once(self._run, "sqlite") as first:
            if first:
                template.unlink(missing_ok=True)
                migrate(f"sqlite+aiosqlite:///{template}")
                with closing(sqlite3.connect(template)) as connection:  # all into the one file that is copied
                    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return template

    def _server(self) -> str:
        given = self._run / GIVEN
        if given.exists():
            return given.read_text()
        note = self._run / "postgresql.url"
        with once(self._run, "server") as first:
            if first:
                folder = self._run / "postgresql"
                shutil.rmtree(folder, ignore_errors=True)
                folder.mkdir()
                note.write_text(postgresql.start(folder))
        return note.read_text()

    def _postgresql_template(self) -> str:
        template = self._run.name.replace("-", "_")
        with once(self._run, "postgresql") as first:
            if first:
                execute(self._server(), f'DROP DATABASE IF EXISTS "{template}"')
                execute(self._server(), f'CREATE DATABASE "{template}" TEMPLATE template0')
                migrate(at_database(self._server(), template))
        return template


def begin_run() -> Path:
    """Makes the folder of this run, or finds the one that the process which began it has made."""
    inherited = os.environ.get(RUN)
    if inherited:
        return Path(inherited)
    for left in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        _end_abandoned(left)
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    folder.chmod(0o711)  # PostgreSQL may run as somebody else inside it
    (folder / "owner").write_text(str(os.getpid()))
    if server := os.environ.pop(SERVER, ""):  # taken out: the product refuses settings it does not know
        (folder / GIVEN).write_text(server)
    os.environ[RUN] = str(folder)
    return folder


def end_run(run: Path) -> None:
    """Stops the run's PostgreSQL and removes its folder; only the process that began the run does."""
    if (run / "owner").read_text() != str(os.getpid()):
        return
    os.environ.pop(RUN, None)
    given = run / GIVEN
    if given.exists():
        execute(given.read_text(), f'DROP DATABASE IF EXISTS "{run.name.replace("-", "_")}" WITH (FORCE)')
    _remove(run)


def _end_abandoned(run: Path) -> None:
    """A run that was killed could not stop its server: the next one of the same user does it."""
    try:
        if run.stat().st_uid != os.geteuid():
            return
        os.kill(int((run / "owner").read_text()), 0)
    except ProcessLookupError:
        _remove(run)
    except (FileNotFoundError, ValueError):
        return  # just being made, or just being removed


def _remove(run: Path) -> None:
    postgresql.stop(run / "postgresql")
    shutil.rmtree(run, ignore_errors=True)


@contextmanager
def once(run: Path, name: str) -> Iterator[bool]:
    """Holds the run's lock `name`; True for the first of all processes, and again if that one failed."""
    done = run / f"{name}.done"
    with (run / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield not done.exists()
        done.touch()


def migrate(url: str) -> None:
    """Brings the database at `url` to the newest schema, as `selfbill migrate` does."""
    from storage.migrate import upgrade  # here, because storage's own tests of parts need no schema

    in_thread(lambda: upgrade(url))


def execute(url: str, statement: str) -> None:
    """One statement outside any transaction, on PostgreSQL."""

    async def run() -> None:
        connection = await asyncpg.connect(make_url(url).set(drivername="postgresql").render_as_string(False))
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    in_thread(lambda: asyncio.run(run()))


def at_database(url: str, name: str) -> str:
    """`url` with another database."""
    return make_url(url).set(database=name).render_as_string(hide_password=False)


def in_thread(call: Callable[[], None]) -> None:
    """Runs `call` where it may have an event loop of its own."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(call).result()
