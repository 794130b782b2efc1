"""The e-invoice inside: valid against the schema of EN 16931, with sums that add up."""

from dataclasses import asdict, replace
from decimal import Decimal
from xml.etree.ElementTree import Element, fromstring

import facturx
import pytest

from billing.documents.freezing import freeze_share, with_lines
from billing.documents.records import SoldLine
from billing.records import Address, Document
from billing.states import DocumentKind, TaxTreatment
from locales.translator import get_translator
from portal.documents.countries import country_code
from portal.documents.einvoice import make_einvoice
from portal.documents.frozen import read_frozen
from tests.portal.documents.cases import CASES, Case, Sold, make
from tests.portal.documents.samples import LAYLA, SELLER, YUKI, credit_note, invoice
from tests.portal.documents.schematron import broken_rules

UNTAXED = {"tax_minor": 0, "net_minor": 11900, "tax_rate": "0"}
SAMPLES = {
    "taxed": invoice(),
    "untaxed": invoice(**UNTAXED),
    "no-vat-number": invoice(seller=Address(name="Lumen", country="Germany"), **UNTAXED),
    "no-single-rate": invoice(tax_rate=None),
    "nothing-known": invoice(buyer=Address(name="A\x00 <b>&")),
    "arabic": invoice(buyer=LAYLA),
    "yen": invoice(buyer=YUKI, currency="JPY"),
    "credit-note": credit_note(),
}

LINE = make(DocumentKind.INVOICE, "standard").frozen["lines"][0]


def xml_of(document: Document) -> bytes:
    printed = read_frozen(document)
    return make_einvoice(printed, get_translator(printed.locale, printed.time_zone))


def value(root: Element, name: str) -> str:
    found = [element.text or "" for element in root.iter() if element.tag.endswith(f"}}{name}")]
    return found[-1] if found else ""


@pytest.mark.parametrize("name", SAMPLES)
def test_schema_accepts_it(name):
    assert facturx.xml_check_xsd(xml_of(SAMPLES[name]), flavor="factur-x", level="en16931")


@pytest.mark.parametrize("name", SAMPLES)
def test_sums_add_up_and_nothing_is_due(name):
    root = fromstring(xml_of(SAMPLES[name]))
    net, tax, gross = (
        Decimal(value(root, of)) for of in ("TaxBasisTotalAmount", "TaxTotalAmount", "GrandTotalAmount")
    )
    assert net + tax == gross == Decimal(value(root, "TotalPrepaidAmount"))
    assert Decimal(value(root, "DuePayableAmount")) == 0


def test_credit_note_is_one_and_names_its_invoice():
    xml = xml_of(credit_note()).decode()
    assert "<ram:TypeCode>381</ram:TypeCode>" in xml
    assert "<ram:IssuerAssignedID>INV-000123</ram:IssuerAssignedID>" in xml


@pytest.mark.parametrize(
    ("seller", "changes", "category"),
    [(SELLER, {}, "S"), (SELLER, UNTAXED, "Z"), (Address(name="Lumen"), UNTAXED, "O")],
)
def test_category_follows_what_was_taken(seller, changes, category):
    root = fromstring(xml_of(invoice(seller=seller, **changes)))
    assert value(root, "CategoryCode") == category


def test_yen_have_no_digits():
    assert "<ram:GrandTotalAmount>11900</ram:GrandTotalAmount>" in xml_of(SAMPLES["yen"]).decode()


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("kind", [DocumentKind.INVOICE, DocumentKind.CREDIT_NOTE])
def test_rules_of_the_standard_hold(kind, case):
    xml = xml_of(make(kind, case))
    assert facturx.xml_check_xsd(xml, flavor="factur-x", level="en16931")
    assert broken_rules(xml) == []


def test_rules_find_what_is_wrong():
    xml = xml_of(make(DocumentKind.INVOICE, "mixed"))
    assert any("BR-CO-15" in rule for rule in broken_rules(xml.replace(b">175.99<", b">175.98<")))


@pytest.mark.parametrize(
    ("case", "categories"),
    [
        ("standard", {"S"}),
        ("mixed", {"S", "E"}),
        ("exempt", {"E"}),
        ("small-business", {"E"}),
        ("reverse-charge", {"AE"}),
        ("export", {"G"}),
        ("zero", {"Z"}),
        ("outside", {"O"}),
    ],
)
def test_each_treatment_has_its_category(case, categories):
    root = fromstring(xml_of(make(DocumentKind.INVOICE, case)))
    assert {one.text for one in root.iter() if one.tag.endswith("}CategoryCode")} == categories


