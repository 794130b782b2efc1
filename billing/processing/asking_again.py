"""Reading from the processor with patience: a lost answer is asked for again, and `wait` is waited."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from billing.processor import AnswerLost, KeyRefused, Listed, NotPermitted, Page, TryLater
from billing.processor_facts import (
    ProcessorCharge,
    ProcessorCustomer,
    ProcessorDispute,
    ProcessorRefund,
    ProcessorSubscription,
)

TRIES = 6
_FIRST, _LONGEST = timedelta(seconds=1), timedelta(minutes=1)

Pause = Callable[[float], Awaitable[None]]
_Answer = TypeVar("_Answer")


class NotCompared(Exception):
    """The processor could not be asked; what was compared before stands."""


class Looks(Protocol):
    """What a comparison asks of a processor, a part of `Reads`."""

    async def read_customer(self, processor_id: str) -> ProcessorCustomer | None: ...
    async def read_subscription(self, processor_id: str) -> ProcessorSubscription | None: ...
    async def read_charge(self, processor_id: str) -> ProcessorCharge | None: ...
    async def read_refund(self, processor_id: str) -> ProcessorRefund | None: ...
    async def read_dispute(self, processor_id: str) -> ProcessorDispute | None: ...
    async def list_page(
        self,
        what: Listed,
        *,
        after: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> Page: ...


class Patient:
    """`Looks`, each answer asked for up to `TRIES` times. Raises `NotCompared`."""

    def __init__(self, provider: Looks, pause: Pause) -> None:
        self._provider = provider
        self._pause = pause

    async def read_customer(self, processor_id: str) -> ProcessorCustomer | None:
        """None: there is none."""
        return await self._ask(lambda: self._provider.read_customer(processor_id))

    async def read_subscription(self, processor_id: str) -> ProcessorSubscription | None:
        """None: there is none."""
        return await self._ask(lambda: self._provider.read_subscription(processor_id))

    async def read_charge(self, processor_id: str) -> ProcessorCharge | None:
        """None: there is none."""
        return await self._ask(lambda: self._provider.read_charge(processor_id))

    async def read_refund(self, processor_id: str) -> ProcessorRefund | None:
        """None: there is none."""
        return await self._ask(lambda: self._provider.read_refund(processor_id))

    async def read_dispute(self, processor_id: str) -> ProcessorDispute | None:
        """None: there is none."""
        return await self._ask(lambda: self._provider.read_dispute(processor_id))

    async def list_page(
        self,
        what: Listed,
        *,
        after: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> Page:
        """Newest first."""
        return await self._ask(lambda: self._provider.list_page(what, after=after, since=since, until=until))

    async def _ask(self, read: Callable[[], Awaitable[_Answer]]) -> _Answer:
        wait = _FIRST
        for left in reversed(range(TRIES)):
            try:
                return await read()
            except (KeyRefused, NotPermitted) as refused:
                raise NotCompared(f"the processor refuses our key: {refused}") from refused
            except (AnswerLost, TryLater) as lost:
                if not left:
                    raise NotCompared(f"the processor was asked {TRIES} times: {lost}") from lost
                asked = lost.after if isinstance(lost, TryLater) and lost.after is not None else wait
                await self._pause(min(asked, _LONGEST).total_seconds())
                wait *= 2
        raise AssertionError("the last try returns or raises")
