"""Files for spreadsheets: text that a spreadsheet would run is quoted, numbers stay numbers."""

import csv
import io
from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import date
from decimal import Decimal

from aiohttp import web

Cell = str | int | Decimal | date | None

# What spreadsheets take for a formula, or for the end of the cell before.
_RUNS = ("=", "+", "-", "@", "\t", "\r")


def write_csv(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """UTF-8 with a byte order mark, lines that end in CRLF; `None` is an empty cell, times are ISO 8601."""
    return (_lines([header]) + _lines(rows)).encode("utf-8-sig")


def more_csv(rows: Iterable[Sequence[Cell]]) -> bytes:
    """Further lines of a file that `write_csv` began."""
    return _lines(rows).encode()


async def stream_csv(
    http: web.Request, name: str, header: Sequence[str], pages: AsyncIterator[Iterable[Sequence[Cell]]]
) -> web.StreamResponse:
    """The same for what is too long to be held at once: sent page by page as it is read."""
    answer = web.StreamResponse(headers=_kept_as(name))
    answer.content_type, answer.charset = "text/csv", "utf-8"
    await answer.prepare(http)
    if http.method == "HEAD":
        return answer
    await answer.write(write_csv(header, ()))
    async for rows in pages:
        await answer.write(more_csv(rows))
    await answer.write_eof()
    return answer


def csv_answer(name: str, header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> web.Response:
    """The file to be kept, called `name`.csv: ASCII letters, digits and dashes."""
    body = write_csv(header, rows)
    return web.Response(body=body, content_type="text/csv", charset="utf-8", headers=_kept_as(name))


def _kept_as(name: str) -> dict[str, str]:
    return {
        "Content-Disposition": f'attachment; filename="{name}.csv"',
        "Content-Security-Policy": "sandbox",
    }


def _lines(rows: Iterable[Sequence[Cell]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out)
    for row in rows:
        writer.writerow([_written(cell) for cell in row])
    return out.getvalue()


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
