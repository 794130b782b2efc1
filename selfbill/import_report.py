"""What an import has to report: as a CSV file, as a short table, and in a line of totals."""

import csv
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from rich.table import Table

from billing.imports.ports import Run, Totals
from billing.imports.rows import Cause, Finding
from billing.money import Currency, Money

SENTENCES = {
    Cause.NOT_CSV: "These lines cannot be read as CSV.",
    Cause.COLUMN_COUNT: "The row has more or fewer columns than the header.",
    Cause.NOT_TEXT: "The cell holds bytes that are not text in UTF-8.",
    Cause.TOO_LONG: "The cell is longer than 500 characters.",
    Cause.MISSING: "The cell is empty and must not be.",
    Cause.NOT_AN_ID: "This is not an ID: digits only.",
    Cause.NOT_A_DATE: "This is not a date as in 2026-01-31 17:05:00.",
    Cause.NOT_AN_AMOUNT: "This is not an amount as in 1,234.50, or it is nothing where something went back.",
    Cause.NOT_A_FLAG: "This is neither Yes nor No.",
    Cause.NOT_A_COUNT: "This is not a number of payments.",
    Cause.UNKNOWN_TYPE: "This type of transaction is not known.",
    Cause.OTHER_CONTENT: "A row with this ID was read before, with other content.",
    Cause.ORDER_ID_TAKEN: "Another payment has this Order ID.",
    Cause.OTHER_CUSTOMER: "The subscription or charge belongs to another customer.",
    Cause.NO_SUBSCRIPTION: "No payment of this subscription is known.",
    Cause.NO_PAYMENT: "No earlier payment fits.",
    Cause.SEVERAL_PAYMENTS: "Several payments fit, and nothing tells which is meant.",
    Cause.MORE_THAN_PAID: "More would have gone back than was paid.",
    Cause.REFUNDED_HERE: "Selfbill or the processor has refunded this payment: this may be the same.",
    Cause.OTHER_CHARGE_ID: "The processor has this payment under another ID: it is not made a second time.",
    Cause.MATCHED_BY_AMOUNT: "Taken over: no charge named, matched by customer, product and amount.",
    Cause.NO_EMAIL: "Taken over, but without an e-mail address it signs nobody in.",
    Cause.OTHER_ORDER_ID: "Linked, but the payment keeps the Order ID that it has.",
}
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet would take what follows for a formula


def write_report(path: Path, findings: Iterable[Finding]) -> None:
    """All findings as CSV, one a line; raises `OSError`."""
    with path.open("w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file)
        lines.writerow(["line", "ID", "column", "cause", "taken over", "what is wrong", "detail"])
        for each in findings:
            taken_over = "yes" if each.cause.is_note else "no"
            row = (each.number, each.column, each.cause.value, taken_over, SENTENCES[each.cause], each.detail)
            lines.writerow([each.line, *map(_harmless, row)])


def findings_table(findings: Iterable[Finding]) -> Table:
    """How many of each cause, and where the first one is."""
    counts: Counter[Cause] = Counter()
    first: dict[Cause, Finding] = {}
    for each in findings:
        counts[each.cause] += 1
        first.setdefault(each.cause, each)
    table = Table("Rows", "What is wrong", "First line", "Column")
    for cause, count in counts.most_common():
        table.add_row(f"{count:,}", SENTENCES[cause], str(first[cause].line), first[cause].column)
    return table


def totals_line(run: Run) -> str:
    """All that a run did, in one line."""
    done, currency = run.totals, Currency(run.currency)
    parts = [
        f"{done.read:,} rows read",
        f"{done.known:,} known before",
        f"{done.applied:,} taken over ({_sales(done)})",
        f"{done.linked:,} linked",
        f"{_amount(done.captured_minor, currency)} paid",
        f"{_amount(done.refunded_minor, currency)} refunded",
        f"{_amount(done.disputed_minor, currency)} disputed",
        f"{done.reported:,} reported",
    ]
    return ", ".join(parts) + "."


def _sales(done: Totals) -> str:
    counted = {
        "customers": done.customers,
        "products": done.products,
        "purchases": done.purchases,
        "subscriptions": done.subscriptions,
        "payments": done.payments,
        "failed payments": done.failed,
        "refunds": done.refunds,
        "disputes": done.disputes,
    }
    return ", ".join(f"{count:,} {what}" for what, count in counted.items() if count) or "nothing new"


def _amount(minor: int, currency: Currency) -> str:
    return f"{Money(minor, currency).decimal:,} {currency.code}"


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_DANGEROUS) else cell
