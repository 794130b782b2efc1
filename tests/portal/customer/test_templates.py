"""Every customer template draws in every language, and is sound HTML for those who cannot see it."""

import re
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import pytest

from locales.catalogues import AVAILABLE
from locales.translator import get_translator
from portal.render import FOLDER
from portal.static_files import FOLDER as STATIC
from tests.portal.customer.drawn import draw
from tests.portal.customer.gallery import every_page

LANGUAGES = pytest.mark.parametrize("language", AVAILABLE)


class Outline(HTMLParser):
    """What the checks need to know of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.ids: Counter[str] = Counter()
        self.named: list[str] = []  # ids of fields that people fill in
        self.references: set[str] = set()  # ids that attributes point to
        self.styled: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self.tags[tag] += 1
        if "id" in values:
            self.ids[values["id"]] += 1
        if tag in {"input", "select", "textarea"} and values.get("type") != "hidden":
            self.named.append(values.get("id", ""))
        for name in ("for", "aria-describedby", "aria-labelledby", "form"):
            self.references |= set(values.get(name, "").split())
        self.styled += [name for name in values if name == "style" or name.startswith("on")]
        if tag == "script" and "src" not in values:
            self.styled.append("script")


def outlines(language: str) -> list[tuple[str, Outline]]:
    say = get_translator(language, "Europe/Berlin")
    return [
        (name, Outline(draw(template, page, language=language, helpdesk=True)))
        for name, template, page in every_page(say)
    ]


@LANGUAGES
def test_every_page_draws_with_one_heading_and_one_main(language: str) -> None:
    for name, page in outlines(language):
        assert (page.tags["h1"], page.tags["main"]) == (1, 1), name


def test_ids_are_unique_and_whatever_is_pointed_to_is_there() -> None:
    for name, page in outlines("en"):
        assert max(page.ids.values()) == 1, name
        assert page.references <= set(page.ids), name


def test_every_field_has_a_label() -> None:
    for name, page in outlines("en"):
        assert set(page.named) <= page.references, name


def test_nothing_is_styled_or_scripted_in_a_page() -> None:
    assert {name: page.styled for name, page in outlines("en") if page.styled} == {}


def test_every_template_of_customers_is_drawn() -> None:
    drawn = {template for _, template, _ in every_page(get_translator("en"))}
    there = {f"customer/{path.name}" for path in (FOLDER / "customer").iterdir() if path.name[0] != "_"}
    assert there - drawn == {"customer/frame.html"}


def test_right_to_left_is_said() -> None:
    (_, template, page), *_ = every_page(get_translator("ar"))
    assert '<html lang="ar" dir="rtl">' in draw(template, page, language="ar")


@pytest.mark.parametrize("name", ["selfbill.css", "desk.css"])
def test_a_stylesheet_is_small_and_knows_no_left_and_right(name: str) -> None:
    css = Path(STATIC / name).read_text()
    assert len(css) <= 14 * 1024
    # a chevron is turned, not mirrored
    assert not re.search(r"(margin|padding|border|inset)-(left|right)|text-align: (left|right)", css)
    assert "url(" not in css
