"""Reading: what is typed how, what is reported where, and that hostile files do no more than that."""

import io
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from billing.imports.kartra import MOST_IN_LINE, KartraReader
from billing.imports.layout import COLUMNS, UnusableFile
from billing.imports.rows import Cause, Finding, PastRow, RowKind, dump_row, load_row
from billing.money import Currency
from selfbill.past import SAMPLE
from tests.billing.imports.exports import Row, export, header, row

EST = ZoneInfo("America/New_York")


def read(text: str, *, after: int = 0) -> list[PastRow | Finding]:
    return list(KartraReader(io.StringIO(text, newline=""), EST).rows(after=after))


def read_one(**cells: str) -> PastRow | Finding:
    (found,) = read(
        export([row(1, cells.pop("kind", "Sale"), cells.pop("date", "2026-01-01 12:00:00"), **cells)])
    )
    return found


def typed(**cells: str) -> PastRow:
    found = read_one(**cells)
    assert isinstance(found, PastRow), found
    return found


def finding(**cells: str) -> tuple[Cause, str]:
    found = read_one(**cells)
    assert isinstance(found, Finding), found
    assert found.line == 2
    return found.cause, found.column


def test_the_sample_is_read_without_a_finding() -> None:
    with SAMPLE.open(encoding="utf-8-sig", newline="") as file:
        rows = list(KartraReader(file, EST).rows())
    assert len(rows) == 6000
    assert all(isinstance(each, PastRow) for each in rows)


def test_a_staged_row_comes_back_as_it_was() -> None:
    one = typed(Buyer_City="دبي", Sales_tax="7.41", Subscription_payment_number="3")
    assert load_row(dump_row(one)) == one


@pytest.mark.parametrize(
    ("text", "minor"), [("1,234.50", 123450), ("59", 5900), ("-59.00", 5900), ("1,234,567.8", 123456780)]
)
def test_amounts_have_thousands_separators_and_no_sign(text: str, minor: int) -> None:
    assert typed(Amount=text).amount_minor == minor


def test_minus_nothing_is_nothing() -> None:
    assert typed(Sales_tax="-0.00").tax_minor == 0


@pytest.mark.parametrize("text", ["12,50", "1,23.00", "59.001", "1e3", "NaN", "٥٩", "$59", "", "9" * 20])
def test_what_is_no_amount_is_reported_with_its_column(text: str) -> None:
    cause, column = finding(Amount=text)
    assert column == "Amount"
    assert cause in {Cause.NOT_AN_AMOUNT, Cause.MISSING}


def test_the_type_decides_and_not_the_sign() -> None:
    refund = typed(kind="Refund", Amount="39.00")
    assert (refund.kind, refund.amount_minor) == (RowKind.REFUND, 3900)
    assert typed(kind="Sale", Amount="-39.00").kind is RowKind.SALE


def test_a_refund_of_nothing_is_reported() -> None:
    assert finding(kind="Refund", Amount="-0.00") == (Cause.NOT_AN_AMOUNT, "Amount")


def test_a_date_is_taken_in_the_zone_given() -> None:
    assert typed(date="2026-01-01 22:30:00").at == datetime(2026, 1, 2, 3, 30, tzinfo=UTC)
    assert typed(date="2026-07-01 22:30:00").at == datetime(2026, 7, 2, 2, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    ["2026-02-30 12:00:00", "01/02/2026", "2026-01-01", "2026-01-01 12:00:00Z", "0001-01-01 00:00:00", ""],
)
def test_what_is_no_date_is_reported(text: str) -> None:
    assert finding(date=text)[1] == "Date"


@pytest.mark.parametrize("absent", ["N/A", ""])
def test_absent_is_empty_or_not_applicable(absent: str) -> None:
    one = typed(Processor_transaction_id=absent, Buyer_Company=absent, subscription_id=absent)
    assert (one.charge_id, one.buyer.company, one.agreement_ref) == ("", "", "")


def test_a_subscription_is_named_by_the_processor_else_by_kartra() -> None:
    both = typed(Processor_subscription_id="sub_1", subscription_id="17")
    assert (both.agreement_ref, both.agreement_processor_id) == ("p:sub_1", "sub_1")
    own = typed(subscription_id="17")
    assert (own.agreement_ref, own.agreement_processor_id) == ("k:17", "")


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ({"ID": "4.01E+07"}, (Cause.NOT_AN_ID, "ID")),
        ({"kind": "Upsell"}, (Cause.UNKNOWN_TYPE, "Transaction_Type")),
        ({"lead_id": "N/A"}, (Cause.MISSING, "lead_id")),
        ({"Product": ""}, (Cause.MISSING, "Product")),
        ({"Trial": "maybe"}, (Cause.NOT_A_FLAG, "Trial")),
        ({"Subscription_payment_number": "two"}, (Cause.NOT_A_COUNT, "Subscription_payment_number")),
        ({"Buyer_Name": "a\0b"}, (Cause.NOT_TEXT, "Buyer_Name")),
        ({"Buyer_City": "M\udce4lm\udcf6"}, (Cause.NOT_TEXT, "Buyer_City")),
        ({"Buyer_Name": "x" * 501}, (Cause.TOO_LONG, "Buyer_Name")),
    ],
)
def test_a_bad_cell_is_reported_with_its_column(cells: dict[str, str], expected: tuple[Cause, str]) -> None:
    kind, number = cells.pop("kind", "Sale"), cells.pop("ID", "1")
    (found,) = read(export([row(number, kind, **cells)]))
    assert isinstance(found, Finding)
    assert (found.cause, found.column) == expected


