"""What each kind of document says, and that nothing breaks the page: long names, many lines, logos."""

from dataclasses import asdict, fields, replace
from io import BytesIO

import pytest
from pypdf import PdfReader

from billing.records import Address, Document
from billing.states import DocumentKind, TaxTreatment
from portal.documents import draw
from portal.documents.countries import country_code, vat_country
from portal.documents.glyphs import clean, drawable, font_order
from tests.portal.documents.cases import BUYERS, CASES, FOOTER, Case, Sold, make, make_logo

INVOICE, CREDIT_NOTE, RECEIPT = DocumentKind.INVOICE, DocumentKind.CREDIT_NOTE, DocumentKind.RECEIPT


def pages_of(document: Document) -> list[str]:
    reader = PdfReader(BytesIO(draw(document)))
    return [" ".join(page.extract_text().split()) for page in reader.pages]


def text_of(document: Document) -> str:
    return " ".join(pages_of(document))


def test_several_rates_are_each_summed_and_what_is_exempt_is_explained():
    text = text_of(make(INVOICE, "mixed"))
    for words in (
        "Tax (19%) on €108.40 €20.60",
        "Tax (7%) on €29.90 €2.09",
        "3 €5.00 0%¹ €15.00",
        "¹ Exempt from tax.",
        "Shipping 1 €8.40 19% €8.40",
        "Total €175.99",
    ):
        assert words in text


def test_discounts_have_a_column_only_where_there_are_some():
    text = text_of(make(INVOICE, "discount"))
    for words in (
        "Quantity Unit price Discount Net",
        "1 €100.00 -€10.00 €90.00",
        "3 €33.3333 -€33.33 €66.67",
        "Subtotal €200.00",
        "Discount -€43.33",
    ):
        assert words in text
    assert "Discount" not in text_of(make(INVOICE, "standard"))


@pytest.mark.parametrize(
    ("case", "note"),
    [
        ("reverse-charge", "Reverse charge: the buyer owes the tax."),
        ("small-business", "No tax is charged, under the rules for small businesses."),
        ("exempt", "Exempt from tax."),
        ("export", "Export, exempt from tax."),
        ("outside", "Not subject to tax."),
    ],
)
def test_law_wants_a_reason_for_missing_tax(case, note):
    assert note in text_of(make(INVOICE, case))
    assert note in text_of(make(CREDIT_NOTE, case))
    assert note not in text_of(make(RECEIPT, case))


def test_it_says_how_it_was_paid():
    assert "Paid with Visa •••• 4242" in text_of(make(INVOICE, "standard"))
    assert "Paid with PayPal" in text_of(make(INVOICE, "zero"))
    assert "Paid with" not in text_of(make(INVOICE, "outside"))


def test_receipt_says_what_was_received_for_what_and_nothing_of_tax():
    text = text_of(make(RECEIPT, "mixed"))
    for words in ("Receipt number RC-000042", "Received from Alice Whitfield", "Amount received €175.99"):
        assert words in text
    assert "Tax (" not in text
    assert "1 €119.00" in text


def test_credit_note_of_a_correction_pays_nothing_back():
    text = text_of(make(CREDIT_NOTE, "standard", of="correction"))
    assert "INV-000123 of Oct 1, 2026" in text
    assert "Nothing is paid back." in text
    assert "refunded" not in text.lower()


def test_corrected_invoice_names_the_one_that_it_stands_in_for():
    named = {"replaces_number": "INV-000120", "replaces_issued_at": "2026-10-02T10:00:00+00:00"}
    document = make(INVOICE, "standard", **named)
    assert "Replaces invoice INV-000120 of Oct 2, 2026" in text_of(document)


def test_merchants_own_footer_is_on_every_page():
    many = Case([Sold(100, 19, "19")] * 60)
    pages = pages_of(make(INVOICE, many))
    for line in FOOTER.splitlines():
        assert all(line in page for page in pages)


def test_many_lines_go_on_under_repeated_headings_with_numbered_pages():
    lines = [Sold(123456789, 23456790, "19", quantity=9876, product=f"Item no. {i}") for i in range(60)]
    pages = pages_of(make(INVOICE, Case(lines)))
    assert len(pages) > 2
    for number, page in enumerate(pages, start=1):
        assert f"{number} / {len(pages)}" in page
        assert "Description Quantity Unit price Net" in page
    assert all("Invoice INV-000123 · Lumen Studio GmbH" in page for page in pages[1:])
    together = " ".join(pages)
    assert all(f"Item no. {i} " in together for i in range(60))
    assert "9,876 €125.0069 €1,234,567.89" in pages[0]


def test_one_page_is_not_numbered():
    assert "1 / 1" not in text_of(make(INVOICE, "mixed"))


