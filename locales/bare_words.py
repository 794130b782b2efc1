"""Words that were written where no catalogue reaches them: bare text in templates, sentences in Python."""

import ast
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

from jinja2 import nodes

from locales.sources import ROOT, find_in_python, list_sources, parse_template

# Names and abbreviations that are the same in every language.
_NAMES = frozenset({"Selfbill", "Slack", "PDF", "ZIP", "CSV", "QR"})
_LETTERS = re.compile(r"[^\W\d_]{2,}")
# A capital, and another word behind a space: so look sentences and labels, but no keys, queries and paths.
_SENTENCE = re.compile(r"[A-Z][a-z’']+,?(?: [A-Za-z’'-]+[,.:]?)+[.?!…:]?")
_READ_ALOUD = ("placeholder", "title", "aria-label", "alt", "label", "summary", "aria-roledescription")
_BUTTONS = frozenset({"submit", "button", "reset"})
_CODE = frozenset({"script", "style", "code", "pre", "textarea", "template"})
_VOID = frozenset({"input", "meta", "link", "br", "img", "hr", "source", "col", "wbr"})
# Modules whose sentences are none of ours to translate, and why.
_SPARED = {
    "locales/bare_words.py": "this list",
    "bot/manifest.py": "Slack shows an app's own page in one language to all",
    "locales/glossaries.py": "words of ours to look up, each by its English name",
    "locales/card_words.py": "names of brands",
    "locales/processor_words.py": "names of permissions, as the processor's pages have them",
    "portal/documents/factur_x.py": "XML",
    "portal/documents/glyphs.py": "names of fonts",
    "portal/server.py": "the answer to what is no HTTP, where nobody's language is known",
    "portal/views/desk/texts.py": "the name of an example customer",
}
_ENGLISH = "selfbill/"  # the command is for those who run the server, and speaks English
# What templates put inside of tags: blocks, and attributes in macros.
_IN_TAGS = frozenset({"body_class", "main_class", "live"})
_ATTRIBUTE = re.compile(r'[\w-]+="[^"]*"|\b(?:required|autofocus|multiple)\b')
_EXPRESSION = "\ufffc"  # stands in a template's text for whatever is put there


class Shown(HTMLParser):
    """All texts of a page that people see or hear; not what they typed themselves, nor code."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._inside: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag not in _VOID:
            self._inside.append(tag)
        self.texts += [values[name] for name in _READ_ALOUD if name in values]
        if tag == "input" and values.get("type") in _BUTTONS:
            self.texts.append(values.get("value", ""))
        # what scripts show is given to them; addresses and keys have no space
        self.texts += [value for name, value in values.items() if name.startswith("data-") and " " in value]

    def handle_endtag(self, tag: str) -> None:
        while self._inside and self._inside.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if not _CODE & set(self._inside):
            self.texts.append(data)


def find_bare_words(root: Path = ROOT) -> Iterator[str]:
    """One line for each, the file first."""
    for file in list_sources(root):
        name, source = file.relative_to(root).as_posix(), file.read_text(encoding="utf-8")
        if name in _SPARED or name.startswith(_ENGLISH):
            continue
        find = bare_in_python if file.suffix == ".py" else bare_in_template
        yield from (f"{name}: in no catalogue: {words!r}" for words in find(source))


def bare_in_template(source: str) -> Iterator[str]:
    """Texts and attributes with letters of their own."""
    html = "".join(_data_of(parse_template(source)))
    for text in Shown(html).texts:
        if set(_LETTERS.findall(_ATTRIBUTE.sub("", text))) - _NAMES:
            yield " ".join(text.split())


def _data_of(node: nodes.Node) -> Iterator[str]:
    """What a template says by itself, in order, all its branches one after the other."""
    if isinstance(node, nodes.TemplateData):
        yield node.data
    elif isinstance(node, nodes.Expr) or (isinstance(node, nodes.Block) and node.name in _IN_TAGS):
        yield _EXPRESSION
    else:
        for child in node.iter_child_nodes():
            yield from _data_of(child)


def bare_in_python(source: str) -> Iterator[str]:
    """Literals that read like a sentence, and are neither said by a translator, nor for developers."""
    tree = ast.parse(source)
    said = {words for found in find_in_python(source, "") for words in (found.one, found.many)}
    aside = [part for node in ast.walk(tree) for part in _for_developers(node)]
    spared = {id(inner) for part in aside for inner in ast.walk(part)}
    for node in ast.walk(tree):
        words = node.value if isinstance(node, ast.Constant) else None
        is_sentence = isinstance(words, str) and words not in said and _SENTENCE.search(words)
        if is_sentence and id(node) not in spared:
            yield str(words)


def _for_developers(node: ast.AST) -> Iterator[ast.AST]:
    """Docstrings, what is raised or asserted, and lines of the log."""
    match node:
        case ast.Expr(value=ast.Constant()) | ast.Raise() | ast.Assert():
            yield node
        case ast.Call(func=ast.Attribute(value=ast.Name(id="log" | "re"))):
            yield node
