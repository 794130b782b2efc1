"""Words in the reader's language: sentences of the catalogue with facts put into named places."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property, lru_cache
from gettext import NullTranslations
from typing import Literal
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError

from billing.money import Money
from locales.catalogues import AVAILABLE, PSEUDO, SOURCE, find_language, load_catalogue
from locales.formats import Formats
from locales.pseudo import pseudo_words

_PLACE = re.compile(r"\{(\w+)\}")
_TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8}){0,3}")


def N_(message: str) -> str:  # noqa: N802 (the name that gettext's readers look for)
    """Marks a sentence for the catalogue where it is only kept; it is translated where it is said."""
    return message


@dataclass(frozen=True)
class Translator(Formats):
    """Says things in one language, and formats as one locale. `language` is one of AVAILABLE, or PSEUDO."""

    language: str

    @property
    def tag(self) -> str:
        """For `lang=` and stored locales, e.g. `de` or `de-AT`."""
        return PSEUDO if self.language == PSEUDO else str(self.locale).replace("_", "-")

    @property
    def direction(self) -> Literal["ltr", "rtl"]:
        """Which way the language is written."""
        return "rtl" if self.locale.text_direction == "rtl" else "ltr"

    @cached_property
    def _words(self) -> NullTranslations:
        return pseudo_words() if self.language == PSEUDO else load_catalogue(self.language)

    def text(self, message: str, /, **facts: object) -> str:
        """The sentence, with `{name}` replaced by the fact of that name; money and times are formatted."""
        return self._fill(self._words.gettext(message), facts)

    def plural(self, one: str, many: str, n: int, /, **facts: object) -> str:
        """The sentence for this number, which is the fact `n`: `plural("{n} day", "{n} days", 3)`."""
        return self._fill(self._words.ngettext(one, many, n), {"n": n, **facts})

    def context(self, context: str, message: str, /, **facts: object) -> str:
        """As `text`, for a short word that means different things in different places."""
        return self._fill(self._words.pgettext(context, message), facts)

    @cached_property
    def jinja_translations(self) -> "JinjaWords":
        """For `env.install_gettext_translations(say.jinja_translations, newstyle=True)`."""
        return JinjaWords(self._words)

    def at(self, time_zone: str) -> "Translator":
        """The same reader in another time zone."""
        return get_translator(self.tag, time_zone)

    def _fill(self, sentence: str, facts: dict[str, object]) -> str:
        """Our own replacer: what facts hold is never read again, nor evaluated."""
        if not facts:
            return sentence

        def fact(place: re.Match[str]) -> str:
            name = place[1]
            return self._spell(facts[name]) if name in facts else place[0]

        return _PLACE.sub(fact, sentence)

    def _spell(self, fact: object) -> str:
        match fact:
            case Money():
                return self.money(fact)
            case datetime():
                return self.datetime(fact)
            case date():
                return self.date(fact)
            case bool() | str():
                return str(fact)
            case int():
                return self.number(fact)
            case _:
                return str(fact)


class JinjaWords:
    """The catalogue as templates see it: `{name}` and `%(name)s` are the same place there."""

    def __init__(self, words: NullTranslations) -> None:
        self._words = words

    def gettext(self, message: str) -> str:
        """The sentence; the template fills it with `%`, escaping as it goes."""
        return _for_template(self._words.gettext(message))

    def ngettext(self, one: str, many: str, n: int) -> str:
        """The sentence for this number, which templates name `num`."""
        return _for_template(self._words.ngettext(one, many, n))

    def pgettext(self, context: str, message: str) -> str:
        """As `gettext`, in a context."""
        return _for_template(self._words.pgettext(context, message))

    def npgettext(self, context: str, one: str, many: str, n: int) -> str:
        """As `ngettext`, in a context."""
        return _for_template(self._words.npgettext(context, one, many, n))


def _for_template(sentence: str) -> str:
    return _PLACE.sub(r"%(\1)s", sentence)


@lru_cache(maxsize=2048)
def get_translator(tag: str, time_zone: str = "UTC") -> Translator:
    """For any language tag: words and formats of the nearest language there is, else English."""
    locale = parse_locale(tag)
    language = find_language(locale) if locale else None
    if tag == PSEUDO:
        locale, language = Locale(SOURCE), PSEUDO
    if locale is None or language is None:
        locale, language = Locale(SOURCE), SOURCE
    return Translator(locale=locale, time_zone=ZoneInfo(time_zone), language=language)


def parse_locale(tag: str) -> Locale | None:
    """The locale of a language tag, or of the language alone where the rest of it is unknown."""
    try:
        return Locale.parse(tag.replace("_", "-"), sep="-")
    except (ValueError, UnknownLocaleError):
        language = re.split("[-_]", tag, maxsplit=1)[0]
        return parse_locale(language) if language != tag else None


def negotiate(accept_language: str | None, *, default: str, among: Sequence[str] = AVAILABLE) -> str:
    """One of AVAILABLE or `among` that the reader's browser asks for, best first, else `default`."""
    wishes = [_wish(part) for part in (accept_language or "")[:1000].split(",")]
    for weight, tag in sorted(wishes, key=lambda wish: -wish[0]):
        if weight > 0 and tag in among:
            return tag
        locale = parse_locale(tag) if weight > 0 and _TAG.fullmatch(tag) else None
        if locale is not None and (language := find_language(locale)):
            return language
    return default


def _wish(part: str) -> tuple[float, str]:
    """`de-AT;q=0.8` is (0.8, "de-AT"); what is malformed weighs nothing."""
    tag, _, parameter = part.partition(";")
    name, _, weight = parameter.strip().partition("=")
    if not parameter.strip():
        return 1.0, tag.strip()
    if name.strip() != "q" or not re.fullmatch(r"[01](\.\d{0,3})?", weight.strip()):
        return 0.0, ""
    return float(weight), tag.strip()
