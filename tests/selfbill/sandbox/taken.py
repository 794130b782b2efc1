"""What an app told the small Slack in a test: nothing malformed, by our walker and by the SDK's models."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from slack_sdk.errors import SlackObjectFormationError
from slack_sdk.models.basic_objects import JsonObject
from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View

from selfbill.sandbox.slack.core import Call, opened

# What a payload itself is to blame for; a missing scope or channel may well be what a test is about.
MALFORMED = {
    "duplicate_external_id",
    "cannot_unfurl_url",
    "ignored_ack",
    "invalid_arguments",
    "invalid_blocks",
    "invalid_blocks_format",
    "invalid_json",
    "invalid_metadata_format",
    "invalid_metadata_schema",
    "invalid_unfurls_format",
    "missing_unfurls",
    "msg_too_long",
    "no_text",
    "unknown_method",
}


def malformed_since_last_asked() -> list[str]:
    """Sentences about every stand-in of this process; each call is looked at once.

    A test that means a refusal clears `SlackSandbox.refused`.
    """
    found: list[str] = []
    for book in list(opened):
        found += [_sentence(call) for call in book.refused if call.answer["error"] in MALFORMED]
        fresh, book.looked_at = book.calls[book.looked_at :], len(book.calls)
        found += [
            f"{call.method}: {each}" for call in fresh if call.answer["ok"] for each in _of_models(call)
        ]
        if book.is_closed:
            opened.remove(book)
    return found


def _sentence(call: Call) -> str:
    beside = {name: value for name, value in call.answer.items() if name not in ("ok", "error")}
    return f"{call.method} was refused: {call.answer['error']} {beside or ''}"


def _of_models(call: Call) -> Iterator[str]:
    """What the SDK's models find wrong with blocks and views that were taken."""
    blocks, view = call.payload.get("blocks"), call.payload.get("view")
    models: list[Any] = list(Block.parse_all(blocks)) if isinstance(blocks, list) else []
    models += [View(**view)] if isinstance(view, dict) else []
    for model in (part for each in models for part in _parts(each)):
        try:
            model.validate_json()
        except SlackObjectFormationError as wrong:
            yield f"{type(model).__name__}: {wrong}"


def _parts(model: Any) -> Iterator[JsonObject]:
    """The object and all in it; the SDK checks each one alone."""
    if isinstance(model, JsonObject):
        yield model
    if isinstance(model, JsonObject | list | tuple):
        for each in vars(model).values() if isinstance(model, JsonObject) else model:
            yield from _parts(each)
