"""Documents as billing froze them in version 1, for people who write in several scripts."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime

from billing.ids import AccountId, DocumentId, PaymentId, RefundId, new_id
from billing.records import Address, Document
from billing.states import DocumentKind

SELLER = Address(
    name="Lumen Studio",
    company="Lumen Studio GmbH",
    tax_id="DE123456789",
    email="hello@lumen.example",
    street="Hauptstraße 5",
    city="Berlin",
    postcode="10115",
    country="Germany",
)
ALICE = Address(
    name="Alice Ærøskøbing",
    email="alice@example.com",
    street="146 Main Street",
    city="Sevilla",
    postcode="41001",
    country="Spain",
)
LAYLA = Address(name="ليلى حداد", email="layla@example.com", street="٩ شارع النيل", city="دبي", country="AE")
YUKI = Address(
    name="佐藤 優希",
    email="yuki@example.com",
    street="千代田1丁目",
    city="東京",
    postcode="100-0001",
    country="JP",
)


def invoice(*, buyer: Address = ALICE, seller: Address = SELLER, **changes: object) -> Document:
    """An invoice of 119.00 EUR at 19 %; `changes` replace what was frozen."""
    return _document(DocumentKind.INVOICE, "INV-000123", changes, buyer=buyer, seller=seller)


def credit_note(*, buyer: Address = ALICE, **changes: object) -> Document:
    """A credit note for all of it."""
    named = {
        "invoice_number": "INV-000123",
        "invoice_issued_at": "2026-10-01T10:00:00+00:00",
        "refunded_at": "2026-11-03T09:00:00+00:00",
    }
    everything = {**named, **changes}
    refund_id = new_id(RefundId)
    return _document(DocumentKind.CREDIT_NOTE, "CN-000007", everything, buyer=buyer, refund_id=refund_id)


def _document(
    kind: DocumentKind,
    number: str,
    changes: Mapping[str, object],
    *,
    buyer: Address,
    seller: Address = SELLER,
    refund_id: RefundId | None = None,
) -> Document:
    amounts = {"net_minor": 10000, "tax_minor": 1900, "gross_minor": 11900}
    line = {"product": 'Studio "Pro" Presets', "price_point": "Monthly", "quantity": 1, **amounts}
    frozen: dict[str, object] = {
        "seller": asdict(seller),
        "buyer": asdict(buyer),
        "order_id": "40107225",
        "payment_number": None,
        "paid_at": "2026-09-30T23:30:00+00:00",
        "currency": "EUR",
        "lines": [line],
        **amounts,
        "tax_rate": "19",
        "locale": "en",
        "time_zone": "Europe/Berlin",
        "colour": "#0b5cad",
        **changes,
    }
    return Document(
        id=new_id(DocumentId),
        account_id=new_id(AccountId),
        kind=kind,
        number=number,
        payment_id=new_id(PaymentId),
        refund_id=refund_id,
        issued_at=datetime(2026, 10, 1, 10, 0, tzinfo=UTC),
        frozen=frozen,
    )
