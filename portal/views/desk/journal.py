"""The journal: every change, who made it and when, filtered, page by page, and as a file."""

import json
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from aiohttp import web

from billing.errors import NotFound
from billing.ids import StaffId, parse_id
from billing.journal import JournalPage, export_journal, list_journal
from billing.ports import JournalQuery
from billing.records import JournalLine
from locales.deeds import KIND, Change, actor_name, deed_changes, deed_sentence
from locales.origins import origin_words
from locales.translator import N_
from portal.csv_files import Cell, stream_csv
from portal.keys import CONTEXT, PLACE, SAY
from portal.render import render, url_for
from portal.session import staff

_FIELDS = ("who", "what", "from", "to")
_COLUMNS = ("at", "by", "name", "origin", "verb", "subject", "sentence", "facts", "trace_id")


@dataclass(frozen=True, slots=True)
class Row:
    """One line; `address` leads to what it is about, empty where there is no page."""

    at: datetime
    sentence: str
    changes: list[Change]
    origin: str
    address: str


@dataclass(frozen=True, slots=True)
class Filters:
    """As they stand in the address, so that a filter can be kept as a link."""

    who: str
    what: str
    since: str
    to: str
    problem: str  # about the days, or empty


@dataclass(frozen=True, slots=True)
class JournalView:
    """`older`: the address of the next page, or empty."""

    rows: list[Row]
    filters: Filters
    people: list[tuple[str, str]]
    kinds: list[tuple[str, str]]
    older: str
    is_first: bool
    export: str
    section: str = "journal"


async def show(http: web.Request) -> web.Response:
    """Newest first."""
    query, filters = _read(http)
    found = await list_journal(http.app[CONTEXT], query, by=staff(http))
    kept = {name: http.query[name] for name in _FIELDS if http.query.get(name)}
    page = JournalView(
        rows=[_row(http, line, found) for line in found.lines],
        filters=filters,
        people=[(each.id.hex, each.name) for each in found.staff],
        kinds=[(kind, http[SAY].text(words)) for kind, words in KIND.items()],
        older=_older(http, found, kept),
        is_first=query.before is None,
        export=url_for(http, "journal-export", **kept),
    )
    return render(http, "desk/journal.html", page, status=422 if filters.problem else 200)


async def export(http: web.Request) -> web.StreamResponse:
    """All of the filter, as it is read: a long journal is never held whole."""
    query, _ = _read(http)
    pages = export_journal(http.app[CONTEXT], query, by=staff(http))
    first = await anext(pages)  # a refusal is a page of ours, not a broken file

    async def rows() -> AsyncIterator[Iterable[list[Cell]]]:
        yield [_cells(http, line, first) for line in first.lines]
        async for page in pages:
            yield [_cells(http, line, page) for line in page.lines]

    return await stream_csv(http, "journal", _COLUMNS, rows())


def _cells(http: web.Request, line: JournalLine, page: JournalPage) -> list[Cell]:
    facts = json.dumps(dict(line.facts), ensure_ascii=False) if line.facts else ""
    name, sentence = actor_name(line, page.names, http[SAY]), deed_sentence(line, page.names, http[SAY])
    return [
        line.at,
        line.by,
        name,
        line.origin,
        line.verb,
        line.subject,
        sentence,
        facts,
        line.trace_id,
    ]


def _row(http: web.Request, line: JournalLine, page: JournalPage) -> Row:
    say = http[SAY]
    kind, _, hexed = line.subject.partition(":")
    name = {"request": "request", "ticket": "ticket"}.get(kind)
    return Row(
        at=line.at,
        sentence=deed_sentence(line, page.names, say),
        changes=deed_changes(line, http[PLACE].account.currency, say),
        origin=origin_words(line.origin, say),  # for whom is in the sentence
        address=url_for(http, name, hexed) if name else "",
    )


def _read(http: web.Request) -> tuple[JournalQuery, Filters]:
    """The filter in the address; raises `NotFound` for what no page of ours links to."""
    who, what = http.query.get("who", ""), http.query.get("what", "")
    if what and what not in KIND:
        raise NotFound
    zone, problem = http[SAY].time_zone, ""  # of the times beside them
    days: list[date | None] = []
    for name in ("from", "to"):
        try:
            days.append(date.fromisoformat(http.query[name]) if http.query.get(name) else None)
        except ValueError:
            days.append(None)
            problem = http[SAY].text(N_("Please enter days as 2026-11-22."))
    first, last = days
    query = JournalQuery(
        by=f"staff:{parse_id(StaffId, who).hex}" if who else None,
        kind=what or None,
        since=_midnight(first, zone) if first else None,
        until=_midnight(last + timedelta(days=1), zone) if last and last < date.max else None,
        before=_place(http.query.get("before", "")),
    )
    return query, Filters(who, what, http.query.get("from", ""), http.query.get("to", ""), problem)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    # The first and last days there are lie outside what some zones can say.
    day = min(max(day, date(1970, 1, 2)), date(9999, 12, 30))
    return datetime.combine(day, time(), zone)


def _place(text: str) -> tuple[datetime, int] | None:
    if not text:
        return None
    at, _, place = text.partition("~")
    try:
        moment, number = datetime.fromisoformat(at), int(place)
        if moment.tzinfo is None or not 0 <= number < 2**63:
            raise NotFound
        return moment.astimezone(UTC), number
    except (ValueError, OverflowError):  # PostgreSQL takes no moment that is outside of time in UTC
        raise NotFound from None


def _older(http: web.Request, page: JournalPage, kept: dict[str, str]) -> str:
    if page.older is None:
        return ""
    at, place = page.older
    return url_for(http, "journal", **kept, before=f"{at.isoformat()}~{place}")
