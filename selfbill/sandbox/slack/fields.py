"""Fields and menus: what was typed or chosen, as an element's action and as `state.values` say it."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from selfbill.sandbox.slack.workspace import Json, elements_of

Typed = dict[str, str | list[str]]  # "block_id.action_id" → text or option value; a list for checkboxes

REQUIRED = "Please complete this required field."

_SELECTED = {
    "users_select": "selected_user",
    "conversations_select": "selected_conversation",
    "channels_select": "selected_channel",
    "datepicker": "selected_date",
}
_ONE_OPTION = {"static_select", "radio_buttons", "overflow"}


def option_of(element: Json, value: str) -> Json | None:
    found: list[Json] = element.get("options", [])
    return next((each for each in found if each["value"] == value), None)


def chosen_by(element: Json, value: str | list[str] | None) -> Json:
    """What an element's action says when `value` is pressed, chosen or ticked."""
    kind = element["type"]
    if kind == "button":
        sent = element.get("value") if value is None else str(value)
        shown: Json = {key: element[key] for key in ("text", "style", "url") if key in element}
        return shown if sent is None else {**shown, "value": sent}
    if kind in _ONE_OPTION:
        return {"selected_option": option_of(element, str(value))}
    if kind == "checkboxes":
        return {"selected_options": _options(element, value)}
    if kind in _SELECTED:
        return {_SELECTED[kind]: value or None}
    return {"value": value or None}


def initial(element: Json) -> str | list[str]:
    """What an untouched field holds."""
    if element["type"] == "checkboxes":
        return [each["value"] for each in element.get("initial_options", [])]
    if (option := element.get("initial_option")) is not None:
        return str(option["value"])
    keys = ("initial_value", "initial_user", "initial_conversation", "initial_channel", "initial_date")
    return next((str(element[key]) for key in keys if key in element), "")


def state_values(blocks: list[Json], typed: Typed) -> Json:
    """`state.values` of a view: by block_id and action_id, with the type of each element."""
    values: Json = {}
    for block_id, element in elements_of(blocks):
        if element["type"] in ("button", "overflow"):
            continue
        held = typed.get(f"{block_id}.{element['action_id']}", initial(element))
        said = {"type": element["type"], **chosen_by(element, held)}
        values.setdefault(block_id, {})[element["action_id"]] = said
    return values


def missing_fields(blocks: list[Json], typed: Typed) -> dict[str, str]:
    """Errors by block_id that Slack's client finds by itself: empty, too short, too long."""
    errors = {}
    for block in (each for each in blocks if each["type"] == "input"):
        element = block["element"]
        held = typed.get(f"{block['block_id']}.{element['action_id']}", initial(element))
        if sentence := _wrong_with(element, held, optional=block.get("optional", False)):
            errors[block["block_id"]] = sentence
    return errors


def _wrong_with(element: Json, held: str | list[str], *, optional: bool) -> str:
    if not held:
        return "" if optional else REQUIRED
    if not isinstance(held, str):
        return ""
    if element["type"] == "number_input":
        return _wrong_with_number(element, held)
    least, most = element.get("min_length", 0), element.get("max_length", 3000)
    if len(held) < least:
        return f"Please enter at least {least} characters."
    return f"Please enter at most {most} characters." if len(held) > most else ""


def _wrong_with_number(element: Json, held: str) -> str:
    try:
        number = Decimal(held)
    except InvalidOperation:
        return "Please enter a number."
    if not number.is_finite() or (number % 1 and not element["is_decimal_allowed"]):
        return "Please enter a whole number."
    if number < Decimal(element.get("min_value", "-Infinity")):
        return f"Please enter a number from {element['min_value']} up."
    if number > Decimal(element.get("max_value", "Infinity")):
        return f"Please enter a number up to {element['max_value']}."
    return ""


def _options(element: Json, value: str | list[str] | None) -> list[Json]:
    values = [value] if isinstance(value, str) else value or []
    return [option for each in values if (option := option_of(element, each)) is not None]
