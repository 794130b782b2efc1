"""Draws a document: A4 pages as PDF/A-3a and PDF/UA-1, with its e-invoice attached."""

import json
import struct
import threading
from base64 import b64encode
from functools import cache
from pathlib import Path

import typst

from billing.records import Document
from billing.states import DocumentKind
from locales.translator import Translator, get_translator
from portal.documents.einvoice import make_einvoice
from portal.documents.factur_x import name_einvoice
from portal.documents.frozen import Printed, read_frozen
from portal.documents.glyphs import FONTS, without_marks
from portal.documents.layout import change_strings, lay_out

_FOLDER = Path(__file__).parent
_LAYOUT = _FOLDER / "document.typ"
_LOGO_WIDTH, _LOGO_HEIGHT = 62, 16  # millimetres, at most
# A compiler stays warm between documents, and draws one at a time: so each thread has its own.
_own = threading.local()


def draw(document: Document, logo: bytes | None = None) -> bytes:
    """The PDF, the same bytes each time; takes milliseconds and releases the GIL: call it in a thread.

    `logo` is the PNG that the document names, None where it names none.
    """
    printed = read_frozen(document)
    say = get_translator(printed.locale, printed.time_zone)
    page = lay_out(printed, say)
    inputs = {"einvoice": _einvoice(printed, say), **_picture(logo)}
    try:
        return _compile(page, inputs, printed)
    except typst.TypstError:
        # The one thing that cannot be seen beforehand: marks on characters of another font.
        return _compile(change_strings(page, without_marks), inputs, printed)


def draw_picture(document: Document, logo: bytes | None = None, *, ppi: float = 96) -> list[bytes]:
    """Its pages as PNG, for people who look at many at once."""
    printed = read_frozen(document)
    page = lay_out(printed, get_translator(printed.locale, printed.time_zone))
    inputs = {"page": json.dumps(page), "einvoice": "", **_picture(logo)}
    drawn = _compiler().compile(format="png", ppi=ppi, sys_inputs=inputs)
    assert drawn is not None, "without an output file pictures come back"
    return [drawn] if isinstance(drawn, bytes) else drawn


def _compile(page: object, inputs: dict[str, str], printed: Printed) -> bytes:
    drawn = _compiler().compile(
        format="pdf",
        sys_inputs={"page": json.dumps(page), **inputs},
        pdf_standards=["a-3a", "ua-1"],
        timestamp=int(printed.issued_at.timestamp()),
    )
    assert isinstance(drawn, bytes), "without an output file a PDF comes back"
    return name_einvoice(drawn) if inputs["einvoice"] else drawn


def _einvoice(printed: Printed, say: Translator) -> str:
    """A receipt is no invoice, so it carries none."""
    return "" if printed.kind is DocumentKind.RECEIPT else make_einvoice(printed, say).decode()


def _picture(png: bytes | None) -> dict[str, str]:
    """Inputs are text, so the PNG goes in as an SVG that holds it; its header tells its size in pixels."""
    if png is None:
        return {"logo": ""}
    width, height = struct.unpack_from(">II", png, 16)
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}">'
        f'<image width="{width}" height="{height}" '
        f'href="data:image/png;base64,{b64encode(png).decode()}"/></svg>'
    )
    return {"logo": svg, "logo_height": str(min(_LOGO_HEIGHT, _LOGO_WIDTH * height / width))}


def _compiler() -> typst.Compiler:
    if not hasattr(_own, "compiler"):
        _own.compiler = typst.Compiler(str(_LAYOUT), root=str(_FOLDER), font_paths=_fonts())
    compiler: typst.Compiler = _own.compiler
    return compiler


@cache
def _fonts() -> typst.Fonts:
    """Ours alone: a document looks the same on every machine."""
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(FONTS)])
