"""A document's frozen facts, typed again: the one place that reads them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from billing.money import Currency, Money
from billing.records import Address, Document
from billing.states import DocumentKind


@dataclass(frozen=True, slots=True)
class Line:
    """One line as it was sold."""

    product: str
    price_point: str
    quantity: int
    net: Money
    tax: Money
    gross: Money


@dataclass(frozen=True, slots=True)
class Printed:
    """Everything on the paper. `tax_rate` in per cent, None where no single rate explains the amounts."""

    kind: DocumentKind
    number: str
    issued_at: datetime
    paid_at: datetime
    order_id: str
    payment_number: int | None
    seller: Address
    buyer: Address
    lines: tuple[Line, ...]
    net: Money
    tax: Money
    gross: Money
    tax_rate: str | None
    locale: str
    time_zone: str
    colour: str
    invoice_number: str | None  # the invoice that a credit note corrects
    invoice_issued_at: datetime | None
    refunded_at: datetime | None


def read_frozen(document: Document) -> Printed:
    """As it was frozen when the document was issued."""
    facts: Mapping[str, Any] = document.frozen
    currency = Currency(facts["currency"])
    buyer = _address(facts["buyer"])
    return Printed(
        kind=document.kind,
        number=document.number,
        issued_at=document.issued_at,
        paid_at=datetime.fromisoformat(facts["paid_at"]),
        order_id=facts["order_id"] or "",
        payment_number=facts["payment_number"],
        seller=_address(facts["seller"]),
        buyer=buyer,
        lines=tuple(_line(line, currency) for line in facts["lines"]),
        net=Money(facts["net_minor"], currency),
        tax=Money(facts["tax_minor"], currency),
        gross=Money(facts["gross_minor"], currency),
        tax_rate=facts["tax_rate"],
        locale=facts["locale"],
        time_zone=facts["time_zone"],
        colour=facts["colour"],
        invoice_number=facts.get("invoice_number"),
        invoice_issued_at=_moment(facts.get("invoice_issued_at")),
        refunded_at=_moment(facts.get("refunded_at")),
    )


def _address(facts: Mapping[str, Any]) -> Address:
    return Address(**{f.name: str(facts[f.name]) for f in fields(Address)})


def _line(facts: Mapping[str, Any], currency: Currency) -> Line:
    return Line(
        product=facts["product"],
        price_point=facts["price_point"],
        quantity=facts["quantity"],
        net=Money(facts["net_minor"], currency),
        tax=Money(facts["tax_minor"], currency),
        gross=Money(facts["gross_minor"], currency),
    )


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
