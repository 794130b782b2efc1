"""What still reads as plain English where a reader has chosen the pseudo-language: it is in no catalogue."""

import re
from collections.abc import Iterable
from functools import cache
from html.parser import HTMLParser

from tests.locales.known import ZONES

# What formatters write by the reader's locale, which is English for the pseudo-language.
_MONTH = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_UNIT = "(?:second|minute|hour|day|week|month|year)s?"
_FORMATTED = re.compile(
    rf"\b{_MONTH} (?:\d{{1,2}}, )?\d{{1,4}}\b|\d{{1,2}}:\d\d\s[AP]M(?: [A-Z]{{3,4}}\b)?|\b[AP]M\b"
    rf"|\b(?:in )?\d[\d,]* {_UNIT}(?: ago)?\b|[\w.+…-]+@[\w.-]+\w|https?://[^\s⟧]+"
    r"|(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\b|\b[RT]-(?:EXAMPLE|[0-9A-Z]{8})\b|\b[A-Z]{2,4}-(?=[\d{])|•[\w.@•]+"
    r"|<!date\^[^>]*>|`[^`]*`|#[\w-]+|\{\w+\}|(?P<endless>\w)(?P=endless){9,}"
)
_WORD = re.compile(r"(?<![^\W\d_])[A-Za-z][A-Za-z']+(?![^\W\d_·])")
_READ_ALOUD = ("placeholder", "title", "aria-label", "alt", "label", "summary", "aria-roledescription")
_SHOWN_BY_SCRIPTS = "data-"
_BUTTONS = {"submit", "button", "reset"}
_NOT_SAID = {"script", "style", "code", "pre", "textarea", "template"}
_VOID = {"input", "meta", "link", "br", "img", "hr", "source", "col", "wbr"}


@cache
def _facts(data: frozenset[str]) -> re.Pattern[str]:
    longest_first = sorted(data, key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest_first))})(?!\w)")


def plain_words(text: str, data: frozenset[str]) -> list[str]:
    """The words of `text` that are neither in marks, nor data, nor written by a formatter."""
    return _WORD.findall(_FORMATTED.sub(" ", _facts(data).sub(" ", text)))


class Shown(HTMLParser):
    """All texts of a page that people see or hear; not what they typed themselves, nor code."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._inside: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag not in _VOID:
            self._inside.append(tag)
        self.texts += [values[name] for name in _READ_ALOUD if name in values]
        if tag == "input" and values.get("type") in _BUTTONS:
            self.texts.append(values.get("value", ""))
        if tag == "meta" and values.get("name") == "description":
            self.texts.append(values.get("content", ""))
        self.texts += [
            value for name, value in values.items() if name.startswith(_SHOWN_BY_SCRIPTS) and " " in value
        ]

    def handle_endtag(self, tag: str) -> None:
        while self._inside and self._inside.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if not _NOT_SAID & set(self._inside):
            self.texts.append(data)


def plain_words_of_pages(pages: Iterable[str], data: frozenset[str]) -> set[str]:
    """The texts of these pages that hold such words, shortened."""
    texts = {" ".join(text.split()) for html in pages for text in Shown(html).texts}
    return {text[:120] for text in texts - ZONES if plain_words(text, data)}
