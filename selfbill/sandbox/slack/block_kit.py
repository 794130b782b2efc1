"""The strict walker: what Slack would refuse in a message, a modal or a Home tab, and why."""

from __future__ import annotations

import json
from typing import Any

from selfbill.sandbox.slack import block_elements as elements
from selfbill.sandbox.slack.block_walk import Walk
from selfbill.sandbox.slack.workspace import Json

MOST_BLOCKS = {"message": 50, "modal": 100, "home": 100}
MOST_VIEW_BYTES = 250_000
_ATTACHMENT = {
    "title",
    "title_link",
    "text",
    "fallback",
    "color",
    "footer",
    "fields",
    "mrkdwn_in",
    "author_name",
}


def problems_of_blocks(blocks: Any, surface: str = "message") -> list[str]:
    """Each problem as a sentence with a JSON pointer; empty for blocks that Slack would take."""
    walk = Walk(surface)
    _blocks(walk, {"blocks": blocks})
    return walk.problems


def problems_of_view(view: Any) -> list[str]:
    """The same for a view as `views.open`, `views.update`, `views.publish` and an ack carry it."""
    walk = Walk(view.get("type", "") if isinstance(view, dict) else "")
    if not walk.is_object("/view", view):
        return walk.problems
    if walk.surface not in ("modal", "home"):
        walk.wrong("/view/type", "must be modal or home")
        return walk.problems
    shared = {"private_metadata", "callback_id", "external_id"}
    if walk.surface == "home":
        walk.keys("/view", view, {"type", "blocks"}, shared)
    else:
        optional = {"submit", "close", "clear_on_close", "notify_on_close", "submit_disabled"}
        walk.keys("/view", view, {"type", "title", "blocks"}, shared | optional)
        _modal(walk, view)
    walk.string("/view", view, "private_metadata", most=3000, least=0)
    walk.string("/view", view, "callback_id", most=255, least=0)
    walk.string("/view", view, "external_id", most=255, least=0)
    if len(json.dumps(view)) > MOST_VIEW_BYTES:
        walk.wrong("/view", "must be less than 250 kB")
    _blocks(walk, view)
    if walk.surface == "modal" and walk.fields_of_input and "submit" not in view:
        walk.wrong("/view", "missing required field: submit")
    return walk.problems


def problems_of_unfurl(unfurl: Any) -> list[str]:
    """The same for what `chat.unfurl` shows below one link: blocks, or the fields of an attachment."""
    walk = Walk("message")
    if not walk.is_object("/unfurl", unfurl):
        return walk.problems
    if "blocks" not in unfurl:
        walk.keys("/unfurl", unfurl, set(), _ATTACHMENT)
        return walk.problems
    walk.keys("/unfurl", unfurl, {"blocks"}, {"preview", "color", "hide_color", "fallback"})
    walk.string("/unfurl", unfurl, "fallback", most=3000)
    _blocks(walk, unfurl)
    for block in unfurl["blocks"] if isinstance(unfurl["blocks"], list) else []:
        if isinstance(block, dict) and block.get("type") == "input":
            walk.wrong("/unfurl/blocks", "input cannot stand in an unfurl")
    return walk.problems


def _modal(walk: Walk, view: Json) -> None:
    for key in ("title", "submit", "close"):
        walk.text("/view", view, key, most=24)
    walk.flag("/view", view, "clear_on_close", "notify_on_close", "submit_disabled")


def _blocks(walk: Walk, holder: Json) -> None:
    for number, block in enumerate(walk.items("", holder, "blocks", most=MOST_BLOCKS[walk.surface], least=0)):
        at = f"/blocks/{number}"
        if not walk.is_object(at, block):
            continue
        check = BLOCKS.get(str(block.get("type")))
        if check is None:
            walk.wrong(f"{at}/type", f"unsupported type: {block.get('type')}")
            continue
        check(walk, at, block)
        _block_id(walk, at, block)
        _action_ids(walk, at, block)


