"""A PDF written anew from its pages: what is seen stays, what acts or is carried along goes."""

import io
from collections.abc import Iterator

from pypdf import PdfReader, PdfWriter
from pypdf.generic import (
    ArrayObject,
    DictionaryObject,
    IndirectObject,
    NameObject,
    PdfObject,
    StreamObject,
)

MOST_PAGES = 500
# Keys under which something acts, runs, or is another file.
_ACTING = frozenset(
    "/A /AA /AF /Collection /EF /EmbeddedFiles /FS /Filespec /JS /JavaScript /Launch /Metadata /Names"
    " /OpenAction /PA /PieceInfo /Ref /Rendition /Renditions /RichMediaContent /RichMediaSettings"
    " /URI /XFA".split()
)
# In a stream: the file elsewhere that its content would come from. In other things the letter is harmless.
_ELSEWHERE = frozenset({"/F", "/FFilter", "/FDecodeParms"})
# Notes and marks that are only looked at; links, films, sounds and carried files are not among them.
_LOOKED_AT = frozenset(
    "/Text /FreeText /Line /Square /Circle /Polygon /PolyLine /Highlight /Underline /Squiggly /StrikeOut"
    " /Stamp /Caret /Ink /Popup /Widget".split()
)


class Unclean(Exception):
    """Encrypted, too long, or nothing left to show."""


def clean_pdf(content: bytes) -> bytes:
    """The same pages without scripts, actions, links, attachments and metadata; raises whatever it meets."""
    reader = PdfReader(io.BytesIO(content), strict=False)
    if reader.is_encrypted:
        raise Unclean
    pages = reader.pages
    if not 0 < len(pages) <= MOST_PAGES:
        raise Unclean
    writer = PdfWriter()
    for page in pages:
        _keep_marks_only(writer.add_page(page))
    for kept in list(writer._objects):
        for part in _dictionaries(kept):
            acting = _ACTING | _ELSEWHERE if isinstance(part, StreamObject) else _ACTING
            for key in acting & part.keys():
                del part[key]
    writer.metadata = None
    written = io.BytesIO()
    writer.write(written)
    return written.getvalue()


def _keep_marks_only(page: DictionaryObject) -> None:
    marks = page.get("/Annots")
    if marks is None:
        return
    found = marks.get_object()
    listed = found if isinstance(found, ArrayObject) else ArrayObject()
    page[NameObject("/Annots")] = ArrayObject(
        mark
        for mark in listed
        if isinstance(seen := mark.get_object(), DictionaryObject) and seen.get("/Subtype") in _LOOKED_AT
    )


def _dictionaries(thing: PdfObject | None) -> Iterator[DictionaryObject]:
    """All dictionaries in an object, not those it points to; no recursion, which a file could exhaust."""
    waiting: list[PdfObject | None] = [thing]
    while waiting:
        now = waiting.pop()
        if isinstance(now, IndirectObject):
            continue
        if isinstance(now, DictionaryObject):
            yield now
            waiting.extend(now.values())
        elif isinstance(now, ArrayObject):
            waiting.extend(now)
