"""Text as Slack takes it: escaped once, cut by what a person sees as one character, nothing invisible."""

import re
import unicodedata
from datetime import datetime
from typing import Any

Block = dict[str, Any]
# A whole message: its fallback text, and its blocks.
Told = tuple[str, list[Block]]

# Of somebody's words; a text object holds 3,000 characters, our own words and the marks of lines included.
MOST_QUOTED = 2_400

# Controls, bidi and zero-width characters: they could make a quotation read as ours.
_INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn"}
# Letters and marks that are drawn as nothing: fillers, the grapheme joiner, the blank braille cell.
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
_BREAKS = re.compile("\r\n|[\r\u0085\u2028\u2029\v\f]")
_SKIN_TONES = range(0x1F3FB, 0x1F400)
# mrkdwn has no way to escape these, so that they stand there as their look-alikes.
_LOOK_ALIKES = str.maketrans({"*": "∗", "_": "＿", "~": "∼", "`": "ˋ"})
_USER_ID = re.compile("[UW][A-Z0-9]{2,31}")
_TS = re.compile(r"[0-9]{1,12}\.[0-9]{1,9}")
_EMOJI = re.compile(r":(?=[\w+'-]+:)")


def clean(text: str, most: int) -> str:
    """Somebody's words without invisible characters, cut between whole characters."""
    broken = _BREAKS.sub("\n", text)
    seen = "".join(c for c in broken if c == "\n" or not _is_invisible(c)).strip()
    if len(seen) <= most:
        return seen
    cut = most - 1
    while cut > 0 and _belongs_to_the_last(seen[cut]):
        cut -= 1
    return seen[:cut] + "…"


def _is_invisible(character: str) -> bool:
    return unicodedata.category(character) in _INVISIBLE or character in _BLANK


def _belongs_to_the_last(character: str) -> bool:
    """Accents, vowel signs, variation selectors and skin tones stay with what they stand on."""
    return unicodedata.category(character).startswith("M") or ord(character) in _SKIN_TONES


def quoted(text: str, most: int) -> str:
    """Somebody's words as a quotation that they cannot leave: every line begins with the mark; or empty."""
    lines = [line.strip() for line in clean(text, most).split("\n")]
    return "\n".join(f"“{line}" for line in lines if line) + "”" if any(lines) else ""


def escape(text: str) -> str:
    """The three characters that mean something in mrkdwn and in fallback text, escaped once."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def literal(text: str, most: int = 300) -> str:
    """A name or an address inside mrkdwn of ours: nothing in it is a mark, a link or an emoji."""
    seen = clean(text, most).replace("\n", " ").translate(_LOOK_ALIKES)
    return escape(_EMOJI.sub("∶", seen))


def code(text: str, most: int = 100) -> str:
    """An id that people copy, as it is."""
    return f"`{escape(clean(text, most).replace('`', ''))}`"


def plain(text: str, most: int = 3000) -> Block:
    """A plain_text object: never read as markup."""
    return {"type": "plain_text", "text": clean(text, most) or "–", "emoji": False}


def mrkdwn(text: str) -> Block:
    """A mrkdwn object of ours, short by the making of its parts; people's words in it are `literal`."""
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def bold(label: str, value: str) -> Block:
    """A field: its label, and below it an escaped value."""
    return mrkdwn(f"*{escape(label)}*\n{value}")


def mention(user_id: str) -> str:
    """A call of one person, who is notified; mrkdwn only, and at its beginning. Empty for what is no id."""
    return f"<@{user_id}>" if is_user_id(user_id) else ""


def is_user_id(text: str) -> bool:
    """Formed as Slack forms the ids of people."""
    return _USER_ID.fullmatch(text) is not None


def is_ts(text: str) -> bool:
    """Formed as Slack names a message in its channel."""
    return _TS.fullmatch(text) is not None


def moment(at: datetime, fallback: str) -> str:
    """A time in the reader's own zone; mrkdwn only."""
    return f"<!date^{int(at.timestamp())}^{{date_short_pretty}} {{time}}|{escape(fallback)}>"
