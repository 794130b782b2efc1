"""Who may import whom, where `make imports` cannot say it."""

import ast
import sys

from tests.conventions.source import imports, modules, tree

SANDBOX = ("selfbill", "sandbox")


def test_billing_is_plain_python() -> None:
    own = {"billing"} | set(sys.stdlib_module_names)
    foreign = {
        f"{path}: {name}"
        for path in modules("billing")
        if path.parts[1] != "providers"
        for name in imports(path)
        if name.split(".")[0] not in own
    }
    assert not foreign


def test_only_the_command_and_the_demo_start_the_sandbox() -> None:
    importers = {
        str(path)
        for path in modules()
        if path.parts[:2] != SANDBOX
        if any(name.startswith("selfbill.sandbox") for name in imports(path))
    }
    assert importers <= {"selfbill/cli.py", "selfbill/demo.py", "selfbill/demo_merchant.py"}


def test_transactions_end_in_storage() -> None:
    ended = {
        f"{path}:{node.lineno}"
        for path in modules()
        if path.parts[0] != "storage"
        if path.parts[:2] != SANDBOX  # it keeps what is outside, in files of its own
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call)
        if isinstance(node.func, ast.Attribute)
        if node.func.attr in {"commit", "flush"}
    }
    assert not ended


def test_imports_are_absolute() -> None:
    relative = {
        f"{path}:{node.lineno}"
        for path in modules()
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ImportFrom)
        if node.level
    }
    assert not relative


def test_only_three_places_take_whatever_goes_wrong() -> None:
    # the relay's loop, the outermost middleware, and the guard of a call to Slack that decides nothing
    allowed = {"billing/relay.py", "portal/middlewares.py", "bot/hearing.py"}
    broad = {
        str(path)
        for path in modules()
        if path.parts[:2] != SANDBOX
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ExceptHandler)
        if node.type is None
        or (isinstance(node.type, ast.Name) and node.type.id in {"Exception", "BaseException"})
    }
    assert broad <= allowed
