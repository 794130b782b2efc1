"""The tables of a report: what its charts are drawn from, what stands below them, and what is exported."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from babel.dates import format_skeleton

from billing.money import Currency, Money
from billing.ports.reports import Counts
from billing.report_facts import (
    Answer,
    add_up,
    answered,
    asked,
    currencies,
    median_wait,
    money,
    number,
    products,
    reasons,
)
from billing.reports import Pace, Report, Step
from billing.states import RequestKind
from locales.texts import label, reason_label
from locales.translator import N_, Translator
from portal.csv_files import Cell

MOST_PRODUCTS = 50
ANSWERS = {
    Answer.APPROVED: N_("Approved by people"),
    Answer.APPROVED_BY_POLICY: N_("Approved automatically"),
    Answer.DENIED: N_("Denied by people"),
    Answer.DENIED_BY_POLICY: N_("Denied automatically"),
    Answer.WITHDRAWN: N_("Withdrawn by customers"),
}
_CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class When:
    """A step of the report: how its axis and its row call it, and its days."""

    short: str
    long: str
    first_on: date
    last_on: date


@dataclass(frozen=True, slots=True)
class Share:
    """A part of a whole, `None` where there is no whole."""

    rate: Decimal | None

    @property
    def percent(self) -> Decimal | None:
        """With two digits, for spreadsheets and charts."""
        return None if self.rate is None else (self.rate * 100).quantize(_CENT, ROUND_HALF_UP)


@dataclass(frozen=True, slots=True)
class Wait:
    """A median that is about right, `None` where nobody was answered."""

    about: timedelta | None

    @property
    def hours(self) -> Decimal | None:
        """With two digits, for spreadsheets and charts."""
        if self.about is None:
            return None
        return (Decimal(self.about.total_seconds()) / 3600).quantize(_CENT, ROUND_HALF_UP)


Value = str | int | Money | Share | Wait | When


@dataclass(frozen=True, slots=True)
class Table:
    """`key` names it in addresses; where rows are steps, the first value of each is its `When`."""

    key: str
    header: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]

    def column(self, place: int) -> list[Value]:
        """One value of each row."""
        return [row[place] for row in self.rows]


def whens(steps: Sequence[Step], pace: Pace, say: Translator) -> list[When]:
    """How the reader calls each step."""
    return [_when(step, pace, say) for step in steps]


def _when(step: Step, pace: Pace, say: Translator) -> When:
    first, last = step.first_on, step.last_on
    if pace is Pace.MONTH:
        short, long = (format_skeleton(f"y{m}", first, locale=say.locale) for m in ("MMM", "MMMM"))
        return When(short, long, first, last)
    short = format_skeleton("MMMd", first, locale=say.locale)
    if first == last:
        return When(short, say.date(first), first, last)
    return When(short, say.text(N_("{first} to {last}"), first=first, last=last), first, last)


def requests_table(report: Report, say: Translator) -> Table:
    """How many of each kind were made, step by step."""
    kinds = tuple(RequestKind)
    header = (say.text(N_("When")), *(label(kind, say) for kind in kinds), say.text(N_("All")))
    rows: list[tuple[Value, ...]] = []
    for when, step in _by_step(report, say):
        numbers = [asked(step.counts, kind) for kind in kinds]
        rows.append((when, *numbers, sum(numbers)))
    return Table("requests", header, tuple(rows))


def answers_table(report: Report, say: Translator) -> Table:
    """How requests were answered first, step by step."""
    header = (say.text(N_("When")), *(say.text(words) for words in ANSWERS.values()))
    rows: list[tuple[Value, ...]] = [
        (when, *(answered(step.counts, each) for each in ANSWERS)) for when, step in _by_step(report, say)
    ]
    return Table("answers", header, tuple(rows))


def waits_table(report: Report, say: Translator) -> Table:
    """How long people took, about, step by step."""
    header = (say.text(N_("When")), say.text(N_("Decided by people")), say.text(N_("Median time, about")))
    rows = []
    for when, step in _by_step(report, say):
        by_people = answered(step.counts, Answer.APPROVED) + answered(step.counts, Answer.DENIED)
        rows.append((when, by_people, Wait(median_wait(step.counts))))
    return Table("time", header, tuple(rows))


def money_table(report: Report, say: Translator) -> Table:
    """What was paid and what went back, step by step and currency by currency."""
    header = tuple(
        say.text(words)
        for words in (
            N_("When"),
            N_("Currency"),
            N_("Payments"),
            N_("Paid"),
            N_("Refunds"),
            N_("Refunded"),
            N_("Refund rate by amount"),
            N_("Refund rate by number"),
        )
    )
    rows = [
        (when, *money_values(step.counts, currency))
        for currency in currencies(report.total, report.account.currency)
        for when, step in _by_step(report, say)
    ]
    return Table("money", header, tuple(rows))


def money_values(counts: Counts, currency: Currency) -> tuple[Value, ...]:
    """Currency, payments, paid, refunds, refunded, and the two rates."""
    captured, returned = money(counts, "captured", currency), money(counts, "returned", currency)
    paid, returns = number(counts, "paid", currency), number(counts, "returns", currency)
    by_amount, by_number = _share(returned.minor, captured.minor), _share(returns, paid)
    return currency.code, paid, captured, returns, returned, by_amount, by_number


def reasons_table(report: Report, kind: RequestKind, say: Translator) -> Table:
    """Why customers ask, most frequent first."""
    found = reasons(report.total, kind)
    whole = sum(found.values())
    header = tuple(say.text(words) for words in (N_("Reason"), N_("Requests"), N_("Share")))
    rows = [
        (reason_label(kind, reason, say) or say.text(N_("No reason given")), n, _share(n, whole))
        for reason, n in found.items()
    ]
    return Table("refund-reasons" if kind is RequestKind.REFUND else "cancel-reasons", header, tuple(rows))


def products_table(report: Report, say: Translator) -> Table:
    """What is asked about each product, in the account's currency; those after the fiftieth together."""
    currency = report.account.currency
    found = sorted(
        ((_product_name(report, key, say), counts) for key, counts in products(report.total).items()),
        key=lambda each: (-_asked_of(each[1]), each[0]),
    )
    rows = [_product_row(name, counts, currency) for name, counts in found[:MOST_PRODUCTS]]
    if rest := found[MOST_PRODUCTS:]:
        together = add_up(counts for _, counts in rest)
        rows.append(_product_row(say.text(N_("All others")), together, currency))
    header = tuple(
        say.text(words)
        for words in (
            N_("Product"),
            N_("Refund requests"),
            N_("Cancellations"),
            N_("Paid"),
            N_("Refunded"),
            N_("Refund rate by amount"),
        )
    )
    return Table("products", header, tuple(rows))


