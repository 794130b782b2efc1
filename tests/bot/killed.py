"""A service in a process of its own, to be killed: settings in on one line, "ready" out, until the end.

It answers over HTTP or Socket Mode and delivers, on the clock and the cheap vault of the tests.
"""

import asyncio
import json
import sys

from aiohttp import web

from portal.server import PortalRunner
from selfbill.settings import Settings
from selfbill.wiring import open_service
from tests.make import TurnedClock
from tests.site import QUICK_VAULT


async def run(settings: Settings) -> None:
    """Until it is killed."""
    async with open_service(settings, now=TurnedClock(), vault=QUICK_VAULT) as service:
        runner = PortalRunner(service.app)
        await runner.setup()
        site = web.TCPSite(runner, settings.host, settings.port)
        await site.start()
        tasks = [asyncio.create_task(service.relay.run())]
        if service.socket is not None:
            tasks.append(asyncio.create_task(service.socket.run()))
        print("ready", flush=True)
        await asyncio.gather(*tasks)


if __name__ == "__main__":
    asyncio.run(run(Settings(**json.loads(sys.stdin.readline()))))
