"""How fast an import is and how much memory it takes: `python -m tests.bench.import_kartra [ROWS] [URL]`.

The sample is repeated with shifted ids until there are 350,000 rows; the import runs in a process of its own.
Without a URL it goes into a fresh SQLite file.
"""

import asyncio
import csv
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from billing.addresses import Addresses
from billing.context import Context
from billing.ids import AccountId, new_id
from billing.money import Currency
from billing.records import Account, Address
from billing.states import PlanName
from selfbill.importing import import_kartra
from selfbill.past import SAMPLE
from selfbill.vault import SettingsVault
from storage.migrate import upgrade
from storage.store import SqlStore

ROWS = 350_000
SHIFT = 10_000_000  # of ids, from one repetition to the next
PREFIXED = ("Processor_transaction_id", "Processor_subscription_id")
SHIFTED = ("ID", "subscription_id", "lead_id")


def main() -> None:
    """Makes the file, imports it in a child, prints what that took; with `--child` it is that child."""
    if sys.argv[1:2] == ["--child"]:
        asyncio.run(_import(Path(sys.argv[2]), sys.argv[3]))
        return
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "kartra.csv"
        _write(file, rows)
        url = sys.argv[2] if len(sys.argv) > 2 else f"sqlite:///{folder}/selfbill.sqlite3"
        began = time.perf_counter()
        child = [sys.executable, "-m", "tests.bench.import_kartra", "--child", str(file), url]
        subprocess.run(child, check=True)
        seconds = time.perf_counter() - began
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = used.ru_utime + used.ru_stime
    print(f"rows                {rows:>10,}")
    print(
        f"seconds             {seconds:>10,.1f}   processor {processor:,.1f}, load {os.getloadavg()[0]:.1f}"
    )
    print(f"rows a second       {rows / seconds:>10,.0f}   by processor time {rows / processor:,.0f}")
    print(f"peak memory, MB     {used.ru_maxrss / 1024:>10,.0f}")


def _write(file: Path, rows: int) -> None:
    with file.open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out)
        for line in _repeated(rows):
            writer.writerow(line)


def _repeated(rows: int) -> Iterator[list[str]]:
    """The header, then the sample again and again, each time with other ids, customers and addresses."""
    written = turn = 0
    while written < rows:
        with SAMPLE.open(newline="", encoding="utf-8") as sample:
            lines = csv.reader(sample)
            header = next(lines)
            at = {name: header.index(name) for name in (*SHIFTED, *PREFIXED, "Buyer_Email")}
            if not turn:
                yield header
            for line in lines:
                if written == rows:
                    return
                yield _shift(line, turn, at)
                written += 1
        turn += 1


def _shift(line: list[str], turn: int, at: dict[str, int]) -> list[str]:
    for name in SHIFTED:
        if line[at[name]] != "N/A":
            line[at[name]] = str(int(line[at[name]]) + turn * SHIFT)
    for name in PREFIXED:
        if line[at[name]] not in ("", "N/A"):
            line[at[name]] += f"x{turn}"
    line[at["Buyer_Email"]] = f"{turn}.{line[at['Buyer_Email']]}"
    return line


async def _import(file: Path, url: str) -> None:
    upgrade(url)
    async with SqlStore(url) as store:
        vault, addresses = SettingsVault("x" * 32), Addresses("http://127.0.0.1")
        ctx = Context(store=store, vault=vault, addresses=addresses, now=lambda: datetime.now(UTC))
        account = Account(
            id=new_id(AccountId),
            slug="bench",
            directory="bench",
            name="Bench",
            plan=PlanName.STARTER,
            currency=Currency("USD"),
            locale="en",
            time_zone="America/New_York",
            seller=Address("Bench"),
            colour="#000000",
        )
        async with ctx.begin(account.id) as work:
            await work.accounts.add(account)
        assert await import_kartra(ctx, file, account="bench", report=None) == 0


if __name__ == "__main__":
    main()
