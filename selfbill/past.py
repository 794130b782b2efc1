"""The demo merchant's past: a Kartra file moved to end yesterday, and the same as the processor has it."""

import csv
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo
from hashlib import blake2b
from pathlib import Path
from typing import Any

from billing.imports.agreements import next_state, paid_off, plan_length
from billing.imports.kartra import KartraReader
from billing.imports.rows import PastRow, RowKind
from billing.states import SubscriptionState

SAMPLE = Path(__file__).with_name("data") / "kartra-transactions.csv"
_DAY = slice(0, 10)  # of `2026-11-14 15:14:00`
_MONTH, _YEAR = timedelta(days=30), timedelta(days=365)
_PAID = frozenset({RowKind.SALE, RowKind.REBILL})
_S = SubscriptionState
# What Stripe calls the states; a plan paid off and one that is cancelled are both canceled there.
_STATUS = {
    _S.TRIALING: "trialing",
    _S.ACTIVE: "active",
    _S.PAST_DUE: "past_due",
    _S.PAUSED: "paused",
    _S.CANCEL_SCHEDULED: "active",
    _S.CANCELED: "canceled",
    _S.COMPLETED: "canceled",
}

Line = dict[str, Any]  # as `sandbox.processor.seed` takes it


def write_past(target: Path, *, today: date, source: Path = SAMPLE) -> None:
    """Write `source` with all dates moved by the same number of days, so that its last day is yesterday.

    The last day is looked for first, then the file is moved row by row; nothing but `Date` changes.
    """
    with source.open(encoding="utf-8-sig", newline="") as rows:
        lines = csv.reader(rows)
        at = next(lines).index("Date")
        last = max(date.fromisoformat(line[at][_DAY]) for line in lines)
    moved_by = today - timedelta(days=1) - last
    with (
        source.open(encoding="utf-8-sig", newline="") as rows,
        target.open("w", encoding="utf-8", newline="") as out,
    ):
        lines, writer = csv.reader(rows), csv.writer(out, lineterminator="\n")
        writer.writerow(next(lines))
        for line in lines:
            day = date.fromisoformat(line[at][_DAY]) + moved_by
            line[at] = f"{day.isoformat()}{line[at][10:]}"
            writer.writerow(line)


@dataclass
class _Agreement:
    """A subscription as its rows tell it."""

    first: PastRow
    state: SubscriptionState = _S.ACTIVE
    paid: list[PastRow] = field(default_factory=list)
    ended_at: datetime | None = None

    def take(self, row: PastRow) -> None:
        self.state = next_state(self.state, row)
        if row.kind in _PAID:
            self.paid.append(row)
        if row.kind is RowKind.CANCELED:
            self.ended_at = row.at
        self.state = paid_off(self.state, len(self.paid), plan_length(row.price_point))


def list_processor_past(file: Path, *, zone: tzinfo, now: datetime) -> Iterator[Line]:
    """What the processor knows of a Kartra file: customers, then subscriptions, then charges.

    In the shape that the sandbox's seed takes, with the processor's own ids and final states; amounts in
    minor units. Cards and periods, which no export has, are made up here: it is the sandbox that says them.
    """
    with file.open(encoding="utf-8-sig", newline="") as text:
        read = KartraReader(text, zone).rows()
        rows = sorted((row for row in read if isinstance(row, PastRow)), key=lambda row: row.place)
    yield from _customers(rows)
    yield from _subscriptions(rows, now)
    yield from _charges(rows)


def _customers(rows: Iterable[PastRow]) -> Iterator[Line]:
    first: dict[str, PastRow] = {}
    last: dict[str, PastRow] = {}
    for row in rows:
        first.setdefault(row.customer_ref, row)
        last[row.customer_ref] = row
    for ref, row in last.items():
        yield {
            "object": "customer",
            "id": _customer_id(ref),
            "created": _seconds(first[ref].at),
            "email": row.buyer.email,
            "name": row.buyer.name,
            "metadata": {"lead_id": ref},
            "card": _card(ref),
        }


