"""What a mail consists of: typed parts, from which its text and its HTML are drawn alike."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Sentences; a line break in them stays one. `is_own`: the merchant's, in their own direction."""

    text: str
    is_own: bool = False


@dataclass(frozen=True, slots=True)
class Items:
    """A list, one sentence each."""

    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Facts:
    """Labels and their values, e.g. the Order ID."""

    pairs: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Quotation:
    """Somebody's own words, visibly theirs, below a sentence that says whose they are."""

    intro: str
    text: str


@dataclass(frozen=True, slots=True)
class Code:
    """Digits to be typed elsewhere."""

    number: str


@dataclass(frozen=True, slots=True)
class Action:
    """A link; `label` says where it leads without what stands around it."""

    label: str
    address: str


@dataclass(frozen=True, slots=True)
class SmallPrint:
    """What matters only if something is wrong."""

    text: str


Part: TypeAlias = Paragraph | Items | Facts | Quotation | Code | Action | SmallPrint
_AFTER_ALL_ELSE = (Action, SmallPrint)


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail to one address. `signature` empty: the merchant's name."""

    to: str
    subject: str
    parts: tuple[Part, ...]
    signature: str = ""

    def with_own_words(self, paragraph: str, signature: str) -> "Letter":
        """With what the merchant says in it: before links and small print, and at the end."""
        parts = self.parts
        if paragraph:
            at = next((n for n, part in enumerate(parts) if isinstance(part, _AFTER_ALL_ELSE)), len(parts))
            parts = (*parts[:at], Paragraph(paragraph, is_own=True), *parts[at:])
        return replace(self, parts=parts, signature=signature)


def gather(parts: Sequence[Part | None]) -> tuple[Part, ...]:
    """Those that are there."""
    return tuple(part for part in parts if part is not None)
