"""How fast `import stripe` is and how much memory it takes, over made-up books of the small Stripe.

The stand-in runs in a process of its own, with its books in a file, and so does the import, which goes into a
fresh SQLite file unless a URL is given. A second import says what it costs when there is nothing to make.
"""

import argparse
import asyncio
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from billing.addresses import Addresses
from billing.context import Context
from billing.ids import AccountId, ConnectionId, new_id
from billing.money import Currency
from billing.processing.records import Connection
from billing.processing.walking import MOST_A_SECOND, Pace
from billing.providers.connected import ConnectedProviders
from billing.records import Account, Address
from billing.states import ConnectionState, PlanName
from selfbill.sandbox.processor import ProcessorSandbox
from selfbill.sandbox.processor.past import write_books
from selfbill.stripe_import import take_in
from selfbill.vault import SettingsVault
from storage.migrate import upgrade
from storage.store import open_store

CHARGES = 100_000
KEY = "sk_test_bench"
_ME = [sys.executable, "-m", "tests.bench.import_stripe"]


def main(arguments: list[str]) -> None:
    """Makes the books, imports them twice, prints what that took."""
    wanted = argparse.ArgumentParser(prog="make bench ARGS=import-stripe")
    wanted.add_argument("--charges", type=int, default=CHARGES)
    wanted.add_argument("--database", help="A fresh database; SQLite in a file if not given.")
    wanted.add_argument("--pace", type=float, default=MOST_A_SECOND, help="Pages a second.")
    given = wanted.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        url = given.database or f"sqlite:///{folder}/selfbill.sqlite3"
        books = subprocess.Popen(
            [*_ME, "--books", folder, str(given.charges)], stdout=subprocess.PIPE, text=True
        )
        try:
            assert books.stdout is not None
            seeded = read_line(books.stdout)
            load = os.getloadavg()[0]
            print(f"charges {given.charges:,}, books made in {seeded['seconds']} s, load {load:.1f}")
            for turn in ("first", "second"):
                child = [*_ME, "--child", str(seeded["url"]), url, str(given.pace)]
                done = subprocess.run(child, check=True, stdout=subprocess.PIPE, text=True)
                _tell(turn, json.loads(done.stdout.splitlines()[-1]))
        finally:
            books.terminate()
            books.wait()


def read_line(lines: IO[str]) -> dict[str, object]:
    """What a child printed."""
    found: dict[str, object] = json.loads(lines.readline())
    return found


def _tell(turn: str, took: dict[str, object]) -> None:
    print(f"{turn} import: {took['seconds']} s, of which processor {took['processor']} s")
    print(f"  memory, MB: {took['before_mb']} before, {took['peak_mb']} at most")
    for what, counts in dict(took["lists"]).items():  # type: ignore[call-overload]
        print(f"  {what:14} {counts}")
    print(f"  {took['totals']}")


async def keep_books(folder: Path, charges: int) -> None:
    """The small Stripe with so many charges, until it is ended."""
    began = time.perf_counter()
    async with ProcessorSandbox(secret_key=KEY, data=folder) as processor:
        processor.seed(write_books(charges))
        seconds = round(time.perf_counter() - began, 1)
        print(json.dumps({"url": processor.url, "seconds": seconds}), flush=True)
        await asyncio.Event().wait()


async def _import(api: str, url: str, pace: float) -> None:
    await asyncio.to_thread(upgrade, url)
    async with open_store(url) as store:
        vault, addresses = SettingsVault("x" * 32), Addresses("http://127.0.0.1")
        ctx = Context(store=store, vault=vault, addresses=addresses, now=lambda: datetime.now(UTC))
        account = await store.find_account_by_slug("bench") or await connected(ctx)
        providers = ConnectedProviders(ctx, api=api)
        serving = await providers.serving(account.id)
        assert serving is not None
        before, began = peak_mb(), time.perf_counter()
        taken = await take_in(ctx, account, *serving, pace=Pace(pace))
        used = resource.getrusage(resource.RUSAGE_SELF)
        took = {
            "seconds": round(time.perf_counter() - began, 1),
            "processor": round(used.ru_utime + used.ru_stime, 1),
            "before_mb": before,
            "peak_mb": peak_mb(),
            "lists": {
                each.what: f"{each.read:,} read, {each.made:,} made, {each.linked:,} linked, "
                f"{each.known:,} known, {each.skipped:,} skipped"
                for each in taken.marks
            },
            "totals": dict(taken.run.totals),
        }
        print(json.dumps(took))
        await providers.close()


async def connected(ctx: Context) -> Account:
    """A merchant whose processor is the small Stripe."""
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
    connection = Connection(
        id=new_id(ConnectionId),
        account_id=account.id,
        provider="stripe",
        state=ConnectionState.LIVE,
        key=ctx.vault.seal(KEY),
        key_hint="sk_test_…ench",
        processor_account="acct_bench",
        processor_name="Bench",
        livemode=False,
        missing=(),
        problem="",
        webhook_id="",
        webhook_secret=None,
        asked_by="system:bench",
        asked_at=ctx.now(),
    )
    async with ctx.begin(account.id) as work:
        await work.accounts.add(account)
        await work.connections.add(connection)
    return account


def peak_mb() -> int:
    """So far, of this process."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


if __name__ == "__main__":
    if sys.argv[1] == "--books":
        asyncio.run(keep_books(Path(sys.argv[2]), int(sys.argv[3])))
    else:
        asyncio.run(_import(sys.argv[2], sys.argv[3], float(sys.argv[4])))
