"""The command: the whole sample, exit codes, the report, and a process that is killed."""

import asyncio
import csv
import os
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import pytest

from billing.emails import email_key
from billing.ids import CustomerId
from billing.imports.runs import CHUNK
from billing.states import PaymentState, SubscriptionState
from selfbill.importing import import_kartra
from selfbill.past import SAMPLE
from selfbill.process_name import is_gone, process_name
from selfbill.vault import SettingsVault
from storage.store import SqlStore
from tests.billing.imports.exports import export, header, row, write
from tests.billing.imports.shop import Shop, open_shop

SECRET = "a secret of at least thirty-two characters"
KILLED = """
import asyncio, sys
from datetime import UTC, datetime
from pathlib import Path
from selfbill.importing import take_in_file
from selfbill.vault import SettingsVault
from storage.store import SqlStore
from billing.addresses import Addresses
from billing.context import Context

def tell(what, done, of):
    print(what, done, flush=True)

async def main():
    async with SqlStore(sys.argv[1]) as store:
        account = await store.find_account_by_slug("lumen")
        vault, addresses = SettingsVault("x" * 32), Addresses("")
        ctx = Context(store=store, vault=vault, addresses=addresses, now=lambda: datetime.now(UTC))
        await take_in_file(ctx, account, Path(sys.argv[2]), tell=tell, chunk=50)

asyncio.run(main())
"""


@pytest.fixture
async def shop(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Shop]:
    async with SqlStore(sqlite_url, 20.0) as store:
        yield await open_shop(store, SettingsVault(SECRET), tmp_path)


async def run(shop: Shop, file: Path, *, account: str = "lumen", report: Path | None = None) -> int:
    return await import_kartra(shop.ctx, file, account=account, report=report)


def sample() -> list[dict[str, str]]:
    with SAMPLE.open(encoding="utf-8", newline="") as file:
        return [{name.split(" (")[0]: cell for name, cell in each.items()} for each in csv.DictReader(file)]


async def test_every_order_id_of_the_sample_signs_in_and_totals_reconcile(shop: Shop) -> None:
    outcome = await shop.take_in_file(SAMPLE)
    rows = sample()
    paid = [each for each in rows if each["Transaction_Type"] in ("Sale", "Rebill")]
    ids: set[CustomerId] = set()
    async with shop.ctx.read(shop.account.id) as unit:
        for each in paid:
            customer = await unit.customers.find_by_pair(each["ID"], email_key(each["Buyer_Email"]))
            assert customer is not None, each["ID"]
            ids.add(customer.id)
    assert (len(paid), len(ids), outcome.findings) == (4651, 1240, [])
    assert await _counted(shop, ids) == _expected(rows)


async def _counted(shop: Shop, ids: set[CustomerId]) -> tuple[object, ...]:
    """What the database holds: money by product, failed payments, states of subscriptions."""
    captured: Counter[str] = Counter()
    refunded: Counter[str] = Counter()
    states: Counter[SubscriptionState] = Counter()
    failed = disputed = 0
    async with shop.ctx.read(shop.account.id) as unit:
        for customer_id in ids:
            for view in await unit.purchases.list_views(customer_id):
                captured[view.product.name] += sum(p.captured.minor for p in view.payments)
                refunded[view.product.name] += sum(p.refunded.minor for p in view.payments)
                disputed += sum(p.disputed.minor for p in view.payments)
                failed += sum(p.state is PaymentState.FAILED for p in view.payments)
                states.update([view.subscription.state] if view.subscription else [])
    return captured, refunded, disputed, failed, states


def _expected(rows: list[dict[str, str]]) -> tuple[object, ...]:
    """The same, counted from the file by the rules as they are written down, without any of our code."""
    sums: dict[str, Counter[str]] = {"paid": Counter(), "back": Counter(), "disputed": Counter()}
    kinds = {
        "Sale": "paid",
        "Rebill": "paid",
        "Refund": "back",
        "Partial refund": "back",
        "Chargeback": "disputed",
    }
    last: dict[str, dict[str, str]] = {}
    payments: Counter[str] = Counter()
    for each in rows:
        kind, subscription = each["Transaction_Type"], each["Processor_subscription_id"]
        if kind in kinds:
            sums[kinds[kind]][each["Product"]] += int(abs(Decimal(each["Amount"])) * 100)
        if subscription != "N/A" and kind not in ("Refund", "Partial refund", "Chargeback"):
            last[subscription] = each
            payments[subscription] += kind in ("Sale", "Rebill")
    states = Counter(_state(each, payments[subscription]) for subscription, each in last.items())
    failed = sum(each["Transaction_Type"] == "Failed" for each in rows)
    return sums["paid"], sums["back"], sum(sums["disputed"].values()), failed, states


