"""`python -m locales.check`: exits 1 and lists what no reader should meet.

Stale, missing or broken words, words that are in no catalogue, and terms that are not the glossary's.
"""

import re
import sys
from collections.abc import Iterator

from babel.messages.catalog import Catalog, Message

from locales.bare_words import find_bare_words
from locales.catalogues import AVAILABLE, SOURCE, po_file
from locales.form_rules import problems_of_form
from locales.glossaries import problems_of_glossary
from locales.po_files import TEMPLATE, make_template, read_catalogue
from locales.sources import find_sentences

_PLACE = re.compile(r"\{(\w+)\}|%\((\w+)\)s")
_NUMBERS = frozenset({"n", "num"})  # one of a plural's forms may spell its number out

Key = tuple[str | None, str]


def find_problems() -> Iterator[str]:
    """One line for each, the file first."""
    wanted = _by_key(make_template(list(find_sentences())))
    template = _by_key(read_catalogue(TEMPLATE))
    yield from _compare(TEMPLATE.name, wanted, template)
    yield from find_bare_words()
    for language in AVAILABLE:
        if language != SOURCE:
            catalogue = read_catalogue(po_file(language), language)
            yield from check_catalogue(language, wanted, catalogue)
            yield from (f"{language}: {problem}" for problem in problems_of_glossary(language, catalogue))


def check_catalogue(language: str, wanted: dict[Key, Message], catalogue: Catalog) -> Iterator[str]:
    """What is missing, left over or wrong in one language."""
    own = _by_key(catalogue)
    yield from _compare(language, wanted, own)
    for key, message in own.items():
        for problem in _problems_of(message, catalogue.num_plurals):
            yield f"{language}: {problem}: {key[1]!r}"


def _by_key(catalogue: Catalog) -> dict[Key, Message]:
    return {(message.context, _forms(message.id)[0]): message for message in catalogue if message.id}


def _compare(name: str, wanted: dict[Key, Message], there: dict[Key, Message]) -> Iterator[str]:
    for _, sentence in sorted(wanted.keys() - there.keys(), key=str):
        yield f"{name}: missing, run `python -m locales.extract`: {sentence!r}"
    for _, sentence in sorted(there.keys() - wanted.keys(), key=str):
        yield f"{name}: no longer in the sources, run `python -m locales.extract`: {sentence!r}"


def _problems_of(message: Message, plurals: int) -> Iterator[str]:
    sources, words = _forms(message.id), _forms(message.string or "")
    if message.fuzzy:
        yield "fuzzy"
    if not all(words):
        yield "not translated"
        return
    if len(words) != (plurals if len(sources) > 1 else 1):
        yield f"{len(words)} forms instead of {plurals}"
    wanted = set().union(*map(_places, sources))
    may_lack = _NUMBERS if len(sources) > 1 else frozenset()
    for form in words:
        if _places(form) - wanted or wanted - _places(form) - may_lack:
            yield "other placeholders than the source"
        yield from problems_of_form(sources[-1], form)


def _forms(text: str | list[str] | tuple[str, ...]) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text)


def _places(form: str) -> set[str]:
    return {braced or percent for braced, percent in _PLACE.findall(form)}


def main() -> int:
    """Prints the problems; 0 if there are none."""
    problems = list(find_problems())
    for problem in problems:
        print(problem)
    print(f"{len(problems)} problems", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
