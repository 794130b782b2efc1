"""Running the service: roles web, worker and socket, in one process or apart; a clean end on SIGTERM."""

import asyncio
import signal
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from enum import StrEnum

from aiohttp import web

from portal.server import PortalRunner
from selfbill.own_processor import keep_own_processor
from selfbill.own_workspace import keep_own_workspace
from selfbill.settings import Settings
from selfbill.wiring import Clock, Service, open_service, utc_now


class ServeRole(StrEnum):
    """What a process does."""

    WEB = "web"
    WORKER = "worker"
    SOCKET = "socket"


@asynccontextmanager
async def serving(
    settings: Settings, roles: Collection[ServeRole] = tuple(ServeRole), *, now: Clock = utc_now
) -> AsyncIterator[Service]:
    """The service, running until the end of the block. OSError when the port is taken."""
    async with open_service(settings, now=now) as service:
        runner = PortalRunner(service.app)
        await runner.setup()
        tasks = []
        try:
            if ServeRole.WEB in roles:
                await web.TCPSite(runner, settings.host, settings.port).start()
            if ServeRole.WORKER in roles:
                await service.context.store.free_leases()
                tasks.append(asyncio.create_task(service.relay.run(), name="relay"))
                tasks.append(asyncio.create_task(service.clock.run(), name="clock"))
                own = keep_own_workspace(service.context, settings)
                tasks.append(asyncio.create_task(own, name="slack workspace of the settings"))
                key = keep_own_processor(service.context, settings)
                tasks.append(asyncio.create_task(key, name="processor of the settings"))
            if ServeRole.SOCKET in roles and service.socket is not None:
                tasks.append(asyncio.create_task(service.socket.run(), name="slack socket"))
            yield service
        finally:
            # The web side first: what it still commits, the next start of a worker delivers.
            await runner.cleanup()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


async def serve_until_told(settings: Settings, roles: Collection[ServeRole]) -> None:
    """Until SIGTERM or SIGINT."""
    stopping = listen_for_stop()
    async with serving(settings, roles):
        await stopping.wait()


def listen_for_stop() -> asyncio.Event:
    """Set at the first SIGTERM or SIGINT from now on: called before anybody is told that it runs."""
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told.set)
    return told
