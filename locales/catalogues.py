"""Catalogues on disk: which there are, and one loaded, compiled in memory where it must be."""

from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

FOLDER = Path(__file__).parent
SOURCE = "en"  # the language the sources are written in; it needs no catalogue
AVAILABLE = (SOURCE, "de", "es", "fr", "ar")


def po_file(language: str) -> Path:
    """Where the words of a language are kept."""
    return FOLDER / language / "LC_MESSAGES" / "messages.po"


@cache
def load_catalogue(language: str) -> NullTranslations:
    """The words of one of AVAILABLE; the source's own is empty."""
    if language == SOURCE:
        return NullTranslations()
    po = po_file(language)
    mo = po.with_suffix(".mo")
    if mo.exists() and (not po.exists() or mo.stat().st_mtime >= po.stat().st_mtime):
        with mo.open("rb") as compiled:
            return GNUTranslations(compiled)
    return GNUTranslations(_compile(po))


def _compile(po: Path) -> BytesIO:
    """An editable checkout is not built anew after each change of a word."""
    compiled = BytesIO()
    with po.open("rb") as text:
        write_mo(compiled, read_po(text))
    compiled.seek(0)
    return compiled
