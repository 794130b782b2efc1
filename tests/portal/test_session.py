"""Cookies, languages and client addresses."""

from ipaddress import ip_network
from pathlib import Path

import pytest

from portal.brand import contrast
from portal.keys import PortalSettings
from portal.static_files import brand_address
from tests.portal.site import Filled, Site, open_site

SIGN_IN = "/acme/desk/sign-in"


async def test_cookies_are_bound_to_host_account_and_http(site: Site) -> None:
    browser = await site.staff("dana")
    names = set(browser.cookies)
    account = site.acme.account.id.hex
    assert names == {f"__Host-browser-{account}", f"__Host-visit-{account}-desk"}
    fresh = await site.browser().get(SIGN_IN)
    for line in fresh.cookies:
        assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= set(line.split("; "))
        assert "Domain" not in line


async def test_a_known_browser_gets_no_second_cookie(site: Site) -> None:
    browser = site.browser()
    assert (await browser.get(SIGN_IN)).cookies
    assert not (await browser.get(SIGN_IN)).cookies


async def test_a_visit_of_the_desk_is_none_on_the_portal(site: Site) -> None:
    dana = await site.staff("dana")
    account = site.acme.account.id.hex
    dana.cookies[f"__Host-visit-{account}-portal"] = dana.cookies[f"__Host-visit-{account}-desk"]
    assert (await dana.get("/acme")).status == 303


@pytest.mark.parametrize(
    ("accepted", "language", "direction"),
    [("de-AT,de;q=0.9", "de", "ltr"), ("ar", "ar", "rtl"), ("xx", "en", "ltr"), ("", "en", "ltr")],
)
async def test_the_browser_is_asked_for_a_language(
    site: Site, accepted: str, language: str, direction: str
) -> None:
    answer = await site.browser().get(SIGN_IN, **{"Accept-Language": accepted})
    assert f'<html lang="{language}" dir="{direction}">' in answer.text


async def test_a_chosen_language_wins_and_stays(site: Site) -> None:
    dana = await site.staff("dana")
    page = "/acme/desk"
    answer = await dana.submit(page, f"{page}/language", lang="de", next=page)
    assert (answer.status, answer.location) == (303, page)
    assert language_cookie_name(site) in dana.cookies
    assert '<html lang="de"' in (await dana.get(page, **{"Accept-Language": "fr"})).text


async def test_an_unknown_language_is_refused(site: Site) -> None:
    dana = await site.staff("dana")
    page = "/acme/desk"
    answer = await dana.submit(page, f"{page}/language", lang="xx")
    assert answer.status == 400


@pytest.mark.parametrize("wanted", ["https://evil.example/", "//evil", "/acme/desk/nowhere", ""])
async def test_a_language_leads_nowhere_else(site: Site, wanted: str) -> None:
    dana = await site.staff("dana")
    page = "/acme/desk"
    answer = await dana.submit(page, f"{page}/language", lang="fr", next=wanted)
    assert answer.location == page


@pytest.mark.parametrize(
    ("trusted", "forwarded", "tries_until_429"),
    [((), "10.0.0.{n}", 11), (("127.0.0.0/8",), "10.0.0.{n}", None)],
    ids=["a forged hop changes nothing", "a proxy of ours is believed"],
)
async def test_who_is_counted(
    filled: Filled, tmp_path: Path, trusted: tuple[str, ...], forwarded: str, tries_until_429: int | None
) -> None:
    networks = tuple(ip_network(each) for each in trusted)
    async with open_site(filled, tmp_path, settings=PortalSettings(trusted_proxies=networks)) as site:
        browser = site.browser()
        fields = await browser.hidden(SIGN_IN)
        statuses = []
        for n in range(12):
            wrong = {**fields, "email": f"nobody{n}@acme.example", "password": "a guess"}
            hops = "1.2.3.4, " + forwarded.format(n=n)
            statuses.append((await browser.post(SIGN_IN, wrong, **{"X-Forwarded-For": hops})).status)
        assert (429 in statuses) is (tries_until_429 is not None)


def language_cookie_name(site: Site) -> str:
    return f"__Host-language-{site.acme.account.id.hex}"


@pytest.mark.parametrize("colour", ["#ffffff", "#000000", "#ffff00", "#1d5bbf", "#808080", "#ff0000"])
async def test_any_colour_becomes_readable(shared_site: Site, colour: str) -> None:
    answer = await shared_site.browser().get(brand_address(colour))
    assert answer.status == 200
    light, dark = answer.text.split("@media")
    assert ratio(light, "#ffffff") >= 4.5
    assert ratio(dark, "#212936") >= 4.5


def ratio(css: str, ground: str) -> float:
    accent = css.partition("--accent:#")[2][:6]
    one, other = (
        (int(text[0:2], 16), int(text[2:4], 16), int(text[4:6], 16)) for text in (accent, ground[1:])
    )
    return contrast(one, other)
