"""Slack's text as HTML: mrkdwn with its links, mentions and dates, plain text with its emoji."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, tzinfo

from markupsafe import Markup

from selfbill.sandbox.slack.workspace import Json

EMOJI = {
    "white_check_mark": "✅",
    "heavy_check_mark": "✔️",
    "x": "❌",
    "no_entry": "⛔",
    "no_entry_sign": "🚫",
    "warning": "⚠️",
    "hourglass": "⌛",
    "hourglass_flowing_sand": "⏳",
    "arrows_counterclockwise": "🔄",
    "leftwards_arrow_with_hook": "↩️",
    "moneybag": "💰",
    "money_with_wings": "💸",
    "credit_card": "💳",
    "receipt": "🧾",
    "ticket": "🎫",
    "bell": "🔔",
    "email": "📧",
    "lock": "🔒",
    "link": "🔗",
    "mag": "🔍",
    "memo": "📝",
    "speech_balloon": "💬",
    "information_source": "ℹ️",
    "tada": "🎉",
    "wave": "👋",
    "eyes": "👀",
    "thumbsup": "👍",
    "+1": "👍",
}

_TOKEN = re.compile(
    r"```(?P<block>.+?)```|`(?P<code>[^`\n]+)`|<(?P<angle>[^<>\n]+)>|(?P<bare>https?://[^\s<>]+)", re.S
)
_BARE = re.compile(r"https?://(?:(?!&[lg]t;)[^\s<>])+")
_LINK = re.compile(r"<(?P<target>https?://[^<>|]+)(?:\|[^<>]*)?>")
_MARKS = (("strong", "*"), ("em", "_"), ("s", "~"))
_KEPT = re.compile("\ue000(\\d+)\ue001")
_SAFE = ("http://", "https://", "mailto:")


@dataclass(frozen=True)
class Reader:
    """For whom text is drawn: names of mentions, and the zone of dates."""

    name_of: Callable[[str], str]
    channel_of: Callable[[str], str]
    zone: tzinfo
    now: datetime


def text_html(found: Json, reader: Reader) -> Markup:
    """A text object, either kind."""
    if found["type"] == "mrkdwn":
        return mrkdwn_html(found["text"], reader, links=not found.get("verbatim", False))
    return plain_html(found["text"], emoji=found.get("emoji", True))


def as_stored(typed: str) -> str:
    """What a person typed, as Slack keeps it: entities for `& < >`, angles around addresses."""
    escaped = typed.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _BARE.sub(r"<\g<0>>", escaped)


def links_in(text: str) -> list[str]:
    """The addresses between angles, each once, in their order."""
    found = (each["target"].replace("&amp;", "&") for each in _LINK.finditer(text))
    return list(dict.fromkeys(found))


def plain_html(text: str, *, emoji: bool = True) -> Markup:
    """Plain text: nothing in it is a mark; the three entities are what they stand for."""
    shown = _with_emoji(text) if emoji else text
    return Markup(_escaped(shown).replace("\n", "<br>"))  # noqa: S704  escaped in this line


def mrkdwn_html(text: str, reader: Reader, *, links: bool = True) -> Markup:
    """`*bold*`, `_italic_`, `~strike~`, code, quotes, `<links|…>`, mentions and dates."""
    kept: list[str] = []

    def keep(found: re.Match[str]) -> str:
        if found["bare"] and not links:
            return found[0]
        kept.append(_token_html(found, reader))
        return f"\ue000{len(kept) - 1}\ue001"

    drawn = _TOKEN.sub(keep, re.sub("[\ue000\ue001]", "", text))
    drawn = _quoted(_marked(_escaped(_with_emoji(drawn))))
    return Markup(_KEPT.sub(lambda found: kept[int(found[1])], drawn))  # noqa: S704  all parts are escaped


def _escaped(text: str) -> str:
    for entity, sign in (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")):
        text = text.replace(entity, sign)
    return html.escape(text)


def _with_emoji(text: str) -> str:
    return re.sub(r":([a-z0-9_+-]+):", lambda found: EMOJI.get(found[1], found[0]), text)


def _marked(text: str) -> str:
    for tag, sign in _MARKS:
        mark = re.escape(sign)
        pattern = rf"(?<![\w{mark}]){mark}(?=[^\s{mark}])([^\n]*?[^\s{mark}]){mark}(?![\w{mark}])"
        text = re.sub(pattern, rf"<{tag}>\1</{tag}>", text)
    return text


def _quoted(text: str) -> str:
    """Lines that begin with `>` as a quotation, the others with their breaks."""
    parts: list[str] = []
    lines: list[str] = []
    was_quote = False
    for line in [*text.split("\n"), None]:
        is_quote = line is not None and line.startswith("&gt;")
        if lines and (line is None or is_quote != was_quote):
            joined = "<br>".join(lines)
            parts.append(f"<blockquote>{joined}</blockquote>" if was_quote else joined)
            lines = []
        if line is not None:
            lines.append(line.removeprefix("&gt;").removeprefix(" ") if is_quote else line)
            was_quote = is_quote
    return "".join(parts)


def _token_html(found: re.Match[str], reader: Reader) -> str:
    if found["block"] is not None:
        return f"<pre>{_escaped(found['block'].strip(chr(10)))}</pre>"
    if found["code"] is not None:
        return f"<code>{_escaped(found['code'])}</code>"
    if found["bare"] is not None:
        return _link(found["bare"], found["bare"])
    return _angle_html(found["angle"], reader)


def _angle_html(inside: str, reader: Reader) -> str:
    """What stands between `<` and `>`: a date, a mention or a link."""
    target, _, label = inside.partition("|")
    if target.startswith("!date^"):
        return _date_html(target, label, reader)
    names: dict[str, Callable[[str], str]] = {"@": reader.name_of, "#": reader.channel_of, "!": str}
    if (name := names.get(target[:1])) is None:
        return _link(target, label or target)
    sign = "#" if target.startswith("#") else "@"
    return f'<span class="mention">{sign}{html.escape(label or name(target[1:]))}</span>'


def _link(target: str, label: str) -> str:
    address = target.replace("&amp;", "&")
    if not address.startswith(_SAFE):
        return _escaped(f"<{target}>")
    return f'<a href="{html.escape(address)}" rel="noreferrer noopener" target="_blank">{_escaped(label)}</a>'


def _date_html(target: str, fallback: str, reader: Reader) -> str:
    """`!date^UNIX^format^link`; a date that cannot be read shows the fallback, as in Slack."""
    _, stamp, form, *link = [*target.split("^"), ""][:4]
    try:
        at = datetime.fromtimestamp(int(stamp), reader.zone)
    except (ValueError, OverflowError, OSError):
        return _escaped(fallback)
    shown = re.sub(r"\{(\w+)\}", lambda token: _date_part(token[1], at, reader) or token[0], form)
    drawn = f'<time datetime="{at.isoformat()}">{_escaped(shown)}</time>'
    if link and link[0].startswith(_SAFE):
        return f'<a href="{html.escape(link[0])}" rel="noreferrer noopener" target="_blank">{drawn}</a>'
    return drawn


def _date_part(name: str, at: datetime, reader: Reader) -> str | None:
    days = (reader.now.astimezone(reader.zone).date() - at.date()).days
    near = {0: "today", 1: "yesterday", -1: "tomorrow"}.get(days) if name.endswith("_pretty") else None
    month = f"{at:%B} {at.day}, {at.year}"
    shown = {
        "date_num": f"{at:%Y-%m-%d}",
        "date": near or month,
        "date_short": near or f"{at:%b} {at.day}, {at.year}",
        "date_long": near or f"{at:%A}, {month}",
        "time": f"{at:%H:%M}",
        "time_secs": f"{at:%H:%M:%S}",
        "ago": near or f"{days} days ago",
    }
    return shown.get(name.removesuffix("_pretty"))
