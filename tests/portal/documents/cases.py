"""Documents as billing freezes them in version 2: every tax case, for buyers of every language."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime

from billing.ids import AccountId, DocumentId, PaymentId, RefundId, new_id
from billing.records import Address, Document
from billing.states import DocumentKind, TaxTreatment
from tests.portal.documents.samples import SELLER

_T = TaxTreatment
_NO_TAX_ID = replace(SELLER, tax_id="")
_LOCAL_TAX_ID = replace(SELLER, tax_id="37/123/45678")
_CARD = {"brand": "visa", "last_four": "4242", "through": "Stripe"}
FOOTER = (
    "Lumen Studio GmbH · Amtsgericht Berlin (Charlottenburg), HRB 123456 B\n"
    "Managing directors: Dana Okafor, Erin Walsh"
)

# A buyer for each language, as people there write their names and addresses.
BUYERS: Mapping[str, Address] = {
    "en": Address(
        name="Alice Whitfield",
        street="146 Main Street",
        city="Austin",
        region="TX",
        postcode="78701",
        country="US",
    ),
    "de": Address(
        name="Jürgen Groß",
        company="Groß & Söhne OHG",
        tax_id="ATU12345678",
        street="Mariahilfer Straße 8",
        city="Wien",
        postcode="1070",
        country="Austria",
    ),
    "es": Address(
        name="Íñigo Muñoz",
        company="Estudio Añil S.L.",
        tax_id="ESB12345674",
        street="Calle de Alcalá 20",
        city="Madrid",
        postcode="28014",
        country="Spain",
    ),
    "fr": Address(
        name="Anaïs Lefèvre",
        company="Œuvres & Cie SARL",
        tax_id="FR83404833048",
        street="12 rue de l’Hôpital",
        city="Besançon",
        postcode="25000",
        country="France",
    ),
    "it": Address(
        name="Niccolò D’Amico",
        company="Però Design S.r.l.",
        tax_id="IT00743110157",
        street="Via Città di Castello 3",
        city="Forlì",
        postcode="47121",
        country="Italy",
    ),
    "pt-BR": Address(
        name="João Conceição",
        company="Maçã Criações Ltda",
        tax_id="12.345.678/0001-95",
        street="Rua Augusta 1500",
        city="São Paulo",
        region="SP",
        postcode="01304-001",
        country="Brazil",
    ),
    "nl": Address(
        name="Sjoerd van den IJssel",
        company="IJssel Beheer B.V.",
        tax_id="NL123456789B01",
        street="Keizersgracht 12",
        city="Amsterdam",
        postcode="1015 CN",
        country="Netherlands",
    ),
    "pl": Address(
        name="Łukasz Żółć",
        company="Źdźbło sp. z o.o.",
        tax_id="PL1234567890",
        street="ul. Święty Marcin 45",
        city="Poznań",
        postcode="61-806",
        country="Poland",
    ),
    "tr": Address(
        name="Işıl Çağlayan",
        company="Gümüş Yazılım A.Ş.",
        street="İstiklâl Caddesi 5",
        city="İstanbul",
        postcode="34430",
        country="Turkey",
    ),
    "ja": Address(
        name="佐藤 優希",
        company="株式会社骨海",
        street="千代田1丁目",
        city="東京",
        postcode="100-0001",
        country="JP",
    ),
    "zh-CN": Address(
        name="张伟",
        company="骨海软件有限公司",
        street="南京东路123号",
        city="上海",
        postcode="200001",
        country="CN",
    ),
    "ar": Address(name="ليلى حداد", company="شركة النور", street="٩ شارع النيل", city="دبي", country="AE"),
}
# What is sold is called as the merchant calls it, in any script.
PRODUCTS: Mapping[str, tuple[str, str]] = {
    "ja": ("写真講座", "月額"),
    "zh-CN": ("摄影课程", "每月"),
    "ar": ("دورة التصوير", "شهري"),
}


@dataclass(frozen=True, slots=True)
class Sold:
    """A line in minor units; `rate` in per cent."""

    net: int
    tax: int = 0
    rate: str | None = None
    treatment: TaxTreatment = _T.STANDARD
    quantity: int = 1
    discount: int = 0
    product: str = 'Studio "Pro" Presets'
    price_point: str = "Monthly"
    is_shipping: bool = False


@dataclass(frozen=True, slots=True)
class Case:
    """What was sold, by whom, in which currency."""

    lines: Sequence[Sold]
    seller: Address = SELLER
    currency: str = "EUR"
    paid_by: Mapping[str, str] = field(default_factory=lambda: _CARD)


CASES: Mapping[str, Case] = {
    "standard": Case([Sold(10000, 1900, "19")]),
    "zero": Case([Sold(4900, 0, "0", _T.ZERO, quantity=7)], paid_by={"through": "PayPal"}),
    "exempt": Case([Sold(25000, 0, "0", _T.EXEMPT)], currency="GBP"),
    "reverse-charge": Case([Sold(10000, 0, "0", _T.REVERSE_CHARGE)]),
    "small-business": Case([Sold(2500, 0, "0", _T.SMALL_BUSINESS)], seller=_LOCAL_TAX_ID),
    "export": Case([Sold(123456, 0, "0", _T.EXPORT)], currency="USD"),
    "outside": Case([Sold(4999, 0, None, _T.OUTSIDE)], seller=_NO_TAX_ID, currency="USD", paid_by={}),
    "mixed": Case(
        [
            Sold(10000, 1900, "19"),
            Sold(2990, 209, "7", product="Light & Shadow (book)", price_point="Hardcover"),
            Sold(1500, 0, "0", _T.EXEMPT, product="Course", quantity=3),
            Sold(840, 160, "19", product="Shipping", price_point="", is_shipping=True),
        ]
    ),
    "discount": Case(
        [
            Sold(9000, 1710, "19", discount=1000),
            Sold(6667, 1267, "19", quantity=3, discount=3333, product="Presets, one by one"),
        ]
    ),
    "yen": Case([Sold(11000, 1100, "10"), Sold(333, 33, "10", quantity=10)], currency="JPY"),
    "dinar": Case(
        [Sold(12345, 617, "5", discount=1111), Sold(1005, 50, "5", quantity=1234), Sold(1, 0, "5")],
        currency="KWD",
    ),
}


def make(
    kind: DocumentKind, case: str | Case, language: str = "en", *, of: str = "refund", **changes: object
) -> Document:
    """A document of this kind; `of` is why a credit note was issued; `changes` replace what was frozen."""
    given = CASES[case] if isinstance(case, str) else case
    frozen = {**_facts(given, language), **_of_kind(kind, of), **changes}
    return Document(
        id=new_id(DocumentId),
        account_id=new_id(AccountId),
        kind=kind,
        number={"invoice": "INV-000123", "credit_note": "CN-000007", "receipt": "RC-000042"}[kind.value],
        payment_id=new_id(PaymentId),
        refund_id=new_id(RefundId) if kind is DocumentKind.CREDIT_NOTE and of == "refund" else None,
        issued_at=datetime(2026, 11, 3, 10, 0, tzinfo=UTC),
        frozen=frozen,
    )


def _facts(case: Case, language: str) -> dict[str, object]:
    lines = [_line(line, language) for line in case.lines]
    net, tax = sum(line.net for line in case.lines), sum(line.tax for line in case.lines)
    buyer = BUYERS[language]
    if any(line.treatment is _T.REVERSE_CHARGE for line in case.lines):
        buyer = replace(buyer, tax_id=buyer.tax_id if buyer.tax_id[:2].isalpha() else "IE1234567T")
    return {
        "version": 2,
        "seller": asdict(case.seller),
        "buyer": asdict(buyer),
        "buyer_email": "buyer@example.com",
        "order_id": "40107225",
        "payment_number": 3,
        "paid_at": "2026-09-30T23:30:00+00:00",
        "paid_by": {"brand": "", "last_four": "", "through": "", **case.paid_by},
        "currency": case.currency,
        "lines": lines,
        "taxes": _taxes(case.lines),
        "net_minor": net,
        "tax_minor": tax,
        "gross_minor": net + tax,
        "locale": language,
        "time_zone": "Europe/Berlin",
        "colour": "#0b5cad",
        "logo": None,
        "footer": FOOTER,
    }


def _line(line: Sold, language: str) -> dict[str, object]:
    product, price_point = line.product, line.price_point
    if language in PRODUCTS and not line.is_shipping:
        product, price_point = PRODUCTS[language]
    return {
        "product": product,
        "price_point": price_point,
        "quantity": line.quantity,
        "discount_minor": line.discount,
        "net_minor": line.net,
        "tax_minor": line.tax,
        "gross_minor": line.net + line.tax,
        "tax_rate": line.rate,
        "treatment": line.treatment.value,
        "shipping": line.is_shipping,
    }


def _taxes(lines: Sequence[Sold]) -> list[dict[str, object]]:
    kinds = dict.fromkeys((line.treatment, line.rate) for line in lines)
    return [
        {
            "treatment": treatment.value,
            "rate": rate,
            "net_minor": sum(e.net for e in lines if (e.treatment, e.rate) == (treatment, rate)),
            "tax_minor": sum(e.tax for e in lines if (e.treatment, e.rate) == (treatment, rate)),
        }
        for treatment, rate in kinds
    ]


def _of_kind(kind: DocumentKind, of: str) -> Mapping[str, object]:
    if kind is not DocumentKind.CREDIT_NOTE:
        return {}
    return {
        "why": of,
        "invoice_number": "INV-000123",
        "invoice_issued_at": "2026-10-01T10:00:00+00:00",
        "refunded_at": "2026-11-03T09:00:00+00:00" if of == "refund" else None,
    }


def make_logo(width: int = 360, height: int = 96) -> bytes:
    """A PNG of a picture as merchants have them: a disc and two bars on nothing."""
    rows = b"".join(b"\0" + b"".join(_pixel(x, y, height) for x in range(width)) for y in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks
    )


def _pixel(x: int, y: int, height: int) -> bytes:
    middle = height // 2
    if (x - middle) ** 2 + (y - middle) ** 2 < (middle - 4) ** 2:
        return b"\x0b\x5c\xad\xff" if (x + y) % height < middle else b"\xf2\x9f\x05\xff"
    if x > height + 20 and (22 < y < 44 or (56 < y < 72 and x < 3 * height)):
        return b"\x1f\x23\x28\xff"
    return b"\0\0\0\0"
