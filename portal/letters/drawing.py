"""A letter as text and as HTML: the same parts in the same order, for whoever reads either."""

from dataclasses import dataclass
from typing import assert_never

from billing.records import Account
from locales.translator import N_, Translator
from portal.brand import Accents, find_accents
from portal.letters.parts import (
    Action,
    Code,
    Facts,
    Items,
    Letter,
    Paragraph,
    Part,
    Quotation,
    SmallPrint,
)
from portal.render import Templates

_PAIR = N_("{label}: {value}")
_TEMPLATES = Templates()


@dataclass(frozen=True, slots=True)
class DrawnLetter:
    """What the template of mails gets; `parts` are pairs of a part's kind and the part."""

    subject: str
    merchant: str
    signature: str
    parts: tuple[tuple[str, Part], ...]
    accents: Accents


def draw_text(letter: Letter, account: Account, say: Translator) -> str:
    """The plain text, its parts apart by an empty line, with the signature that mail programs know as one."""
    parts = [_text_of(part, say) for part in letter.parts]
    return "\n\n".join(part for part in parts if part) + f"\n\n-- \n{letter.signature or account.name}\n"


def draw_html(letter: Letter, account: Account, say: Translator) -> str:
    """A whole HTML document: no picture, no script, no byte from elsewhere; light and dark."""
    page = DrawnLetter(
        subject=" ".join(letter.subject.split()),
        merchant=account.name,
        signature=letter.signature or account.name,
        parts=tuple((type(part).__name__, part) for part in letter.parts),
        accents=find_accents(account.colour),
    )
    return _TEMPLATES.render("mail/letter.html", say, {"page": page, "say": say})


def _text_of(part: Part, say: Translator) -> str:
    match part:
        case Paragraph() | SmallPrint():
            return part.text
        case Items():
            return "\n".join(part.items)
        case Facts():
            return "\n".join(say.text(_PAIR, label=label, value=value) for label, value in part.pairs)
        case Quotation():
            return f"{part.intro}\n{quoted(part.text)}"
        case Code():
            return part.number
        case Action():
            return say.text(_PAIR, label=part.label, value=part.address)
    assert_never(part)


def quoted(text: str) -> str:
    """Somebody's own words, visibly a quotation, each line marked."""
    return "\n".join(f"> {line}".rstrip() for line in text.strip().splitlines())
