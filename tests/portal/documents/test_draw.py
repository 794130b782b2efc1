"""What a drawn document says, read back from the PDF."""

import re
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from billing.records import Address, Document
from portal.documents import draw
from portal.documents.colour import INK, accent_of
from portal.documents.glyphs import UNKNOWN, clean
from tests.portal.documents.samples import ALICE, LAYLA, YUKI, credit_note, invoice


def read(document: Document) -> PdfReader:
    return PdfReader(BytesIO(draw(document)))


def text_of(document: Document) -> str:
    return " ".join(" ".join(page.extract_text().split()) for page in read(document).pages)


def test_invoice_says_what_was_frozen():
    text = text_of(invoice(payment_number=3))
    for words in (
        "Invoice",
        "INV-000123",
        "40107225",
        "Lumen Studio GmbH",
        "DE123456789",
        "Alice Ærøskøbing",
        "41001 Sevilla",
        'Studio "Pro" Presets',
        "Monthly · Payment 3",
        "€100.00",
        "Tax (19%) €19.00",
        "Total €119.00",
    ):
        assert words in text


def test_days_are_those_of_the_account_time_zone():
    assert "Paid in full on Oct 1, 2026." in text_of(invoice())
    assert "Paid in full on Sep 30, 2026." in text_of(invoice(time_zone="UTC"))


def place_of(words: str, reader: PdfReader) -> tuple[float, float]:
    places: list[tuple[float, float]] = []

    def visit(text: str, place: list[float], *_font: object) -> None:
        if words in text:
            places.append((place[4], place[5]))

    reader.pages[0].extract_text(visitor_text=visit)
    return places[0]


def test_order_id_stands_at_the_top_right():
    reader = read(invoice())
    across, up = place_of("40107225", reader)
    assert across > float(reader.pages[0].mediabox.width) / 2
    assert up > float(reader.pages[0].mediabox.height) * 0.8


def test_credit_note_names_its_invoice():
    text = text_of(credit_note())
    for words in ("Credit note", "CN-000007", "INV-000123 of Oct 1, 2026", "Total refunded €119.00"):
        assert words in text
    assert "€119.00 went back on Nov 3, 2026" in text


def test_no_tax_line_without_tax():
    text = text_of(invoice(tax_minor=0, net_minor=11900, tax_rate="0"))
    assert "Tax (" not in text


def test_no_rate_is_claimed_where_there_is_no_single_one():
    text = text_of(invoice(tax_rate=None))
    assert "Tax €19.00" in text


@pytest.mark.parametrize("buyer", [LAYLA, YUKI], ids=["arabic", "japanese"])
def test_names_in_other_scripts_can_be_read_back(buyer):
    text = text_of(invoice(buyer=buyer))
    assert all(word in text for word in buyer.name.split())
    assert UNKNOWN not in text


def test_right_to_left_mirrors_the_page():
    reader = read(invoice(locale="ar"))
    assert reader.trailer["/Root"]["/Lang"] == "ar"
    assert place_of("40107225", reader)[0] < float(reader.pages[0].mediabox.width) / 2


@pytest.mark.parametrize(
    "canary",
    [
        '#import "x.typ": *',
        "*bold* _it_",
        "$x^2$",
        "<label> @ref",
        "// gone",
        '#eval("1")',
        "\\u{41}",
        "`raw`",
    ],
)
def test_customer_text_is_never_markup(canary):
    text = text_of(invoice(buyer=Address(name=canary, street=canary)))
    assert text.count(canary) == 2


@settings(max_examples=25, deadline=None)
@given(st.text(max_size=40))
def test_any_name_can_be_drawn(name):
    assert draw(invoice(buyer=Address(name=name, city=name))).startswith(b"%PDF")


def test_marks_on_characters_of_another_font_are_left_out():
    text = text_of(invoice(buyer=Address(name="\u06dc\uff63\u0342", city="E\u0301vreux")))
    assert "\uff63" in text
    assert "\u0342" not in text
    assert "Évreux" in text


def test_what_no_font_has_is_replaced_and_hidden_turns_are_dropped():
    assert clean("a\u202eb\x00c \U0001f600") == f"abc {UNKNOWN}"
    assert clean("two\nlines") == "two lines"


def test_same_document_is_the_same_bytes_in_any_thread():
    document = invoice()
    with ThreadPoolExecutor(4) as pool:
        drawn = set(pool.map(draw, [document] * 8))
    assert len(drawn) == 1


def test_file_claims_archive_and_accessibility_standards():
    reader = read(invoice())
    root = reader.trailer["/Root"]
    metadata = root["/Metadata"].get_data().decode()
    assert re.search(r"pdfaid:part>3<.*pdfaid:conformance>A<", metadata, re.DOTALL)
    assert "<pdfuaid:part>1<" in metadata
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "en"
    assert reader.metadata is not None
    assert reader.metadata.title == "Invoice INV-000123"
    assert reader.metadata.author == "Lumen Studio GmbH"


def test_e_invoice_is_attached():
    attached = read(invoice()).attachments
    assert list(attached) == ["factur-x.xml"]
    assert b"<ram:ID>INV-000123</ram:ID>" in attached["factur-x.xml"][0]


@pytest.mark.parametrize(
    ("colour", "accent"),
    [("#0B5CAD", "#0b5cad"), ("#ffcc00", INK), ("#ffffff", INK), ("red", INK), ('#000"); x', INK)],
)
def test_accent_is_the_accounts_colour_where_it_can_be_read(colour, accent):
    assert accent_of(colour) == accent


def test_company_and_name_are_both_printed_once():
    text = text_of(invoice(buyer=Address(name="Alice", company="Alice Ltd", country="FR")))
    assert "Alice Ltd Alice France" in text
    assert ALICE.name not in text
