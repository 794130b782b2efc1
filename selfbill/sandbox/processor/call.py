"""One request to the API as its function sees it: path ids, form fields as a tree, typed readers."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from selfbill.sandbox.processor.errors import (
    ApiError,
    invalid_choice,
    invalid_integer,
    parameter_missing,
    parameter_unknown,
)

Json = dict[str, Any]

_PART = re.compile(r"\[([^\[\]]*)\]")


def read_form(pairs: Iterable[tuple[str, str]]) -> Json:
    """`a[b][0]=c` as a tree; lists become dicts keyed by their index, `[]` counts up by itself."""
    tree: Json = {}
    for name, value in pairs:
        head, _, rest = name.partition("[")
        parts = [head, *_PART.findall(f"[{rest}" if rest else "")]
        branch = tree
        for part in parts[:-1]:
            branch = branch.setdefault(part or str(len(branch)), {})
            if not isinstance(branch, dict):
                raise ApiError(f"Invalid object: {head}", param=head)
        branch[parts[-1] or str(len(branch))] = value
    return tree


@dataclass(frozen=True)
class Call:
    """The parameters of one request, and which request it is."""

    path: dict[str, str]
    params: Json
    key: str | None = None
    request_id: str = ""

    def must_know(self, names: Collection[str]) -> None:
        """Refuse a parameter that the address does not take."""
        for name in self.params:
            if name not in names:
                raise parameter_unknown(name)

    def text(self, name: str) -> str | None:
        """The text of a parameter, or of a nested one as `a.b`; None when absent."""
        value: Any = self.params
        for part in name.split("."):
            value = value.get(part) if isinstance(value, dict) else None
        if isinstance(value, dict):
            raise ApiError(f"Invalid string: {name}", param=name)
        return None if value is None else str(value)

    def must_text(self, name: str) -> str:
        value = self.text(name)
        if not value:
            raise parameter_missing(name)
        return value

    def choice(self, name: str, choices: tuple[str, ...]) -> str | None:
        value = self.text(name)
        if value and value not in choices:
            raise invalid_choice(name, choices)
        return value or None

    def integer(self, name: str) -> int | None:
        value = self.text(name)
        if value is None:
            return None
        if not re.fullmatch(r"-?[0-9]{1,15}", value):
            raise invalid_integer(name, value)
        return int(value)

    def flag(self, name: str) -> bool | None:
        value = self.text(name)
        if value not in (None, "true", "false"):
            raise ApiError(f"Invalid boolean: {value}", param=name)
        return None if value is None else value == "true"

    def texts(self, name: str) -> list[str]:
        value = self.params.get(name, {})
        if not isinstance(value, dict):
            return [value]
        if any(isinstance(each, dict) for each in value.values()):
            raise ApiError(f"Invalid array: {name}", param=name)
        return [str(each) for each in value.values()]

    def tree(self, name: str) -> Json:
        value = self.params.get(name, {})
        if not isinstance(value, dict):
            raise ApiError(f"Invalid object: {name}", param=name)
        return value

    def metadata(self, before: Json | None = None, name: str = "metadata") -> Json:
        """What was there with what was sent: an empty value takes a name away, an empty field all of them."""
        if self.params.get(name) == "":
            return {}
        merged = {**(before or {}), **self.tree(name)}
        return {key: str(value) for key, value in merged.items() if value != ""}

    def created(self) -> dict[str, int]:
        """The span asked for by `created` or `created[gte]` and the like, in seconds."""
        value = self.params.get("created")
        if value is None:
            return {}
        if not isinstance(value, dict):
            at = self.integer("created") or 0
            return {"gte": at, "lte": at}
        spans = {each: self.integer(f"created.{each}") for each in ("gt", "gte", "lt", "lte")}
        return {name: at for name, at in spans.items() if at is not None}
