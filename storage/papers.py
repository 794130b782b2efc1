"""What documents are made of: their settings, past sellers, and snapshots of what was sold."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import bindparam, select

from billing.documents.records import (
    DocumentSettings,
    PaidBy,
    PastSeller,
    SellerProfile,
    Snapshot,
    SoldLine,
)
from billing.ids import PaymentId
from billing.records import Address
from billing.states import TaxTreatment
from storage.bound import ACCOUNT, Shape
from storage.bulk import InBulk
from storage.rows import plain_values
from storage.tables.papers import document_settings, past_sellers, snapshots

_s, _p, _n = document_settings.c, past_sellers.c, snapshots.c
_SETTINGS = Shape(
    (_s.account_id, _s.logo, _s.small_business, _s.footer, _s.corrections, _s.mail_invoices),
    DocumentSettings,
)
_OWN = select(*_SETTINGS.columns).where(_s.account_id == ACCOUNT)
_SELLER_AT = (
    select(_p.id, _p.until, _p.profile)
    .where(_p.account_id == ACCOUNT, _p.until > bindparam("the_moment"))
    .order_by(_p.until, _p.id)
    .limit(1)
)
_SNAPSHOT = select(_n.frozen).where(_n.account_id == ACCOUNT, _n.payment_id == bindparam("payment"))


@dataclass(frozen=True)
class StoredPapers(InBulk):
    """`billing.ports.Papers`."""

    async def get_settings(self) -> DocumentSettings:
        """As they begin, where nobody set them."""
        return await self._find(_SETTINGS, _OWN) or DocumentSettings(self.account_id)

    async def put_settings(self, settings: DocumentSettings) -> None:
        """Instead of those before."""
        await self._put(document_settings, plain_values(settings))

    async def add_past_seller(self, past: PastSeller) -> None:
        """Who they were until a moment."""
        values = {**plain_values(past, "profile"), "profile": asdict(past.profile)}
        await self._insert(past_sellers, values)

    async def find_past_seller(self, at: datetime) -> PastSeller | None:
        """The first who was left behind after this moment."""
        rows = await self._rows(_SELLER_AT, the_moment=at)
        if not rows:
            return None
        return PastSeller(rows[0].id, self.account_id, rows[0].until, _profile(rows[0].profile))

    async def keep_snapshots(self, snapshots_: Sequence[Snapshot]) -> None:
        """One that is there stays as it is."""
        rows = [{"payment_id": e.payment_id, "frozen": _written(e.lines, e.paid_by)} for e in snapshots_]
        await self._insert_all(snapshots, rows, again=())

    async def find_snapshot(self, payment_id: PaymentId) -> Snapshot | None:
        """What was sold with this payment."""
        rows = await self._rows(_SNAPSHOT, payment=payment_id)
        if not rows:
            return None
        facts: Mapping[str, Any] = rows[0].frozen
        lines = read_lines(facts["lines"])
        return Snapshot(payment_id, self.account_id, lines, PaidBy(*facts["paid_by"]))


@lru_cache(maxsize=4096)  # many payments are for the same thing
def _written(lines: tuple[SoldLine, ...], paid_by: PaidBy) -> Mapping[str, Any]:
    return {
        "lines": write_lines(lines),
        "paid_by": [paid_by.brand, paid_by.last_four, paid_by.through],
    }


def write_lines(lines: Sequence[SoldLine]) -> list[list[Any]]:
    """As stored: fields in their order, since there are some of each payment."""
    return [
        [
            each.product,
            each.price_point,
            each.quantity,
            each.discount_minor,
            each.net_minor,
            each.tax_minor,
            each.tax_rate,
            each.treatment and each.treatment.value,
            each.is_shipping,
        ]
        for each in lines
    ]


def read_lines(stored: Sequence[Sequence[Any]]) -> tuple[SoldLine, ...]:
    """What `write_lines` wrote."""
    return tuple(_line(each) for each in stored)


def _line(values: Sequence[Any]) -> SoldLine:
    product, price_point, quantity, discount, net, tax, rate, treatment, is_shipping = values
    why = TaxTreatment(treatment) if treatment else None
    return SoldLine(product, price_point, quantity, discount, net, tax, rate, why, is_shipping)


def _profile(facts: Mapping[str, Any]) -> SellerProfile:
    return SellerProfile(**{**facts, "seller": Address(**facts["seller"])})
