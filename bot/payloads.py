"""What Slack sends, read once: Bolt is given what is formed as a payload is; on anything else it breaks."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl

from bot.callers import Body

# Slack's own payloads are some ten deep; Bolt reads them again, further down its stack.
MOST_DEPTH = 64

# Bolt looks into these for ids: each is an id or holds one.
_NAMES = ("user", "team", "enterprise", "channel")
_LISTS = ("authorizations", "response_urls")
# And into these for those.
_INNER = ("event", "message", "previous_message", "item", "assistant_thread")
_OBJECTS = ("event", "view", "container")


def read_payload(text: str, content_type: str) -> Body | None:
    """The payload of a body that Slack signed; None: it is not formed as Slack forms one."""
    try:
        found = json.loads(text) if content_type == "application/json" else _read_form(text)
    except (ValueError, RecursionError):
        return None
    return found if is_slacks(found) else None


def _read_form(text: str) -> Any:
    """A command is the form itself, everything else is one field of it."""
    fields = dict(parse_qsl(text, keep_blank_values=True))
    if "payload" not in fields:
        return fields if "command" in fields else None
    return json.loads(fields["payload"])


def is_slacks(found: Any) -> bool:
    """An object with ids, objects and lists where Bolt looks for them."""
    if not isinstance(found, dict) or not _is_shallow(found):
        return False
    has_objects = all(isinstance(found[name], dict) for name in _OBJECTS if name in found)
    return has_objects and all(map(_is_readable, _looked_into(found))) and _is_of_a_kind(found)


def _is_of_a_kind(found: Body) -> bool:
    match found.get("type"):
        case _ if "command" in found:
            return isinstance(found["command"], str)
        case "block_actions":
            actions = found.get("actions")
            return isinstance(actions, list) and bool(actions) and all(map(_is_action, actions))
        case "view_submission" | "view_closed":
            return all(isinstance(found.get("view", {}).get(name), str) for name in ("type", "callback_id"))
        case "event_callback":
            return isinstance(found.get("event", {}).get("type"), str)
        case kind:
            return isinstance(kind, str)


def _looked_into(found: Body) -> Iterator[Body]:
    """The payload and the objects within it that Bolt reads like it; it is shallow by now."""
    yield found
    for name in _INNER:
        if isinstance(found.get(name), dict):
            yield from _looked_into(found[name])
    for name in _LISTS:
        if isinstance(found.get(name), list):
            yield from (each for one in found[name] if isinstance(one, dict) for each in _looked_into(one))


def _is_readable(found: Body) -> bool:
    names = (found.get(name) for name in _NAMES)
    lists = (found[name] for name in _LISTS if name in found)
    return all(each is None or isinstance(each, str | dict) for each in names) and all(map(_is_list, lists))


def _is_list(found: Any) -> bool:
    return isinstance(found, list) and all(isinstance(each, dict) for each in found)


def _is_action(found: Any) -> bool:
    return isinstance(found, dict) and isinstance(found.get("action_id"), str)


def _is_shallow(found: Body) -> bool:
    """No deeper than anything of Slack's; looked through without recursion."""
    level: list[Any] = [found]
    for _ in range(MOST_DEPTH):
        if not level:
            return True
        inner = [each.values() if isinstance(each, dict) else each for each in level]
        level = [each for some in inner for each in some if isinstance(each, dict | list)]
    return False
