"""A document's frozen facts, typed again: the one place that reads them, of either version, for ever."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from billing.documents.freezing import read_address
from billing.documents.records import PaidBy
from billing.money import Currency, Money
from billing.records import Address, Document
from billing.states import DocumentKind, TaxTreatment

Why = Literal["", "refund", "correction"]


@dataclass(frozen=True, slots=True)
class Line:
    """One line as it was sold. `net` is after the discount; `rate` in per cent, None: none explains it."""

    product: str
    price_point: str
    quantity: int
    discount: Money
    net: Money
    tax: Money
    gross: Money
    treatment: TaxTreatment
    rate: str | None
    is_shipping: bool  # called so in the reader's words, not by `product`

    @property
    def unit_price(self) -> Decimal:
        """In major units, before tax and discount; as many digits as it takes, 28 at most."""
        return (self.net + self.discount).decimal / self.quantity


@dataclass(frozen=True, slots=True)
class TaxSum:
    """The sums of all lines with this treatment and rate."""

    treatment: TaxTreatment
    rate: str | None
    net: Money
    tax: Money


@dataclass(frozen=True, slots=True)
class Printed:
    """Everything on the paper. Amounts are as billed, also in a credit note: never below nothing."""

    kind: DocumentKind
    number: str
    issued_at: datetime
    paid_at: datetime
    paid_by: PaidBy
    order_id: str
    payment_number: int | None
    seller: Address
    buyer: Address
    lines: tuple[Line, ...]
    taxes: tuple[TaxSum, ...]  # by treatment and rate, in the order of the lines
    net: Money
    tax: Money
    gross: Money
    locale: str
    time_zone: str
    colour: str
    footer: str
    has_notes: bool  # receipts say nothing about tax, and version 1 did not say why there was none
    why: Why  # of credit notes
    invoice_number: str | None  # the invoice that a credit note takes back, all or part of it
    invoice_issued_at: datetime | None
    refunded_at: datetime | None
    replaces_number: str | None  # the invoice that a corrected one stands in for
    replaces_issued_at: datetime | None

    @property
    def seller_name(self) -> str:
        """The business, or the person where it has no name of its own."""
        return self.seller.company or self.seller.name


def read_frozen(document: Document) -> Printed:
    """As it was frozen when the document was issued."""
    facts: Mapping[str, Any] = document.frozen
    currency = Currency(facts["currency"])
    if facts.get("version", 1) == 1:
        facts = _as_version_2(facts)
    buyer = read_address(facts["buyer"])
    return Printed(
        kind=document.kind,
        number=document.number,
        issued_at=document.issued_at,
        paid_at=datetime.fromisoformat(facts["paid_at"]),
        paid_by=PaidBy(**facts["paid_by"]),
        order_id=facts["order_id"] or "",
        payment_number=facts["payment_number"],
        seller=read_address(facts["seller"]),
        buyer=replace(buyer, email=buyer.email or facts["buyer_email"] or ""),
        lines=tuple(_line(line, currency) for line in facts["lines"]),
        taxes=tuple(_tax_sum(one, currency) for one in facts["taxes"]),
        net=Money(facts["net_minor"], currency),
        tax=Money(facts["tax_minor"], currency),
        gross=Money(facts["gross_minor"], currency),
        locale=facts["locale"],
        time_zone=facts["time_zone"],
        colour=facts["colour"],
        footer=facts["footer"] or "",
        has_notes=document.frozen.get("version", 1) != 1 and document.kind is not DocumentKind.RECEIPT,
        why=facts.get("why") or "",
        invoice_number=facts.get("invoice_number"),
        invoice_issued_at=_moment(facts.get("invoice_issued_at")),
        refunded_at=_moment(facts.get("refunded_at")),
        replaces_number=facts.get("replaces_number"),
        replaces_issued_at=_moment(facts.get("replaces_issued_at")),
    )


def _as_version_2(facts: Mapping[str, Any]) -> Mapping[str, Any]:
    """Version 1 knew one rate for all of a document, and why there was no tax only by the seller's number."""
    if facts["tax_minor"]:
        treatment = TaxTreatment.STANDARD
    else:
        treatment = TaxTreatment.ZERO if facts["seller"]["tax_id"] else TaxTreatment.OUTSIDE
    kind = {"treatment": treatment, "tax_rate": facts["tax_rate"]}
    sums = {"net_minor": facts["net_minor"], "tax_minor": facts["tax_minor"]}
    return {
        **facts,
        "buyer_email": "",  # it was frozen, but only an address's own was printed
        "lines": [{**line, "discount_minor": 0, **kind} for line in facts["lines"]],
        "taxes": [{"treatment": treatment, "rate": facts["tax_rate"], **sums}],
        "paid_by": {},
        "footer": "",
        "why": "refund" if facts.get("refunded_at") else "",
    }


def _line(facts: Mapping[str, Any], currency: Currency) -> Line:
    return Line(
        product=facts["product"],
        price_point=facts["price_point"],
        quantity=facts["quantity"],
        discount=Money(facts["discount_minor"], currency),
        net=Money(facts["net_minor"], currency),
        tax=Money(facts["tax_minor"], currency),
        gross=Money(facts["gross_minor"], currency),
        treatment=TaxTreatment(facts["treatment"]),
        rate=facts["tax_rate"],
        is_shipping=facts.get("shipping", False),
    )


def _tax_sum(facts: Mapping[str, Any], currency: Currency) -> TaxSum:
    return TaxSum(
        treatment=TaxTreatment(facts["treatment"]),
        rate=facts["rate"],
        net=Money(facts["net_minor"], currency),
        tax=Money(facts["tax_minor"], currency),
    )


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
