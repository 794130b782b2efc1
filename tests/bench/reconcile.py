"""How long `reconcile` takes and how much memory, over books that agree: `make bench ARGS=reconcile`.

The small Stripe with made-up books runs in a process of its own, they are imported in another, and compared
in a third, whose memory is what counts. Then a few differences are planted, and found again.
"""

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from datetime import UTC, datetime, timedelta

from sqlalchemy import select, update

from billing.actors import SystemActor
from billing.addresses import Addresses
from billing.context import Context
from billing.processing.reconciling import Span, reconcile
from billing.providers.connected import ConnectedProviders
from billing.records import Account
from selfbill.vault import SettingsVault
from storage.bound import Bound
from storage.store import open_store
from storage.tables.sales import payments
from tests.bench.import_stripe import CHARGES, peak_mb, read_line

_IMPORT = [sys.executable, "-m", "tests.bench.import_stripe"]
_ME = [sys.executable, "-m", "tests.bench.reconcile"]
_PLANTED = 7
_FAR_BACK = timedelta(days=5 * 365)


def main(arguments: list[str]) -> None:
    """Makes the books, imports them, compares them; then with some payments of another amount."""
    wanted = argparse.ArgumentParser(prog="make bench ARGS=reconcile")
    wanted.add_argument("--charges", type=int, default=CHARGES)
    wanted.add_argument("--database", help="A fresh database; SQLite in a file if not given.")
    given = wanted.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        url = given.database or f"sqlite:///{folder}/selfbill.sqlite3"
        books = subprocess.Popen(
            [*_IMPORT, "--books", folder, str(given.charges)], stdout=subprocess.PIPE, text=True
        )
        try:
            assert books.stdout is not None
            api = str(read_line(books.stdout)["url"])
            print(f"charges {given.charges:,}, load {os.getloadavg()[0]:.1f}")
            child = [*_IMPORT, "--child", api, url, "1000"]
            subprocess.run(child, check=True, stdout=subprocess.DEVNULL)
            for what in ("clean", "planted"):
                done = subprocess.run([*_ME, what, api, url], check=True, stdout=subprocess.PIPE, text=True)
                took = json.loads(done.stdout.splitlines()[-1])
                print(f"{what}: {took['seconds']} s, compared {took['compared']}")
                print(f"  differences: {took['differences'] or 'none'}")
                print(f"  memory, MB: {took['before_mb']} before, {took['peak_mb']} at most")
        finally:
            books.terminate()
            books.wait()


async def _compare(what: str, api: str, url: str) -> None:
    async with open_store(url) as store:
        vault, addresses = SettingsVault("x" * 32), Addresses("http://127.0.0.1")
        # what was imported just now has settled
        ctx = Context(store=store, vault=vault, addresses=addresses, now=lambda: datetime.now(UTC))
        account = await store.find_account_by_slug("bench")
        assert account is not None
        if what == "planted":
            await _plant(ctx, account)
        providers = ConnectedProviders(ctx, api=api)
        provider = await providers.of(account.id)
        assert provider is not None
        by, until = SystemActor(account.id, "reconcile", "bench"), ctx.now() + timedelta(days=400)
        compared: Counter[str] = Counter()
        found: Counter[str] = Counter()
        before, began = peak_mb(), time.perf_counter()
        async for page in reconcile(ctx, provider, Span(until - _FAR_BACK, until), by=by):
            compared[page.what] += page.count
            found.update(each.kind.value for each in page.differences)
        took = {
            "seconds": round(time.perf_counter() - began, 1),
            "compared": dict(compared),
            "differences": dict(found),
            "before_mb": before,
            "peak_mb": peak_mb(),
        }
        print(json.dumps(took))
        await providers.close()


async def _plant(ctx: Context, account: Account) -> None:
    """Some payments of another amount."""
    async with ctx.begin(account.id) as work:
        assert isinstance(work.accounts, Bound)
        connection = work.accounts.connection
        some = select(payments.c.id).where(payments.c.refunded_minor == 0, payments.c.captured_minor > 0)
        ids = (await connection.execute(some.order_by(payments.c.id).limit(_PLANTED))).scalars().all()
        more = update(payments).where(payments.c.id.in_(ids))
        await connection.execute(more.values(captured_minor=payments.c.captured_minor + 1))


if __name__ == "__main__":
    asyncio.run(_compare(sys.argv[1], sys.argv[2], sys.argv[3]))
