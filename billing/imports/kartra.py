"""A Kartra transactions file, as CSV text, into typed rows; one bad row never hides another."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from datetime import UTC, datetime, tzinfo
from functools import lru_cache
from hashlib import blake2b
from operator import itemgetter
from typing import Protocol

from billing.imports.layout import COLUMNS, Layout, UnusableFile, read_layout
from billing.imports.rows import CHARGES, REVERSALS, Cause, Finding, PastRow, RowKind
from billing.money import Currency, Money
from billing.records import Address

TYPES = {
    "Sale": RowKind.SALE,
    "Rebill": RowKind.REBILL,
    "Failed": RowKind.FAILED,
    "Request Can.": RowKind.CANCEL_ASKED,
    "Revert Can.": RowKind.CANCEL_REVERTED,
    "Cancellation": RowKind.CANCELED,
    "Refund": RowKind.REFUND,
    "Partial refund": RowKind.PARTIAL_REFUND,
    "Chargeback": RowKind.CHARGEBACK,
}
ABSENT = frozenset({"", "N/A"})
MOST_IN_LINE = 1 << 20  # characters; a longer line is no row of an export
MOST_IN_CELL = 500  # characters of a cell that we keep
MOST_IN_NAME = 60  # of a processor
MOST_MINOR = 10**15

_AT = {name: position for position, name in enumerate(COLUMNS)}
# Kept as they are: the source's own ids and names, then the buyer in the order of `Address`.
_TEXTS = """lead_id Product Price_point Processor_transaction_id Processor_subscription_id subscription_id
    Buyer_Name Buyer_Company Sales_Tax_ID Buyer_Email Buyer_Address Buyer_City Buyer_ZIP Buyer_State
    Buyer_Country""".split()
_pick_texts = itemgetter(*(_AT[name] for name in _TEXTS))
_SIGNS = str.maketrans("", "", "- :")
_ID = re.compile(r"[0-9]{1,18}")
_DATE = re.compile(r"(?:19[7-9]|2[0-9]{2})[0-9]-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}(?::[0-9]{2})?")
# Thousands have to stand where they belong: `12,50` is fifty cents to some, and twelve hundred fifty to none.
_AMOUNT = re.compile(r"[+-]?(?:[0-9]+|[0-9]{1,3}(?:,[0-9]{3})+)(?:\.[0-9]+)?")


class TextFile(Protocol):
    """An open text file; `newline=""`, so that line breaks inside quotes stay as they are."""

    def readline(self, limit: int = -1, /) -> str: ...


class _TooLong(Exception):
    """A line without an end in sight."""


class _Bad(Exception):
    """A cell that cannot be read."""

    def __init__(self, column: str, cause: Cause, detail: str = "") -> None:
        super().__init__(column, cause, detail)
        self.column, self.cause, self.detail = column, cause, detail


class _Lines:
    """The file's lines, each of bounded length; goes on after one that was too long."""

    def __init__(self, file: TextFile) -> None:
        self._file = file
        self.count = 0

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self._file.readline(MOST_IN_LINE)
        if not line:
            raise StopIteration
        self.count += 1
        if len(line) < MOST_IN_LINE or line[-1] in "\r\n":
            return line
        while line and line[-1] not in "\r\n":
            line = self._file.readline(MOST_IN_LINE)
        raise _TooLong


class KartraReader:
    """Reads the header at once (`UnusableFile`), the rows as they are asked for."""

    def __init__(self, file: TextFile, zone: tzinfo) -> None:
        self._lines = _Lines(file)
        self._zone = zone
        self._csv = csv.reader(self._lines, strict=True)
        try:
            header = next(self._csv)
        except StopIteration:
            raise UnusableFile("The file is empty.") from None
        except (csv.Error, _TooLong):
            raise UnusableFile("The first line cannot be read as CSV.") from None
        self._layout = read_layout(header)

    @property
    def currency(self) -> Currency:
        """The currency of every amount in the file."""
        return self._layout.currency

    def rows(self, *, after: int = 0) -> Iterator[PastRow | Finding]:
        """Every row that begins behind line `after` (the header is 1), or what is wrong with it."""
        while True:
            line = self._lines.count + 1
            try:
                cells = next(self._csv)
            except StopIteration:
                return
            except (csv.Error, _TooLong):
                # Up to here nothing can be told apart; the next line begins a new row.
                if line > after:
                    yield Finding(line, "", "", Cause.NOT_CSV, f"{line}-{self._lines.count}")
                continue
            if cells and line > after:
                yield _read_row(line, cells, self._layout, self._zone)


def _read_row(line: int, cells: list[str], layout: Layout, zone: tzinfo) -> PastRow | Finding:
    if len(cells) != layout.width:
        number = cells[0] if _ID.fullmatch(cells[0]) else ""
        return Finding(line, number, "", Cause.COLUMN_COUNT, f"{len(cells)}/{layout.width}")
    picked = tuple(map(str.strip, layout.pick(cells)))
    try:
        return _type_row(line, picked, _digest(picked), layout.currency, zone)
    except _Bad as bad:
        number = picked[0][:40] if picked[0].isprintable() else ""
        return Finding(line, number, bad.column, bad.cause, bad.detail)


