"""Twelve languages × three kinds × tax cases: every document opened again, and its e-invoice judged."""

import re
import unicodedata
from collections.abc import Iterator
from io import BytesIO
from itertools import chain

import facturx
import pytest
from pypdf import PdfReader

from billing.records import Document
from billing.states import DocumentKind
from locales.catalogues import AVAILABLE
from locales.labels import label
from locales.translator import Translator, get_translator
from portal.documents import draw
from portal.documents.frozen import Printed, read_frozen
from portal.documents.glyphs import UNKNOWN
from portal.documents.notes import tax_notes
from tests.portal.documents.cases import BUYERS, CASES, make, make_logo
from tests.portal.documents.schematron import broken_rules

_LOGO = make_logo()
# Every language meets these; the others are spread over the languages.
_EVERYWHERE = ("standard", "reverse-charge", "mixed", "discount")
_SPREAD = tuple(case for case in CASES if case not in _EVERYWHERE)


def _documents(language: str) -> Iterator[tuple[str, Document]]:
    place = list(AVAILABLE).index(language)
    for nth, kind in enumerate(DocumentKind):
        own = [_SPREAD[(place + nth + i * 3) % len(_SPREAD)] for i in range(3)]
        for case in dict.fromkeys((*_EVERYWHERE, *own)):
            why = "correction" if case == "standard" else "refund"
            yield f"{kind}, {case}", make(kind, case, language, of=why)


@pytest.mark.parametrize("language", AVAILABLE)
def test_every_document_reads_back_and_keeps_its_promises(language):
    assert language in BUYERS
    wrong = []
    for which, document in _documents(language):
        printed = read_frozen(document)
        say = get_translator(printed.locale, printed.time_zone)
        reader = PdfReader(BytesIO(draw(document, _LOGO if printed.paid_by.last_four else None)))
        found = chain(
            _missing_words(reader, printed, say),
            _missing_promises(reader, printed, say),
            _bad_xml(reader, printed),
        )
        wrong += [f"{which}: {problem}" for problem in found]
    assert wrong == []


def _missing_words(reader: PdfReader, printed: Printed, say: Translator) -> Iterator[str]:
    """What ought to stand on the paper and does not."""
    text = _plain("".join(page.extract_text() for page in reader.pages))
    amounts = [
        printed.gross,
        *(line.net for line in printed.lines if printed.kind is not DocumentKind.RECEIPT),
    ]
    if printed.kind is not DocumentKind.RECEIPT and printed.tax:
        amounts += [printed.net, *(one.tax for one in printed.taxes)]
    words = [
        label(printed.kind, say),
        printed.number,
        printed.order_id,
        printed.seller_name,
        printed.buyer.name,
        printed.buyer.city,
        say.date(printed.issued_at),
        say.date(printed.paid_at),
        *(say.money(amount) for amount in amounts),
        *(line.product for line in printed.lines if not line.is_shipping),
        *tax_notes(printed, say),
        *filter(None, (printed.invoice_number,)),
    ]
    if printed.refunded_at:
        words.append(say.date(printed.refunded_at))
    # pypdf tells the words of a line that is read from right to left in another order, each as it is spelt.
    parts = re.findall(r"\w+", " ".join(words)) if say.direction == "rtl" else words
    yield from (f"no {part!r}" for part in parts if _plain(part) not in text)
    if UNKNOWN in text:
        yield "a character without a glyph"


def _plain(text: str) -> str:
    """Without white space and marks that only steer the writing direction."""
    return "".join(c for c in text if not c.isspace() and unicodedata.category(c) != "Cf")


def _missing_promises(reader: PdfReader, printed: Printed, say: Translator) -> Iterator[str]:
    """PDF/A-3a, PDF/UA-1, language, title, tags, fonts."""
    root = reader.trailer["/Root"]
    metadata = root["/Metadata"].get_data().decode()
    if not re.search(r"<pdfaid:part>3<.*<pdfaid:conformance>A<", metadata, re.DOTALL):
        yield "not PDF/A-3a"
    if "<pdfuaid:part>1<" not in metadata:
        yield "not PDF/UA-1"
    if root["/Lang"] != say.language:
        yield f"language {root['/Lang']}"
    title = f"{label(printed.kind, say)} {printed.number}"
    if reader.metadata is None or reader.metadata.title != title:
        yield "another title"
    if not root["/MarkInfo"]["/Marked"] or "/K" not in root["/StructTreeRoot"]:
        yield "no tags"
    if printed.paid_by.last_four and "/Alt" not in _keys_of_tags(root["/StructTreeRoot"]):
        yield "a logo without words"
    yield from (f"font {name} is not in it" for name in _fonts_left_out(reader))


def _keys_of_tags(element: object) -> set[str]:
    """Of an element of the tree of tags and of all below it."""
    plain = element.get_object() if hasattr(element, "get_object") else element
    if isinstance(plain, list):
        return set().union(*map(_keys_of_tags, plain)) if plain else set()
    if not isinstance(plain, dict):
        return set()
    return set(plain) | _keys_of_tags(plain.get("/K"))


def _fonts_left_out(reader: PdfReader) -> Iterator[str]:
    for page in reader.pages:
        for font in page["/Resources"].get("/Font", {}).values():
            whole = font.get_object()
            kept = whole.get("/DescendantFonts", [whole])[0].get_object()["/FontDescriptor"].get_object()
            if not any(name.startswith("/FontFile") for name in kept):
                yield str(whole["/BaseFont"])


def _bad_xml(reader: PdfReader, printed: Printed) -> Iterator[str]:
    """The e-invoice: attached as one, named in the metadata, valid; none in a receipt."""
    root = reader.trailer["/Root"]
    metadata = root["/Metadata"].get_data()
    if printed.kind is DocumentKind.RECEIPT:
        if reader.attachments or b"ConformanceLevel" in metadata:
            yield "an e-invoice in a receipt"
        return
    if root["/AF"][0].get_object()["/AFRelationship"] != "/Alternative":
        yield "attached as something else"
    if b"<fx:ConformanceLevel>EN 16931<" not in metadata:
        yield "Factur-X is not named"
    if list(reader.attachments) != ["factur-x.xml"]:
        yield "no e-invoice"
        return
    xml = reader.attachments["factur-x.xml"][0]
    facturx.xml_check_xsd(xml, flavor="factur-x", level="en16931")
    yield from broken_rules(xml)
