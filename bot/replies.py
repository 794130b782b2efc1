"""What people write in a card's thread, out of Slack's own JSON: whose words, and for whom they are."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.callers import text_at
from bot.marks import is_ts

# What a reply to the customer begins with. Nobody types it by accident, and no client makes a list,
# a quotation or a command of it; `>` and `/` would be taken.
TO_CUSTOMER = "!customer"
MOST_NAMES = 20

# A message of a person as it was first posted: edits, deletions, joins and bots have other subtypes.
_OWN_WORDS = frozenset({"", "file_share", "thread_broadcast"})
_PREFIX = re.compile(rf"\s*{TO_CUSTOMER}(?![\w-])\s*:?[ \t]*", re.IGNORECASE)
_MARKUP = re.compile(r"<([^<>]*)>")
_USER = re.compile(r"<@([UW][A-Z0-9]+)[|>]")


@dataclass(frozen=True, slots=True)
class Written:
    """A person's message in a thread; `text` as Slack sends it, markup and all."""

    channel: str
    thread_ts: str
    ts: str
    text: str
    has_files: bool


def read_written(event: Any, *, bot_user_id: str) -> Written | None:
    """None for everything but new words of a person below somebody's message."""
    if not isinstance(event, dict) or text_at(event, "subtype") not in _OWN_WORDS:
        return None
    if event.get("bot_id") or event.get("hidden") or text_at(event, "user") in {"", bot_user_id}:
        return None
    written = Written(
        channel=text_at(event, "channel"),
        thread_ts=text_at(event, "thread_ts"),
        ts=text_at(event, "ts"),
        text=text_at(event, "text"),
        has_files=bool(event.get("files")),
    )
    is_reply = is_ts(written.ts) and is_ts(written.thread_ts) and written.thread_ts != written.ts
    return written if is_reply and written.channel.isalnum() else None


def split_prefix(text: str) -> tuple[bool, str]:
    """Whether it is for the customer, and the words without what says so."""
    marked = _PREFIX.match(text)
    return (True, text[marked.end() :]) if marked else (False, text)


def mentioned(text: str) -> list[str]:
    """The ids of the people whom it names, each once."""
    return list(dict.fromkeys(_USER.findall(text)))[:MOST_NAMES]


def as_read(text: str, names: Mapping[str, str]) -> str:
    """The words as people see them in Slack: names for ids, addresses for links, characters for entities."""
    seen = _MARKUP.sub(lambda found: _shown(found[1], names), text)
    # PostgreSQL holds no NUL, and nobody reads one
    return seen.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&").replace("\0", "")


def _shown(inside: str, names: Mapping[str, str]) -> str:
    what, _, given = inside.partition("|")
    match what[:1]:
        case "@":
            return "@" + (names.get(what[1:]) or given or what[1:])
        case "#":
            return "#" + (given or what[1:])
        case "!":
            return given or "@" + what[1:].partition("^")[0]
        case _:
            address = what.removeprefix("mailto:")
            same = not given or given in {address, address.partition("://")[2]}
            return address if same else f"{given} ({address})"
