"""Many documents as one PDF, with a bookmark for each.

Such a file is for reading: the e-invoice within each document and its PDF/A are of single files, and do not
survive being joined. Nothing of that is claimed in it.
"""

import io
from collections.abc import Iterable
from dataclasses import dataclass

from pypdf import PdfWriter
from pypdf.generic import BooleanObject, DictionaryObject, NameObject, TextStringObject

# Of one file: it is made in memory, and readers get slow with long ones.
MOST_JOINED = 250


@dataclass(frozen=True, slots=True)
class Sheet:
    """A document to be joined, and what its bookmark says."""

    content: bytes
    bookmark: str


def join(sheets: Iterable[Sheet], *, title: str, language: str) -> bytes:
    """One PDF in their order; some milliseconds for each, so call it in a thread."""
    writer = PdfWriter()
    for sheet in sheets:
        writer.append(io.BytesIO(sheet.content), outline_item=sheet.bookmark, import_outline=False)
    writer.add_metadata({"/Title": title})
    root = writer.root_object
    root[NameObject("/Lang")] = TextStringObject(language)
    root[NameObject("/ViewerPreferences")] = DictionaryObject(
        {NameObject("/DisplayDocTitle"): BooleanObject(True)}
    )
    root[NameObject("/PageMode")] = NameObject("/UseOutlines")
    joined = io.BytesIO()
    writer.write(joined)
    writer.close()
    return joined.getvalue()


def count_parts(documents: int) -> int:
    """How many files so many documents become."""
    return -(-documents // MOST_JOINED)
