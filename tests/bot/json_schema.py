"""As much of JSON Schema (draft 7) as Slack's own schema of manifests uses."""

import re
from collections.abc import Iterator
from typing import Any

_KINDS: dict[str, type | tuple[type, ...]] = {
    "object": dict,
    "array": list,
    "string": str,
    "boolean": bool,
    "integer": int,
    "number": (int, float),
    "null": type(None),
}
# What says something about a value that this knows, or says nothing at all; anything else is an error.
_KNOWN = frozenset(
    """$ref $schema title description examples default definitions format type enum anyOf properties required
    additionalProperties patternProperties minProperties maxProperties items minItems maxItems uniqueItems
    minLength maxLength pattern regex _note""".split()
)


def problems(value: Any, schema: dict[str, Any], whole: dict[str, Any], at: str = "$") -> Iterator[str]:
    """What is wrong with a value, one line each."""
    if "$ref" in schema:
        schema = _follow(schema["$ref"], whole)
    if unknown := set(schema) - _KNOWN:
        yield f"{at}: the schema says {sorted(unknown)}"
    if "anyOf" in schema and all(list(problems(value, one, whole, at)) for one in schema["anyOf"]):
        yield f"{at}: is none of what it may be"
    if "enum" in schema and value not in schema["enum"]:
        yield f"{at}: {value!r} is not one of {schema['enum']}"
    if "type" in schema and not _is_of(value, schema["type"]):
        yield f"{at}: {value!r} is no {schema['type']}"
        return
    if isinstance(value, dict):
        yield from _of_object(value, schema, whole, at)
    elif isinstance(value, list):
        yield from _of_array(value, schema, whole, at)
    elif isinstance(value, str):
        yield from _of_string(value, schema, at)


def _follow(reference: str, whole: dict[str, Any]) -> dict[str, Any]:
    found: Any = whole
    for part in reference.removeprefix("#/").split("/"):
        found = found[part]
    assert isinstance(found, dict)
    return found


def _is_of(value: Any, kinds: str | list[str]) -> bool:
    names = [kinds] if isinstance(kinds, str) else kinds
    is_flag = isinstance(value, bool)
    return any(isinstance(value, _KINDS[each]) and is_flag == (each == "boolean") for each in names)


def _of_object(
    value: dict[str, Any], schema: dict[str, Any], whole: dict[str, Any], at: str
) -> Iterator[str]:
    for name in schema.get("required", ()):
        if name not in value:
            yield f"{at}: {name} is missing"
    if not schema.get("minProperties", 0) <= len(value) <= schema.get("maxProperties", len(value)):
        yield f"{at}: too few or too many"
    for name, each in value.items():
        here = f"{at}.{name}"
        if name in schema.get("properties", {}):
            yield from problems(each, schema["properties"][name], whole, here)
            continue
        found = [s for pattern, s in schema.get("patternProperties", {}).items() if re.search(pattern, name)]
        more = schema.get("additionalProperties", True)
        if not found and more is False:
            yield f"{here}: is unknown"
        for one in found or ([more] if isinstance(more, dict) else []):
            yield from problems(each, one, whole, here)


def _of_array(value: list[Any], schema: dict[str, Any], whole: dict[str, Any], at: str) -> Iterator[str]:
    if not schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value)):
        yield f"{at}: too few or too many"
    if schema.get("uniqueItems") and len({repr(each) for each in value}) < len(value):
        yield f"{at}: something is there twice"
    for place, each in enumerate(value):
        yield from problems(each, schema.get("items", {}), whole, f"{at}[{place}]")


def _of_string(value: str, schema: dict[str, Any], at: str) -> Iterator[str]:
    if not schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", len(value)):
        yield f"{at}: {value!r} is too short or too long"
    for pattern in (schema.get("pattern"), schema.get("regex")):  # the second is a word of Slack's own
        if pattern is not None and not re.search(pattern, value):
            yield f"{at}: {value!r} is not like {pattern}"
