"""A worker for measuring Slack: it delivers there alone, and says how big it is when a line comes in.

No processor is connected and nobody reads mail here: trying those again and again would be measured too.
"""

import asyncio
import gc
import json
import os
from pathlib import Path

import psutil

from billing.messages import Destination
from billing.relay import Relay
from bot.deliveries import slack_deliveries
from selfbill.logs import set_up_logs
from selfbill.settings import load_settings
from selfbill.wiring import open_service
from tests.bench.quick_slack import read_lines


def size() -> dict[str, float]:
    """Tasks, and memory in MiB."""
    gc.collect()
    return {"tasks": len(asyncio.all_tasks()), "memory": psutil.Process().memory_info().rss / 2**20}


async def main() -> None:
    """Until its input ends."""
    async with open_service(load_settings()) as service:
        assert service.bot is not None
        slack = {Destination.SLACK: slack_deliveries(service.bot.clients)}
        relay = asyncio.create_task(Relay(service.context, slack).run())
        lines = await read_lines()
        while await lines.readline():
            print(json.dumps(size()), flush=True)
        relay.cancel()
        await asyncio.gather(relay, return_exceptions=True)


if __name__ == "__main__":
    set_up_logs(Path(os.devnull).open("w"))  # noqa: SIM115  as long as the process
    asyncio.run(main())
