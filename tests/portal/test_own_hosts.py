"""A merchant's own host: one account, its customers' pages alone, and it stops at once."""

from urllib.parse import urlsplit

import pytest

from billing.directories import OF_THE_SERVER, RESERVED
from tests.portal.owning import HOST, own, release
from tests.portal.site import Browser, Site, found, raw


def at(site: Site, host: str = HOST) -> Browser:
    """A browser on this host: what it is really connected to no page can tell."""
    browser = site.browser()
    browser.headers = {"Host": f"{host}:{urlsplit(site.origin).port}"}
    return browser


def origin_at(site: Site, host: str = HOST) -> str:
    return f"http://{host}:{urlsplit(site.origin).port}"


async def test_a_proved_host_serves_its_accounts_customers_alone(site: Site) -> None:
    await own(site, HOST)
    browser = at(site)
    shown = await browser.get("/acme/sign-in")
    assert shown.status == 200
    assert "Acme & Co." in shown.words
    front = await browser.get("/")
    assert (front.status, front.location) == (303, "/acme")
    assert (await browser.get("/acme/help/support/sign-in")).status == 200
    for path in ("/other/sign-in", "/other", "/nobody", "/hooks/tls", "/healthz"):
        lost = await browser.get(path)
        assert lost.status == 404, path
        assert "acme" not in lost.text.lower()
        assert "other" not in lost.words.lower().replace("another", "")
    assert (await site.browser().get("/acme/sign-in")).status == 200  # the shared host goes on


async def test_the_desk_is_on_our_own_host(site: Site) -> None:
    await own(site, HOST)
    browser = at(site)
    led = await browser.get("/acme/desk/sign-in?next=/plan")
    assert (led.status, led.location) == (303, f"{site.origin}/acme/desk/sign-in")
    assert (await browser.get("/other/desk")).status == 404
    token = (await site.browser().hidden("/acme/desk/sign-in"))["csrf"]
    answer = await browser.post("/acme/desk/sign-in", {"csrf": token}, Origin=origin_at(site))
    assert answer.status == 404


async def test_a_customer_signs_in_and_asks_there_and_forms_come_from_there(site: Site) -> None:
    await own(site, HOST)
    browser = at(site)
    fields = {
        **await browser.hidden("/acme/help/support/sign-in"),
        "order_id": site.alice.payment.order_id or "",
        "email": site.alice.customer.email,
    }
    for wrong in (site.origin, origin_at(site, "shop.other.example"), f"https://{HOST}", "null"):
        assert (await browser.post("/acme/help/support/sign-in", fields, Origin=wrong)).status == 403
    entered = await browser.post("/acme/help/support/sign-in", fields, Origin=origin_at(site))
    assert (entered.status, entered.location) == (303, "/acme/help/support")
    assert "Watercolour course" in (await browser.get("/acme/help/support")).words
    fields = {
        **await browser.hidden("/acme/help/support/ask"),
        "subject": "Hello",
        "text": "Is anybody there?",
    }
    asked = await browser.post("/acme/help/support/ask", fields, Origin=origin_at(site))
    assert asked.status == 303
    assert asked.location.startswith("/acme/help/support/tickets/")


async def test_a_released_host_stops_at_once_and_so_do_its_visits(site: Site) -> None:
    domain = await own(site, HOST)
    browser = at(site)
    assert (await browser.get("/acme/sign-in")).status == 200
    await release(site, domain)
    lost = await browser.get("/acme/sign-in")
    assert lost.status == 421
    assert "acme" not in lost.text.lower()
    assert (await browser.get("/")).status == 421


async def test_two_accounts_have_two_hosts(site: Site) -> None:
    await own(site, HOST)
    await own(site, "shop.other.example", site.other)
    theirs = at(site, "shop.other.example")
    assert (await theirs.get("/")).location == "/other"
    assert (await theirs.get("/acme")).status == 404
    assert (await at(site).get("/")).location == "/acme"


