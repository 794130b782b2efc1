"""The strict walker's elements: buttons, menus, choices and fields, with the limits Slack has for each."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

from selfbill.sandbox.slack.block_walk import STYLES, Walk
from selfbill.sandbox.slack.workspace import Json

Check = Callable[[Walk, str, Json], None]

_INITIAL = {
    "users_select": "initial_user",
    "conversations_select": "initial_conversation",
    "channels_select": "initial_channel",
    "datepicker": "initial_date",
}
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def button(walk: Walk, at: str, found: Json) -> None:
    optional = {"action_id", "value", "url", "style", "confirm", "accessibility_label"}
    walk.keys(at, found, {"type", "text"}, optional)
    walk.text(at, found, "text", most=75)
    walk.string(at, found, "value", most=2000)
    walk.string(at, found, "url", most=3000)
    walk.string(at, found, "accessibility_label", most=75)
    walk.one_of(at, found, "style", STYLES)


def image(walk: Walk, at: str, found: Json) -> None:
    walk.keys(at, found, {"type", "image_url", "alt_text"}, set())
    walk.string(at, found, "image_url", most=3000)
    walk.string(at, found, "alt_text", most=2000)


def overflow(walk: Walk, at: str, found: Json) -> None:
    walk.keys(at, found, {"type", "options"}, {"action_id", "confirm"})
    options(walk, at, found, most=5, links=True)


def static_select(walk: Walk, at: str, found: Json) -> None:
    optional = {"action_id", "placeholder", "initial_option", "confirm", "focus_on_load"}
    walk.keys(at, found, {"type", "options"}, optional)
    walk.text(at, found, "placeholder", most=150)
    options(walk, at, found, most=100)
    _initial(walk, at, found, "initial_option")


def radio_buttons(walk: Walk, at: str, found: Json) -> None:
    walk.keys(at, found, {"type", "options"}, {"action_id", "initial_option", "confirm", "focus_on_load"})
    options(walk, at, found, most=10, plain=False)
    _initial(walk, at, found, "initial_option")


def checkboxes(walk: Walk, at: str, found: Json) -> None:
    walk.keys(at, found, {"type", "options"}, {"action_id", "initial_options", "confirm", "focus_on_load"})
    options(walk, at, found, most=10, plain=False)
    _initial(walk, at, found, "initial_options")


def picker(walk: Walk, at: str, found: Json) -> None:
    """users_select, conversations_select, channels_select, datepicker."""
    initial = _INITIAL[found["type"]]
    walk.keys(at, found, {"type"}, {"action_id", "placeholder", "confirm", "focus_on_load", initial})
    walk.text(at, found, "placeholder", most=150)
    walk.string(at, found, initial, most=100)
    if found["type"] == "datepicker" and not _DAY.fullmatch(str(found.get(initial, "2026-01-01"))):
        walk.wrong(f"{at}/{initial}", "must be a date such as 2026-01-31")


def text_input(walk: Walk, at: str, found: Json) -> None:
    """plain_text_input, email_text_input, url_text_input, number_input."""
    optional = {"action_id", "initial_value", "placeholder", "dispatch_action_config", "focus_on_load"}
    if found["type"] == "plain_text_input":
        optional |= {"multiline", "min_length", "max_length"}
    numbers = {"min_value", "max_value"} if found["type"] == "number_input" else set()
    walk.keys(at, found, {"type"} | ({"is_decimal_allowed"} if numbers else set()), optional | numbers)
    walk.text(at, found, "placeholder", most=150)
    walk.string(at, found, "initial_value", most=3000, least=0)
    walk.flag(at, found, "multiline", "is_decimal_allowed")
    _lengths(walk, at, found)
    if numbers:
        _edges(walk, at, found)


def options(walk: Walk, at: str, found: Json, *, most: int, plain: bool = True, links: bool = False) -> None:
    """The choices of a menu or group; their values must differ, or nobody could tell what was chosen."""
    values: set[str] = set()
    for number, option in enumerate(walk.items(at, found, "options", most=most)):
        here = f"{at}/options/{number}"
        if not walk.is_object(here, option):
            continue
        walk.keys(here, option, {"text", "value"}, {"description"} | ({"url"} if links else set()))
        walk.text(here, option, "text", most=75, plain=plain)
        walk.text(here, option, "description", most=75, plain=plain)
        walk.string(here, option, "value", most=150)
        walk.string(here, option, "url", most=3000)
        if str(option.get("value")) in values:
            walk.wrong(f"{here}/value", "must not be used twice")
        values.add(str(option.get("value")))


def _initial(walk: Walk, at: str, found: Json, key: str) -> None:
    chosen = found.get(key, [])
    if key in found and chosen == []:
        walk.wrong(f"{at}/{key}", "must have at least 1 item")
    for each in chosen if isinstance(chosen, list) else [chosen]:
        if each not in found.get("options", []):
            walk.wrong(f"{at}/{key}", "must be one of the options, word for word")


def _edges(walk: Walk, at: str, found: Json) -> None:
    """Numbers in a number_input are strings, and the least is not above the most."""
    values: dict[str, Decimal] = {}
    for key in ("min_value", "max_value", "initial_value"):
        try:
            values[key] = Decimal(found.get(key, "0"))
        except (InvalidOperation, TypeError, ValueError):
            walk.wrong(f"{at}/{key}", "must be a number in a string")
    if {"min_value", "max_value"} <= found.keys() and values.get("min_value", 0) > values.get("max_value", 0):
        walk.wrong(f"{at}/min_value", "must not be above max_value")


def _lengths(walk: Walk, at: str, found: Json) -> None:
    for key, least, most in (("min_length", 0, 3000), ("max_length", 1, 3000)):
        length: Any = found.get(key, least)
        if not isinstance(length, int) or not least <= length <= most:
            walk.wrong(f"{at}/{key}", f"must be a number from {least} to {most}")
    least_length, most_length = found.get("min_length", 0), found.get("max_length", 3000)
    if isinstance(least_length, int) and isinstance(most_length, int) and least_length > most_length > 0:
        walk.wrong(f"{at}/min_length", "must not be above max_length")
    if isinstance(found.get("initial_value"), str) and isinstance(found.get("max_length"), int):
        walk.length(f"{at}/initial_value", found["initial_value"], most=found["max_length"], least=0)


_FIELDS: dict[str, Check] = {
    "plain_text_input": text_input,
    "email_text_input": text_input,
    "url_text_input": text_input,
    "number_input": text_input,
}
_CHOICES: dict[str, Check] = {
    "static_select": static_select,
    "radio_buttons": radio_buttons,
    "checkboxes": checkboxes,
    "users_select": picker,
    "conversations_select": picker,
    "channels_select": picker,
    "datepicker": picker,
}
_BUTTONS: dict[str, Check] = {"button": button, "overflow": overflow}

IN_ACTIONS: dict[str, Check] = _BUTTONS | _CHOICES
IN_SECTION: dict[str, Check] = _BUTTONS | _CHOICES | {"image": image}
IN_INPUT: dict[str, Check] = _FIELDS | _CHOICES


def element(walk: Walk, at: str, found: Any, allowed: dict[str, Check]) -> None:
    """One element of a kind that may stand here, with its action_id and confirm dialog."""
    if not walk.is_object(at, found):
        return
    check = allowed.get(str(found.get("type")))
    if check is None:
        walk.wrong(f"{at}/type", f"unsupported element here: {found.get('type')}")
        return
    check(walk, at, found)
    walk.string(at, found, "action_id", most=255)
    walk.focus(at, found)
    walk.confirm(at, found)