def _digest(cells: tuple[str, ...]) -> str:
    """Of all columns that we know, whatever their order in the file; raises `_Bad` for what is no text."""
    joined = "\x1f".join(cells)
    try:
        if "\0" not in joined:
            return blake2b(joined.encode(), digest_size=16).hexdigest()
    except UnicodeEncodeError:
        pass
    column = next(name for name, cell in zip(COLUMNS, cells, strict=True) if not _is_clean(cell))
    raise _Bad(column, Cause.NOT_TEXT)


def _is_clean(cell: str) -> bool:
    """Neither NUL, which no database takes, nor bytes that were not UTF-8, which are kept as surrogates."""
    return not any(char == "\0" or "\ud800" <= char <= "\udfff" for char in cell)


def _type_row(line: int, cells: tuple[str, ...], digest: str, currency: Currency, zone: tzinfo) -> PastRow:
    if not _ID.fullmatch(cells[0]):
        raise _Bad("ID", Cause.NOT_AN_ID if cells[0] else Cause.MISSING)
    kind = TYPES.get(cells[1])
    if kind is None:
        raise _Bad("Transaction_Type", Cause.UNKNOWN_TYPE, cells[1][:40])
    wall, at = _read_date(cells[2], zone)
    charge, reversal = kind in CHARGES, kind in REVERSALS
    customer, product, price_point, charge_id, processor_id, own_id, *buyer = _texts(cells)
    if not customer or (charge and not product):
        raise _Bad("Product" if customer else "lead_id", Cause.MISSING)
    amount = _amount(cells, "Amount", currency, needed=charge or reversal)
    if reversal and not amount:
        raise _Bad("Amount", Cause.NOT_AN_AMOUNT, cells[_AT["Amount"]])
    return PastRow(
        line=line,
        number=int(cells[0]),
        kind=kind,
        wall=wall,
        at=at,
        customer_ref=customer,
        product=product,
        price_point=price_point,
        agreement_ref=f"p:{processor_id}" if processor_id else f"k:{own_id}" if own_id else "",
        agreement_processor_id=processor_id,
        charge_id=charge_id,
        amount_minor=amount,
        tax_minor=_amount(cells, "Sales_tax", currency, needed=False),
        currency=currency.code,
        trial=_flag(cells, "Trial"),
        payment_number=_count(cells),
        buyer=Address(*buyer),  # as checkout took it down that day
        digest=digest,
        quantity=_quantity(cells),
        base_minor=_part(cells, "Base_Price", currency),
        discount_minor=_part(cells, "Coupon_discount", currency),
        shipping_minor=_part(cells, "Shipping_cost", currency),
        processor=_processor(cells),
    )


def _texts(cells: tuple[str, ...]) -> list[str]:
    """The cells of `_TEXTS`, empty where the export says that there is nothing."""
    picked = _pick_texts(cells)
    if max(map(len, picked)) > MOST_IN_CELL:
        column = next(name for name in _TEXTS if len(cells[_AT[name]]) > MOST_IN_CELL)
        raise _Bad(column, Cause.TOO_LONG, str(len(cells[_AT[column]])))
    return ["" if cell in ABSENT else cell for cell in picked]


@lru_cache(maxsize=4096)
def _minor(text: str, currency: Currency) -> int | None:
    """Minor units without the sign; None for anything that is no amount of this currency."""
    if len(text) > 24 or not _AMOUNT.fullmatch(text):
        return None
    try:
        minor = abs(Money.parse(text, currency)).minor
    except ValueError:
        return None
    return minor if minor <= MOST_MINOR else None


def _amount(cells: tuple[str, ...], column: str, currency: Currency, *, needed: bool) -> int:
    text = cells[_AT[column]]
    if text in ABSENT:
        if needed:
            raise _Bad(column, Cause.MISSING)
        return 0
    minor = _minor(text, currency)
    if minor is None:
        raise _Bad(column, Cause.NOT_AN_AMOUNT, text[:40])
    return minor


def _part(cells: tuple[str, ...], column: str, currency: Currency) -> int | None:
    """An amount that the payment is made of; one that cannot be read does not keep the payment out."""
    text = cells[_AT[column]]
    return 0 if text in ABSENT else _minor(text, currency)


def _quantity(cells: tuple[str, ...]) -> int | None:
    """How many pieces; None for anything that is no count."""
    text = cells[_AT["Quantity"]]
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 6 else None


def _processor(cells: tuple[str, ...]) -> str:
    """What the payment went through."""
    text = cells[_AT["Processor"]]
    return "" if text in ABSENT or len(text) > MOST_IN_NAME else text


def _read_date(text: str, zone: tzinfo) -> tuple[int, datetime]:
    """The local time as digits, and the moment in UTC; an hour that comes twice is taken as the first."""
    try:
        if not _DATE.fullmatch(text):
            raise ValueError(text)
        local = datetime.fromisoformat(text)
    except ValueError:
        raise _Bad("Date", Cause.NOT_A_DATE if text else Cause.MISSING, text[:40]) from None
    return int(text.translate(_SIGNS).ljust(14, "0")), local.replace(tzinfo=zone).astimezone(UTC)


def _flag(cells: tuple[str, ...], column: str) -> bool:
    text = cells[_AT[column]]
    if text in ABSENT or text == "No":
        return False
    if text != "Yes":
        raise _Bad(column, Cause.NOT_A_FLAG, text[:40])
    return True


def _count(cells: tuple[str, ...]) -> int | None:
    text = cells[_AT["Subscription_payment_number"]]
    if text in ABSENT:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 6:
        raise _Bad("Subscription_payment_number", Cause.NOT_A_COUNT, text[:40])
    return int(text)
