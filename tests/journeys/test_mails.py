"""Every kind of mail in a browser, as narrow as a phone, in light and dark, from left and from right."""

import re
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from locales.translator import get_translator
from portal.letters.drawing import draw_html
from portal.letters.samples import sample_letters
from tests.journeys.conftest import OpenPage, Stage
from tests.journeys.test_access import AXE, RULES, RULES_OF_COLOUR, RUN
from tests.people import dana
from tests.portal.letters.test_drawing import setting

if TYPE_CHECKING:
    from playwright.async_api import Page

# Which way it is written changes no colour.
SCHEMES = {"en": (("dark", RULES_OF_COLOUR), ("light", RULES)), "ar": (("light", RULES),)}
PHONE = {"width": 360, "height": 800}


@pytest.mark.parametrize("language", SCHEMES)
async def test_every_mail_is_accessible_on_a_phone(open_page: OpenPage, language: str) -> None:
    page = await open_page(viewport=PHONE)
    for name, html in drawn(language).items():
        await page.set_content(html)
        await page.evaluate(AXE)
        for scheme, rules in SCHEMES[language]:
            await page.emulate_media(color_scheme=scheme)
            found = await page.evaluate(RUN, rules)
            wrong = [(each["id"], each["nodes"][0]["html"]) for each in found["violations"]]
            assert wrong == [], f"{name} in {scheme}"
        assert await page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], name


def drawn(language: str) -> dict[str, str]:
    """By name, with the merchant's own words in them, one of them long and in one piece."""
    the = setting(language)
    letters = {
        each.name: each.letter.with_own_words("W" * 200, "Lumen\nBerlin") for each in sample_letters(the)
    }
    return {name: draw_html(letter, the.account, the.say) for name, letter in letters.items()}


async def test_a_code_is_copied_without_spaces(open_page: OpenPage) -> None:
    page = await open_page(viewport=PHONE)
    await page.set_content(drawn("en")["code"])
    assert await copied(page, ".code") == "40718293"


async def copied(page: "Page", selector: str) -> str:
    """What the clipboard would hold of it."""
    await page.locator(selector).click(click_count=3)
    return str(await page.evaluate("getSelection().toString().trim()"))


async def test_the_desk_shows_a_mail_in_its_frame(stage: Stage) -> None:
    desk = await stage.desk(dana)
    page = desk.page
    await page.goto(f"{stage.places.desk}/mails?mail=refund-done&language=de")
    frame = page.frame_locator("iframe.mail")
    hello = get_translator("de").text("Hello {name},", name=dana.name)
    await expect(frame.get_by_text(hello)).to_be_visible()
    button = frame.locator("a.button")
    await expect(button).to_have_css("display", "inline-block")  # its own style counts in there
    await expect(page.locator("pre")).to_contain_text(hello)
    await page.get_by_label("Language", exact=True).first.select_option("ar")
    await page.get_by_role("button", name="Show", exact=True).click()
    await expect(page).to_have_url(re.compile("language=ar"))
    await expect(frame.locator(".mail")).to_have_attribute("dir", "rtl")