async def test_a_merchants_host_says_nothing_of_what_stands_below_it(site: Site) -> None:
    await own(site, HOST)
    for browser, says in ((at(site), "max-age=63072000"), (at(site, "nobody.example"), "max-age=63072000")):
        assert (await browser.get("/acme/sign-in")).headers["Strict-Transport-Security"] == says
    ours = await site.browser().get("/acme/sign-in")
    assert ours.headers["Strict-Transport-Security"] == "max-age=63072000; includeSubDomains"


async def test_what_pages_load_is_served_there_too(site: Site) -> None:
    await own(site, HOST)
    browser = at(site)
    address = found((await browser.get("/acme/sign-in")).text, r'rel="stylesheet" href="([^"]+)"')
    assert (await browser.get(address)).status == 200
    assert (await at(site, "nobody.example").get(address)).status == 421


async def test_no_second_field_of_a_request_chooses_the_host(site: Site) -> None:
    await own(site, HOST)
    theirs, ours = HOST.encode(), site.origin.removeprefix("http://").encode()
    for head in (
        b"GET http://%s/acme/sign-in HTTP/1.1\r\nHost: %s\r\n" % (theirs, ours),
        b"GET /acme/sign-in HTTP/1.1\r\nHost: %s\r\nHost: %s\r\n" % (theirs, ours),
        b"GET /acme/sign-in HTTP/1.1\r\nHost: %s,%s\r\n" % (theirs, ours),
    ):
        assert (await raw(site, head + b"Connection: close\r\n\r\n")).split()[1] == b"400", head
    for host in (b"Billing.ACME.example", b"billing.acme.example.", b"billing.acme.example:8443"):
        head = b"GET /acme/sign-in HTTP/1.1\r\nHost: %s\r\nX-Forwarded-Host: %s\r\n" % (host, ours)
        got = await raw(site, head + b"X-Forwarded-Server: other\r\nConnection: close\r\n\r\n")
        assert got.split()[1] == b"200", host
    for host in (b"acme.example", b"x.billing.acme.example", b"billing.acme.example.evil.example"):
        head = b"GET /acme/sign-in HTTP/1.1\r\nHost: %s\r\nX-Forwarded-Host: %s\r\n" % (host, theirs)
        assert (await raw(site, head + b"Connection: close\r\n\r\n")).split()[1] == b"421", host


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        (HOST, 200),
        (HOST.upper(), 200),
        ("127.0.0.1", 200),
        ("acme.example", 404),
        ("shop.other.example", 404),
        ("", 400),
        ("a@b", 400),
    ],
)
async def test_a_proxy_is_told_which_hosts_are_served(site: Site, asked: str, status: int) -> None:
    await own(site, HOST)
    waiting = await own(site, "shop.other.example", site.other, is_proved=False)
    assert waiting.proved_at is None
    assert (await site.browser().get(f"/hooks/tls?domain={asked}")).status == status


async def test_a_proxy_is_told_of_a_release_and_asks_for_one_host_at_a_time(site: Site) -> None:
    domain = await own(site, HOST)
    assert (await site.browser().get(f"/hooks/tls?domain={HOST}&domain={HOST}")).status == 400
    assert (await site.browser().get("/hooks/tls")).status == 400
    await release(site, domain)
    assert (await site.browser().get(f"/hooks/tls?domain={HOST}")).status == 404


async def test_a_slash_behind_a_page_leads_to_the_page(shared_site: Site) -> None:
    browser = shared_site.browser()
    for path, page in (
        ("/acme/", "/acme"),
        ("/acme/desk/", "/acme/desk"),
        ("/acme/help/support/", "/acme/help/support"),
        ("/acme/sign-in/?next=/code", "/acme/sign-in?next=/code"),
    ):
        led = await browser.get(path)
        assert (led.status, led.location) == (303, page)
    assert (await browser.post("/acme/", {})).status == 404


def test_the_servers_own_words_are_reserved() -> None:
    assert OF_THE_SERVER <= RESERVED
