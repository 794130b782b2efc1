"""What spreadsheets are given: nothing in it runs, and numbers can be added up."""

import csv
import io
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from portal.csv_files import Cell, csv_answer, write_csv


def cells_of(file: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(file.decode("utf-8-sig"), newline="")))


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", '=HYPERLINK("https://x")'])
def test_text_that_would_run_is_quoted(text: str) -> None:
    assert cells_of(write_csv([text], [[text]])) == [[f"'{text}"], [f"'{text}"]]


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        (-5, "-5"),
        (Decimal("-12.50"), "-12.50"),
        (date(2026, 11, 20), "2026-11-20"),
        (datetime(2026, 11, 20, 12, tzinfo=UTC), "2026-11-20T12:00:00+00:00"),
        (None, ""),
        ('Zoë; „x“, "y"\nz', 'Zoë; „x“, "y"\nz'),
        ("a-b", "a-b"),
    ],
)
def test_a_cell_is_read_back_as_it_was(cell: Cell, written: str) -> None:
    assert cells_of(write_csv(["A"], [[cell]])) == [["A"], [written]]


def test_spreadsheets_are_told_the_encoding_and_browsers_to_keep_the_file() -> None:
    answer = csv_answer("journal", ["Wer"], [["Zoë"]])
    assert isinstance(answer.body, bytes)
    assert answer.body.startswith(b"\xef\xbb\xbf")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="journal.csv"'
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Security-Policy"] == "sandbox"
