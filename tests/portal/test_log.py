"""What the log tells, and what it must not; and what a bug looks like from outside."""

from pathlib import Path

import pytest
from aiohttp import web
from structlog.testing import capture_logs

from billing.errors import Unavailable
from portal.entries import hook
from tests.portal.merchant import PASSWORD
from tests.portal.site import Filled, Site, open_site

SIGN_IN = "/acme/desk/sign-in"


async def test_each_request_is_one_line_without_secrets(site: Site) -> None:
    request = await site.refund()
    with capture_logs() as lines:
        dana = await site.staff("dana")
        await dana.get(f"/acme/desk/requests/{request.id.hex}?open=deny")
    assert [(line["route"], line["status"]) for line in lines] == [
        ("sign-in", 200),
        ("sign-in", 303),
        ("request", 200),
    ]
    told = repr(lines)
    for secret in (PASSWORD, "dana@acme.example", request.id.hex, *dana.cookies.values()):
        assert secret not in told
    assert len({line["trace_id"] for line in lines}) == 3


@pytest.mark.parametrize(
    ("error", "status"), [(RuntimeError("the secret plan"), 500), (TimeoutError(), 500), (Unavailable(), 503)]
)
async def test_a_bug_is_a_plain_page(filled: Filled, tmp_path: Path, error: Exception, status: int) -> None:
    async def broken(http: web.Request) -> web.Response:
        raise error

    routes = (hook("GET", "/hooks/broken", broken, name="broken", proof="a test"),)
    async with open_site(filled, tmp_path, routes=routes) as site:
        with capture_logs() as lines:
            answer = await site.browser().get("/hooks/broken")
    assert answer.status == status
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert "secret plan" not in answer.text
    assert "Traceback" not in answer.text
    assert ("bug" in [line["event"] for line in lines]) is (status == 500)
