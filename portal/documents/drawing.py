"""Draws a document: an A4 page as PDF/A-3a and PDF/UA-1, with its e-invoice attached."""

import json
import threading
from functools import cache
from pathlib import Path

import typst

from billing.records import Document
from locales.translator import get_translator
from portal.documents.einvoice import make_einvoice
from portal.documents.frozen import Printed, read_frozen
from portal.documents.glyphs import FONTS, without_marks
from portal.documents.layout import change_strings, lay_out

_FOLDER = Path(__file__).parent
_LAYOUT = _FOLDER / "document.typ"
# A compiler stays warm between documents, and draws one at a time: so each thread has its own.
_own = threading.local()


def draw(document: Document) -> bytes:
    """The PDF, the same bytes each time; takes milliseconds and releases the GIL: call it in a thread."""
    printed = read_frozen(document)
    page = lay_out(printed, get_translator(printed.locale, printed.time_zone))
    try:
        return _compile(page, printed)
    except typst.TypstError:
        # The one thing that cannot be seen beforehand: marks on characters of another font.
        return _compile(change_strings(page, without_marks), printed)


def _compile(page: object, printed: Printed) -> bytes:
    drawn = _compiler().compile(
        format="pdf",
        sys_inputs={"page": json.dumps(page), "einvoice": make_einvoice(printed).decode()},
        pdf_standards=["a-3a", "ua-1"],
        timestamp=int(printed.issued_at.timestamp()),
    )
    assert isinstance(drawn, bytes), "without an output file a PDF comes back"
    return drawn


def _compiler() -> typst.Compiler:
    if not hasattr(_own, "compiler"):
        _own.compiler = typst.Compiler(str(_LAYOUT), root=str(_FOLDER), font_paths=_fonts())
    compiler: typst.Compiler = _own.compiler
    return compiler


@cache
def _fonts() -> typst.Fonts:
    """Ours alone: a document looks the same on every machine."""
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(FONTS)])
