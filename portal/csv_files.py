"""Files for spreadsheets: text that a spreadsheet would run is quoted, numbers stay numbers."""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

from aiohttp import web

Cell = str | int | Decimal | date | None

# What spreadsheets take for a formula, or for the end of the cell before.
_RUNS = ("=", "+", "-", "@", "\t", "\r")


def write_csv(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """UTF-8 with a byte order mark, lines that end in CRLF; `None` is an empty cell, times are ISO 8601."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([_written(cell) for cell in header])
    for row in rows:
        writer.writerow([_written(cell) for cell in row])
    return out.getvalue().encode("utf-8-sig")


def csv_answer(name: str, header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> web.Response:
    """The file to be kept, called `name`.csv: ASCII letters, digits and dashes."""
    headers = {
        "Content-Disposition": f'attachment; filename="{name}.csv"',
        "Content-Security-Policy": "sandbox",
    }
    body = write_csv(header, rows)
    return web.Response(body=body, content_type="text/csv", charset="utf-8", headers=headers)


def _written(cell: Cell) -> str:
    match cell:
        case str():
            return f"'{cell}" if cell.startswith(_RUNS) else cell
        case date():
            return cell.isoformat()
        case None:
            return ""
        case _:
            return str(cell)
