"""Signing in, the code, "Send me my Order IDs", signing out."""

from dataclasses import replace

import pytest

from billing.states import AskCode, Surface
from tests.people import alice, bob
from tests.site import Browser, Page, Site

WRONG = "We cannot sign you in with these."


async def enter(browser: Browser, order_id: str, email: str) -> Page:
    return await browser.fill("/lumen/sign-in", "sign-in", order_id=order_id, email=email)


@pytest.mark.parametrize("surface", list(Surface))
@pytest.mark.parametrize("order_id", [alice.order_id, alice.subscription_order_id])
async def test_the_order_id_of_any_payment_signs_in_on_either_surface(
    site: Site, surface: Surface, order_id: str
) -> None:
    browser, root = site.browser(), site.root(surface)
    page = await browser.fill(f"{root}/sign-in", "sign-in", order_id=order_id, email=" ALICE@example.net ")
    assert (page.status, page.url) == (200, site.url + root)
    assert "Photography Masterclass" in page.text


@pytest.mark.parametrize(
    ("order_id", "email"),
    [
        ("99999999", alice.email),
        (alice.order_id, "nobody@example.net"),
        (alice.order_id, bob.email),
        ("40003001", alice.email),  # another account's, with the same e-mail
    ],
)
async def test_a_wrong_pair_gets_one_sentence_and_keeps_what_was_typed(
    site: Site, order_id: str, email: str
) -> None:
    page = await enter(site.browser(), order_id, email)
    assert page.status == 422
    assert WRONG in page.text
    assert page.forms()[0].fields["order_id"] == order_id
    assert page.forms()[0].fields["email"] == email


async def test_an_empty_field_is_named(site: Site) -> None:
    page = await enter(site.browser(), alice.order_id, "")
    assert page.status == 422
    assert 'id="email-problem"' in page.html
    assert WRONG not in page.text


async def test_a_page_that_was_wanted_elsewhere_leads_home(site: Site) -> None:
    browser = site.browser()
    page = await browser.fill(
        "/lumen/sign-in?next=https://elsewhere.example/",
        "sign-in",
        order_id=alice.order_id,
        email=alice.email,
    )
    assert page.url == f"{site.url}/lumen"


async def test_who_is_signed_in_needs_no_form(site: Site) -> None:
    browser = await site.sign_in(alice)
    assert (await browser.get("/lumen/sign-in")).url == f"{site.url}/lumen"


async def test_after_signing_out_orders_are_closed(site: Site) -> None:
    browser = await site.sign_in(alice)
    page = await browser.submit(await browser.get("/lumen"), "sign-out")
    assert page.url == f"{site.url}/lumen/sign-in"
    assert "/sign-in" in (await browser.get("/lumen")).url


async def test_too_many_tries_are_told_when_to_come_back(site: Site) -> None:
    browser = site.browser()
    pages = [await enter(browser, f"7000000{n}", f"n{n}@example.net") for n in range(12)]
    assert pages[-1].status == 429
    assert int(pages[-1].headers["Retry-After"]) > 0


@pytest.mark.parametrize("email", [alice.email, "nobody@example.net"])
async def test_order_ids_are_promised_in_the_same_words_to_everybody(site: Site, email: str) -> None:
    page = await site.browser().fill("/lumen/order-ids", "order-ids", email=email)
    assert page.status == 200
    assert "Look into your mailbox." in page.text
    await site.settle()
    assert len(site.mails()) == (email == alice.email)


async def test_the_mail_names_the_order_ids(site: Site) -> None:
    await site.browser().fill("/lumen/order-ids", "order-ids", email=alice.email)
    await site.settle()
    assert alice.order_id in site.mails()[-1]["text"]


async def test_a_code_at_sign_in_signs_in(site: Site) -> None:
    await ask_at_sign_in(site)
    browser = site.browser()
    page = await enter(browser, alice.order_id, alice.email)
    assert "/code" in page.url
    await site.settle()
    page = await browser.submit(page, "code", code=site.newest_code())
    assert page.url == f"{site.url}/lumen"
    assert "alice@example.net" in page.text


async def test_a_wrong_code_is_told_so(site: Site) -> None:
    await ask_at_sign_in(site)
    browser = site.browser()
    page = await browser.submit(await enter(browser, alice.order_id, alice.email), "code", code="00000000")
    assert page.status == 422
    assert "This code is wrong" in page.text


async def test_reading_the_code_page_sends_nothing(site: Site) -> None:
    browser = await site.sign_in(alice)
    await browser.get("/lumen/code")
    await site.settle()
    assert site.mails() == []


async def ask_at_sign_in(site: Site) -> None:
    async with site.ctx.begin(site.world.accounts["lumen"].id) as work:
        settings = await work.helpdesks.get_self_billing(Surface.PORTAL, None)
        await work.helpdesks.put_self_billing(replace(settings, code_for_refund=AskCode.AT_SIGN_IN))