def _block_id(walk: Walk, at: str, block: Json) -> None:
    walk.string(at, block, "block_id", most=255)
    if (block_id := block.get("block_id")) is not None:
        if block_id in walk.block_ids:
            walk.wrong(f"{at}/block_id", f"block_id {block_id} already exists")
        walk.block_ids.add(block_id)


def _action_ids(walk: Walk, at: str, block: Json) -> None:
    listed = block.get("elements")
    inner = listed if block["type"] == "actions" and isinstance(listed, list) else []
    ids = [each.get("action_id") for each in inner if isinstance(each, dict)]
    for action_id in {each for each in ids if each is not None and ids.count(each) > 1}:
        walk.wrong(f"{at}/elements", f"action_id {action_id} already exists")


def _section(walk: Walk, at: str, block: Json) -> None:
    walk.keys(at, block, {"type"}, {"block_id", "text", "fields", "accessory", "expand"})
    if "text" not in block and "fields" not in block:
        walk.wrong(at, "missing required field: text or fields")
    walk.text(at, block, "text", most=3000, plain=False)
    for number, each in enumerate(walk.items(at, block, "fields", most=10)):
        walk.text_object(f"{at}/fields/{number}", each, most=2000, plain=False)
    if "accessory" in block:
        elements.element(walk, f"{at}/accessory", block["accessory"], elements.IN_SECTION)


def _header(walk: Walk, at: str, block: Json) -> None:
    walk.keys(at, block, {"type", "text"}, {"block_id"})
    walk.text(at, block, "text", most=150)


def _context(walk: Walk, at: str, block: Json) -> None:
    walk.keys(at, block, {"type", "elements"}, {"block_id"})
    for number, each in enumerate(walk.items(at, block, "elements", most=10)):
        here = f"{at}/elements/{number}"
        if isinstance(each, dict) and each.get("type") == "image":
            elements.image(walk, here, each)
        else:
            walk.text_object(here, each, most=3000, plain=False)


def _actions(walk: Walk, at: str, block: Json) -> None:
    walk.keys(at, block, {"type", "elements"}, {"block_id"})
    for number, each in enumerate(walk.items(at, block, "elements", most=25)):
        elements.element(walk, f"{at}/elements/{number}", each, elements.IN_ACTIONS)


def _divider(walk: Walk, at: str, block: Json) -> None:
    walk.keys(at, block, {"type"}, {"block_id"})


def _image(walk: Walk, at: str, block: Json) -> None:
    walk.keys(at, block, {"type", "image_url", "alt_text"}, {"block_id", "title"})
    walk.string(at, block, "image_url", most=3000)
    walk.string(at, block, "alt_text", most=2000)
    walk.text(at, block, "title", most=2000)


def _input(walk: Walk, at: str, block: Json) -> None:
    walk.fields_of_input += 1
    walk.keys(at, block, {"type", "label", "element"}, {"block_id", "hint", "optional", "dispatch_action"})
    walk.text(at, block, "label", most=2000)
    walk.text(at, block, "hint", most=2000)
    walk.flag(at, block, "optional", "dispatch_action")
    if "element" in block:
        elements.element(walk, f"{at}/element", block["element"], elements.IN_INPUT)


def _alert(walk: Walk, at: str, block: Json) -> None:
    if walk.surface != "modal":
        walk.wrong(f"{at}/type", f"alert cannot stand in a {walk.surface}")
    walk.keys(at, block, {"type", "text"}, {"block_id", "level"})
    walk.text(at, block, "text", most=3000, plain=False)
    walk.one_of(at, block, "level", {"default", "info", "warning", "error", "success"})


BLOCKS: dict[str, elements.Check] = {
    "section": _section,
    "header": _header,
    "context": _context,
    "actions": _actions,
    "divider": _divider,
    "image": _image,
    "input": _input,
    "alert": _alert,
}
