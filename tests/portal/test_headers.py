"""The security headers are on every answer, and nothing says what we are made of."""

import pytest

from portal.headers import SECURITY
from tests.portal.site import Site, raw

PAGES = [
    ("/acme/desk/sign-in", 200),
    ("/acme/desk", 303),
    ("/acme/desk/nothing", 404),
    ("/nobody", 404),
    ("/healthz", 200),
    ("/static/0000/nothing.css", 404),
]


@pytest.mark.parametrize(("path", "status"), PAGES)
async def test_every_answer_has_the_headers(shared_site: Site, path: str, status: int) -> None:
    answer = await shared_site.browser().get(path)
    assert answer.status == status
    assert {name: answer.headers.get(name) for name in SECURITY} == dict(SECURITY)
    assert answer.headers["Server"] == "Selfbill"


async def test_a_wrong_method_has_them_too(shared_site: Site) -> None:
    answer = await shared_site.browser().post("/acme/desk/nothing", {})
    assert answer.status == 404
    answer = await shared_site.browser().post("/healthz", {})
    assert (answer.status, answer.headers["Allow"]) == (405, "GET,HEAD")
    assert answer.headers["X-Frame-Options"] == "DENY"


@pytest.mark.parametrize(
    "sent",
    [
        b"NONSENSE\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"<script>" * 3000 + b"\r\n\r\n",
        b"GET /" + b"<script>" * 3000 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\nabc",
        b"GET / HTTP/1.1\r\nHost: a\r\n" + b"".join(b"X-%d: y\r\n" % n for n in range(200)) + b"\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 40 + b"\r\n\r\n",
    ],
    ids=lambda sent: sent[:24].decode("latin-1"),
)
async def test_what_the_parser_refuses_says_nothing(shared_site: Site, sent: bytes) -> None:
    got = await raw(shared_site, sent)
    head, _, body = got.partition(b"\r\n\r\n")
    assert head.startswith((b"HTTP/1.1 4", b"HTTP/1.0 4"))
    assert b"Server: Selfbill" in head
    assert b"Content-Security-Policy: default-src 'none'" in head
    assert b"aiohttp" not in got.lower()
    assert b"python" not in got.lower()
    assert b"<script>" not in body


async def test_a_static_file_is_kept_for_ever_at_its_own_address(shared_site: Site) -> None:
    page = await shared_site.browser().get("/acme/desk/sign-in")
    address = page.text.partition('rel="stylesheet" href="')[2].partition('"')[0]
    answer = await shared_site.browser().get(address)
    assert answer.status == 200
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.headers["Content-Type"] == "text/css; charset=utf-8"
    wrong = address.replace(address.split("/")[2], "0" * 16)
    assert (await shared_site.browser().get(wrong)).status == 404


async def test_a_page_holds_no_inline_script_style_or_foreign_byte(site: Site) -> None:
    request = await site.refund()
    dana = await site.staff("dana")
    for path in ("/acme/desk", f"/acme/desk/requests/{request.id.hex}", "/acme/desk/nothing"):
        text = (await dana.get(path)).text
        assert " style=" not in text
        assert "<style" not in text
        assert " onclick=" not in text
        assert all("src=" in tag for tag in text.split("<script")[1:])
        assert "//" not in text.replace(site.origin, "").replace("<!--", "")
