"""How long, how named, how described: the part of the style that can be counted."""

import ast
from pathlib import Path

from tests.conventions.source import PACKAGES, ROOT, files, modules, tree

CODE = {".py", ".js", ".css", ".html", ".typ"}
HISTORY = Path("storage/migrations/versions")  # migrations are long lists, and are never edited
NAMES_OF_NOTHING = {"utils", "util", "helpers", "helper", "manager", "managers", "base", "common", "misc"}


def test_no_file_is_longer_than_400_lines() -> None:
    long = {
        str(path): lines
        for path in files()
        if path.suffix in CODE and HISTORY not in path.parents
        if (lines := len((ROOT / path).read_text().splitlines())) > 400
    }
    assert not long


def test_no_function_is_longer_than_60_lines() -> None:
    long = {
        f"{path}:{node.lineno} {node.name}": lines
        for path in files(".py")
        if HISTORY not in path.parents
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        if (lines := (node.end_lineno or 0) - node.lineno + 1) > 60
    }
    assert not long


def test_modules_are_named_after_what_lives_in_them() -> None:
    assert not [path for path in files(".py") if path.stem in NAMES_OF_NOTHING]


def test_the_code_is_in_the_packages_that_were_asked_for() -> None:
    top = {path.parts[0] for path in files(".py") if len(path.parts) > 1}
    assert top <= {*PACKAGES, "tests"}


def test_a_module_says_what_lives_in_it() -> None:
    silent = [path for path in modules() if path.name != "__init__.py" and not ast.get_docstring(tree(path))]
    assert not silent


def test_what_billing_offers_is_described() -> None:
    silent = {
        f"{path}:{node.lineno} {node.name}"
        for path in modules("billing")
        for node in tree(path).body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        if not node.name.startswith("_") and not ast.get_docstring(node)
    }
    assert not silent
