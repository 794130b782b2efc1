"""What every test of the sandbox's processor starts from: a clock to turn, a small past, the real SDK."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import stripe
from aiohttp import web

from selfbill.sandbox.processor import ProcessorSandbox, WebhookTarget
from selfbill.sandbox.processor.state import visible
from tests.selfbill.sandbox.sdk_shapes import CLASSES, object_differences

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
SECOND = int(NOW.timestamp())
DAY = 86_400
SECRET = "whsec_of_the_tests"
PAST: list[dict[str, Any]] = [
    {
        "object": "customer",
        "id": "cus_alice",
        "email": "alice@example.net",
        "name": "Alice",
        "created": SECOND - 90 * DAY,
        "metadata": {"lead": "7"},
        "card": {"brand": "visa", "last4": "4242", "exp_month": 3, "exp_year": 2031},
    },
    {
        "object": "charge",
        "id": "ch_once",
        "amount": 1000,
        "currency": "USD",
        "customer": "cus_alice",
        "payment_method": "pm_alice",
        "created": SECOND - 3 * DAY,
        "metadata": {"order_id": "40107225"},
    },
    {
        "object": "subscription",
        "id": "sub_gold",
        "customer": "cus_alice",
        "created": SECOND - 40 * DAY,
        "current_period_start": SECOND - 10 * DAY,
        "current_period_end": SECOND + 20 * DAY,
        "price": {"product": "Gold", "unit_amount": 3900, "currency": "USD", "interval": "month"},
    },
    {
        "object": "charge",
        "id": "ch_gold",
        "amount": 3900,
        "currency": "USD",
        "customer": "cus_alice",
        "subscription": "sub_gold",
        "created": SECOND - 10 * DAY,
    },
]


@dataclass
class Clock:
    """Time that stands still until it is turned."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def turn(self, **by: float) -> None:
        self.now += timedelta(**by)


@dataclass
class Bench:
    """The sandbox with its past, the SDK that talks to it, and the clock both go by."""

    sandbox: ProcessorSandbox
    sdk: stripe.StripeClient
    clock: Clock

    @property
    def v1(self) -> Any:
        """The SDK's services; untyped, since tests also send what its types forbid."""
        return self.sdk.v1


class HonestClient(stripe.AIOHTTPClient):
    """Holds every answer that it gets against the SDK's own types; `wrong` is what differs."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.wrong: list[str] = []

    async def request_async(
        self, method: str, url: str, headers: Mapping[str, str], post_data: Any = None
    ) -> tuple[bytes, int, Mapping[str, str]]:
        content, status, said = await super().request_async(method, url, headers, post_data)
        if status == 200:
            answer = json.loads(content)
            self.wrong += wrong_in(answer.get("data", [answer]))
        return content, status, said


def wrong_in(things: Iterable[dict[str, Any]]) -> Iterator[str]:
    """What differs from the SDK's types in these objects; a deleted one says next to nothing."""
    for thing in things:
        if not thing.get("deleted"):
            yield from object_differences(thing, CLASSES[thing["object"]], thing["id"])


@asynccontextmanager
async def open_bench(
    data: Path | None = None, webhook: WebhookTarget | None = None, retries: int = 0
) -> AsyncIterator[Bench]:
    """A started sandbox that knows `PAST`, and a client that repeats lost requests `retries` times."""
    clock = Clock()
    sandbox = ProcessorSandbox(clock=clock, data=data, webhook=webhook, try_again=(1, 5, 30))
    async with sandbox, open_client(sandbox, retries) as sdk:
        sandbox.seed(PAST)
        yield Bench(sandbox, sdk, clock)
        kept = [each for kind in CLASSES for each in sandbox.state.every(kind, limit=20)]
        told = [each["data"]["object"] for each in kept if each["object"] == "event"]
        assert list(wrong_in([*map(visible, kept), *told])) == []


@asynccontextmanager
async def open_client(
    sandbox: ProcessorSandbox, retries: int = 0, key: str | None = None
) -> AsyncIterator[stripe.StripeClient]:
    http = HonestClient(timeout=30, connector=aiohttp.TCPConnector())
    try:
        yield stripe.StripeClient(
            key or sandbox.secret_key,
            base_addresses={"api": sandbox.url},
            http_client=http,
            max_network_retries=retries,
        )
        assert http.wrong == []
    finally:
        await http.close_async()  # type: ignore[no-untyped-call]


@asynccontextmanager
async def open_control(bench: Bench) -> AsyncIterator[Callable[..., Awaitable[Any]]]:
    """`control("disputes", {...})` posts to the sandbox's own addresses; the JSON that comes back."""
    async with aiohttp.ClientSession() as session:

        async def control(path: str, asked: Any = None) -> Any:
            async with session.post(f"{bench.sandbox.url}/_sandbox/{path}", json=asked) as answer:
                assert answer.status < 300, await answer.text()
                return await answer.json()

        yield control


@dataclass
class Ear:
    """A merchant's webhook address that keeps what it heard."""

    url: str = ""
    status: int = 200
    heard: list[tuple[bytes, str]] = field(default_factory=list)

    async def listen(self, http: web.Request) -> web.Response:
        self.heard.append((await http.read(), http.headers["Stripe-Signature"]))
        return web.Response(status=self.status)


@asynccontextmanager
async def open_ear() -> AsyncIterator[Ear]:
    ear = Ear()
    app = web.Application()
    app.router.add_post("/hooks", ear.listen)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        ear.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hooks"
        yield ear
    finally:
        await runner.cleanup()
