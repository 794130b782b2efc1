"""`selfbill demo` as somebody starts it: a process of its own, on a folder and ports of its own."""

import asyncio
import csv
import json
import os
import re
import signal
import socket
import sys
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cached_property
from operator import itemgetter
from pathlib import Path
from typing import Any

from selfbill.demo_merchant import PAST

PORTS = 8  # the service, processor, Slack, mailbox and its SMTP side, member site, name server and its page
READY = "Ctrl-C"  # the last line of what it prints
PATIENCE = 240.0  # seconds; less than the time after which a hanging test is ended
BOUGHT = ("Photography Masterclass", "Sale", "149.00")
SELFBILL = Path(sys.executable).with_name("selfbill")


@dataclass(frozen=True)
class Sale:
    """A row of the export: how its buyer signs in, and what the processor calls the payment."""

    order_id: str
    email: str
    charge: str


def free_ports() -> int:
    """The first of so many free ports in a row."""
    # Processes that run side by side begin whole blocks apart: they would take each other's otherwise.
    for base in range(20000 + os.getpid() % 1000 * PORTS, 32000, PORTS):
        with ExitStack() as stack:
            try:
                for port in range(base, base + PORTS):
                    stack.enter_context(socket.socket()).bind(("127.0.0.1", port))
            except OSError:
                continue
            return base
    raise OSError("not enough free ports in a row")


@dataclass
class DemoProcess:
    """A demo that can be started, ended and killed; its folder and ports stay the same."""

    folder: Path
    port: int = field(default_factory=free_ports)
    said: str = ""
    _taken: set[str] = field(default_factory=set)
    _process: asyncio.subprocess.Process | None = None

    @property
    def facts(self) -> dict[str, Any]:
        """What `demo.json` says."""
        facts: dict[str, Any] = json.loads((self.folder / "demo.json").read_text())
        return facts

    @cached_property
    def sales(self) -> list[Sale]:
        """Who bought the course alone and lately, newest first, and nothing of it went back."""
        with (self.folder / PAST).open(encoding="utf-8-sig", newline="") as text:
            rows = list(csv.DictReader(text))
        told = Counter(row["Processor_transaction_id"] for row in rows)
        found = [
            Sale(row["ID"], row["Buyer_Email"], row["Processor_transaction_id"])
            for row in sorted(rows, key=itemgetter("Date"), reverse=True)
            if (row["Product"], row["Transaction_Type"], row["Amount (USD)"]) == BOUGHT
            and told[row["Processor_transaction_id"]] == 1
        ]
        return found[:20]

    def sale(self, order_id: str) -> Sale:
        """The sale with this Order ID."""
        return next(each for each in self.sales if each.order_id == order_id)

    def new_buyer(self) -> Sale:
        """Another one each time, never the one that `demo.json` names."""
        named = self.facts["customer"]["order_id"]
        sale = next(each for each in self.sales if each.order_id not in {named, *self._taken})
        self._taken.add(sale.order_id)
        return sale

    async def ensure_running(self) -> None:
        """Start it unless it runs, and return when it has said what to do."""
        if self._process is None or self._process.returncode is not None:
            await self.start()
            await self._is_ready()

    async def start(self) -> None:
        """Start it, and do not wait until it is ready."""
        self._process = await asyncio.create_subprocess_exec(
            SELFBILL,
            *("demo", "--port", str(self.port), "--data", str(self.folder)),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env=clean_environment(),
        )

    async def cut_short(self) -> None:
        """Start it for the first time, and kill it in the middle of making its past."""
        await self.start()
        assert self._process is not None
        async with asyncio.timeout(PATIENCE):
            while not (self.folder / PAST).exists():
                if self._process.returncode is not None:
                    said, _ = await self._process.communicate()
                    raise AssertionError(f"it ended: {said.decode()}")
                await asyncio.sleep(0.02)
        await self.kill()
        assert not (self.folder / "demo.json").exists()

    async def _is_ready(self) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        self.said = ""
        async with asyncio.timeout(PATIENCE):
            while READY not in self.said:
                line = await self._process.stdout.readline()
                assert line, f"it ended: {self.said}"
                self.said += line.decode()

    async def end(self, number: signal.Signals = signal.SIGINT) -> int:
        """Send it a signal; returns the exit code. The rest of what it printed is in `said`."""
        assert self._process is not None
        self._process.send_signal(number)
        rest, _ = await self._process.communicate()
        self.said += rest.decode()
        code = self._process.returncode
        assert code is not None
        return code

    async def kill(self) -> None:
        """kill -9, if it runs."""
        if self._process is not None and self._process.returncode is None:
            await self.end(signal.SIGKILL)


def clean_environment() -> dict[str, str]:
    """Ours without settings, so that a developer's own do not leak in."""
    return {name: value for name, value in os.environ.items() if not re.match("SELFBILL_", name)}
