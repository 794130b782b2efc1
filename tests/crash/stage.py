"""One world in one place, put back in milliseconds, and processes forked on it with everything warm."""

import asyncio
import gc
import os
import pickle
import shutil
import signal
import sqlite3
import tempfile
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

from sqlalchemy import make_url

from billing.addresses import Addresses
from billing.context import Context
from billing.providers.connected import ConnectedProviders
from selfbill.sandbox.processor.store import Store
from storage.store import SqlStore, open_store
from tests.billing.bench import Bench, relay_of
from tests.crash.shared import Shared, SharedClock, WatchedProcessor, watch_statements
from tests.engines import Engines, at_database, execute
from tests.fresh import fill_world
from tests.make import START, World, past_of
from tests.site import PATIENCE_S, QUICK_VAULT

MEMORY = Path("/dev/shm")


class Broke(AssertionError):
    """A forked process ended by an error of its own; the text is its trace."""


class Stage:
    """The world's URL never changes, so that statements compiled once stay so in every fork."""

    def __init__(self, databases: Engines, url: str, shared: Shared, processor: WatchedProcessor) -> None:
        self.databases = databases
        self.url = url
        self.shared = shared
        self.clock = SharedClock(shared)
        self.processor = processor
        self.store: SqlStore = open_store(url, PATIENCE_S)
        self.world = World()
        self._providers: list[ConnectedProviders] = []
        self._kept: dict[str, str] = {}

    @property
    def is_sqlite(self) -> bool:
        return self.url.startswith("sqlite")

    def bench(self) -> Bench:
        """The product without its faces, for one process: its connections are nobody else's."""
        ctx = Context(self.store, QUICK_VAULT, Addresses("http://127.0.0.1"), self.clock)
        providers = ConnectedProviders(ctx, api=self.processor.url)
        self._providers.append(providers)
        return Bench(self.url, ctx, self.clock, self.world, self.processor, relay_of(ctx, providers))

    async def close(self) -> None:
        """Close what this process has opened."""
        while self._providers:
            await self._providers.pop().close()
        await self.store.close()

    async def keep(self, name: str) -> None:
        """Keep the database as it is now, to be put back by this name."""
        await self.store.close()
        if self.is_sqlite:
            path = make_url(self.url).database or ""
            with closing(sqlite3.connect(path)) as connection:
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            kept = f"{path}.{name}"
            shutil.copyfile(path, kept)
        else:
            kept = self.databases.copy_postgresql(self.url)
        self._kept[name] = kept

    async def put_back(self, name: str) -> None:
        """The database as it was kept; the processor with its past alone; the clock at its start."""
        await self.store.close()
        kept = self._kept[name]
        if self.is_sqlite:
            path = make_url(self.url).database or ""
            _copy_alone(kept, path)
        else:
            self.databases.drop(self.url)
            mine, its = make_url(self.url).database, make_url(kept).database
            execute(at_database(self.url, "postgres"), f'CREATE DATABASE "{mine}" TEMPLATE "{its}"')
        self.processor.state.faults.clear()
        self.processor.state.store.close()
        self.processor.state.store = Store()
        self.processor.seed(past_of(self.world))
        self.clock.at = START
        self.shared.answered = 0

    async def fork(self, run: Callable[[], Awaitable[Any]], *, kill_at: int = 0) -> Any:
        """What `run` gave in a process of its own; None if that was killed. Raises `Broke`."""
        reading, writing = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(reading)
            self._be_forked(run, writing, kill_at)
        os.close(writing)
        told = await _read_to_the_end(reading)
        _, status = os.waitpid(pid, 0)  # noqa: ASYNC222  it has closed its pipe, so it is dead
        self.shared.end()
        if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
            return None
        ended, value = pickle.loads(told) if told else (False, f"ended with status {status}")
        if not ended:
            raise Broke(value)
        return value

    def _be_forked(self, run: Callable[[], Awaitable[Any]], writing: int, kill_at: int) -> None:
        try:
            self.shared.begin(kill_at)
            told = (True, asyncio.run(_run(run)))
        except BaseException:  # noqa: BLE001  nothing may go on in the fork
            told = (False, traceback.format_exc())
        finally:
            with os.fdopen(writing, "wb") as pipe:
                pickle.dump(told, pipe)
            os._exit(0)


async def _run(run: Callable[[], Awaitable[Any]]) -> Any:
    return await run()


async def _read_to_the_end(descriptor: int) -> bytes:
    loop = asyncio.get_running_loop()
    done: asyncio.Future[None] = loop.create_future()
    parts: list[bytes] = []

    def take() -> None:
        part = os.read(descriptor, 65536)
        parts.append(part)
        if not part:
            loop.remove_reader(descriptor)
            os.close(descriptor)
            done.set_result(None)

    loop.add_reader(descriptor, take)
    await done
    return b"".join(parts)


def _copy_alone(kept: str, path: str) -> None:
    """Without the logs of the database that was there before."""
    for end in ("-wal", "-shm"):
        Path(path + end).unlink(missing_ok=True)
    shutil.copyfile(kept, path)


def _new_folder() -> Path:
    """In memory where there is such a place: what a machine loses when it stops is not tried here."""
    return Path(tempfile.mkdtemp(prefix="selfbill-crash-", dir=MEMORY if MEMORY.is_dir() else None))


@asynccontextmanager
async def open_stage(name: str, databases: Engines) -> AsyncIterator[Stage]:
    """On `sqlite` or `postgresql`, with the world of the cast kept as `world`."""
    shared = Shared()
    folder = _new_folder()
    url = databases.new_sqlite(folder) if name == "sqlite" else databases.new_postgresql()
    async with WatchedProcessor(shared, SharedClock(shared)) as processor:
        stage = Stage(databases, url, shared, processor)
        try:
            stage.world = await fill_world(url)
            await stage.keep("world")
            watch_statements(shared)
            gc.collect()
            gc.freeze()
            yield stage
        finally:
            await stage.close()
            shutil.rmtree(folder)
