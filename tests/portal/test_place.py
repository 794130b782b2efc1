"""One authority and one path choose the place; no second field of a request matters."""

import random
import string

import pytest
from aiohttp import web

from portal.place import normalise_host
from tests.portal.site import Site, raw


def host_of(site: Site) -> bytes:
    return site.origin.removeprefix("http://").encode()


async def status_of(site: Site, head: bytes) -> int:
    got = await raw(site, head + b"Connection: close\r\n\r\n")
    return int(got.split()[1])


async def test_our_authority_is_served_whatever_its_case_port_and_last_dot(shared_site: Site) -> None:
    port = host_of(shared_site).split(b":")[1]
    for host in (b"127.0.0.1:" + port, b"127.0.0.1", b"127.0.0.1:80", b"127.0.0.1."):
        assert await status_of(shared_site, b"GET /acme/desk/sign-in HTTP/1.1\r\nHost: %s\r\n" % host) == 200


@pytest.mark.parametrize(
    "host", [b"other.example", b"localhost", b"127.0.0.2", b"acme.example:8080", b"[::1]"]
)
async def test_an_unknown_host_is_misdirected_and_learns_nothing(shared_site: Site, host: bytes) -> None:
    got = await raw(
        shared_site, b"GET /acme/desk/sign-in HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n" % host
    )
    assert got.startswith(b"HTTP/1.1 421")
    assert b"acme" not in got.lower()


@pytest.mark.parametrize(
    "host",
    [
        b"",
        b"a@127.0.0.1",
        b"127.0.0.1/x",
        b"127.0.0.1:",
        b"127.0.0.1:0",
        b"127.0.0.1:99999",
        b"a b",
        b"-",
        b"127.0.0.1,other",
        b"127.0.0.1..",
        b"[::1",
        b"[x]",
        b"\xc3\xa4.example",
        b"127.0.0.1#",
        b"%31",
    ],
)
async def test_an_odd_authority_is_refused(shared_site: Site, host: bytes) -> None:
    assert await status_of(shared_site, b"GET /acme/desk/sign-in HTTP/1.1\r\nHost: %s\r\n" % host) == 400


async def test_no_host_and_an_absolute_target_are_refused(shared_site: Site) -> None:
    assert await status_of(shared_site, b"GET /acme/desk/sign-in HTTP/1.0\r\n") == 400
    head = b"GET http://%s/acme/desk/sign-in HTTP/1.1\r\nHost: %s\r\n"
    assert await status_of(shared_site, head % (b"other.example", host_of(shared_site))) == 400
    assert await status_of(shared_site, b"OPTIONS * HTTP/1.1\r\nHost: %s\r\n" % host_of(shared_site)) == 400


@pytest.mark.parametrize(
    "path",
    [
        b"//acme/desk/sign-in",
        b"/acme/../acme/desk/sign-in",
        b"/acme/./desk/sign-in",
        b"/acme%2fdesk/sign-in",
        b"/acme/desk/..",
        b"/%2e%2e/acme/desk/sign-in",
        b"/acme/desk/sign-in%00",
        b"/acme\\desk/sign-in",
        b"/acme/desk/sign-in%0d%0aX:y",
        b"/acme/desk/%zz",
        b"/acme/d\xc3\xa9sk/sign-in",
    ],
)
async def test_an_odd_path_is_refused(shared_site: Site, path: bytes) -> None:
    assert (
        await status_of(shared_site, b"GET %s HTTP/1.1\r\nHost: %s\r\n" % (path, host_of(shared_site))) == 400
    )


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/nobody",
        "/ACME/desk/sign-in",
        "/acme2/desk/sign-in",
        "/acme/help/nowhere/sign-in",
        "/acme/help",
        "/static",
        "/static/orders",
        "/hooks",
        "/hooks/nothing",
        "/acme/desk/nothing/",
        "/nobody/",
    ],
)
async def test_what_is_not_there_is_not_found(shared_site: Site, path: str) -> None:
    assert (await shared_site.browser().get(path)).status == 404


@pytest.mark.parametrize(
    "path", [b"/%61cme/desk", b"/acme/%64esk", b"/acme/%68elp/support/ask", b"/acme/sign%2din", b"/%48"]
)
async def test_letters_that_need_no_encoding_are_refused_encoded(shared_site: Site, path: bytes) -> None:
    """The router reads them decoded: `/acme/%64esk` was the desk's page in the portal's place."""
    head = b"GET %s HTTP/1.1\r\nHost: %s\r\n" % (path, host_of(shared_site))
    assert await status_of(shared_site, head) == 400


async def test_fields_that_proxies_speak_of_choose_nothing(shared_site: Site) -> None:
    browser = shared_site.browser()
    browser.headers = {
        "X-Forwarded-Host": "other.example",
        "Forwarded": "host=other.example",
        "X-Original-URL": "/other/desk",
        "X-Rewrite-URL": "/other/desk",
        "X-Forwarded-Prefix": "/other",
        "X-HTTP-Method-Override": "DELETE",
    }
    answer = await browser.get("/acme/desk/sign-in")
    assert answer.status == 200
    assert "Other" not in answer.words


async def test_two_accounts_of_one_server_are_apart(site: Site) -> None:
    dana, request = await site.staff("dana"), await site.refund()
    heidi = await site.staff("heidi")
    assert (await dana.get(f"/acme/desk/requests/{request.id.hex}")).status == 200
    foreign = await heidi.get(f"/other/desk/requests/{request.id.hex}")
    missing = await heidi.get(f"/other/desk/requests/{'0' * 32}")
    assert (foreign.status, foreign.words) == (missing.status, missing.words) == (404, foreign.words)


def test_random_authorities_never_pass_as_ours() -> None:
    seed = random.randrange(2**32)
    print("seed", seed)
    dice = random.Random(seed)
    letters = string.ascii_letters + string.digits + ".-:@/\\[]%#? \t\x00ä"
    for _ in range(5_000):
        text = "".join(dice.choices(letters, k=dice.randrange(20)))
        try:
            host = normalise_host(text)
        except web.HTTPBadRequest:
            continue
        assert host == host.lower().rstrip(".")
        assert not set(host) & set("@/\\%#? \t\x00")
