"""Catalogues on disk: which there are, and one loaded, compiled in memory where it must be."""

from collections.abc import Sequence
from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path

from babel import Locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

FOLDER = Path(__file__).parent
_TRADITIONAL = frozenset({"TW", "HK", "MO"})
SOURCE = "en"  # the language the sources are written in; it needs no catalogue
# As `lang=` has them; each is the one we speak of its language, whatever the reader's country.
AVAILABLE = (SOURCE, "de", "es", "fr", "it", "pt-BR", "nl", "pl", "tr", "ja", "zh-CN", "ar")
PSEUDO = "en-XA"  # as CLDR and Android call it: see pseudo.py
_BY_LANGUAGE = {tag.partition("-")[0]: tag for tag in AVAILABLE}


def find_language(locale: Locale) -> str | None:
    """The one of AVAILABLE that readers in this locale read, if any: those of Traditional Chinese do not."""
    if locale.language == "zh" and (locale.script == "Hant" or locale.territory in _TRADITIONAL):
        return None
    return _BY_LANGUAGE.get(locale.language)


def language_names(tags: Sequence[str] = AVAILABLE) -> list[tuple[str, str]]:
    """Tags and names of languages, each in its own words."""
    return [(tag, _own_name(tag)) for tag in tags]


@cache
def _own_name(tag: str) -> str:
    if tag == PSEUDO:
        return "⟦ÊñĝļîšĥẊÂ⟧"
    locale = Locale.parse(tag, sep="-")
    names = locale.languages
    # CLDR names the script where the country stands for it: 简体中文
    return str(names.get("zh_Hans" if tag == "zh-CN" else tag.replace("-", "_")) or locale.display_name)


def po_file(language: str) -> Path:
    """Where the words of a language are kept."""
    return FOLDER / language.replace("-", "_") / "LC_MESSAGES" / "messages.po"


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
