"""All documents of a year for a customer: asked for with one button, gathered as they watch, downloaded."""

from contextlib import suppress
from dataclasses import dataclass

from aiohttp import web

from billing.documents.bundles import ask_bundle, show_bundles, show_years
from billing.errors import Repeated
from billing.states import BundleForm
from portal.forms import read_form
from portal.keys import CONTEXT, SAY
from portal.live import stream_versions
from portal.render import render, see
from portal.session import customer
from portal.views.bundle_files import bundle_title, send_bundle
from portal.views.bundle_lines import BundleLine, bundle_line, bundles_version, is_under_way
from portal.views.years import read_year


@dataclass(frozen=True, slots=True)
class YearChoice:
    """A year that has documents."""

    year: int
    title: str
    count: int


@dataclass(frozen=True, slots=True)
class YearsPage:
    """`is_under_way`: one at a time, so nothing else is offered until it is there."""

    years: tuple[YearChoice, ...]
    bundles: tuple[BundleLine, ...]
    is_under_way: bool
    version: str


async def show(http: web.Request) -> web.StreamResponse:
    """Years, and what was asked for."""
    found = await show_years(http.app[CONTEXT], by=customer(http))
    page = YearsPage(
        years=tuple(
            YearChoice(each.year, bundle_title(each.year, http[SAY]), each.count.total)
            for each in found.years
        ),
        bundles=tuple(bundle_line(http, each) for each in found.bundles),
        is_under_way=is_under_way(found.bundles),
        version=bundles_version(found.bundles),
    )
    return render(http, "customer/documents_year.html", page)


async def ask(http: web.Request) -> web.StreamResponse:
    """Gather a year; while one is under way, or sent twice, nothing more is begun."""
    form = read_form(http, "year", "form")
    with suppress(Repeated):  # the page shows the first one
        await ask_bundle(
            http.app[CONTEXT],
            read_year(form.text("year")),
            form.choice("form", BundleForm) or BundleForm.PDF,
            by=customer(http),
            issue_missing=True,
            locale=http[SAY].tag,
            once_key=form.once_key,
        )
    raise see(http, "year-documents")


async def events(http: web.Request) -> web.StreamResponse:
    """Says when a step is done; raises as the page does."""
    ctx, by = http.app[CONTEXT], customer(http)

    async def look() -> str:
        return bundles_version(await show_bundles(ctx, by=by))

    await look()
    return await stream_versions(http, look)


async def download(http: web.Request) -> web.StreamResponse:
    """Their own, while it is there."""
    return await send_bundle(http, by=customer(http))
