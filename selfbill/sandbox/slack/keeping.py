"""The workspace's file: read at the start, written shortly after a change and when the server stops."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path

from selfbill.sandbox.slack.workspace import Json


class KeptFile:
    """One JSON file, replaced as a whole so that a crash leaves the old or the new one."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> Json | None:
        """What was kept, or None at the first start."""
        if not self._path.exists():
            return None
        kept: Json = json.loads(self._path.read_text("utf-8"))
        return kept

    def write(self, state: Json) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self._path.with_suffix(".new")
        with fresh.open("w", encoding="utf-8") as out:
            json.dump(state, out, ensure_ascii=False)
            out.flush()
            os.fsync(out.fileno())
        fresh.chmod(0o600)  # the file holds the app's tokens
        fresh.replace(self._path)


class Wakeup:
    """Lets one task sleep until something changed, and join changes that come close together."""

    def __init__(self, join_for_s: float) -> None:
        self._event = asyncio.Event()
        self._join_for_s = join_for_s

    def wake(self) -> None:
        self._event.set()

    async def wait(self) -> None:
        await self._event.wait()
        await asyncio.sleep(self._join_for_s)
        self._event.clear()
