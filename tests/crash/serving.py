"""Real servers in processes of their own, forked from one with everything imported; all else stands in."""

import asyncio
import os
import signal
import traceback
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import aiohttp

from billing.addresses import Addresses
from billing.context import Context
from selfbill.logs import set_up_logs
from selfbill.sandbox.mailbox import MailboxSandbox
from selfbill.sandbox.processor import ProcessorSandbox
from selfbill.sandbox.slack.server import SlackSandbox
from selfbill.serve import ServeRole, serve_until_told
from selfbill.wiring import utc_now
from storage.store import SqlStore, open_store
from tests.make import World, past_of
from tests.people import CustomerPerson, StaffPerson
from tests.site import PATIENCE_S, QUICK_VAULT, Browser, Outside, Site, free_socket, settings_for

ALL, APART = tuple(ServeRole), (ServeRole.WEB, ServeRole.WORKER)
SOON = 30.0  # seconds after a start, all is well again


@dataclass
class Server:
    """One `selfbill serve`, at an address that it keeps when it is started again."""

    url: str
    settings: Any
    roles: Collection[ServeRole]
    log: Path
    pid: int = 0
    browsers: list[Browser] = field(default_factory=list)

    def start(self) -> None:
        """Fork; raises nothing, as whatever goes wrong in the fork stands in its log."""
        self.pid = os.fork()
        if self.pid == 0:
            self._serve()

    def _serve(self) -> None:
        try:
            os.closerange(3, 4096)  # sockets and files of the one that forked us
            log = self.log.open("a")
            os.dup2(log.fileno(), 1)
            os.dup2(log.fileno(), 2)
            set_up_logs(log)
            asyncio.run(serve_until_told(self.settings, self.roles))
        except BaseException:  # noqa: BLE001  nothing may go on in the fork
            traceback.print_exc()
        finally:
            os._exit(0)

    def kill(self) -> None:
        """At once, whatever it does."""
        if self.pid:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
            self.pid = 0

    async def until_alive(self) -> None:
        """Its web side answers."""
        async with asyncio.timeout(SOON), aiohttp.ClientSession() as session:
            while True:
                with suppress(aiohttp.ClientError, OSError):
                    async with session.get(f"{self.url}/healthz") as answer:
                        if answer.status == 200:
                            return
                await asyncio.sleep(0.02)

    def browser(self) -> Browser:
        """A fresh browser at this server."""
        self.browsers.append(Browser(cast("Site", self)))
        return self.browsers[-1]

    async def sign_in(self, person: CustomerPerson, root: str) -> Browser:
        browser = self.browser()
        page = await browser.fill(f"{root}/sign-in", "sign-in", order_id=person.order_id, email=person.email)
        assert page.status == 200, page.text
        return browser

    async def sign_in_staff(self, person: StaffPerson) -> Browser:
        browser = self.browser()
        path = f"/{person.account}/desk/sign-in"
        page = await browser.fill(path, "sign-in", email=person.email, password=person.password)
        assert page.status == 200, page.text
        return browser


@dataclass
class Farm:
    """Servers on one database, and what stands outside; `ctx` looks into the database from here."""

    ctx: Context
    store: SqlStore
    world: World
    servers: list[Server]
    processor: ProcessorSandbox
    slack: SlackSandbox
    mailbox: MailboxSandbox

    async def start(self, servers: Sequence[Server] = ()) -> None:
        """These, or all of them, until they answer."""
        await self.store.close()  # SQLite's own notes on open files must not be forked
        for server in servers or self.servers:
            server.start()
        for server in servers or self.servers:
            await server.until_alive()

    def kill(self) -> None:
        """All of them at once."""
        for server in self.servers:
            server.kill()

    async def until_settled(self) -> None:
        """Nothing waits for the processor any more; TimeoutError if that takes too long."""
        async with asyncio.timeout(SOON):
            while await self.ctx.store.count_waiting("processor"):  # noqa: ASYNC110  others deliver
                await asyncio.sleep(0.05)


@asynccontextmanager
async def open_farm(url: str, world: World, folder: Path, *, count: int = 1) -> AsyncIterator[Farm]:
    """`count` servers, not started yet; SQLite is for one, which does everything."""
    async with AsyncExitStack() as stack:
        processor = await stack.enter_async_context(ProcessorSandbox())
        slack = await stack.enter_async_context(SlackSandbox(patience_s=PATIENCE_S))
        mailbox = await stack.enter_async_context(MailboxSandbox())
        processor.seed(past_of(world))
        store = await stack.enter_async_context(open_store(url, PATIENCE_S))
        ctx = Context(store, QUICK_VAULT, Addresses("http://127.0.0.1"), utc_now)
        outside, servers = Outside(processor, slack, mailbox), []
        for number in range(count):
            with free_socket() as listener:
                port = listener.getsockname()[1]
            origin = f"http://127.0.0.1:{port}"
            settings = settings_for(url, origin, outside, port=port)
            roles = ALL if count == 1 else APART
            servers.append(Server(origin, settings, roles, folder / f"server-{number}.log"))
        slack.request_url = f"{servers[0].url}/hooks/slack"
        farm = Farm(ctx, store, world, servers, processor, slack, mailbox)
        try:
            yield farm
        finally:
            farm.kill()
            for browser in [each for server in servers for each in server.browsers]:
                await browser.session.close()
