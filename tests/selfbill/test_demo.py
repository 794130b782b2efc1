"""What `selfbill demo` makes of its folder."""

import asyncio
import json
import sqlite3
import stat
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from selfbill.demo import is_demo_folder
from selfbill.demo_merchant import PAST, find_demo_customers
from selfbill.past import write_past
from tests.journeys.demo_process import PATIENCE, DemoProcess

PAYMENTS = {"succeeded": 4651, "failed": 706}  # the sales, renewals and failed payments of the export
PARTIES = ("portal", "helpdesk", "desk", "mailbox", "slack", "processor")


def test_only_an_empty_folder_or_that_of_a_demo_is_ever_emptied(tmp_path: Path) -> None:
    assert is_demo_folder(tmp_path / "none")
    assert is_demo_folder(tmp_path)
    (tmp_path / "letter.txt").touch()
    assert not is_demo_folder(tmp_path)
    assert not is_demo_folder(tmp_path / "letter.txt")
    (tmp_path / "secrets.json").touch()
    assert is_demo_folder(tmp_path)


def test_who_to_try_bought_lately(tmp_path: Path) -> None:
    write_past(tmp_path / PAST, today=date(2026, 11, 22))
    customer, subscriber = find_demo_customers(tmp_path)
    rows = (tmp_path / PAST).read_text(encoding="utf-8-sig").splitlines()
    (bought,) = [row for row in rows if row.startswith(f"{customer['order_id']},")]
    (renewed,) = [row for row in rows if row.startswith(f"{subscriber['order_id']},")]
    assert "2026-11" in bought
    assert "2026-11" in renewed
    assert customer["email"] in bought
    assert subscriber["email"] in renewed


@pytest.mark.xdist_group("demo")
async def test_a_first_start_that_was_cut_short_goes_on(tmp_path: Path) -> None:
    demo = DemoProcess(tmp_path / "data")
    await demo.start()
    async with asyncio.timeout(PATIENCE):
        while not (demo.folder / PAST).exists():  # noqa: ASYNC110 - another process makes it
            await asyncio.sleep(0.02)
    await demo.kill()
    assert not (demo.folder / "demo.json").exists()
    await demo.ensure_running()
    facts = json.loads((demo.folder / "demo.json").read_text())
    assert await demo.end() == 0
    with closing(sqlite3.connect(demo.folder / "selfbill.sqlite3")) as connection:
        counted = connection.execute("SELECT state, count(*) FROM payments GROUP BY state")
        assert dict(counted.fetchall()) == PAYMENTS
        assert connection.execute("SELECT count(*) FROM staff").fetchone() == (4,)
    assert all(str(facts[name]).startswith("http://127.0.0.1:") for name in PARTIES)
    assert {*facts} == {*PARTIES, "membership", "customer", "subscriber", "staff"}
    assert facts["staff"]["password"] in demo.said
    assert stat.S_IMODE((demo.folder / "secrets.json").stat().st_mode) == 0o600