def test_quotes_commas_and_line_breaks_are_in_fields() -> None:
    cells = {"Product": 'Studio "Pro", Presets', "Buyer_Address": "1 Main Street\r\nDoor 2"}
    first, second = read(export([row(1, "Sale", **cells), row(2, "Sale")], ends="\r\n"))
    assert isinstance(first, PastRow)
    assert isinstance(second, PastRow)
    assert (first.product, first.buyer.street) == (cells["Product"], cells["Buyer_Address"])
    assert (first.line, second.line) == (2, 4)


def test_columns_may_be_more_and_in_any_order() -> None:
    names = ["Notes", *reversed(header("EUR")), "Notes"]
    text = export([row(7, "Sale", Amount="5.00")], names=names)
    reader = KartraReader(io.StringIO(text, newline=""), EST)
    (one,) = reader.rows()
    assert reader.currency == Currency("EUR")
    assert isinstance(one, PastRow)
    assert (one.number, one.amount_minor, one.currency) == (7, 500, "EUR")


def test_the_order_of_columns_is_no_other_content() -> None:
    ahead, back = (read(export([row(7, "Sale")], names=names)) for names in (header(), header()[::-1]))
    assert isinstance(ahead[0], PastRow)
    assert isinstance(back[0], PastRow)
    assert ahead[0].digest == back[0].digest


def refusal(text: str) -> str:
    with pytest.raises(UnusableFile) as refused:
        KartraReader(io.StringIO(text, newline=""), EST)
    return str(refused.value)


def test_missing_columns_are_named() -> None:
    names = [name for name in header() if name not in {"lead_id", "Amount (USD)"}]
    assert refusal(export([], names=names)) == "Columns are missing: Amount (currency), lead_id."


def test_an_amount_without_a_currency_is_a_missing_column() -> None:
    assert "Amount (currency)" in refusal(
        export([], names=[n.replace("Amount (USD)", "Amount") for n in header()])
    )


def test_money_columns_in_two_currencies_are_refused() -> None:
    names = [name.replace("Revenue (USD)", "Revenue (EUR)") for name in header()]
    assert "EUR, USD" in refusal(export([], names=names))


def test_a_column_that_is_there_twice_is_refused() -> None:
    assert "lead_id" in refusal(export([], names=[*header(), "lead_id"]))


@pytest.mark.parametrize("text", ["", "\ufeff", "PK\x03\x04\0\0", "\udcff\udcfeI\0D\0", '"ID', "{}\n"])
def test_what_is_no_export_is_refused(text: str) -> None:
    assert refusal(text)


def test_a_header_that_comes_again_is_reported_as_a_row() -> None:
    text = export([row(1, "Sale")])
    _first, again, _last = read(text + text)
    assert isinstance(again, Finding)
    assert (again.line, again.column) == (3, "ID")


@pytest.mark.parametrize("change", ["1,Sale\n", ",".join("1" * 58) + "\n"])
def test_a_wrong_number_of_columns_is_reported(change: str) -> None:
    _first, bad, last = read(export([row(1, "Sale")]) + change + export([row(3, "Sale")]).split("\n", 1)[1])
    assert isinstance(bad, Finding)
    assert (bad.line, bad.cause) == (3, Cause.COLUMN_COUNT)
    assert isinstance(last, PastRow)


def rows_around(bad: str) -> list[PastRow | Finding]:
    """What is read of a good row, `bad`, and three hundred good rows."""
    after: list[Row] = [row(number, "Sale") for number in range(10, 310)]
    return read(export([row(1, "Sale")]) + bad + export(after).split("\n", 1)[1])


def test_a_quote_that_never_ends_is_reported_with_all_lines_it_took() -> None:
    _first, *rest = rows_around('2,"Sale\n')
    bad = [each for each in rest if isinstance(each, Finding)]
    assert bad[0].line == 3
    lost = {line for each in bad for line in range(*_span(each))}
    taken = {each.line for each in rest if isinstance(each, PastRow)}
    assert lost | taken == set(range(3, 304))
    assert not lost & taken


def _span(each: Finding) -> tuple[int, int]:
    begins, _, ends = each.detail.partition("-")
    return (int(begins), int(ends) + 1) if each.cause is Cause.NOT_CSV else (each.line, each.line + 1)


def test_a_line_of_megabytes_is_one_finding() -> None:
    _first, bad, *rest = rows_around("2," + "x" * (3 * MOST_IN_LINE) + "\n")
    assert isinstance(bad, Finding)
    assert (bad.line, bad.cause) == (3, Cause.NOT_CSV)
    assert len(rest) == 300
    assert all(isinstance(each, PastRow) for each in rest)


def test_reading_goes_on_behind_a_line() -> None:
    text = export([row(number, "Sale", Buyer_Address="two\nlines") for number in range(1, 5)])
    everything = read(text)
    assert read(text, after=everything[1].line) == everything[2:]


def test_every_column_is_known_once() -> None:
    assert len(set(COLUMNS)) == 57
