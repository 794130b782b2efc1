"""After an ack nothing may raise, or Bolt loses it: listeners end there, or open a modal under its guard."""

import ast
import inspect
from collections.abc import Iterator, Sequence
from importlib import import_module
from pkgutil import iter_modules

import pytest

from bot import door, listeners

MODULES = [door, *(import_module(f"bot.listeners.{each.name}") for each in iter_modules(listeners.__path__))]
ACKS = {"ack", "_beside", "_ack_refusal"}
GUARDED = {"open_view"}


def awaited(statement: ast.stmt) -> str:
    """The name of what it awaits and does nothing else with; or empty."""
    if not (isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Await)):
        return ""
    call = statement.value.value
    if not isinstance(call, ast.Call):
        return ""
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def late_lines(block: Sequence[ast.stmt]) -> Iterator[int]:
    """What follows an ack in the same block, beside the way out and the guarded call."""
    acked = False
    for statement in block:
        is_end = isinstance(statement, ast.Return) and statement.value is None
        if acked and not is_end and awaited(statement) not in GUARDED:
            yield statement.lineno
        acked = acked or awaited(statement) in ACKS


def blocks_of(tree: ast.AST) -> Iterator[Sequence[ast.stmt]]:
    """Every list of statements in it."""
    for node in ast.walk(tree):
        for name in ("body", "orelse", "finalbody"):
            found = getattr(node, name, None)
            if isinstance(found, list):
                yield found


@pytest.mark.parametrize("module", MODULES, ids=lambda module: str(module.__name__))
def test_nothing_follows_an_ack(module: object) -> None:
    tree = ast.parse(inspect.getsource(module))  # type: ignore[arg-type]  # a module
    assert [line for block in blocks_of(tree) for line in late_lines(block)] == []


def test_what_follows_an_ack_is_found() -> None:
    told = "await ack()\nawait ears.open_view(x)\nawait ears.tell(x)\n"
    tree = ast.parse(told, mode="exec")
    assert [line for block in blocks_of(tree) for line in late_lines(block)] == [3]
