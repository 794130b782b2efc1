"""The walker's ground: what was found wrong, and where; the checks that every block and element shares."""

from __future__ import annotations

from typing import Any

from selfbill.sandbox.slack.workspace import Json

STYLES = {"primary", "danger"}


class Walk:
    """One pass over a payload: collects sentences, each with a JSON pointer, as Slack writes them."""

    def __init__(self, surface: str) -> None:
        self.surface = surface  # message, modal or home
        self.problems: list[str] = []
        self.block_ids: set[str] = set()
        self.fields_of_input = 0
        self.focused = 0

    def wrong(self, at: str, what: str) -> None:
        self.problems.append(f"[ERROR] {what} [json-pointer:{at}]")

    def is_object(self, at: str, found: Any) -> bool:
        if isinstance(found, dict):
            return True
        self.wrong(at, "must provide an object")
        return False

    def keys(self, at: str, found: Json, required: set[str], optional: set[str]) -> None:
        for missing in sorted(required - found.keys()):
            self.wrong(at, f"missing required field: {missing}")
        for unknown in sorted(found.keys() - required - optional):
            self.wrong(f"{at}/{unknown}", f"no field of this name here: {unknown}")

    def string(self, at: str, found: Json, key: str, *, most: int, least: int = 1) -> None:
        """A plain string under `key`, when it is there at all."""
        if key not in found:
            return
        if not isinstance(found[key], str):
            self.wrong(f"{at}/{key}", "must be a string")
        else:
            self.length(f"{at}/{key}", found[key], most=most, least=least)

    def length(self, at: str, text: str, *, most: int, least: int = 1) -> None:
        if len(text) < least:
            self.wrong(at, f"must be more than {least - 1} characters")
        if len(text) > most:
            self.wrong(at, f"must be less than {most + 1} characters")

    def one_of(self, at: str, found: Json, key: str, allowed: set[str]) -> None:
        if key in found and found[key] not in allowed:
            self.wrong(f"{at}/{key}", f"must be one of {', '.join(sorted(allowed))}")

    def flag(self, at: str, found: Json, *keys: str) -> None:
        for key in keys:
            if key in found and not isinstance(found[key], bool):
                self.wrong(f"{at}/{key}", "must be a boolean")

    def items(self, at: str, found: Json, key: str, *, most: int, least: int = 1) -> list[Any]:
        """The list under `key`, its count checked; empty when it is none."""
        if key not in found:
            return []
        if not isinstance(found[key], list):
            self.wrong(f"{at}/{key}", "must be an array")
            return []
        if not least <= len(found[key]) <= most:
            self.wrong(f"{at}/{key}", f"must have {least} to {most} items")
        return list(found[key])

    def text(self, at: str, found: Json, key: str, *, most: int, plain: bool = True) -> None:
        """A text object under `key`: plain_text, or mrkdwn too where `plain` is false."""
        if key in found:
            self.text_object(f"{at}/{key}", found[key], most=most, plain=plain)

    def text_object(self, at: str, found: Any, *, most: int, plain: bool) -> None:
        if not self.is_object(at, found):
            return
        kind = found.get("type")
        if kind not in ({"plain_text"} if plain else {"plain_text", "mrkdwn"}):
            self.wrong(f"{at}/type", "must be plain_text" if plain else "must be plain_text or mrkdwn")
        self.keys(at, found, {"type", "text"}, {"emoji"} if kind == "plain_text" else {"verbatim"})
        self.flag(at, found, "emoji", "verbatim")
        self.string(at, found, "text", most=most)

    def focus(self, at: str, found: Json) -> None:
        """One element of a view may ask for the focus."""
        self.flag(at, found, "focus_on_load")
        self.focused += found.get("focus_on_load") is True
        if found.get("focus_on_load") is True and self.focused > 1:
            self.wrong(f"{at}/focus_on_load", "only one element of a view may have it")

    def confirm(self, at: str, found: Json) -> None:
        """The dialog before an act."""
        if "confirm" not in found or not self.is_object(f"{at}/confirm", found["confirm"]):
            return
        at, dialog = f"{at}/confirm", found["confirm"]
        self.keys(at, dialog, {"title", "text", "confirm", "deny"}, {"style"})
        self.text(at, dialog, "title", most=100)
        self.text(at, dialog, "text", most=300, plain=False)
        self.text(at, dialog, "confirm", most=30)
        self.text(at, dialog, "deny", most=30)
        self.one_of(at, dialog, "style", STYLES)