def _state(last: dict[str, str], payments: int) -> SubscriptionState:
    match last["Transaction_Type"]:
        case "Failed":
            return SubscriptionState.PAST_DUE
        case "Request Can.":
            return SubscriptionState.CANCEL_SCHEDULED
        case "Cancellation":
            return SubscriptionState.CANCELED
    if last["Price_point"] == "3 x 299" and payments >= 3:
        return SubscriptionState.COMPLETED
    return SubscriptionState.TRIALING if last["Trial"] == "Yes" else SubscriptionState.ACTIVE


async def test_all_taken_over_is_exit_code_0_and_leaves_no_report(
    shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write(shop.folder / "past.csv", [row(1, "Sale"), row(2, "Sale")])
    assert await run(shop, file) == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith("2 rows read, 0 known before, 2 taken over (1 customers, 1 products,")
    assert "78.00 USD paid" in line
    assert not (shop.folder / "past.report.csv").exists()


async def test_some_reported_is_exit_code_1_with_a_report_beside_the_file(
    shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write(
        shop.folder / "past.csv", [row(1, "Sale"), row("=1+1", "Sale"), row(3, "Refund", Amount="5.00")]
    )
    assert await run(shop, file) == 1
    assert "What is wrong" in capsys.readouterr().err
    with (shop.folder / "past.report.csv").open(encoding="utf-8", newline="") as report:
        lines = [(each["line"], each["ID"], each["column"], each["cause"]) for each in csv.DictReader(report)]
    assert lines == [("3", "'=1+1", "ID", "not-an-id"), ("4", "3", "", "no-payment")]


async def test_the_report_goes_where_it_is_asked_for(shop: Shop) -> None:
    file = write(shop.folder / "past.csv", [row(1, "Sale")])
    assert await run(shop, file, report=shop.folder / "asked.csv") == 0
    assert (shop.folder / "asked.csv").read_text().startswith("line,ID,column,cause")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (export([], names=header()[1:]), "Columns are missing: ID."),
        (export([], names=header("EUR")), "The file is in EUR, the account in USD."),
        ("", "The file is empty."),
        (None, "No such file or directory."),
    ],
)
async def test_an_unusable_file_is_exit_code_2_with_one_line(
    shop: Shop, capsys: pytest.CaptureFixture[str], text: str | None, says: str
) -> None:
    file = shop.folder / "past.csv"
    if text is not None:
        file.write_text(text)
    assert await run(shop, file) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines()[-1] == f"{file} cannot be imported: {says}"


async def test_an_unknown_account_or_report_folder_is_exit_code_2(shop: Shop) -> None:
    file = write(shop.folder / "past.csv", [row(1, "Sale")])
    assert await run(shop, file, account="nobody") == 2
    assert await run(shop, file, report=shop.folder / "nowhere" / "report.csv") == 2


async def test_bytes_that_are_no_text_are_reported_and_the_rest_is_taken_over(shop: Shop) -> None:
    file = shop.folder / "past.csv"
    text = export([row(1, "Sale", Buyer_City="Malmö"), row(2, "Sale", Buyer_City="Lund")], ends="\r\n")
    file.write_bytes(b"\xef\xbb\xbf" + text.encode("latin-1"))
    outcome = await shop.take_in_file(file)
    assert [(each.line, each.column) for each in outcome.findings] == [(2, "Buyer_City")]
    assert outcome.run.totals.applied == 1


async def test_a_killed_process_is_followed_by_one_that_goes_on_at_once(shop: Shop, sqlite_url: str) -> None:
    file = write(shop.folder / "past.csv", sample()[:400])
    arguments = ("-c", KILLED, sqlite_url, str(file))
    process = await asyncio.create_subprocess_exec(sys.executable, *arguments, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    async for line in process.stdout:
        if line.startswith(b"Taking over 1"):  # 100 or 150 of 400
            break
    process.send_signal(signal.SIGKILL)
    await process.wait()
    async with shop.ctx.read(shop.account.id) as unit:
        assert len(await unit.customers.list_by_email(email_key(sample()[0]["Buyer_Email"]))) == 1
    outcome = await shop.take_in_file(file)
    assert (outcome.run.totals.read, outcome.run.totals.applied) == (400, 400)
    for each in sample()[:400]:
        if each["Transaction_Type"] in ("Sale", "Rebill"):
            assert await shop.sign_in(each["ID"], email_key(each["Buyer_Email"]))


def test_this_process_is_not_gone_and_a_later_one_of_its_number_is_another() -> None:
    name = process_name()
    machine, pid, started, word = name.split("/")
    assert not is_gone(name)
    assert pid == str(os.getpid())
    assert is_gone("/".join((machine, pid, f"{started}0", word)))
    assert not is_gone("/".join(("elsewhere", pid, "1", word)))


def test_a_chunk_is_short_enough_for_others_to_write_between() -> None:
    assert CHUNK <= 2000
