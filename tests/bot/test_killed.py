"""The process that took a click is killed right after its ack: the next one finishes what was clicked."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from billing.states import RequestState
from selfbill.settings import Settings
from tests.bot.scenes import APPROVE, OPEN, Scene
from tests.people import alice, erin
from tests.site import Outside, Site, free_socket, settings_for
from tests.worlds import until


@dataclass
class Other:
    """A process, and where it listens."""

    process: asyncio.subprocess.Process
    origin: str


@asynccontextmanager
async def another_process(site: Site, database: Path, **more: Any) -> AsyncIterator[Other]:
    """On the same database and the same outside; what Slack says goes to it alone. Killed in the end."""
    with free_socket() as listener:
        port = listener.getsockname()[1]
    outside = Outside(site.processor, site.slack, site.mailbox)
    url, origin = f"sqlite+aiosqlite:///{database}", f"http://127.0.0.1:{port}"
    settings = settings_for(url, origin, outside, port=port, **more)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.bot.killed"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(json.dumps(plain(settings)).encode() + b"\n")
        assert (await process.stdout.readline()).strip() == b"ready"
        yield Other(process, origin)
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


def plain(settings: Settings) -> dict[str, Any]:
    """As a file of settings would have them."""
    found = {}
    for name in settings.model_fields_set:
        value = getattr(settings, name)
        found[name] = value.get_secret_value() if isinstance(value, SecretStr) else value
    return found


@pytest.mark.parametrize("transport", ["http", "socket"])
async def test_what_was_acked_survives_its_process(site: Site, tmp_path: Path, transport: str) -> None:
    scene, slack = Scene(site), site.slack
    request = await scene.ask_refund()
    more = {} if transport == "http" else {"slack_app_token": slack.app_token}
    hang = slack.fault("chat.*", "hang", times=None)  # it has told Slack nothing yet
    async with another_process(site, tmp_path / "world.sqlite3", **more) as other:
        if transport == "http":
            slack.request_url = f"{other.origin}/hooks/slack"
        else:
            slack.request_url = None
            await until(lambda: slack.sockets.connections)
        assert (await slack.click(erin.slack, APPROVE)).acked
        other.process.kill()
        await other.process.wait()
    hang.clear()
    slack.faults.clear()

    await site.ctx.store.free_leases()  # as every start does
    site.clock.turn(minutes=1)
    await site.settle()
    assert (await scene.read(request)).state is RequestState.DONE
    assert site.refunds(alice.order_id) == [14900]
    assert "Approved by Erin Castellanos" in scene.words()
    assert scene.buttons() == [OPEN]
    assert len(scene.thread()) == 4
