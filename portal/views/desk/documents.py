"""Issued documents at the desk: found, downloaded one by one, and all of a year together."""

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

from aiohttp import web

from billing.documents.bundles import (
    IssuedPage,
    YearLine,
    ask_bundle,
    preview_issuing,
    show_bundles,
    show_issued,
)
from billing.errors import NotFound, Repeated, Stale
from billing.ids import DocumentId
from billing.money import Money
from billing.records import Document
from billing.states import BundleForm, DocumentKind
from locales.translator import N_, Translator
from portal.documents.frozen import read_frozen
from portal.forms import read_form
from portal.keys import CONTEXT, SAY
from portal.live import stream_versions
from portal.render import render, see, url_for
from portal.session import staff
from portal.views.bundle_files import bundle_title, send_bundle
from portal.views.bundle_lines import BundleLine, bundle_line, bundles_version, is_under_way
from portal.views.years import read_year

SECTION = "documents"
_MOST_WORDS = 200
KINDS = {
    DocumentKind.INVOICE: N_("Invoices"),
    DocumentKind.CREDIT_NOTE: N_("Credit notes"),
    DocumentKind.RECEIPT: N_("Receipts"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One issued document."""

    id: DocumentId
    number: str
    issued_at: datetime
    buyer: str
    order_id: str
    total: Money


@dataclass(frozen=True, slots=True)
class KindTab:
    """One kind to choose."""

    label: str
    address: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class Gathering:
    """All of the chosen year; `missing` are the documents that nobody asked for yet."""

    year: int
    title: str
    issued: int
    missing: int


@dataclass(frozen=True, slots=True)
class DocumentsPage:
    """`gathering` None: no year is chosen, or they may not; `year` is empty for all years."""

    kind: str
    year: str
    words: str
    tabs: tuple[KindTab, ...]
    years: tuple[int, ...]
    rows: tuple[Row, ...]
    before: str
    after: str
    may_gather: bool
    gathering: Gathering | None
    bundles: tuple[BundleLine, ...]
    is_under_way: bool
    version: str
    section: str = SECTION


@dataclass(frozen=True, slots=True)
class MissingPage:
    """What will be issued before a year is gathered: so many documents, and so many numbers."""

    line: YearLine
    title: str
    has_changed: bool  # other numbers than they have read
    section: str = SECTION


@dataclass(frozen=True, slots=True)
class _Filter:
    kind: DocumentKind
    year: int | None
    words: str
    number: int

    def address(self, http: web.Request) -> str:
        query = {"kind": self.kind.value}
        query |= {"year": str(self.year)} if self.year is not None else {}
        query |= {"words": self.words} if self.words else {}
        query |= {"page": str(self.number)} if self.number > 1 else {}
        return url_for(http, "documents", **query)


async def show(http: web.Request) -> web.Response:
    """`?kind=`, `?year=`, `?words=` and `?page=` are all it reads."""
    wanted = _read(http)
    found = await show_issued(
        http.app[CONTEXT],
        wanted.kind,
        by=staff(http),
        year=wanted.year,
        words=wanted.words,
        number=wanted.number,
    )
    if wanted.number > 1 and not found.documents:
        raise NotFound
    return render(http, "desk/documents.html", _page(http, wanted, found))


async def show_missing(http: web.Request) -> web.Response:
    """Before numbers are taken that nobody gives back."""
    line = await preview_issuing(http.app[CONTEXT], read_year(http.query.get("year", "")), by=staff(http))
    return _missing_page(http, line)


async def ask(http: web.Request) -> web.Response:
    """Gather a year, of what was issued; or all of it, if they have read how many numbers that takes."""
    form, ctx, by = read_form(http, "year", "form", "numbers"), http.app[CONTEXT], staff(http)
    year, kind = read_year(form.text("year")), form.choice("form", BundleForm) or BundleForm.PDF
    numbers = form.text("numbers")
    try:
        with suppress(Repeated):  # the page shows the first one
            await ask_bundle(
                ctx,
                year,
                kind,
                by=by,
                issue_missing=bool(numbers),
                numbers=_count(numbers) if numbers else None,
                locale=http[SAY].tag,
                once_key=form.once_key,
            )
    except Stale:
        line = await preview_issuing(ctx, year, by=by)
        return _missing_page(http, line, has_changed=True)
    raise see(http, "documents", year=str(year))


async def events(http: web.Request) -> web.StreamResponse:
    """Says when a step is done; raises as the page does for those who may gather."""
    ctx, by = http.app[CONTEXT], staff(http)

    async def look() -> str:
        return bundles_version(await show_bundles(ctx, by=by))

    await look()
    return await stream_versions(http, look)


async def download_bundle(http: web.Request) -> web.StreamResponse:
    """The account's, for owners and managers."""
    return await send_bundle(http, by=staff(http))


def _read(http: web.Request) -> _Filter:
    """The filter in the address; raises `NotFound` for what no page of ours links to."""
    try:
        kind = DocumentKind(http.query.get("kind") or DocumentKind.INVOICE)
    except ValueError:
        raise NotFound from None
    year, number = http.query.get("year", ""), http.query.get("page", "1")
    if not (number.isascii() and number.isdigit() and len(number) < 6 and int(number)):
        raise NotFound
    words = http.query.get("words", "")[:_MOST_WORDS]
    return _Filter(kind, read_year(year) if year else None, words, int(number))


def _count(text: str) -> int:
    """What our own form said; raises 400 for anything else."""
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise web.HTTPBadRequest
    return int(text)


def _page(http: web.Request, wanted: _Filter, found: IssuedPage) -> DocumentsPage:
    say, first = http[SAY], replace(wanted, number=1)
    return DocumentsPage(
        kind=wanted.kind.value,
        year="" if wanted.year is None else str(wanted.year),
        words=wanted.words,
        tabs=tuple(
            KindTab(say.text(words), replace(first, kind=kind).address(http), kind is wanted.kind)
            for kind, words in KINDS.items()
        ),
        years=found.years,
        rows=tuple(_row(each) for each in found.documents),
        before=replace(wanted, number=wanted.number - 1).address(http) if wanted.number > 1 else "",
        after=replace(wanted, number=wanted.number + 1).address(http) if found.is_more else "",
        may_gather=found.may_gather,
        gathering=_gathering(found.line, say) if found.line and found.may_gather else None,
        bundles=tuple(bundle_line(http, each) for each in found.bundles),
        is_under_way=is_under_way(found.bundles),
        version=bundles_version(found.bundles),
    )


def _gathering(line: YearLine, say: Translator) -> Gathering:
    return Gathering(line.year, bundle_title(line.year, say), line.count.issued, line.count.missing)


def _missing_page(http: web.Request, line: YearLine, *, has_changed: bool = False) -> web.Response:
    page = MissingPage(line, bundle_title(line.year, http[SAY]), has_changed=has_changed)
    return render(http, "desk/documents_missing.html", page, status=409 if has_changed else 200)


def _row(document: Document) -> Row:
    printed = read_frozen(document)
    return Row(
        id=document.id,
        number=document.number,
        issued_at=document.issued_at,
        buyer=printed.buyer.company or printed.buyer.name or printed.buyer.email,
        order_id=printed.order_id,
        total=printed.gross,
    )
