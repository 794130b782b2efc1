"""`en-XA`: English in marks and accents, longer by a third, to find what nobody can translate.

`Sign in` is said as ⟦Ŝîĝñ·· îñ·⟧. What still reads as plain English on a page is in no catalogue; what is
too wide will be so in German. It is spoken where `SELFBILL_PSEUDO_LOCALE` lets it be chosen, nowhere else.
"""

import re
from functools import cache
from gettext import NullTranslations

from babel.messages.catalog import Catalog

from locales.po_files import make_template
from locales.sources import find_sentences

_ACCENTS = str.maketrans(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
    "ÂƁÇĐÊƑĜĤÎĴĶĹṀÑÔÞǪŔŜŢÛṼŴẊÝŽâƀçđêƒĝĥîĵķĺɱñôþǫŕŝţûṽŵẋýž",
)
# Facts, addresses, commands and code stay as they are: in each language they are the same.
KEPT = re.compile(r"\{\w+\}|%\(\w+\)s|%%|https://\S*|`[^`]*`|[\w.]+@[\w.]+\w|/[a-z]+\b|#\w+")
_WORD = re.compile(r"[^\W\d_]+")
_LONGER = 0.35

Key = str | tuple[str, str]


def in_marks(sentence: str, mark: str = "") -> str:
    """As the pseudo-language says it: placeholders, *bold* and line ends stay where they are."""
    said, end = [], 0
    for kept in KEPT.finditer(sentence):
        said += [_disguised(sentence[end : kept.start()]), kept[0]]
        end = kept.end()
    said.append(_disguised(sentence[end:]))
    return f"⟦{mark}{''.join(said)}⟧"


def _disguised(words: str) -> str:
    return _WORD.sub(_longer, words)


def _longer(word: re.Match[str]) -> str:
    return word[0].translate(_ACCENTS) + "·" * round(0.5 + len(word[0]) * _LONGER)


class PseudoWords(NullTranslations):
    """Only what the template holds is in marks; any other sentence comes back as it was given."""

    def __init__(self, template: Catalog) -> None:
        super().__init__()
        self._said: dict[tuple[str | None, Key], tuple[str, ...]] = {}
        for message in template:
            if isinstance(message.id, str):
                self._said[message.context, message.id] = (in_marks(message.id),)
            else:
                one, many = message.id
                self._said[message.context, (one, many)] = (in_marks(one, "¹"), in_marks(many, "ⁿ"))

    def gettext(self, message: str) -> str:
        return self._find(None, message, 0) or message

    def pgettext(self, context: str, message: str) -> str:
        return self._find(context, message, 0) or message

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return self._find(None, (msgid1, msgid2), n != 1) or super().ngettext(msgid1, msgid2, n)

    def npgettext(self, context: str, msgid1: str, msgid2: str, n: int) -> str:
        return self._find(context, (msgid1, msgid2), n != 1) or super().ngettext(msgid1, msgid2, n)

    def _find(self, context: str | None, key: Key, form: int) -> str:
        said = self._said.get((context, key))
        return said[form] if said else ""


@cache
def pseudo_words() -> PseudoWords:
    """Of all sentences in the sources as they are now."""
    return PseudoWords(make_template(list(find_sentences())))
