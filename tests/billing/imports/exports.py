"""Small Kartra exports, made of the few cells that a test is about."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from billing.imports.layout import COLUMNS, MONEY

Row = Mapping[str, str]
PLAIN = {
    "Product": "Membership Gold",
    "Price_point": "Monthly 39",
    "Buyer_Name": "Alice Example",
    "Buyer_Email": "alice@example.com",
    "Amount": "39.00",
    "Sales_tax": "0.00",
    "lead_id": "900001",
    "Trial": "No",
    "Automatic_Cancellation": "No",
    "Subscription_payment_number": "N/A",
    "Processor_transaction_id": "N/A",
    "Processor_subscription_id": "N/A",
    "subscription_id": "N/A",
}


def row(number: object, kind: str, date: str = "2026-01-01 12:00:00", **cells: str) -> Row:
    """One row; cells that are not named are plain ones of alice's."""
    return {**PLAIN, "ID": str(number), "Transaction_Type": kind, "Date": date, **cells}


def of_plan(number: object, kind: str, date: str, **cells: str) -> Row:
    """A row of alice's subscription `sub_a`, its charge named after the row."""
    sub = {"Processor_subscription_id": "sub_a", "Processor_transaction_id": f"ch_{number}"}
    return row(number, kind, date, **{**sub, **cells})


def header(currency: str = "USD") -> list[str]:
    """The 57 columns as Kartra writes them."""
    return [f"{name} ({currency})" if name in MONEY else name for name in COLUMNS]


def export(rows: Iterable[Row], *, names: Sequence[str] | None = None, ends: str = "\n") -> str:
    """The file's text; `names` is another header row, in which columns stand where they stand."""
    names = names or header()
    out = io.StringIO()
    lines = csv.writer(out, lineterminator=ends)
    lines.writerow(names)
    lines.writerows([[each.get(name.split(" (", maxsplit=1)[0], "") for name in names] for each in rows])
    return out.getvalue()


def write(path: Path, rows: Iterable[Row]) -> Path:
    """The file itself."""
    path.write_text(export(rows), encoding="utf-8", newline="")
    return path
