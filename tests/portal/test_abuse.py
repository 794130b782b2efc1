"""What was tried against a running portal, and must not come back: each test is a hole that once was."""

import asyncio
import time

import pytest

from billing.budgets import client_budgets
from billing.emails import email_key, order_id_key
from portal.forms import new_once_key
from portal.live import MOST_STREAMS
from tests.portal.merchant import PASSWORD, pay_again
from tests.portal.site import Answer, Browser, Site, raw

HELP = "/acme/help/support"


async def signed_in(site: Site, who: str = "alice", root: str = HELP) -> Browser:
    """A customer by Order ID and e-mail; no code was given."""
    browser, bought = site.browser(), getattr(site, who)
    answer = await browser.submit(
        f"{root}/sign-in",
        f"{root}/sign-in",
        order_id=bought.payment.order_id,
        email=bought.customer.email,
    )
    assert answer.status == 303, answer.words
    return browser


def cookie_line(browser: Browser) -> str:
    return "; ".join(f"{name}={value}" for name, value in browser.cookies.items())


async def test_signing_in_anew_ends_the_visit_before(site: Site) -> None:
    for browser, root, fields in (
        (await site.staff("dana"), "/acme/desk", {"email": "erin@acme.example", "password": PASSWORD}),
        (await signed_in(site), HELP, {"order_id": "40107300", "email": "bob@buyer.example"}),
    ):
        stolen = site.browser()
        stolen.cookies = dict(browser.cookies)
        csrf = (await browser.hidden(f"{root}/tickets" if root == HELP else root))["csrf"]
        assert (await browser.post(f"{root}/sign-in", {"csrf": csrf, **fields})).status == 303
        assert (await stolen.get(root)).status == 303


@pytest.mark.parametrize("text", ["\ufdfa" * 6000, "ä." * 6000, "\u0344" * 9000, "a@" + "ä" * 9000 + ".de"])
def test_a_long_text_costs_no_time(text: str) -> None:
    began = time.process_time()
    assert email_key(text) == email_key(f"a@{text}.de") == email_key(f"{text}@x.de") == ""
    assert order_id_key(text) == ""
    assert email_key("a@" + "\ufdfa" * 390) == ""
    assert time.process_time() - began < 0.5


async def test_a_refused_address_does_not_send_everybody_to_the_code(site: Site) -> None:
    browser = site.browser()
    fields = await browser.hidden("/acme/sign-in")
    statuses = [
        (
            await browser.post("/acme/sign-in", {**fields, "order_id": str(n), "email": f"x{n}@y.example"})
        ).status
        for n in range(110)
    ]
    assert set(statuses[10:]) == {429}
    site.clock.turn(hours=1)
    assert "/code" not in (await _sign_in_answer(site)).location


async def _sign_in_answer(site: Site) -> Answer:
    bought = site.alice
    return await site.browser().submit(
        "/acme/sign-in", "/acme/sign-in", order_id=bought.payment.order_id or "", email=bought.customer.email
    )


def test_mapped_addresses_are_counted_as_what_they_are(site: Site) -> None:
    def key(client: str) -> str:
        return client_budgets(site.ctx.vault, client)[0].key

    assert key("::ffff:192.0.2.1") == key("192.0.2.1") != key("::ffff:192.0.2.2")
    assert key("2001:db8::1") == key("2001:db8::2") != key("2001:db8:0:1::1")


async def test_reading_only_the_head_of_a_live_page_ends(site: Site) -> None:
    request, dana = await site.refund(), await site.staff("dana")
    host = site.origin.removeprefix("http://")
    head = (
        f"HEAD /acme/desk/requests/{request.id.hex}/events HTTP/1.1\r\nHost: {host}\r\n"
        f"Cookie: {cookie_line(dana)}\r\nConnection: close\r\n\r\n"
    )
    began = time.monotonic()
    got = await raw(site, head.encode(), seconds=60)
    assert time.monotonic() - began < 30
    assert got.startswith(b"HTTP/1.1 200")
    assert got.endswith(b"\r\n\r\n")


async def test_one_visit_has_only_so_many_live_pages(site: Site) -> None:
    dana, erin = await site.staff("dana"), await site.staff("erin")
    streams = []
    for browser, status in [(dana, 200)] * MOST_STREAMS + [(dana, 429), (erin, 200)]:
        stream = await site.http.get(
            f"{site.origin}/acme/desk/events", headers={"Cookie": cookie_line(browser)}
        )
        assert stream.status == status
        streams.append(stream)
    for stream in streams:
        stream.close()
    async with asyncio.timeout(60):
        while (await _status_of_stream(site, dana)) != 200:
            pass


async def _status_of_stream(site: Site, browser: Browser) -> int:
    async with site.http.get(
        f"{site.origin}/acme/desk/events", headers={"Cookie": cookie_line(browser)}
    ) as stream:
        return stream.status


async def test_a_once_key_is_ones_own_and_of_one_deed(site: Site) -> None:
    alice, bob = await signed_in(site), await signed_in(site, "bob")
    key = new_once_key()
    first = await _cancel(alice, site.alice.subscription.id.hex, key)
    again = await _cancel(alice, site.alice.subscription.id.hex, key)
    foreign = await _cancel(bob, site.bob.subscription.id.hex, key)
    assert first.location == again.location
    assert foreign.status == 303
    assert foreign.location != first.location
    request_id = first.location.rpartition("/")[2]
    token = (await alice.hidden(HELP))["csrf"]
    asked = await alice.post(
        f"{HELP}/ask", {"csrf": token, "once": key, "subject": "Where?", "text": "Where is it?"}
    )
    assert "/tickets/" in asked.location
    assert request_id not in asked.location


async def _cancel(browser: Browser, subscription: str, key: str) -> Answer:
    token = (await browser.hidden(HELP))["csrf"]
    return await browser.post(f"{HELP}/subscriptions/{subscription}/cancel", {"csrf": token, "once": key})


@pytest.mark.parametrize("path", ["/payments/{}/invoice", "/refunds/{}/credit-note"])
async def test_a_download_page_of_what_is_not_theirs_is_not_there(site: Site, path: str) -> None:
    alice = await signed_in(site)
    for foreign in (site.bob.payment.id.hex, site.charlie.payment.id.hex, "0" * 32):
        assert (await alice.get(HELP + path.format(foreign))).status == 404


async def test_thousands_of_payments_come_by_the_hundred(site: Site) -> None:
    await pay_again(site.acme, site.alice, times=2500)
    alice = await signed_in(site)
    first = await alice.get(HELP)
    assert first.text.count('class="line"') == 100
    assert f'href="{HELP}?page=2"' in first.text
    last = await alice.get(f"{HELP}?page=26")
    assert last.text.count('class="line"') == 2
    assert "?page=27" not in last.text
    for odd in ("27", "0", "-1", "x", "9" * 30, ""):
        assert (await alice.get(f"{HELP}?page={odd}")).status == 404
