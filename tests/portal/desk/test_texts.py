"""Texts at the desk: the list, a text in each language, its preview, and what a customer then reads."""

import pytest

from tests.portal.site import Answer, Browser, Site, found

TEXTS, HELP = "/acme/desk/texts", "/acme/help/support"
POLICY = f"{TEXTS}/refund-policy"


async def typed(browser: Browser, path: str, deed: str = "", **fields: str) -> Answer:
    """Opens the text in this language, fills its form in, and presses a button of it."""
    shown = await browser.get(f"{path}?language={fields['language']}")
    seen = found(shown.text, r'name="seen" value="([^"]+)"')
    return await browser.submit(path, path + deed, **{"seen": seen, **fields})


async def test_a_text_is_kept_in_each_language_and_taken_away(site: Site) -> None:
    erin = await site.staff("erin")
    answer = await typed(erin, POLICY, language="all", text="Within {product} days.")
    assert (answer.status, answer.location) == (303, f"{POLICY}?language=all&saved=yes")
    assert (await typed(erin, POLICY, language="ar", text="خلال ١٤ يومًا.")).status == 303
    listed = await erin.get(TEXTS)
    assert "All languages and العربية" in listed.words
    page = await erin.get(f"{POLICY}?language=ar")
    assert '<div class="said" lang="ar" dir="rtl">خلال ١٤ يومًا.</div>' in page.text
    fallback = await erin.get(f"{POLICY}?language=ja")
    assert '<div class="said" lang="ja" dir="ltr">Within ' in fallback.text
    assert "Remove it" not in fallback.words
    answer = await typed(erin, POLICY, "/remove", language="ar")
    assert answer.location == f"{POLICY}?language=ar&saved=removed"
    assert "and العربية" not in (await erin.get(TEXTS)).words


async def test_a_preview_saves_nothing(site: Site) -> None:
    erin = await site.staff("erin")
    answer = await typed(
        erin, f"{TEXTS}/mail-done", "/preview", language="de", text="Hallo {customer_name} {"
    )
    assert answer.status == 200
    assert '<div class="said" lang="de" dir="ltr">Hallo Alex Kim {</div>' in answer.text
    assert ">\nHallo {customer_name} {</textarea>" in answer.text
    assert "Hallo" not in (await erin.get(f"{TEXTS}/mail-done?language=de")).words


@pytest.mark.parametrize("deed", ["", "/preview"])
async def test_an_unknown_place_is_said_with_those_there_are_and_what_was_typed_stays(
    shared_site: Site, deed: str
) -> None:
    erin = await shared_site.staff("erin")
    answer = await typed(erin, f"{TEXTS}/signature", deed, language="de", text="Ihr {Händler} <b>")
    assert answer.status == 422
    assert "{Händler} is none of the places that we fill. These are: {merchant}" in answer.words
    assert ">\nIhr {Händler} &lt;b&gt;</textarea>" in answer.text
    assert 'aria-invalid="true"' in answer.text


async def test_two_who_write_at_once_see_both(site: Site) -> None:
    erin = await site.staff("erin")
    shown = await erin.get(f"{POLICY}?language=de")
    seen = found(shown.text, r'name="seen" value="([^"]+)"')
    await typed(await site.staff("dana"), POLICY, language="de", text="Ihre")
    stale = await erin.submit(POLICY, POLICY, language="de", seen=seen, text="Meine")
    assert stale.status == 409
    assert "Somebody saved meanwhile." in stale.words
    assert ">\nMeine</textarea>" in stale.text
    assert "Ihre" in stale.words
    late = await erin.submit(POLICY, f"{POLICY}/remove", language="de", seen=seen)
    assert late.location == f"{POLICY}?language=de"
    again = found(stale.text, r'name="seen" value="([^"]+)"')
    assert (await erin.submit(POLICY, POLICY, language="de", seen=again, text="Meine")).status == 303


async def test_customers_read_welcome_and_policy_in_their_language(site: Site) -> None:
    erin = await site.staff("erin")
    welcome = f"{TEXTS}/{site.acme.helpdesk.id.hex}"
    assert (await typed(erin, welcome, language="de", text="Willkommen bei {merchant} <i>")).status == 303
    assert (await typed(erin, POLICY, language="de", text="{product}: 14 Tage.")).status == 303
    alice, page = site.browser(), f"{HELP}/sign-in"
    alice.headers["Accept-Language"] = "de"
    bought = site.alice
    answer = await alice.submit(
        page, page, order_id=bought.payment.order_id or "", email=bought.customer.email
    )
    assert answer.status == 303
    assert "Willkommen bei Acme &amp; Co. &lt;i&gt;" in (await alice.get(HELP)).text
    form = f"{HELP}/payments/{bought.payment.id.hex}/refund"
    english = {f"__Host-language-{site.acme.account.id.hex}": "en"}
    name = next(each for each in alice.cookies if "-visit-" in each)
    async with site.ctx.begin(site.acme.account.id) as work:
        visit = await work.visits.find(site.ctx.vault.digest(alice.cookies[name]))
        assert visit is not None
        new = site.ctx.vault.digest(alice.cookies[name] + "proved")
        await work.visits.replace_token(visit.id, token_hash=new, proved_at=site.ctx.now())
    alice.cookies[name] += "proved"
    assert "Watercolour course: 14 Tage." in (await alice.get(form)).words
    alice.cookies |= english
    assert 'id="policy"' not in (await alice.get(form)).text  # nothing is said in English


async def test_what_is_no_text_and_no_language_is_not_found(shared_site: Site) -> None:
    erin, desk = await shared_site.staff("erin"), shared_site.acme.helpdesk.id.hex
    for path in (
        f"{TEXTS}/nothing",
        f"{TEXTS}/mail-letters",
        f"{TEXTS}/{'0' * 32}",
        f"{POLICY}?language=xx",
        f"{TEXTS}/{desk}?language=all",  # the wizard keeps that one
    ):
        assert (await erin.get(path)).status == 404
    heidi = await shared_site.staff("heidi")
    assert (await heidi.get(f"/other/desk/texts/{desk}")).status == 404


async def test_the_journal_says_which_text_and_language(site: Site) -> None:
    by = site.acme.staff["erin"]
    erin = await site.staff("erin")
    await typed(erin, f"{TEXTS}/mail-order-ids", language="pt-BR", text="Olá")
    words = (await erin.get("/acme/desk/journal?what=text")).words
    assert f"{by.name} changed a text in their own words: Your words in the mail: Order IDs" in words
    assert "português" in words
    assert "Olá" not in words


async def test_wizard_and_answers_lead_to_their_texts(site: Site) -> None:
    erin, desk = await site.staff("erin"), site.acme.helpdesk.id.hex
    looks = await erin.get(f"/acme/desk/helpdesks/{desk}/appearance")
    assert f'href="{TEXTS}/{desk}"' in looks.text
    page = await erin.get(f"{TEXTS}/{desk}")
    assert f'href="/acme/desk/helpdesks/{desk}/appearance"' in page.text
