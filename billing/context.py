"""The one way into a transaction, and the few things a use case may ask of the world."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime

from billing.addresses import Addresses
from billing.ids import AccountId
from billing.ports import Store, UnitOfWork
from billing.vault import Vault

_inside: ContextVar[bool] = ContextVar("inside_a_transaction", default=False)


class Listening:
    """One listener's ear: rings since `Bell.listen` are not missed."""

    def __init__(self, ears: set[Listening], only: str | None) -> None:
        self._ears = ears
        self._only = only
        self._event = asyncio.Event()
        ears.add(self)

    def is_for(self, addressed: Collection[str] | None) -> bool:
        """Whether a ring wakes this one."""
        return self._only is None or addressed is None or self._only in addressed

    async def wait(self, seconds: float) -> None:
        """Return at the next ring, at once if it rang since, or after so many seconds."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._event.wait()
        self._event.clear()

    def hear(self) -> None:
        """As if it had rung, for this listener alone."""
        self._event.set()

    def close(self) -> None:
        """Stop listening."""
        self._ears.discard(self)


class Bell:
    """Rung after every commit in this process: wakes the relay and live pages; polling is the fallback."""

    def __init__(self) -> None:
        self._ears: set[Listening] = set()

    def ring(self, addressed: Collection[str] | None = None) -> None:
        """Wake all who listen; of those for one destination, whose is among `addressed` (None: all are)."""
        for ear in self._ears:
            if ear.is_for(addressed):
                ear.hear()

    def listen(self, only: str | None = None) -> Listening:
        """An ear that hears every ring from now on, or those for one destination; close it in the end."""
        return Listening(self._ears, only)

    async def wait(self, seconds: float) -> None:
        """Return at the next ring, or after so many seconds."""
        ear = self.listen()
        try:
            await ear.wait(seconds)
        finally:
            ear.close()


@dataclass(frozen=True)
class Context:
    """What every use case is given. `now` is aware UTC; tests turn it."""

    store: Store
    vault: Vault
    addresses: Addresses
    now: Callable[[], datetime]
    bell: Bell = field(default_factory=Bell)

    @asynccontextmanager
    async def begin(self, account_id: AccountId) -> AsyncIterator[UnitOfWork]:
        """The one transaction of a use case; committed when the block ends, and then the bell rings."""
        if _inside.get():
            raise RuntimeError("one use case is one transaction")
        token = _inside.set(True)
        try:
            async with self.store.begin(account_id) as work:
                yield work
        finally:
            _inside.reset(token)
        self.bell.ring(work.outbox.addressed)

    @asynccontextmanager
    async def read(self, account_id: AccountId) -> AsyncIterator[UnitOfWork]:
        """A consistent view for a page; nothing can be written in it."""
        async with self.store.read(account_id) as work:
            yield work
