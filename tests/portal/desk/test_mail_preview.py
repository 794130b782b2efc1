"""The preview of mails: every kind, in any language, with the merchant's own words, and nothing is sent."""

import pytest

from billing.actors import StaffActor, Via
from billing.merchant_texts import put_text
from billing.states import TextKind
from billing.text_places import MailKind
from locales.translator import get_translator
from tests.portal.site import Site

PAGE = "/acme/desk/mails"


async def test_a_mail_is_shown_as_text_and_in_a_frame(site: Site) -> None:
    shown = await (await site.staff("erin")).get(f"{PAGE}?mail=refund-done&language=de")
    assert shown.status == 200
    hello = get_translator("de").text("Hello {name},", name="Erin")
    assert f'lang="de" dir="ltr">{hello}' in shown.text
    assert f'<iframe class="mail" src="{PAGE}/html?mail=refund-done&amp;language=de" sandbox' in shown.text
    assert shown.headers["Content-Security-Policy"].endswith("; frame-src 'self'")


async def test_what_stands_in_the_frame_can_load_run_and_send_nothing(site: Site) -> None:
    shown = await (await site.staff("dana")).get(f"{PAGE}/html?mail=code&language=ar")
    assert shown.text.lstrip().startswith('<!doctype html>\n<html lang="ar" dir="rtl">')
    policy = shown.headers["Content-Security-Policy"].split("; ")
    assert {"sandbox", "default-src 'none'", "frame-ancestors 'self'"} <= set(policy)
    assert shown.headers["X-Frame-Options"] == "SAMEORIGIN"


async def test_the_merchants_own_words_stand_in_it(site: Site) -> None:
    by = StaffActor(site.acme.account.id, site.acme.staff["dana"].id, Via.WEB, "", "trace")
    words = "Write to us, {customer_name}: <b>we</b> answer {reference}."
    await put_text(site.ctx, TextKind.MAIL, MailKind.DONE.value, "", text=words, by=by)
    await put_text(site.ctx, TextKind.SIGNATURE, "", "en", text="Yours, {merchant}", by=by)
    shown = await (await site.staff("dana")).get(f"{PAGE}/html?mail=refund-done&language=en")
    assert "Write to us, Dana: &lt;b&gt;we&lt;/b&gt; answer R-EXAMPLE." in shown.text
    assert "Yours, Acme &amp; Co." in shown.text
    other = await (await site.staff("dana")).get(f"{PAGE}/html?mail=denied&language=en")
    assert "Write to us" not in other.text


@pytest.mark.parametrize("query", ["?mail=nonsense", "?mail=<script>&language=xx", ""])
async def test_what_is_not_known_shows_the_first(site: Site, query: str) -> None:
    shown = await (await site.staff("dana")).get(PAGE + query)
    assert "Your code for Acme &amp; Co." in shown.text
    assert "<script>" not in shown.text.replace("<script src", "")


async def test_the_page_of_texts_leads_there(site: Site) -> None:
    assert f'href="{PAGE}">Mails</a>' in (await (await site.staff("dana")).get("/acme/desk/texts")).text


async def test_agents_have_no_business_there(site: Site) -> None:
    assert (await (await site.staff("frank")).get(PAGE)).status == 403