def _subscriptions(rows: Iterable[PastRow], now: datetime) -> Iterator[Line]:
    agreements: dict[str, _Agreement] = {}
    for row in rows:
        if row.agreement_processor_id and (row.kind in _PAID or row.agreement_ref in agreements):
            agreements.setdefault(row.agreement_ref, _Agreement(row)).take(row)
    for agreement in agreements.values():
        first, last = agreement.first, agreement.paid[-1]
        begins, ends, interval = _period(agreement, now)
        line: Line = {
            "object": "subscription",
            "id": first.agreement_processor_id,
            "created": _seconds(first.at),
            "customer": _customer_id(first.customer_ref),
            "status": _STATUS[agreement.state],
            "cancel_at_period_end": agreement.state is _S.CANCEL_SCHEDULED,
            "current_period_start": _seconds(begins),
            "current_period_end": _seconds(ends),
            "metadata": {"product": first.product, "price_point": first.price_point},
            "price": {
                "product": first.product,
                "unit_amount": last.amount_minor,
                "currency": first.currency.lower(),
                "interval": interval,
                "interval_count": 1,
            },
        }
        if _STATUS[agreement.state] == "canceled":
            line["canceled_at"] = line["ended_at"] = _seconds(agreement.ended_at or last.at)
        yield line


def _period(agreement: _Agreement, now: datetime) -> tuple[datetime, datetime, str]:
    """The period that was paid last; one that still runs reaches past `now`."""
    yearly = "year" in agreement.first.price_point.lower()
    length = _YEAR if yearly else _MONTH
    begins = agreement.paid[-1].at
    runs = agreement.state in {_S.TRIALING, _S.ACTIVE, _S.CANCEL_SCHEDULED}
    while runs and begins + length <= now:
        begins += length
    return begins, begins + length, "year" if yearly else "month"


def _charges(rows: Iterable[PastRow]) -> Iterator[Line]:
    """Charges with what was given back of them; failed ones have no id in the file, and stay out."""
    rows = [row for row in rows if row.charge_id]
    reversals = defaultdict(list)
    for row in rows:
        if row.kind not in _PAID:
            reversals[row.charge_id].append(row)
    for row in rows:
        if row.kind not in _PAID:
            continue
        line: Line = {
            "object": "charge",
            "id": row.charge_id,
            "created": _seconds(row.at),
            "amount": row.amount_minor,
            "currency": row.currency.lower(),
            "customer": _customer_id(row.customer_ref),
            "status": "succeeded",
            "description": f"{row.product}, {row.price_point}",
            "email": row.buyer.email,
            "name": row.buyer.name,
            "metadata": {"order_id": str(row.number)},
            "card": _card(row.customer_ref),
            "refunds": [
                {"id": f"re_{back.number}", "amount": back.amount_minor, "created": _seconds(back.at)}
                for back in reversals[row.charge_id]
                if back.kind is not RowKind.CHARGEBACK
            ],
            "disputed": any(back.kind is RowKind.CHARGEBACK for back in reversals[row.charge_id]),
        }
        if row.agreement_processor_id:
            line["subscription"] = row.agreement_processor_id
        yield line


def _customer_id(ref: str) -> str:
    """The file has no processor id of customers: the same one each time, made of the lead's."""
    return f"cus_{blake2b(ref.encode(), digest_size=7).hexdigest()}"


def _card(ref: str) -> Line:
    """A card that stays the same for this customer."""
    number = int.from_bytes(blake2b(ref.encode(), digest_size=4).digest(), "big")
    brand, last4 = [("visa", "4242"), ("mastercard", "4444"), ("amex", "0005")][number % 3]
    return {"brand": brand, "last4": last4, "exp_month": number % 12 + 1, "exp_year": 2029 + number % 4}


def _seconds(moment: datetime) -> int:
    return int(moment.astimezone(UTC).timestamp())
