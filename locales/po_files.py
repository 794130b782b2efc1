"""Catalogue files as we write them: no dates, no names, no line numbers, so that only words change them."""

from io import BytesIO
from pathlib import Path

from babel import Locale
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

from locales.catalogues import FOLDER, po_file
from locales.sources import Found

TEMPLATE = FOLDER / "messages.pot"


def make_template(found: list[Found]) -> Catalog:
    """What there is to translate, in the order of the sources."""
    catalogue = Catalog(fuzzy=False)
    for one in found:
        message = (one.one, one.many) if one.many else one.one
        catalogue.add(message, locations=[(one.file, 0)], context=one.context)
    return catalogue


def read_catalogue(file: Path, language: str | None = None) -> Catalog:
    """The catalogue in a file; an empty one where there is no file yet."""
    if not file.exists():
        return Catalog(locale=_locale(language), fuzzy=False)
    with file.open("rb") as text:
        return read_po(text, locale=_locale(language))


def _locale(language: str | None) -> Locale | None:
    return Locale.parse(language.replace("_", "-"), sep="-") if language else None


def write_catalogue(file: Path, catalogue: Catalog) -> bool:
    """True if the file was not like this before."""
    body = BytesIO()
    write_po(body, catalogue, width=100, include_lineno=False, omit_header=True, ignore_obsolete=True)
    text = _header(catalogue) + body.getvalue()
    if file.exists() and file.read_bytes() == text:
        return False
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(text)
    return True


def _header(catalogue: Catalog) -> bytes:
    lines = [
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=utf-8",
        "Content-Transfer-Encoding: 8bit",
    ]
    if catalogue.locale is not None:
        lines += [f"Language: {catalogue.locale_identifier}", f"Plural-Forms: {catalogue.plural_forms}"]
    quoted = "".join(f'"{line}\\n"\n' for line in lines)
    return f'msgid ""\nmsgstr ""\n{quoted}\n'.encode()


def merge_catalogue(language: str, template: Catalog) -> Catalog:
    """A language's words with the template's messages: new ones empty, gone ones left out."""
    catalogue = read_catalogue(po_file(language), language)
    catalogue.update(template, no_fuzzy_matching=True)
    return catalogue
