"""The e-invoice inside: valid against the schema of EN 16931, with sums that add up."""

from decimal import Decimal
from xml.etree.ElementTree import Element, fromstring

import facturx
import pytest

from billing.records import Address, Document
from locales.translator import get_translator
from portal.documents.countries import country_code
from portal.documents.einvoice import make_einvoice
from portal.documents.frozen import read_frozen
from tests.portal.documents.samples import LAYLA, SELLER, YUKI, credit_note, invoice

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


@pytest.mark.parametrize(
    ("country", "code"),
    [("Spain", "ES"), ("united arab emirates", "AE"), ("de", "DE"), ("Atlantis", ""), ("", "")],
)
def test_countries_are_found_by_name_or_code(country, code):
    assert country_code(country) == code
