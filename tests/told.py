"""What the bot told Slack in a test, looked through: Slack would take it, and all markup in it is ours."""

import re
from collections.abc import Iterator
from typing import Any

from selfbill.sandbox.slack.block_kit import problems_of_blocks, problems_of_view
from selfbill.sandbox.slack.core import Call

_ANGLE = re.compile(r"<([^<>]*)>")
_DATE = re.compile(r"!date\^\d+\^[^|<>]+\|[^|<>]+")
_CALL = re.compile(r"^<@[UW][A-Z0-9]+> (?=The customer has answered)")
_ENTITY = re.compile(r"&(?!(amp|lt|gt);)")


def texts_of(found: Any) -> Iterator[dict[str, Any]]:
    """Every text object in blocks or a view."""
    if isinstance(found, dict):
        if found.get("type") in {"mrkdwn", "plain_text"} and "text" in found:
            yield found
        for each in found.values():
            yield from texts_of(each)
    elif isinstance(found, list):
        for each in found:
            yield from texts_of(each)


def markup_not_ours(text: str) -> list[str]:
    """What Slack would read as a mention, a link or a broken entity; our own dates are none of these."""
    angles = [inside for inside in _ANGLE.findall(text) if not _DATE.fullmatch(inside)]
    bare = _ANGLE.sub("", text)
    return [*angles, *re.findall("[<>]", bare), *(found[0] for found in _ENTITY.finditer(text))]


def problems_of_text(text: str, blocks: list[dict[str, Any]]) -> list[str]:
    """Whatever is wrong with a message: what Slack would refuse, and markup that is not ours."""
    found = [*problems_of_blocks(blocks), *(f"fallback: {each}" for each in markup_not_ours(text))]
    return [*found, *_problems_of_texts(blocks)]


def problems_of_modal(view: dict[str, Any]) -> list[str]:
    """The same for a modal."""
    return [*problems_of_view(view), *_problems_of_texts(view)]


def _problems_of_texts(shown: Any) -> list[str]:
    problems = []
    for each in texts_of(shown):
        if each["type"] == "plain_text":
            problems += [] if each.get("emoji") is False else [f"emoji are read in {each['text']!r}"]
            continue
        problems += [] if each.get("verbatim") else [f"links are read in {each['text']!r}"]
        # of all that the bot says only a call of somebody begins with one; people's words never stand there
        told = _CALL.sub("", each["text"])
        problems += [f"mrkdwn: {inside}" for inside in markup_not_ours(told)]
    return problems


def problems_of_calls(calls: list[Call]) -> list[str]:
    """Problems of everything the bot said, with the method that said it."""
    problems = []
    for call in calls:
        if "view" in call.payload:
            found = problems_of_modal(call.payload["view"])
        elif "text" in call.payload or "blocks" in call.payload:
            found = problems_of_text(call.payload.get("text", ""), call.payload.get("blocks") or [])
            found += [] if call.payload.get("blocks") else ["no blocks: its text would be read as mrkdwn"]
            found += _problems_of_posting(call)
        else:
            found = []
        problems += [f"{call.method}: {each}" for each in found]
    return problems


def _problems_of_posting(call: Call) -> list[str]:
    """Nothing is read into a message of ours, and one whose answer was lost can be found by its mark."""
    if call.method not in {"chat.postMessage", "chat.update", "chat.postEphemeral"}:
        return []
    sent = call.payload
    found = [] if sent.get("parse") == "none" else ["its text is parsed"]
    found += [] if sent.get("text") else ["no text: who hears it hears nothing"]
    found += [] if _is_off(sent, "link_names") else ["names are linked"]
    if call.method == "chat.postMessage":
        found += [f"{name} is on" for name in ("unfurl_links", "unfurl_media") if not _is_off(sent, name)]
        mark = sent.get("metadata") or {}
        found += [] if mark.get("event_payload", {}).get("id") else ["it has no mark"]
    return found


def _is_off(sent: dict[str, Any], name: str) -> bool:
    return str(sent.get(name)).lower() in {"false", "0"}