def place_of(words: str, reader: PdfReader) -> float:
    places: list[float] = []

    def visit(text: str, place: list[float], *_font: object) -> None:
        if words in text:
            places.append(place[4])

    reader.pages[0].extract_text(visitor_text=visit)
    return places[0]


def test_words_that_no_line_holds_are_broken_and_copied_out_whole():
    address = "x" * 70 + "@" + "long-domain." * 5 + "example"
    buyer = asdict(replace(BUYERS["en"], email=address, name="Whitfield" * 20))
    document = make(INVOICE, "standard", buyer=buyer)
    reader = PdfReader(BytesIO(draw(document)))
    text = "".join(reader.pages[0].extract_text().split())
    assert address in text
    assert "Whitfield" * 20 in text
    assert "\u200b" not in text


def test_arabic_is_copied_out_without_marks_that_steer():
    reader = PdfReader(BytesIO(draw(make(INVOICE, replace(CASES["discount"], currency="USD"), "ar"))))
    text = reader.pages[0].extract_text()
    assert not set("\u200b\u200e\u200f\u061c") & set(text)
    for words in ("10115 Berlin", "INV-000123", "40107225", "186.44\u00a0US$", "حداد", "النور"):
        assert words in text


def test_han_characters_take_the_forms_of_the_documents_language():
    assert font_order("ja", "骨")[2:] == ["Noto Sans JP", "Noto Sans SC"]
    assert font_order("zh-CN", "骨")[2:] == ["Noto Sans SC", "Noto Sans JP"]
    assert font_order("en", ["千代田", "佐藤"])[2] == "Noto Sans JP"
    assert font_order("en", ["张伟"])[2] == "Noto Sans SC"
    reader = PdfReader(BytesIO(draw(make(INVOICE, "standard", "zh-CN"))))
    fonts = reader.pages[0]["/Resources"]["/Font"].values()
    assert not [font for font in fonts if "JP" in font.get_object()["/BaseFont"]]
    assert "骨海软件有限公司" in reader.pages[0].extract_text()


def test_every_letter_of_our_languages_can_be_drawn():
    letters = "ĄąĆćĘęŁłŃńÓóŚśŹźŻżĞğİıŞşÇçÖöÜüÃãÕõßŒœÆæÅåŸÿŐőŰűÐðÞþ€₺₽₹₩₪₫₱¥￥£•–—…„“”«»"
    assert {ord(c) for c in letters} <= drawable()


@pytest.mark.parametrize("size", [(600, 20), (20, 600), (64, 64)])
def test_logos_of_any_shape_fit_and_have_words(size):
    drawn = PdfReader(BytesIO(draw(make(INVOICE, "standard"), make_logo(*size))))
    assert len(drawn.pages) == 1
    assert "Logo of Lumen Studio GmbH" in tagged_words(drawn.trailer["/Root"]["/StructTreeRoot"])


def tagged_words(element: object) -> list[str]:
    plain = element.get_object() if hasattr(element, "get_object") else element
    if isinstance(plain, list):
        return [words for each in plain for words in tagged_words(each)]
    if not isinstance(plain, dict):
        return []
    return [str(plain.get("/Alt")), *tagged_words(plain.get("/K"))]


def test_treatments_of_law_have_all_been_thought_of():
    drawn = {line.treatment for case in CASES.values() for line in case.lines}
    assert drawn == set(TaxTreatment)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("Turkey", "TR"),
        ("Türkiye", "TR"),
        ("Deutschland", "DE"),
        ("USA", "US"),
        (" brasil ", "BR"),
        ("EU", ""),
    ],
)
def test_countries_are_known_by_the_names_that_forms_use(words, code):
    assert country_code(words) == code


@pytest.mark.parametrize(
    ("tax_id", "code"),
    [("DE123456789", "DE"), ("EL123456789", "GR"), ("37/123/45678", ""), ("", ""), ("zz1", "")],
)
def test_vat_numbers_start_with_their_country(tax_id, code):
    assert vat_country(tax_id) == code


@pytest.mark.parametrize(
    ("most", "letters"), [(200, "a"), (500, "漢"), (10_000, "س"), (10_000, "ab cd ")], ids=str
)
def test_no_length_of_what_people_typed_keeps_a_document_from_being_drawn(most, letters):
    """All lines as long as forms, files and processors let them be."""
    words = (letters * most)[:most]
    lines = [{**make(INVOICE, "standard").frozen["lines"][0], "product": words, "price_point": words}]
    party = {each.name: words for each in fields(Address)}
    long = {"buyer": party, "seller": party, "lines": lines, "order_id": words, "footer": words}
    assert "INV-000123" in text_of(make(INVOICE, "standard", **long))


def test_an_amount_is_not_broken_before_its_sign() -> None:
    assert clean("29,90\u00a0€ für\n 5\u202f900") == "29,90\u00a0€ für 5\u202f900"
