"""Letters as text and as HTML: the same words in both, nothing of theirs read as markup, readable colours."""

import re
from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest

from billing.addresses import Addresses
from billing.ids import AccountId, StaffId, new_id
from billing.money import Currency
from billing.records import Account, Address, Staff
from billing.states import PlanName, Role
from locales.catalogues import AVAILABLE
from locales.translator import get_translator
from portal.brand import contrast, find_accents
from portal.letters.drawing import draw_html, draw_text
from portal.letters.parts import (
    Action,
    Code,
    Facts,
    Items,
    Letter,
    Paragraph,
    Part,
    Quotation,
    SmallPrint,
)
from portal.letters.samples import Setting, sample_letters

LUMEN = Account(
    id=new_id(AccountId),
    slug="lumen",
    directory="lumen",
    name="Lumen & <Söhne>",
    plan=PlanName.GROWTH,
    currency=Currency("JPY"),
    locale="en",
    time_zone="Europe/Berlin",
    seller=Address(name="Lumen"),
    colour="#f3c613",
)
DANA = Staff(new_id(StaffId), LUMEN.id, "dana@lumen.example", "Dana", Role.OWNER, None, "", "en", True)
ADDRESSES = Addresses("https://help.example.com")
EN = get_translator("en")
# Of these the end tag is left out by right.
VOID = {"meta", "br"}


class Reader(HTMLParser):
    """What a reader sees, and whether every element that was opened is closed again."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []
        self.names: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.attributes.update(name for name, _ in attrs)
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in {"style", "title"}:
            self.seen.append(data)

    @property
    def words(self) -> str:
        return squeezed("".join(self.seen))


def read(html: str) -> Reader:
    reader = Reader()
    reader.feed(html)
    reader.close()
    assert reader.open == []
    return reader


def setting(language: str) -> Setting:
    return Setting(LUMEN, DANA, ADDRESSES, get_translator(language), datetime(2026, 11, 20, tzinfo=UTC))


def words_of(part: Part) -> tuple[str, ...]:
    """All that a part says, labels too."""
    match part:
        case Facts():
            return tuple(word for pair in part.pairs for word in pair)
        case Items():
            return part.items
        case Quotation():
            return part.intro, part.text
        case Action():
            return part.label, part.address
        case Code():
            return (part.number,)
    return (part.text,)


def squeezed(text: str) -> str:
    """Without the white space that only one of the forms has."""
    return "".join(text.split())


def letter(*parts: Paragraph | Items | Facts | Quotation | Code | Action | SmallPrint) -> Letter:
    return Letter("alice@example.com", "Hello <b>you</b>", parts)


@pytest.mark.parametrize("language", AVAILABLE)
def test_every_kind_says_the_same_in_both_forms(language: str) -> None:
    the = setting(language)
    for sample in sample_letters(the):
        text, html = draw_text(sample.letter, LUMEN, the.say), draw_html(sample.letter, LUMEN, the.say)
        shown = read(html)
        for part in sample.letter.parts:
            for words in words_of(part):
                assert squeezed(words) in squeezed(text.replace("\n> ", "\n")), sample.name
                is_address = isinstance(part, Action) and words == part.address
                assert f'href="{words}"' in html if is_address else squeezed(words) in shown.words
        assert "{" not in text.replace("\n", ""), sample.name
        assert not shown.names & {"img", "script", "link", "iframe", "table", "form"}
        assert "style" not in shown.attributes
        assert not re.search(r"url\(|@import|//(?!help\.example\.com)", html)


def test_nothing_that_people_wrote_is_markup() -> None:
    evil = "<script>alert(1)</script> & \"'>"
    parts = (
        Paragraph(evil),
        Items((evil,)),
        Facts(((evil, evil),)),
        Quotation(evil, evil),
        Code(evil),
        Action(evil, f"https://x/?{evil}"),
        SmallPrint(evil),
    )
    html = draw_html(letter(*parts).with_own_words(evil, evil), LUMEN, EN)
    assert "<script" not in html
    assert "&lt;b&gt;you&lt;/b&gt;</h1>" in html
    assert "Lumen &amp; &lt;Söhne&gt;" in html
    assert read(html).words.count("alert(1)") == 11


def test_a_code_is_copied_as_one_and_read_digit_by_digit() -> None:
    html = draw_html(letter(Code("40718293")), LUMEN, EN)
    digits = "".join(f'<span class="digit">{digit}</span>' for digit in "40718293")
    assert f'<p class="code" dir="ltr">{digits}</p>' in html


def test_what_a_mail_program_takes_from_the_root_stands_again_below_it() -> None:
    html = draw_html(letter(Paragraph("x")), LUMEN, get_translator("ar"))
    assert html.count('lang="ar" dir="rtl"') == 2


def test_the_merchants_words_have_a_direction_of_their_own() -> None:
    html = draw_html(letter(Paragraph("x")).with_own_words("Hello.", "Bye."), LUMEN, get_translator("ar"))
    assert '<p>x</p>\n<p dir="auto">Hello.</p>' in html
    assert '<p class="end" dir="auto">Bye.</p>' in html


def test_own_words_stand_before_links_and_small_print_and_the_signature_at_the_end() -> None:
    first = letter(Paragraph("One."), Action("See", "https://x"), SmallPrint("Small."))
    text = draw_text(first.with_own_words("Ours\nhere.", "Yours\nLumen"), LUMEN, EN)
    assert text == "One.\n\nOurs\nhere.\n\nSee: https://x\n\nSmall.\n\n-- \nYours\nLumen\n"
    alone = letter(Paragraph("One.")).with_own_words("Two.", "")
    assert draw_text(alone, LUMEN, EN) == "One.\n\nTwo.\n\n-- \nLumen & <Söhne>\n"


@pytest.mark.parametrize("colour", ["#ffffff", "#000000", "#f3c613", "#7fff00", "nonsense"])
def test_a_merchants_colour_is_readable_in_light_and_dark(colour: str) -> None:
    accents = find_accents(colour)
    for colours in ((accents.light, "#ffffff"), (accents.light, accents.on_light), (accents.dark, "#181e28")):
        assert contrast(*map(_rgb, colours)) >= 4.5
    assert contrast(_rgb(accents.dark), _rgb(accents.on_dark)) >= 4.5


def _rgb(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