def _product_row(name: str, counts: Counter[str], currency: Currency) -> tuple[Value, ...]:
    captured, returned = counts[f"captured/{currency.code}"], counts[f"returned/{currency.code}"]
    return (
        name,
        counts[f"asked/{RequestKind.REFUND}"],
        counts[f"asked/{RequestKind.CANCEL}"],
        Money(captured, currency),
        Money(returned, currency),
        _share(returned, captured),
    )


def _asked_of(counts: Counter[str]) -> int:
    return counts[f"asked/{RequestKind.REFUND}"] + counts[f"asked/{RequestKind.CANCEL}"]


def _product_name(report: Report, key: str, say: Translator) -> str:
    product = report.products.get(key)
    if product is None:
        return say.text(N_("A product that is gone"))
    return f"{product.name} · {product.price_point}" if product.price_point else product.name


def _by_step(report: Report, say: Translator) -> Iterable[tuple[When, Step]]:
    return zip(whens(report.steps, report.pace, say), report.steps, strict=True)


def _share(part: int, whole: int) -> Share:
    return Share(Decimal(part) / Decimal(whole) if whole else None)


def shown(value: Value, say: Translator) -> str:
    """What a person reads in a cell."""
    match value:
        case When():
            return value.long
        case Money():
            return say.money(value)
        case Share():
            return "–" if value.rate is None else say.percent(value.rate)
        case Wait():
            return "–" if value.about is None else _span(value.about, say)
        case int():
            return say.number(value)
        case str():
            return value


def _span(about: timedelta, say: Translator) -> str:
    minutes = max(1, round(about.total_seconds() / 60))
    if minutes < 90:
        return say.plural("{n} minute", "{n} minutes", minutes)
    if minutes < 60 * 48:
        return say.plural("{n} hour", "{n} hours", round(minutes / 60))
    return say.plural("{n} day", "{n} days", round(minutes / 1440))


def exported(table: Table, say: Translator) -> tuple[list[str], list[list[Cell]]]:
    """Header and rows for a spreadsheet: days instead of words, plain numbers instead of formatted ones."""
    header = list(table.header)
    for place, value in enumerate(table.rows[0] if table.rows else ()):
        if isinstance(value, Share):
            header[place] += " (%)"
        if isinstance(value, Wait):
            header[place] += f" ({say.text(N_('hours'))})"
    if table.rows and isinstance(table.rows[0][0], When):
        header[:1] = [say.text(N_("Since")), say.text(N_("Until"))]
    return header, [[cell for value in row for cell in _cells(value)] for row in table.rows]


def _cells(value: Value) -> tuple[Cell, ...]:
    match value:
        case When():
            return value.first_on, value.last_on
        case Money():
            return (value.decimal,)
        case Share():
            return (value.percent,)
        case Wait():
            return (value.hours,)
        case _:
            return (value,)
