"""Reports: charts, the table behind each, and each table as a file."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from aiohttp import web
from markupsafe import Markup

from billing.actors import StaffActor
from billing.context import Context
from billing.errors import NotFound, Unavailable
from billing.report_facts import asked, currencies, median_wait
from billing.reports import Report, Span, count_days, show_report
from billing.states import RequestKind
from locales.translator import N_, Translator
from portal.csv_files import csv_answer
from portal.keys import CONTEXT, SAY
from portal.render import render, url_for
from portal.session import staff
from portal.views.desk import report_tables as tables
from portal.views.desk.charts import Chart, Series, bars, columns, legend

# Days that nobody has looked at yet are counted while a visitor waits, but not for longer than this.
PATIENCE_S = 2.0
_MOST_BARS = 10
_SPANS = {
    Span.LAST_30: N_("Last 30 days"),
    Span.LAST_90: N_("Last 90 days"),
    Span.LAST_365: N_("Last 365 days"),
    Span.THIS_MONTH: N_("This month"),
    Span.LAST_MONTH: N_("Last month"),
}
_TABLES: dict[str, Callable[[Report, Translator], tables.Table]] = {
    "requests": tables.requests_table,
    "answers": tables.answers_table,
    "money": tables.money_table,
    "time": tables.waits_table,
    "refund-reasons": lambda report, say: tables.reasons_table(report, RequestKind.REFUND, say),
    "cancel-reasons": lambda report, say: tables.reasons_table(report, RequestKind.CANCEL, say),
    "products": tables.products_table,
}
_TITLES = {
    "requests": (N_("Requests"), N_("How many customers asked for, by kind.")),
    "answers": (N_("Answers"), N_("What requests were answered first, by people or by the policy.")),
    "money": (N_("Refund rate"), N_("What went back, as a share of what was paid in the same time.")),
    "time": (
        N_("Time to decide"),
        N_(
            "About how long half of those whom people answered waited at most. "
            "What the policy decides is left out."
        ),
    ),
    "refund-reasons": (N_("Why customers ask for refunds"), N_("The reasons they chose.")),
    "cancel-reasons": (N_("Why customers cancel"), N_("The reasons they chose.")),
    "products": (N_("By product"), N_("Refund requests and cancellations together.")),
}


@dataclass(frozen=True, slots=True)
class SpanTab:
    """One span to choose."""

    label: str
    address: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class Figure:
    """A chart with its table; `chart` is empty where there is nothing to draw."""

    key: str
    title: str
    described: str
    chart: Markup
    legend: tuple[tuple[str, Markup], ...]
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    export: str


@dataclass(frozen=True, slots=True)
class ReportPage:
    """`missing`: so many days are not counted yet. The facts are those of the whole span."""

    tabs: tuple[SpanTab, ...]
    span: str
    missing: int
    again: str
    asked: str
    waiting: str
    rates: tuple[tuple[str, str, str], ...]  # currency, rate by amount, rate by number
    wait: str
    figures: tuple[Figure, ...]
    section: str = "reports"


async def show(http: web.Request) -> web.Response:
    """`?span=` is all it reads."""
    span = _span(http)
    report = await _report(http.app[CONTEXT], span, by=staff(http))
    return render(http, "desk/reports.html", _page(http, report))


async def export(http: web.Request) -> web.Response:
    """One table of the report as CSV, in the reader's language: `?span=`, `?table=`."""
    span, key, say = _span(http), http.query.get("table", ""), http[SAY]
    if key not in _TABLES:
        raise NotFound
    report = await _report(http.app[CONTEXT], span, by=staff(http))
    header, rows = tables.exported(_TABLES[key](report, say), say)
    return csv_answer(f"{key}-{span}", header, rows)


async def _report(ctx: Context, span: Span, *, by: StaffActor) -> Report:
    report = await show_report(ctx, span, by=by)
    return await _with_missing(ctx, report, by=by) if report.missing else report