@pytest.mark.parametrize("case", ["reverse-charge", "export", "zero", "small-business"])
def test_categories_that_ask_for_numbers_are_not_used_without(case):
    without = replace(CASES[case], seller=replace(SELLER, tax_id=""))
    assert broken_rules(xml_of(make(DocumentKind.INVOICE, without))) == []
    local = replace(CASES[case], seller=replace(SELLER, tax_id="37/123/45678"))
    assert broken_rules(xml_of(make(DocumentKind.INVOICE, local))) == []


def test_a_rate_that_does_not_make_the_tax_is_not_claimed():
    odd = Case([Sold(99_999_999_99, 123_456_789, None)])
    xml = xml_of(make(DocumentKind.INVOICE, odd))
    assert broken_rules(xml) == []
    assert b"<ram:RateApplicablePercent>0.01" not in xml


def test_discounts_are_allowances_of_their_lines():
    root = fromstring(xml_of(make(DocumentKind.INVOICE, "discount")))
    assert [one.text for one in root.iter() if one.tag.endswith("}ActualAmount")] == ["10.00", "33.33"]
    assert value(root, "BasisQuantity") == "3"  # 100.00 for three: a third of it has no end


def test_three_digits_are_rounded_and_the_exact_total_is_said():
    xml = xml_of(make(DocumentKind.INVOICE, "dinar")).decode()
    assert "<ram:GrandTotalAmount>14.03</ram:GrandTotalAmount>" in xml
    assert "<ram:Content>Exact total: KWD 14.018</ram:Content>" in xml


def test_it_says_by_which_card_it_was_paid():
    root = fromstring(xml_of(make(DocumentKind.INVOICE, "standard")))
    card = next(one for one in root.iter() if one.tag.endswith("}ApplicableTradeSettlementFinancialCard"))
    assert [part.text for part in card] == ["4242"]


def test_corrected_invoice_names_the_one_before_it():
    named = {"replaces_number": "INV-000120", "replaces_issued_at": "2026-10-02T10:00:00+00:00"}
    xml = xml_of(make(DocumentKind.INVOICE, "standard", **named))
    assert b"<ram:IssuerAssignedID>INV-000120</ram:IssuerAssignedID>" in xml
    assert broken_rules(xml) == []


@pytest.mark.parametrize(
    ("country", "code"),
    [("Spain", "ES"), ("united arab emirates", "AE"), ("de", "DE"), ("Atlantis", ""), ("", "")],
)
def test_countries_are_found_by_name_or_code(country, code):
    assert country_code(country) == code


@pytest.mark.parametrize("blank", ["", " ", "\x00\u200b"])
def test_what_nobody_named_is_valid_all_the_same(blank: str):
    lines = [{**LINE, "product": blank, "price_point": blank}]
    nobody = asdict(Address(name=blank, company=blank, country="FR"))
    document = make(DocumentKind.INVOICE, "standard", lines=lines, buyer=nobody, buyer_email="")
    assert facturx.xml_check_xsd(xml_of(document), flavor="factur-x", level="en16931")
    assert broken_rules(xml_of(document)) == []


def test_a_share_whose_tax_rounds_to_nothing_is_valid():
    """Of a refund of 2.90: what no rate explains has a part without tax, beside one with tax."""
    sold = [
        SoldLine("A", "", 1, 0, 1000, 7, None, TaxTreatment.STANDARD),
        SoldLine("B", "", 1, 0, 1000, 190, "19", TaxTreatment.STANDARD),
    ]
    whole = with_lines(make(DocumentKind.INVOICE, "standard").frozen, sold)
    share = freeze_share(whole, [], 140)
    assert [line["tax_minor"] for line in share["lines"]] == [0, 12]
    document = make(DocumentKind.CREDIT_NOTE, "standard")
    kept = {name: share[name] for name in ("lines", "taxes", "net_minor", "tax_minor", "gross_minor")}
    assert broken_rules(xml_of(replace(document, frozen={**document.frozen, **kept}))) == []
