"""The server itself: starts and stops, holds the workspaces, and says where the product finds it."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aiohttp import web

from selfbill.sandbox.faults import Fault, FaultTable, add_fault_routes, fault_middleware
from selfbill.sandbox.slack.access import PATIENCE_S, Access
from selfbill.sandbox.slack.consent_pages import ConsentPages
from selfbill.sandbox.slack.core import Core, opened
from selfbill.sandbox.slack.declared import Declared, declared_by
from selfbill.sandbox.slack.drawing import Drawing
from selfbill.sandbox.slack.echoes import echo
from selfbill.sandbox.slack.events import Events
from selfbill.sandbox.slack.hands import Hands
from selfbill.sandbox.slack.installing import Installing
from selfbill.sandbox.slack.interactions import Sender
from selfbill.sandbox.slack.keeping import KeptFile, Wakeup
from selfbill.sandbox.slack.managing_pages import ManagingPages
from selfbill.sandbox.slack.pace import Pace
from selfbill.sandbox.slack.pages import Pages
from selfbill.sandbox.slack.seed import Seed
from selfbill.sandbox.slack.socket_mode import REFUSED_HANDSHAKE, SocketHub
from selfbill.sandbox.slack.team_faults import team_fault_middleware
from selfbill.sandbox.slack.town import Town
from selfbill.sandbox.slack.web_api import NOT_JSON, WebApi, not_well
from selfbill.sandbox.slack.workspace import Clock, Json, Workspace
from selfbill.sandbox.standing import StandIn, listen

FILE = "slack.json"


def _utc_now() -> datetime:
    return datetime.now(UTC)


class SlackSandbox(Hands, StandIn):
    """One or many workspaces on loopback; `async with SlackSandbox() as slack`, or `start` and `stop`."""

    def __init__(
        self,
        *,
        seed: Seed | None = None,
        port: int = 0,
        data: Path | None = None,
        scopes: Collection[str] | None = None,
        manifest: Mapping[str, Any] | None = None,
        now: Clock = _utc_now,
        paced: bool = False,
        patience_s: float = PATIENCE_S,
    ) -> None:
        """`data` is a folder that keeps the workspaces; `paced` answers 429 as often as Slack does.

        `manifest` says what the app may ask for and hear of; without one it hears of everything that
        `scopes` allow. `patience_s` is how long an app may take for its ack, and for the view that a click
        opens. `request_url` is set later; until then everything goes over Socket Mode.
        """
        self._port = port
        self._file = KeptFile(data / FILE) if data is not None else None
        declared = declared_by(manifest) if manifest is not None else Declared()
        if scopes is not None:
            declared = replace(declared, scopes=scopes)
        seed = seed or Seed()
        self.access = Access(now, seed.team_id, declared, patience_s)
        self.town = Town(seed, self.access, now)
        if self._file is not None and (kept := self._file.read()) is not None:
            self.town.load(kept)
        self.faults = FaultTable((NOT_JSON, REFUSED_HANDSHAKE))
        self._faults_of: dict[str, FaultTable] = {}  # by team id
        self.sockets = SocketHub(self.town, self.faults)
        self.sender = Sender(self.access, self.sockets)
        self.events = Events(self.sender)
        self.installing = Installing(self.town, self.events)
        self._drawing = Drawing(self.town)
        self._pages = Pages(self._drawing, self.sender, self.events)
        self._pace = Pace(now) if paced else None
        self._runner: web.AppRunner | None = None
        self._keeper: asyncio.Task[None] | None = None
        opened.append(self.town.book)

    # -- start and stop --------------------------------------------------------------------------

    async def start(self) -> None:
        """Listen on loopback; OSError when the port is taken."""
        of_all = fault_middleware(self.faults, _of_fault)
        of_one = team_fault_middleware(self.town, self._faults_of, _of_fault)
        app = web.Application(middlewares=[of_all, of_one])
        add_fault_routes(app, self.faults)
        api = WebApi(self.town, self.faults, self.sockets.new_address, self._pace, self._echo)
        api.add_routes(app)
        self._pages.add_routes(app)
        ConsentPages(self._drawing, self.installing).add_routes(app)
        ManagingPages(self._drawing, self).add_routes(app)
        app.router.add_get("/link/", self.sockets.connect)
        app.on_shutdown.append(self._let_go)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        self.town.book.url = await listen(self._runner, self._port)
        await self.sender.start()
        if self._file is not None:
            wakeup = Wakeup(join_for_s=0.5)
            self.town.on_change(wakeup.wake)
            self._keeper = asyncio.create_task(self._keep(self._file, wakeup))
            self._file.write(self.town.as_json())

    async def stop(self) -> None:
        """Close every connection and task, and write the workspaces' file once more."""
        if self._keeper is not None:
            self._keeper.cancel()
            with suppress(asyncio.CancelledError):
                await self._keeper
        await self.sender.close()
        if self._runner is not None:
            await self._runner.cleanup()
        if self._file is not None:
            self._file.write(self.town.as_json())
        self.town.book.is_closed = True

    async def _let_go(self, _app: web.Application) -> None:
        for table in self._faults_of.values():
            table.clear()
        self._pages.close()
        await self.sockets.close()

    async def _keep(self, file: KeptFile, wakeup: Wakeup) -> None:
        while True:
            await wakeup.wait()
            await asyncio.to_thread(file.write, self.town.as_json())

    # -- what the product is told ----------------------------------------------------------------

    @property
    def url(self) -> str:
        """The address of the pages; the Web API is at `base_url`."""
        return self.town.book.url

    @property
    def base_url(self) -> str:
        return f"{self.url}/api/"

    @property
    def authorize_url(self) -> str:
        """Where *Add to Slack* leads: Slack's own is https://slack.com/oauth/v2/authorize."""
        return f"{self.url}/oauth/v2/authorize"

    @property
    def client_id(self) -> str:
        return self.access.client_id

    @property
    def client_secret(self) -> str:
        return self.access.client_secret

    @property
    def bot_token(self) -> str:
        """The token of the first workspace, which needs no OAuth and never expires."""
        return self.access.bot_token

    @property
    def app_token(self) -> str:
        return self.access.app_token

    @property
    def signing_secret(self) -> str:
        return self.access.signing_secret

    @property
    def team_id(self) -> str:
        return self.workspace.seed.team_id

    @property
    def request_url(self) -> str | None:
        """Where events and interactions go; None sends them over the app's Socket Mode connections."""
        return self.sender.request_url

    @request_url.setter
    def request_url(self, url: str | None) -> None:
        self.sender.request_url = url

    # -- workspaces ------------------------------------------------------------------------------

    def add_workspace(self, seed: Seed | None = None) -> Workspace:
        """One more, in which the app is not installed yet; without a seed a small one."""
        return self.town.add(seed).workspace

    def install(self, team_id: str) -> str:
        """Install without a browser: a bot token that never expires."""
        rotating = self.access.declared
        self.access.declared = replace(rotating, rotates=False)
        token, _ = self.access.install(team_id, frozenset(rotating.scopes))
        self.access.declared = rotating
        return token

    # -- faults ----------------------------------------------------------------------------------

    def fault(self, method: str, kind: str, *, team_id: str | None = None, **settings: Any) -> Fault:
        """Let a Web API method (or a path, `/response/*`) fail, for all or for one workspace's tokens.

        Kinds: `faults.py`, and `not_json`.
        """
        path = method if method.startswith("/") else f"/api/{method}"
        table = self.faults if team_id is None else self._faults_of.setdefault(team_id, FaultTable())
        return table.add(kind, path=path, **settings)

    def _echo(self, core: Core, method: str, answer: Json) -> None:
        if self.events.echoes:
            echo(self.events, core, method, answer)


def _of_fault(fault: Fault) -> web.Response:
    return not_well(fault.status, fault.retry_after)
