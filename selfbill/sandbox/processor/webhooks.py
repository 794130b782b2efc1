"""Telling the merchant what happened: signed posts, tried again for three days, and the ticking of time."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import Sequence

import aiohttp

from selfbill.sandbox.processor.api import pass_time
from selfbill.sandbox.processor.errors import Json
from selfbill.sandbox.processor.state import MERCHANT, TOLD_TWICE, ProcessorState, WebhookTarget

TRY_AGAIN = (1, 5, 30, 120, 600, 3600, *(6 * 3600,) * 12)  # seconds after each failed try
AT_ONCE = 16
PATIENCE = aiohttp.ClientTimeout(total=10)
TICK = 0.25


def sign(payload: bytes, secret: str, at: int, also: Sequence[str] = ()) -> str:
    """The `Stripe-Signature` header for these bytes at this second, by the secret and the older ones."""
    message = f"{at}.".encode() + payload
    signed = [hmac.new(each.encode(), message, hashlib.sha256).hexdigest() for each in (secret, *also)]
    return ",".join([f"t={at}", *(f"v1={each}" for each in signed)])


class Courier:
    """Delivers events while it runs; owns every task it starts."""

    def __init__(self, state: ProcessorState, try_again: Sequence[float] = TRY_AGAIN) -> None:
        self._state = state
        self._try_again = try_again
        self._running: dict[tuple[str, str], asyncio.Task[None]] = {}
        self._progress = asyncio.Event()
        self._loop: asyncio.Task[None] | None = None
        self._session: aiohttp.ClientSession | None = None

    def start(self) -> None:
        self._session = aiohttp.ClientSession(timeout=PATIENCE)
        self._loop = asyncio.create_task(self._run(), name="sandbox webhooks")

    async def stop(self) -> None:
        tasks = [*self._running.values(), *([self._loop] if self._loop else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    async def settle(self) -> None:
        """Return once every event so far was taken, or has failed at least once."""
        while any(tries == 0 for tries, _ in self._state.store.waiting().values()):
            self._progress.clear()
            await self._progress.wait()

    async def taken(self) -> None:
        """Return once every event so far was taken, or given up."""
        while self._state.store.waiting():
            self._progress.clear()
            await self._progress.wait()

    async def release(self, *, times: int = 1, reverse: bool = False) -> None:
        """Tell what was held back, one after the other, each so many times."""
        held = self._state.store.held()
        for event_id, endpoint in held[::-1] if reverse else held:
            for _ in range(times):
                await self.tell_again(event_id, endpoint)

    async def tell_again(self, event_id: str, endpoint: str | None = None) -> None:
        """Post this event now, to one endpoint or to all that want its kind, told already or not."""
        event = self._state.get("event", event_id)
        for name, target in self._state.targets().items():
            if endpoint in (None, name) and target.wants(event["type"]):
                met = await self._post(target, event)
                self._write_down(event_id, name, 0, met)

    async def _run(self) -> None:
        while True:
            self._state.has_news.clear()
            pass_time(self._state)
            self._send_due()
            try:
                await asyncio.wait_for(self._state.has_news.wait(), TICK)
            except TimeoutError:
                continue

    def _send_due(self) -> None:
        targets: dict[str, WebhookTarget] | None = None
        for event_id, endpoint, tries in self._state.store.due_tellings(self._state.clock().timestamp()):
            telling = (event_id, endpoint)
            if telling in self._running or len(self._running) >= AT_ONCE:
                continue
            targets = self._state.targets() if targets is None else targets
            if (target := targets.get(endpoint)) is not None:
                self._running[telling] = asyncio.create_task(self._send(target, telling, tries))
            elif endpoint != MERCHANT:  # it was deleted meanwhile
                self._state.store.end_telling(*telling)

    async def _send(self, target: WebhookTarget, telling: tuple[str, str], tries: int) -> None:
        try:
            event = self._state.get("event", telling[0])
            if self._state.faults.take("*", event["type"], [TOLD_TWICE]):
                await self._post(target, event)
            self._write_down(*telling, tries, await self._post(target, event))
        finally:
            self._running.pop(telling, None)
            self._state.has_news.set()
            self._progress.set()

    async def _post(self, target: WebhookTarget, event: Json) -> str:
        """What the other side said: a status, or the name of what went wrong on the way."""
        assert self._session is not None
        payload = json.dumps(event, indent=2).encode()
        signature = sign(payload, target.secret, self._state.now(), target.also)
        headers = {"Stripe-Signature": signature, "Content-Type": "application/json; charset=utf-8"}
        headers["User-Agent"] = "Stripe/1.0 (sandbox)"
        try:
            async with self._session.post(
                target.url, data=payload, headers=headers, allow_redirects=False
            ) as answer:
                return str(answer.status)
        except (aiohttp.ClientError, TimeoutError) as lost:
            return type(lost).__name__

    def _write_down(self, event_id: str, endpoint: str, tries: int, met: str) -> None:
        store = self._state.store
        with store.begin():
            if met.startswith("2") or tries >= len(self._try_again):
                store.end_telling(event_id, endpoint)
            else:
                later = self._state.clock().timestamp() + self._try_again[tries]
                store.put_back(event_id, endpoint, later, met)
