"""Glossaries: each language says which term stands for which word of ours, and its catalogue keeps to it."""

import re
from collections.abc import Iterator, Mapping

from babel.messages.catalog import Catalog

from locales.catalogues import po_file

# The words that people read, of all that the product has a name for.
WORDS = (
    "Account",
    "Plan",
    "Staff",
    "Product",
    "Customer",
    "Purchase",
    "Payment",
    "Order ID",
    "Subscription",
    "Card",
    "Invoice",
    "Credit note",
    "Receipt",
    "Surface",
    "Self billing",
    "Request",
    "Ticket",
    "Operation",
    "Approval",
    "Membership",
    "Journal",
)
_KEPT = 0.7  # of a term: the rest may be an ending
_SHORTEST = 4
_BETWEEN = re.compile(r"[,;/()*]")


def problems_of_glossary(language: str, catalogue: Catalog) -> Iterator[str]:
    """Words without a term, and labels that say something else."""
    file = po_file(language).parents[1] / "glossary.md"
    if not file.exists():
        yield "has no glossary.md"
        return
    terms = read_terms(file.read_text(encoding="utf-8"))
    for word in WORDS:
        said = catalogue.get(word)
        label = str(said.string) if said and isinstance(said.id, str) else ""
        if word.lower() not in terms:
            yield f"no term in its glossary: {word!r}"
        elif label and not _says(label, terms[word.lower()]):
            yield f"its glossary has {terms[word.lower()]!r} for {word!r}, and its catalogue {label!r}"


def read_terms(text: str) -> Mapping[str, str]:
    """The second column of its tables by each word of the first, in small letters."""
    terms: dict[str, str] = {}
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.split("|")]
        if len(cells) > 3:
            names = [name.strip().lower() for name in _BETWEEN.split(cells[1])]
            terms = {**dict.fromkeys(names, cells[2]), **terms}
    return terms


def _says(label: str, term: str) -> bool:
    """Whether the label has one of these terms in it, or most of it."""
    plain = _plain(label)
    ways = [way for part in _BETWEEN.split(term) if (way := _plain(part))]
    return any(way[: max(_length(way), int(len(way) * _KEPT))] in plain for way in ways)


def _length(way: str) -> int:
    return _SHORTEST if way.isascii() else 2


def _plain(text: str) -> str:
    # a Turkish İ has a dot of its own in small letters
    return text.strip().casefold().replace("\u0307", "")
