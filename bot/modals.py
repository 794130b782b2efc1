"""Pure: what all modals share: frame, fields, and what takes the place of one that came too late."""

from typing import Any

from billing.texts import MOST_TEXT
from bot.actions import ANSWER_ACTION
from bot.marks import MOST_QUOTED, Block, plain, quoted
from locales.translator import Translator


def modal(
    callback_id: str, metadata: str, blocks: list[Block], say: Translator, *, title: str, submit: str
) -> Block:
    """A modal that is submitted; `metadata` holds ids only."""
    return {
        "type": "modal",
        "callback_id": callback_id,
        "private_metadata": metadata,
        "title": plain(title, 24),
        "submit": plain(submit, 24),
        "close": plain(say.text("Back"), 24),
        "blocks": blocks,
    }


def told_view(text: str, say: Translator, *, typed: str = "") -> Block:
    """What replaces a modal that came too late; what was typed is shown once more, to be copied."""
    blocks: list[Block] = [{"type": "section", "text": plain(text)}]
    if words := quoted(typed, MOST_QUOTED):
        wrote = say.text("You wrote, and nobody was sent it:")
        blocks.append({"type": "section", "text": plain(f"{wrote}\n{words}")})
    return {
        "type": "modal",
        "title": plain(say.text("Nothing was changed"), 24),
        "close": plain(say.text("Close"), 24),
        "blocks": blocks,
    }


def paragraph(text: str) -> Block:
    """A few words of ours, or somebody's, never read as markup."""
    return {"type": "section", "text": plain(text)}


def small(text: str) -> Block:
    """In small print."""
    return {"type": "context", "elements": [plain(text)]}


def text_field(
    block_id: str,
    label: str,
    *,
    hint: str = "",
    initial: str = "",
    optional: bool = False,
    multiline: bool = True,
    most: int = MOST_TEXT,
) -> Block:
    """A field to write in. What is wrong with it is said beside it, by its `block_id`."""
    element: Block = {
        "type": "plain_text_input",
        "action_id": ANSWER_ACTION,
        "multiline": multiline,
        "max_length": most,
    }
    if initial:
        element["initial_value"] = initial[:most]
    return field(block_id, label, element, hint=hint, optional=optional)


def field(
    block_id: str, label: str, element: dict[str, Any], *, hint: str = "", optional: bool = False
) -> Block:
    """Something to fill in or to choose."""
    block: Block = {"type": "input", "block_id": block_id, "label": plain(label, 2000), "element": element}
    if hint:
        block["hint"] = plain(hint, 2000)
    if optional:
        block["optional"] = True
    return block


def option(text: str, value: str) -> Block:
    """One of the choices of a menu, or among buttons."""
    return {"text": plain(text, 75), "value": value}
