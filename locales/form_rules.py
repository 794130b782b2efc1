"""How a translation must look like its source: white space, marks of Slack's, line ends, and how it ends."""

import re
from collections.abc import Iterator

_PLACE = re.compile(r"\{\w+\}|%\(\w+\)s")
_WORDS = re.compile(r"[^\W\d_]+")
_MOST_SAME = 3  # words: names and terms of trade may be the same in two languages, sentences are not
_COLONS = ":："


def problems_of_form(source: str, words: str) -> Iterator[str]:
    """What a reader would notice, or Slack."""
    if _edges(source) != _edges(words):
        yield "other white space at its ends than the source"
    if source.count("\n") != words.count("\n"):
        yield "other lines than the source"
    if any((mark in source) != (mark in words) for mark in "*`"):
        yield "other *bold* or `code` than the source"
    if any(words.count(mark) % 2 != source.count(mark) % 2 for mark in "*`"):
        yield "a * or ` without its other half"
    if "..." in words:
        yield "three dots instead of …"
    if source.endswith("…") != words.endswith("…"):
        yield "does not end with … as the source"
    if source.endswith(":") and not any(colon in words for colon in _COLONS):
        yield "announces nothing, though the source ends with a colon"
    if source == words and len(_WORDS.findall(_PLACE.sub("", source))) > _MOST_SAME:
        yield "the same as in English"


def _edges(text: str) -> tuple[str, str]:
    return text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]
