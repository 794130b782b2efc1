"""The demo's past: moved by whole days, and told to the processor as the import tells it to us."""

import csv
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from selfbill.past import SAMPLE, list_processor_past, write_past

TODAY = date(2027, 3, 14)  # the day after which New York's clocks are put forward
ZONE = ZoneInfo("America/New_York")


@pytest.fixture
def moved(tmp_path: Path) -> Path:
    write_past(tmp_path / "past.csv", today=TODAY)
    return tmp_path / "past.csv"


def rows_of(file: Path) -> list[list[str]]:
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.reader(lines))


def test_the_last_day_is_yesterday_and_nothing_but_dates_moves(moved: Path) -> None:
    before, after = rows_of(SAMPLE), rows_of(moved)
    assert len(before) == len(after)
    moved_by = {
        datetime.fromisoformat(new[2]) - datetime.fromisoformat(old[2])
        for old, new in zip(before[1:], after[1:], strict=True)
    }
    (days,) = moved_by
    assert days % timedelta(days=1) == timedelta(0)
    assert max(each[2] for each in after[1:])[:10] == "2027-03-13"
    assert [each[:2] + each[3:] for each in before] == [each[:2] + each[3:] for each in after]


def test_a_file_moved_to_where_it_is_stays_the_same(tmp_path: Path) -> None:
    last = max(each[2] for each in rows_of(SAMPLE)[1:])[:10]
    write_past(tmp_path / "same.csv", today=date.fromisoformat(last) + timedelta(days=1))
    assert (tmp_path / "same.csv").read_bytes() == SAMPLE.read_bytes()


@pytest.fixture
def told(moved: Path) -> list[dict[str, Any]]:
    now = datetime(2027, 3, 14, 12, 0, tzinfo=UTC)
    return list(list_processor_past(moved, zone=ZONE, now=now))


def test_the_processor_has_every_customer_subscription_and_charge(told: list[dict[str, Any]]) -> None:
    assert Counter(line["object"] for line in told) == {
        "customer": 1240,
        "subscription": 1022,
        "charge": 4651,
    }
    customers = {line["id"] for line in told if line["object"] == "customer"}
    assert {line["customer"] for line in told if line["object"] != "customer"} == customers
    assert len({line["id"] for line in told}) == len(told)


def test_the_processor_has_the_states_and_sums_of_the_file(told: list[dict[str, Any]], moved: Path) -> None:
    header, *rows = rows_of(moved)
    kinds = Counter(each[header.index("Transaction_Type")] for each in rows)
    charges = [line for line in told if line["object"] == "charge"]
    assert sum(len(line["refunds"]) for line in charges) == kinds["Refund"] + kinds["Partial refund"]
    assert sum(line["disputed"] for line in charges) == kinds["Chargeback"]
    assert all(sum(r["amount"] for r in line["refunds"]) <= line["amount"] for line in charges)
    scheduled = sum(line.get("cancel_at_period_end", False) for line in told)
    assert scheduled == kinds["Request Can."] - kinds["Revert Can."] - 157  # of which 157 are cancelled since


def test_a_subscription_that_runs_is_paid_beyond_now(told: list[dict[str, Any]]) -> None:
    running = [line for line in told if line.get("status") in {"active", "trialing"}]
    now = datetime(2027, 3, 14, 12, 0, tzinfo=UTC).timestamp()
    assert all(line["current_period_start"] <= now < line["current_period_end"] for line in running)
