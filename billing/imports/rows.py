"""What a source of past sales is read into: typed rows, and findings about those that are to be reported."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from enum import StrEnum
from operator import attrgetter
from typing import NamedTuple

from billing.records import Address


class RowKind(StrEnum):
    """What a row of the past says."""

    SALE = "sale"
    REBILL = "rebill"
    FAILED = "failed"
    CANCEL_ASKED = "cancel_asked"
    CANCEL_REVERTED = "cancel_reverted"
    CANCELED = "canceled"
    REFUND = "refund"
    PARTIAL_REFUND = "partial_refund"
    CHARGEBACK = "chargeback"


_KINDS = {kind.value: kind for kind in RowKind}
REVERSALS = frozenset({RowKind.REFUND, RowKind.PARTIAL_REFUND, RowKind.CHARGEBACK})
CHARGES = frozenset({RowKind.SALE, RowKind.REBILL, RowKind.FAILED})


class Cause(StrEnum):
    """Why a row is in the report. The last three are notes about rows that were taken over."""

    NOT_CSV = "not-csv"
    COLUMN_COUNT = "column-count"
    NOT_TEXT = "not-text"
    TOO_LONG = "too-long"
    MISSING = "missing"
    NOT_AN_ID = "not-an-id"
    NOT_A_DATE = "not-a-date"
    NOT_AN_AMOUNT = "not-an-amount"
    NOT_A_FLAG = "not-a-flag"
    NOT_A_COUNT = "not-a-count"
    UNKNOWN_TYPE = "unknown-type"
    OTHER_CONTENT = "other-content"
    ORDER_ID_TAKEN = "order-id-taken"
    OTHER_CUSTOMER = "other-customer"
    NO_SUBSCRIPTION = "no-subscription"
    NO_PAYMENT = "no-payment"
    SEVERAL_PAYMENTS = "several-payments"
    MORE_THAN_PAID = "more-than-paid"
    REFUNDED_HERE = "refunded-here"
    OTHER_CHARGE_ID = "other-charge-id"
    MATCHED_BY_AMOUNT = "matched-by-amount"
    NO_EMAIL = "no-email"
    OTHER_ORDER_ID = "other-order-id"

    @property
    def is_note(self) -> bool:
        """The row was taken over all the same."""
        return self in {Cause.MATCHED_BY_AMOUNT, Cause.NO_EMAIL, Cause.OTHER_ORDER_ID}


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report. `number` is the row's ID as it stands there, `column` empty for a whole row."""

    line: int
    number: str
    column: str
    cause: Cause
    detail: str = ""


class PastRow(NamedTuple):
    """One row of the past, typed. `wall`, its local time as digits, orders rows together with `number`.

    Amounts are minor units without sign: the kind decides. Refs are the source's own ids; empty where absent.
    """

    line: int
    number: int
    kind: RowKind
    wall: int
    at: datetime
    customer_ref: str
    product: str
    price_point: str
    agreement_ref: str
    agreement_processor_id: str
    charge_id: str
    amount_minor: int
    tax_minor: int
    currency: str
    trial: bool
    payment_number: int | None
    buyer: Address
    digest: str  # of the row as it was read: the same ID with another digest is a contradiction
    # What was sold; None where the row does not say. Rows that were staged before have none of it.
    quantity: int | None = None
    base_minor: int | None = None
    discount_minor: int | None = None
    shipping_minor: int | None = None
    processor: str = ""

    @property
    def place(self) -> tuple[int, int]:
        """Where it stands in time."""
        return self.wall, self.number


# Written out because `dataclasses.astuple` copies deeply, and `json.dumps` makes an encoder for each row.
_BUYER = attrgetter(*(field.name for field in fields(Address)))
_KIND, _AT, _BUYER_AT = (PastRow._fields.index(name) for name in ("kind", "at", "buyer"))
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def dump_row(row: PastRow) -> str:
    """The row as staged, in JSON."""
    values: list[object] = list(row)
    values[_AT] = int(row.at.timestamp())
    values[_BUYER_AT] = _BUYER(row.buyer)
    return _encode(values)


def load_row(text: str) -> PastRow:
    """What `dump_row` wrote."""
    values = json.loads(text)
    values[_KIND] = _KINDS[values[_KIND]]
    values[_AT] = datetime.fromtimestamp(values[_AT], UTC)
    values[_BUYER_AT] = Address(*values[_BUYER_AT])
    return PastRow(*values)
