"""Whatever is sent, nobody gets a 5xx, a stack trace, or a word about another account."""

import random
import string
from pathlib import Path

import pytest

from portal.forms import MOST_BYTES
from portal.keys import PortalSettings
from tests.portal.site import Filled, Site, open_site, raw

SIGN_IN = "/acme/desk/sign-in"
ODD = "\x00\x01\x7f\ud800'\"<>&;%$`{}[]|\\^~äß\u202e😀 "


def junk(dice: random.Random, most: int) -> str:
    letters = string.ascii_letters + string.digits + string.punctuation + ODD.replace("\ud800", "")
    return "".join(dice.choices(letters, k=dice.randrange(most)))


async def test_random_requests_never_break_it(shared_site: Site) -> None:
    seed = random.randrange(2**32)
    print("seed", seed)
    dice = random.Random(seed)
    host = shared_site.origin.removeprefix("http://")
    paths = [
        "/acme/desk",
        SIGN_IN,
        "/acme/sign-in",
        "/acme/help/support",
        "/healthz",
        "/hooks/processor/acme",
    ]
    names = ["Accept-Language", "Origin", "Referer", "Content-Type", "Expect"]
    for _ in range(150):
        path = dice.choice(paths) + dice.choice(["", "/", "?", "/requests/", "?which="]) + junk(dice, 12)
        lines = [
            f"{dice.choice(['GET', 'POST', 'PUT', 'HEAD', 'OPTIONS', 'TRACE', 'X'])} {path} HTTP/1.1",
            f"Host: {dice.choice([host, host, host, junk(dice, 9)])}",
            f"Cookie: {junk(dice, 60)}",
            f"{dice.choice(names)}: {junk(dice, 30)}",
            "Connection: close",
        ]
        body = junk(dice, 200).encode("utf-8", "replace")
        lines.append(f"Content-Length: {len(body)}")
        got = await raw(shared_site, "\r\n".join([*lines, "", ""]).encode("utf-8", "replace") + body)
        assert not got.startswith(b"HTTP/1.1 5"), (lines, body, got)
        assert b"Traceback" not in got
        assert b"Other &amp; Co" not in got


@pytest.mark.parametrize(
    "body",
    [
        "csrf",
        "=&=&=",
        "%ff%fe=1",
        "email=%00",
        "a=1&" * 101,
        "email=%ED%A0%80",
        "email=1;b=2",
        "&&&",
        "%",
        "email=%1b%5b2J",
    ],
)
async def test_odd_forms_are_refused(shared_site: Site, body: str) -> None:
    browser = shared_site.browser()
    token = (await browser.hidden(SIGN_IN))["csrf"]
    answer = await browser.post(SIGN_IN, f"csrf={token}&{body}")
    assert answer.status in {400, 422}


@pytest.mark.parametrize("extra", ["colour=red", "email=a&email=b", "password=a&password=b"])
async def test_unknown_and_repeated_fields_are_refused(shared_site: Site, extra: str) -> None:
    browser = shared_site.browser()
    token = (await browser.hidden(SIGN_IN))["csrf"]
    assert (await browser.post(SIGN_IN, f"csrf={token}&{extra}")).status == 400


async def test_a_body_of_more_than_64_kilobytes_is_refused(shared_site: Site) -> None:
    browser = shared_site.browser()
    token = (await browser.hidden(SIGN_IN))["csrf"]
    answer = await browser.post(SIGN_IN, f"csrf={token}&email={'a' * MOST_BYTES}")
    assert answer.status == 413


async def test_a_body_that_never_ends_is_given_up(filled: Filled, tmp_path: Path) -> None:
    async with open_site(filled, tmp_path, settings=PortalSettings(body_seconds=0.2)) as site:
        host = site.origin.removeprefix("http://")
        head = (
            f"POST {SIGN_IN} HTTP/1.1\r\nHost: {host}\r\nOrigin: {site.origin}\r\nConnection: close\r\n"
            "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 50\r\n\r\ncsrf="
        )
        got = await raw(site, head.encode(), seconds=15)
        assert got.startswith(b"HTTP/1.1 408")


@pytest.mark.parametrize("cookie", ["", "a", "x" * 3000, '"', "é", "a=b=c;;", "../../etc", "%00"])
async def test_odd_cookies_are_no_cookies(shared_site: Site, cookie: str) -> None:
    name = f"__Host-visit-{shared_site.acme.account.id.hex}-desk"
    browser = shared_site.browser()
    answer = await browser.get("/acme/desk", Cookie=f"{name}={cookie}; {name}2={cookie}")
    assert answer.status == 303


@pytest.mark.parametrize("text", ["x", "0" * 31, "0" * 33, "g" * 32, "0" * 32, "٠" * 32, "-" * 32])
async def test_a_bad_id_is_not_found(site: Site, text: str) -> None:
    dana = await site.staff("dana")
    assert (await dana.get(f"/acme/desk/requests/{text}")).status == 404
    assert (await dana.get(f"/acme/desk/tickets/{text}")).status == 404
    assert (await dana.get(f"/acme/desk?decided={text}")).status == 404


@pytest.mark.parametrize("query", ["which=x", "before=x", "before=2026-01-01", "which=all&before=%00", "a=b"])
async def test_odd_queries_break_nothing(site: Site, query: str) -> None:
    dana = await site.staff("dana")
    assert (await dana.get(f"/acme/desk?{query}")).status in {200, 404}
