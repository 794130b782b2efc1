"""Which characters our fonts can draw: PDF/A has no empty boxes, and no name may stop an invoice."""

import json
import re
import struct
import unicodedata
from collections.abc import Iterator
from functools import cache
from pathlib import Path

FONTS = Path(__file__).parent / "fonts"
UNKNOWN = "\ufffd"
_FIRST_HAN = "\u2e80"
# Invisible, but some scripts are misspelt, and amounts in them turned round, without these.
_JOINERS = frozenset("\u061c\u200c\u200d\u200e\u200f")
_ALL_SPACES = re.compile(r"\s+")
_SPACES = re.compile(r"[^\S\u00a0\u202f]+")  # on paper an amount stays with its sign


# Latin, Greek and Cyrillic first; Arabic that can be copied out again; then Han characters, which look
# different where Japanese and where Chinese people write them.
_LETTERS = ("Noto Sans", "Vazirmatn")
_JAPANESE, _CHINESE = "Noto Sans JP", "Noto Sans SC"


def font_order(language: str, words: object) -> list[str]:
    """The families to look for a glyph in, best first: Han characters as the document's language writes them.

    In other languages as Japanese, unless some of the words can only be written with the Chinese ones.
    """
    if language == "ja":
        return [*_LETTERS, _JAPANESE, _CHINESE]
    if language.startswith("zh"):
        return [*_LETTERS, _CHINESE, _JAPANESE]
    written = {ord(c) for c in json.dumps(words, ensure_ascii=False) if c >= _FIRST_HAN}
    chinese = written and not written <= _codes(_JAPANESE) and written & _codes(_CHINESE)
    return [*_LETTERS, *((_CHINESE, _JAPANESE) if chinese else (_JAPANESE, _CHINESE))]


@cache
def drawable() -> frozenset[int]:
    """The code points that at least one of our fonts has a glyph for."""
    return frozenset().union(*(_codes(family) for family in (*_LETTERS, _JAPANESE, _CHINESE)))


@cache
def _codes(family: str) -> frozenset[int]:
    file = FONTS / f"{family.replace(' ', '')}-Regular.ttf"
    return frozenset(_codes_of(file.read_bytes()))


def clean(text: str) -> str:
    """One line of text as it can be drawn: what no font has becomes a replacement character.

    Control characters and marks that turn the writing direction are left out.
    """
    return "".join(
        c if ord(c) in drawable() or c in _JOINERS else UNKNOWN for c in _in_one_line(text, _SPACES)
    )


def without_marks(text: str) -> str:
    """Base characters alone: a mark can be drawn only if its base is in the same font."""
    return "".join(c for c in text if not unicodedata.category(c).startswith("M"))


def visible(text: str) -> str:
    """One line without control characters: what XML, too, can hold."""
    return _in_one_line(text, _ALL_SPACES)


def _in_one_line(text: str, spaces: re.Pattern[str]) -> str:
    line = unicodedata.normalize("NFC", spaces.sub(" ", text).strip())
    return "".join(c for c in line if not _is_hidden(c))


def _is_hidden(character: str) -> bool:
    return unicodedata.category(character) in {"Cc", "Cf", "Cn", "Co", "Cs"} and character not in _JOINERS


def _codes_of(font: bytes) -> Iterator[int]:
    """Reads the cmap table (OpenType 1.9): every subtable for Unicode that we meet is format 4 or 12."""
    tables = struct.unpack_from(">H", font, 4)[0]
    records = (struct.unpack_from(">4sIII", font, 12 + 16 * i) for i in range(tables))
    cmap = next(offset for tag, _, offset, _ in records if tag == b"cmap")
    for i in range(struct.unpack_from(">H", font, cmap + 2)[0]):
        start = cmap + struct.unpack_from(">HHI", font, cmap + 4 + 8 * i)[2]
        match struct.unpack_from(">H", font, start)[0]:
            case 4:
                yield from _format_4(font, start)
            case 12:
                yield from _format_12(font, start)


def _format_4(font: bytes, start: int) -> Iterator[int]:
    count = struct.unpack_from(">H", font, start + 6)[0] // 2
    ends = struct.unpack_from(f">{count}H", font, start + 14)
    starts = struct.unpack_from(f">{count}H", font, start + 16 + 2 * count)
    for first, last in zip(starts, ends, strict=True):
        yield from range(first, min(last, 0xFFFE) + 1)


def _format_12(font: bytes, start: int) -> Iterator[int]:
    for i in range(struct.unpack_from(">I", font, start + 12)[0]):
        first, last, _ = struct.unpack_from(">III", font, start + 16 + 12 * i)
        yield from range(first, last + 1)