async def _with_missing(ctx: Context, report: Report, *, by: StaffActor) -> Report:
    """Counts on, as far as patience goes; where an import is busy with the past, it stays as it is."""
    until = time.monotonic() + PATIENCE_S
    try:
        while await count_days(ctx, report.span, by=by) and time.monotonic() < until:
            pass
    except Unavailable:
        return report
    return await show_report(ctx, report.span, by=by)


def _span(http: web.Request) -> Span:
    try:
        return Span(http.query.get("span", Span.LAST_30))
    except ValueError:
        raise NotFound from None


def _page(http: web.Request, report: Report) -> ReportPage:
    say = http[SAY]
    wait = median_wait(report.total)
    return ReportPage(
        tabs=tuple(
            SpanTab(say.text(words), url_for(http, "reports", span=span), span is report.span)
            for span, words in _SPANS.items()
        ),
        span=say.text(_SPANS[report.span]),
        missing=report.missing,
        again=url_for(http, "reports", span=report.span),
        asked=say.number(sum(asked(report.total, kind) for kind in RequestKind)),
        waiting=say.number(sum(report.waiting.values())),
        rates=tuple(_rates(report, say)),
        wait=tables.shown(tables.Wait(wait), say),
        figures=tuple(_figure(http, report, key) for key in _TABLES),
    )


def _rates(report: Report, say: Translator) -> list[tuple[str, str, str]]:
    found = []
    for currency in currencies(report.total, report.account.currency):
        *_, by_amount, by_number = tables.money_values(report.total, currency)
        found.append((currency.code, tables.shown(by_amount, say), tables.shown(by_number, say)))
    return found


def _figure(http: web.Request, report: Report, key: str) -> Figure:
    say = http[SAY]
    table = _TABLES[key](report, say)
    title, described = (say.text(words) for words in _TITLES[key])
    drawn = _chart(report, table, title, described, say)
    draw = columns if key in {"requests", "answers", "money", "time"} else bars
    is_empty = not any(any(one.values) for one in drawn.series)
    return Figure(
        key=key,
        title=title,
        described=described,
        chart=Markup() if is_empty else draw(drawn),
        legend=() if is_empty or len(drawn.series) == 1 else legend(drawn),
        header=table.header,
        rows=tuple(tuple(tables.shown(value, say) for value in row) for row in table.rows),
        export=url_for(http, "reports-export", span=report.span, table=key),
    )


def _chart(report: Report, table: tables.Table, title: str, described: str, say: Translator) -> Chart:
    """What is drawn of a table: all numbers of a step, or the one that matters most."""
    rows = table.rows
    match table.key:
        case "requests":
            places, unit = [1, 2, 3], ""
        case "answers":
            places, unit = [1, 2, 3, 4, 5], ""
        case "money":
            rows, places, unit = rows[: len(report.steps)], [6], _sign_of_percent(say)
        case "time":
            places, unit = [2], " h"
        case "products":
            rows, places, unit = _with_both(rows[:_MOST_BARS]), [1], ""
        case _:
            places, unit = [1], ""
    labels = tuple(each.short if isinstance(each := row[0], tables.When) else str(each) for row in rows)
    series = tuple(
        Series(
            table.header[place],
            tuple(_number(row[place]) for row in rows),
            tuple(tables.shown(row[place], say) for row in rows),
        )
        for place in places
    )
    return Chart(table.key, title, described, labels, series, unit)


def _sign_of_percent(say: Translator) -> str:
    """As the reader's locale writes it behind a number, with or without a space."""
    return say.percent(Decimal("0.01")).removeprefix("1")


def _with_both(rows: tuple[tuple[tables.Value, ...], ...]) -> tuple[tuple[tables.Value, ...], ...]:
    """Refund requests and cancellations of a product as one number."""
    return tuple((row[0], int(_number(row[1]) + _number(row[2]))) for row in rows)


def _number(value: tables.Value) -> float:
    match value:
        case tables.Share():
            return float(value.percent or 0)
        case tables.Wait():
            return float(value.hours or 0)
        case int():
            return float(value)
        case _:
            return 0.0
