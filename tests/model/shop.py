"""The shop that the model drives: one event loop, one world put back for each run, deaths on demand."""

import asyncio
import json
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Engine, event, select

from billing.inbox import take_in_event
from billing.messages import ProcessorHint
from billing.providers.stripe_events import read_event
from billing.relay import Relay
from selfbill.sandbox.processor.webhooks import sign
from storage.tables.processing import request_holds
from storage.tables.requests import operations, requests
from storage.tables.sales import payments
from tests.billing.bench import Bench
from tests.connected import WEBHOOK_SECRET
from tests.crash.living import settle
from tests.crash.stage import Stage, open_stage
from tests.engines import Engines
from tests.model.ledger import RefundThere, There

_Value = TypeVar("_Value")
TAKEN = {"needs_response", "under_review", "lost"}
MARK = "selfbill_operation"


class Killed(BaseException):
    """The process died here; nothing may catch it."""


class Trap:
    """Springs at the n-th statement or commit after it was set."""

    def __init__(self) -> None:
        self.left = 0
        for name in ("before_cursor_execute", "after_cursor_execute", "commit"):
            event.listen(Engine, name, self._pass)

    def _pass(self, *_told: object) -> None:
        if self.left:
            self.left -= 1
            if not self.left:
                raise Killed


@dataclass(frozen=True)
class Here:
    """What our books say of one request."""

    state: str
    kind: str
    approved: int
    held: bool
    marks: tuple[str, ...]


class Shop:
    """Holds loop and stage open for many runs; close it in the end."""

    def __init__(self, engine: str, databases: Engines) -> None:
        self._runner = asyncio.Runner()
        self._stack = AsyncExitStack()
        self.stage: Stage = self.do(self._stack.enter_async_context(open_stage(engine, databases)))
        self.trap = Trap()
        self.bench: Bench = self.stage.bench()

    def do(self, deed: Coroutine[Any, Any, _Value]) -> _Value:
        """Run it to its end."""
        return self._runner.run(deed)

    def close(self) -> None:
        """Stop everything."""
        self.trap.left = 0
        self.do(self._stack.aclose())
        self._runner.close()

    def begin(self) -> None:
        """The world as it was made, and a shop that has just opened."""
        self.trap.left = 0
        self.do(self.stage.close())
        self.do(self.stage.put_back("world"))
        self.bench = self.stage.bench()

    async def die_in(self, deed: Coroutine[Any, Any, object], boundary: int) -> None:
        """Begin this deed, and die at the boundary if it comes so far; all that is under way dies too."""
        self.trap.left = boundary
        try:
            await deed
        except Killed:
            doomed = [each for each in asyncio.all_tasks() if _is_ours(each)]
            for task in doomed:
                task.cancel()
            await asyncio.gather(*doomed, return_exceptions=True)
        finally:
            self.trap.left = 0

    async def rest(self) -> None:
        """Everything that was said is heard once more, and everything that waits comes to its turn."""
        state = self.stage.processor.state
        state.faults.clear()
        for _ in range(2):
            await settle(self.bench)
            for kind in ("refund", "dispute", "subscription"):
                for thing in state.every(kind):
                    await self.hint(kind, thing["id"])
            await settle(self.bench)

    async def hint(self, kind: str, object_id: str) -> None:
        """As if an event had told of it."""
        async with self.bench.ctx.begin(self.bench.lumen.id) as work:
            hint = ProcessorHint(kind, object_id)
            await work.outbox.put(hint, at=self.bench.clock(), trace_id="trace-hint")

    async def hear(self, told: dict[str, Any]) -> None:
        """This event of the processor comes in by its signed bytes."""
        body = json.dumps(told).encode()
        signature = sign(body, WEBHOOK_SECRET, int(self.bench.clock().timestamp()))
        heard = read_event(body, signature, WEBHOOK_SECRET, now=self.bench.clock())
        await take_in_event(self.bench.ctx, self.bench.lumen.id, heard, trace_id="trace-event")

    def there(self, charge: str) -> There:
        """What the processor's own books hold."""
        state = self.stage.processor.state
        disputes = state.every("dispute", {"charge": charge})
        return There(
            refunds=tuple(
                RefundThere(each["id"], each["amount"], each["status"], each["metadata"].get(MARK, ""))
                for each in state.refunds(charge)
            ),
            disputed=sum(each["amount"] for each in disputes if each["status"] in TAKEN),
            lost=any(each["status"] == "lost" for each in disputes),
        )

    async def here(self) -> dict[str, Here]:
        """All requests of our books, by id as hex."""
        r, o = requests.c, operations.c
        rows = await self.bench.rows(select(r.id, r.state, r.kind, r.amount_minor, r.approved_minor))
        held = {row[0] for row in await self.bench.rows(select(request_holds.c.request_id))}
        made = await self.bench.rows(select(o.request_id, o.id).order_by(o.place))
        marks: dict[Any, list[str]] = {}
        for request_id, operation_id in made:
            marks.setdefault(request_id, []).append(operation_id.hex)
        return {
            request_id.hex: Here(
                str(state),
                str(kind),
                approved or amount or 0,
                request_id in held,
                tuple(marks.get(request_id, ())),
            )
            for request_id, state, kind, amount, approved in rows
        }

    async def sums(self) -> dict[str, tuple[int, int, int]]:
        """Reserved, refunded and disputed of each payment, by Order ID."""
        p = payments.c
        rows = await self.bench.rows(select(p.order_id, p.reserved_minor, p.refunded_minor, p.disputed_minor))
        return {row[0]: (row[1], row[2], row[3]) for row in rows}


def _is_ours(task: asyncio.Task[Any]) -> bool:
    name = getattr(task.get_coro(), "__qualname__", "")
    return name.startswith(Relay.__name__) and not task.done()
