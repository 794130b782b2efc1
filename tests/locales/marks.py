"""What still reads as plain English where a reader has chosen the pseudo-language: it is in no catalogue."""

import re
from collections.abc import Iterable
from functools import cache

from locales.bare_words import Shown
from tests.locales.known import ZONES

_MONTH = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_UNIT = "(?:second|minute|hour|day|week|month|year)s?"
# What is the same in all languages, and what formatters write by the reader's locale, here the English one.
_ALIKE = (
    rf"\b{_MONTH} (?:\d{{1,2}}, )?\d{{1,4}}\b",  # Nov 20, 2026
    r"\d{1,2}:\d\d\s[AP]M(?: [A-Z]{3,4}\b)?|\b[AP]M\b",  # 3:30 PM EST
    r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\b",
    rf"\b(?:in )?\d[\d,]* {_UNIT}(?: ago)?\b",  # 3 hours ago
    r"[\w.+…-]+@[\w.-]+\w|https?://[^\s⟧]+|•[\w.@•]+",  # addresses, whole or covered
    r"\b[RT]-(?:EXAMPLE|[0-9A-Z]{8})\b|\b[A-Z]{2,4}-(?=[\d{])",  # references, numbers of documents
    r"<!date\^[^>]*>|`[^`]*`",  # for Slack to fill in, and code
    r"#[\w-]+|(?<!\w)[/!][a-z]+\b|\{\w+\}",  # channels, colours, commands, places of merchants' texts
    r"(?P<endless>\w)(?P=endless){9,}",
)
_FORMATTED = re.compile("|".join(_ALIKE))
_WORD = re.compile(r"(?<![^\W\d_])[A-Za-z][A-Za-z']+(?![^\W\d_·])")


@cache
def _facts(data: frozenset[str]) -> re.Pattern[str]:
    longest_first = sorted(data, key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest_first))})(?!\w)")


def plain_words(text: str, data: frozenset[str]) -> list[str]:
    """The words of `text` that are neither in marks, nor data, nor written by a formatter."""
    return _WORD.findall(_FORMATTED.sub(" ", _facts(data).sub(" ", text)))


def plain_words_of_pages(pages: Iterable[str], data: frozenset[str]) -> set[str]:
    """The texts of these pages that hold such words, shortened."""
    texts = {" ".join(text.split()) for html in pages for text in Shown(html).texts}
    return {text[:120] for text in texts - ZONES if plain_words(text, data)}
