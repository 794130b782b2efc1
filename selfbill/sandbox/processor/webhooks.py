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
from selfbill.sandbox.processor.state import ProcessorState, WebhookTarget

TRY_AGAIN = (1, 5, 30, 120, 600, 3600, *(6 * 3600,) * 12)  # seconds after each failed try
AT_ONCE = 16
PATIENCE = aiohttp.ClientTimeout(total=10)
TICK = 0.25


def sign(payload: bytes, secret: str, at: int) -> str:
    """The `Stripe-Signature` header for these bytes at this second."""
    signed = hmac.new(secret.encode(), f"{at}.".encode() + payload, hashlib.sha256).hexdigest()
    return f"t={at},v1={signed}"


class Courier:
    """Delivers events while it runs; owns every task it starts."""

    def __init__(self, state: ProcessorState, try_again: Sequence[float] = TRY_AGAIN) -> None:
        self._state = state
        self._try_again = try_again
        self._running: dict[str, asyncio.Task[None]] = {}
        self._progress = asyncio.Event()
        self._loop: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._loop = asyncio.create_task(self._run(), name="sandbox webhooks")

    async def stop(self) -> None:
        tasks = [*self._running.values(), *([self._loop] if self._loop else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

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

    async def _run(self) -> None:
        async with aiohttp.ClientSession(timeout=PATIENCE) as session:
            while True:
                self._state.has_news.clear()
                pass_time(self._state)
                self._send_due(session)
                try:
                    await asyncio.wait_for(self._state.has_news.wait(), TICK)
                except TimeoutError:
                    continue

    def _send_due(self, session: aiohttp.ClientSession) -> None:
        target = self._state.webhook
        if target is None:
            return
        for event_id, tries in self._state.store.due_deliveries(self._state.clock().timestamp()):
            if event_id not in self._running and len(self._running) < AT_ONCE:
                sending = self._send(session, target, event_id, tries)
                self._running[event_id] = asyncio.create_task(sending)

    async def _send(
        self, session: aiohttp.ClientSession, target: WebhookTarget, event_id: str, tries: int
    ) -> None:
        try:
            event = self._state.get("event", event_id)
            met = await self._post(session, target, event)
            self._write_down(event_id, tries, met)
        finally:
            self._running.pop(event_id, None)
            self._state.has_news.set()
            self._progress.set()

    async def _post(self, session: aiohttp.ClientSession, target: WebhookTarget, event: Json) -> str:
        """What the other side said: a status, or the name of what went wrong on the way."""
        payload = json.dumps(event, indent=2).encode()
        headers = {"Stripe-Signature": sign(payload, target.secret, self._state.now())}
        headers |= {"Content-Type": "application/json; charset=utf-8", "User-Agent": "Stripe/1.0 (sandbox)"}
        try:
            async with session.post(
                target.url, data=payload, headers=headers, allow_redirects=False
            ) as answer:
                return str(answer.status)
        except (aiohttp.ClientError, TimeoutError) as lost:
            return type(lost).__name__

    def _write_down(self, event_id: str, tries: int, met: str) -> None:
        with self._state.store.begin():
            if met.startswith("2") or tries >= len(self._try_again):
                self._state.store.end_delivery(event_id)
            else:
                later = self._state.clock().timestamp() + self._try_again[tries]
                self._state.store.put_back(event_id, later, met)
