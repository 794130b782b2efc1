"""Text as Slack takes it: escaped once, cut by what a person sees as one character, nothing invisible."""

import unicodedata
from datetime import datetime
from typing import Any

Block = dict[str, Any]

# Controls but line breaks, bidi and zero-width characters: they could make a quotation read as ours.
_INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn"}


def clean(text: str, most: int) -> str:
    """Somebody's words without invisible characters, cut between whole characters."""
    seen = "".join(c for c in text if c == "\n" or unicodedata.category(c) not in _INVISIBLE)
    if len(seen) <= most:
        return seen
    cut = most - 1
    while cut > 0 and unicodedata.combining(seen[cut]):
        cut -= 1
    return seen[:cut] + "…"


def escape(text: str) -> str:
    """The three characters that mean something in mrkdwn and in fallback text, escaped once."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def plain(text: str, most: int = 3000) -> Block:
    """A plain_text object: never read as markup."""
    return {"type": "plain_text", "text": clean(text, most) or " ", "emoji": False}


def mrkdwn(text: str) -> Block:
    """A mrkdwn object of ours; what comes from people was escaped before."""
    return {"type": "mrkdwn", "text": text[:3000], "verbatim": True}


def bold(label: str, value: str) -> Block:
    """A field: its label, and below it an escaped value."""
    return mrkdwn(f"*{escape(label)}*\n{value}")


def moment(at: datetime, fallback: str) -> str:
    """A time in the reader's own zone; mrkdwn only."""
    return f"<!date^{int(at.timestamp())}^{{date_short_pretty}} {{time}}|{escape(fallback)}>"


def link(address: str, label: str) -> str:
    """A link of ours in mrkdwn."""
    return f"<{address}|{escape(label)}>"
