"""Finds every sentence in the sources: Python is read as a syntax tree, templates as Jinja2 parses them.

Python:    `N_("…")`, `_("…")`, `say.text("…")`, `say.plural("…", "…", n)`, `say.context("where", "…")`
Templates: the same calls but `N_`, and `gettext`, `ngettext`, `pgettext`, `npgettext`, `{% trans %}`
"""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, nodes

ROOT = Path(__file__).parent.parent
PACKAGES = ("portal", "bot", "locales", "selfbill")
STAND_INS = "selfbill/sandbox"  # they know nothing of the product, and it translates nothing of theirs
TEMPLATE_SUFFIXES = frozenset({".html", ".txt", ".xml", ".jinja"})

# What stands in front of the arguments: c a context, s a sentence, p its plural.
_SHAPES = {
    "_": "s",
    "N_": "s",
    "gettext": "s",
    "text": "s",
    "ngettext": "sp",
    "plural": "sp",
    "pgettext": "cs",
    "context": "cs",
    "npgettext": "csp",
}
_METHODS = frozenset({"text", "plural", "context"})


@dataclass(frozen=True, slots=True)
class Found:
    """A sentence, its plural or empty, its context or None, and the file it is said in."""

    one: str
    many: str
    context: str | None
    file: str


def find_sentences(root: Path = ROOT) -> Iterator[Found]:
    """All there are, by file; one that is said twice comes twice."""
    for file in list_sources(root):
        name = file.relative_to(root).as_posix()
        find = find_in_python if file.suffix == ".py" else find_in_template
        yield from find(file.read_text(encoding="utf-8"), name)


def list_sources(root: Path = ROOT) -> list[Path]:
    """All modules and templates whose words people may read, by name."""
    return sorted(_files(root))


def _files(root: Path) -> Iterator[Path]:
    for package in PACKAGES:
        for file in (root / package).rglob("*"):
            is_template = file.suffix in TEMPLATE_SUFFIXES and "templates" in file.parts
            is_source = file.suffix == ".py" or is_template
            if is_source and not file.relative_to(root).as_posix().startswith(STAND_INS):
                yield file


def find_in_python(source: str, file: str) -> Iterator[Found]:
    """The sentences of one module, in the order they are written."""
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    for call in sorted(calls, key=lambda node: (node.lineno, node.col_offset)):
        match call.func:
            case ast.Name(id=name):
                shape = "" if name in _METHODS else _SHAPES.get(name, "")
            case ast.Attribute(attr=name, value=speaker):
                # A form has a `text` too: sentences are said by a translator, and those are called `say`.
                shape = _SHAPES[name] if name in _METHODS and _is_translator(speaker) else ""
            case _:
                continue
        yield from _found(shape, [getattr(argument, "value", None) for argument in call.args], file)


def _is_translator(speaker: ast.expr) -> bool:
    match speaker:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name == "say"
        case _:
            return ast.unparse(speaker).startswith("get_translator(") or ast.unparse(speaker).endswith(
                "[SAY]"
            )


def parse_template(source: str) -> nodes.Template:
    """As the portal renders it: white space within a sentence is part of it."""
    env = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.i18n"])
    env.newstyle_gettext = True  # type: ignore[attr-defined]
    return env.parse(source)


def find_in_template(source: str, file: str) -> Iterator[Found]:
    """The sentences of one template."""
    for call in parse_template(source).find_all(nodes.Call):
        match call.node:
            case nodes.Name(name=name):
                shape = "" if name in _METHODS else _SHAPES.get(name, "")
            case nodes.Getattr(attr=name, node=speaker):
                is_said = isinstance(speaker, nodes.Name) and speaker.name == "say"
                shape = _SHAPES[name] if name in _METHODS and is_said else ""
            case _:
                continue
        yield from _found(shape, [getattr(argument, "value", None) for argument in call.args], file)


def _found(shape: str, arguments: Sequence[object], file: str) -> Iterator[Found]:
    """Nothing where the arguments are no literals: a variable was marked with `N_` elsewhere."""
    words = [word for word in arguments[: len(shape)] if isinstance(word, str)]
    if not shape or len(words) < len(shape):
        return
    named = dict(zip(shape, words, strict=True))
    yield Found(one=named["s"], many=named.get("p", ""), context=named.get("c"), file=file)
