"""Which passwords are good enough: long, and more than words and patterns that everybody thinks of."""

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from billing.errors import Invalid

SHORTEST, LONGEST = 15, 256
_LIST = Path(__file__).with_name("common_passwords.txt")
# What must be left of a password when everything common is taken out of it.
_OWN_LETTERS = 7
_RUN = 4
_ROWS = (
    "abcdefghijklmnopqrstuvwxyz" * 2,
    "01234567890" * 2,
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "azertyuiop",
)
_KEYS = ("qwertzuiop", "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik", "qazwsxedcrfvtgbyhnujmikolp")
_LOOKS_LIKE = str.maketrans("0134578@$!+", "oleastbasit")
_SEPARATORS = re.compile(r"[\W_]+")


def must_be_good(password: str, *, own_words: Iterable[str] = ()) -> None:
    """Raises `Invalid` (password): too short, too long, too common; `own_words`: names and addresses."""
    if len(password) < SHORTEST:
        raise Invalid("password", "too-short", least=SHORTEST)
    if len(password) > LONGEST:
        raise Invalid("password", "too-long", most=LONGEST)
    if is_common(password, own_words=own_words):
        raise Invalid("password", "too-common")


def is_common(password: str, *, own_words: Iterable[str] = ()) -> bool:
    """Whether hardly anything is left of it without common words, its owner's words, runs and repeats."""
    words = {*_common_words(), *_parts(own_words)}
    # Twice, as it is typed and as it is meant: `p4ssw0rd` is a word too, and `1234` is a run.
    typed = password.casefold()
    return any(
        len(set(rest)) < _OWN_LETTERS - 2 or len(rest) < _OWN_LETTERS
        for rest in (_rest(typed, words), _rest(typed.translate(_LOOKS_LIKE), words))
    )


def _rest(text: str, words: set[str]) -> str:
    """What is left, from left to right, the longest common part first."""
    text = _without_repeats(_SEPARATORS.sub("", text))
    longest = max(map(len, words))
    kept, at = "", 0
    while at < len(text):
        step = _run_at(text, at)
        for length in range(min(longest, len(text) - at), max(step, 3), -1):
            if text[at : at + length] in words:
                step = length
                break
        if step == 0:
            kept, step = kept + text[at], 1
        at += step
    return kept


def _run_at(text: str, at: int) -> int:
    """How long the sequence is that begins here (of the alphabet, digits or keys), 0 if it is none."""
    for row in (*_ROWS, *_KEYS):
        for line in (row, row[::-1]):
            length = _RUN
            if text[at : at + length] not in line or at + length > len(text):
                continue
            while at + length < len(text) and text[at : at + length + 1] in line:
                length += 1
            return length
    return 0


def _without_repeats(text: str) -> str:
    """A block that is said over and over counts once; so does a letter."""
    return re.sub(r"(.{1,12}?)\1{2,}", r"\1", re.sub(r"^(.+?)\1+$", r"\1", text))


@cache
def _common_words() -> frozenset[str]:
    lines = _LIST.read_text(encoding="utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())


def _parts(own_words: Iterable[str]) -> set[str]:
    """Names and addresses, whole and in their parts; very short parts say nothing."""
    found: set[str] = set()
    for each in own_words:
        bare = each.casefold()
        found |= {part for part in _SEPARATORS.split(bare) if len(part) > 3}
        found.add(_SEPARATORS.sub("", bare))
    return {part for part in found if len(part) > 3}
