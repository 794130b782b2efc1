"""The processor as an aiohttp application, and as a server that starts, listens and stops."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from aiohttp import web

from selfbill.sandbox.faults import add_fault_routes, fault_middleware
from selfbill.sandbox.human_pages import Templates, add_static_route
from selfbill.sandbox.processor.api import ENDPOINTS, fault_answer, serve, speaking_middleware
from selfbill.sandbox.processor.control import add_control_routes
from selfbill.sandbox.processor.errors import Json
from selfbill.sandbox.processor.hands import Hands
from selfbill.sandbox.processor.hosted import add_hosted_routes
from selfbill.sandbox.processor.idempotency import idempotency_middleware
from selfbill.sandbox.processor.pages import add_pages
from selfbill.sandbox.processor.resources.refunds import in_words
from selfbill.sandbox.processor.seed import SeedReport, seed
from selfbill.sandbox.processor.state import ACCOUNT_ID, ACCOUNT_NAME, ProcessorState, WebhookTarget
from selfbill.sandbox.processor.webhooks import TRY_AGAIN, Courier
from selfbill.sandbox.standing import StandIn, listen

STATE: web.AppKey[ProcessorState] = web.AppKey("processor_state", ProcessorState)
COURIER: web.AppKey[Courier] = web.AppKey("processor_courier", Courier)
FILE = "processor.sqlite"


def utc_now() -> datetime:
    return datetime.now(UTC)


def build_processor(
    *,
    secret_key: str,
    webhook: WebhookTarget | None = None,
    clock: Callable[[], datetime] = utc_now,
    public_url: str = "",
    data: Path | None = None,
    try_again: Sequence[float] = TRY_AGAIN,
    account_id: str = ACCOUNT_ID,
    account_name: str = ACCOUNT_NAME,
) -> web.Application:
    """A small Stripe; its books are in the folder `data`, or in memory. `try_again`: webhook waits in s."""
    state = ProcessorState(
        secret_key=secret_key,
        webhook=webhook,
        clock=clock,
        path=data / FILE if data else None,
        account_id=account_id,
        account_name=account_name,
    )
    state.public_url = public_url
    app = web.Application(
        middlewares=[
            speaking_middleware(state),
            idempotency_middleware(state),
            fault_middleware(state.faults, fault_answer),
        ]
    )
    app[STATE], app[COURIER] = state, Courier(state, try_again)
    app.add_routes([web.route(each.method, each.path, serve(state, each)) for each in ENDPOINTS])
    add_fault_routes(app, state.faults)
    add_control_routes(app, state)
    templates = Templates(money=in_words)
    add_hosted_routes(app, state, templates)
    add_pages(app, state, templates)
    add_static_route(app)
    app.cleanup_ctx.append(_running)
    return app


async def _running(app: web.Application) -> AsyncIterator[None]:
    app[COURIER].start()
    yield
    await app[COURIER].stop()
    app[STATE].store.close()


class ProcessorSandbox(Hands, StandIn):
    """The processor listening on loopback, for the demo and for tests; `port` 0 takes a free one."""

    def __init__(
        self,
        *,
        secret_key: str = "sk_test_sandbox",  # noqa: S107  opens nothing but this stand-in
        webhook: WebhookTarget | None = None,
        clock: Callable[[], datetime] = utc_now,
        data: Path | None = None,
        port: int = 0,
        try_again: Sequence[float] = TRY_AGAIN,
        account_id: str = ACCOUNT_ID,
        account_name: str = ACCOUNT_NAME,
    ) -> None:
        self.secret_key = secret_key
        self._port = port
        self._app = build_processor(
            secret_key=secret_key,
            webhook=webhook,
            clock=clock,
            data=data,
            try_again=try_again,
            account_id=account_id,
            account_name=account_name,
        )
        self.state = self._app[STATE]
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        return self.state.public_url

    async def start(self) -> None:
        """Listen; OSError when the port is taken."""
        self._runner = web.AppRunner(self._app, access_log=None, shutdown_timeout=0.2)
        self.state.public_url = await listen(self._runner, self._port)

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    def seed(self, lines: Iterable[Json]) -> SeedReport:
        """Load a past, as `selfbill.sandbox.processor.seed.seed` describes it."""
        return seed(self.state, lines)

    def refunds(self, charge_id: str) -> list[Json]:
        """All refunds of a charge, newest first."""
        return self.state.refunds(charge_id)

    @property
    def courier(self) -> Courier:
        return self._app[COURIER]
