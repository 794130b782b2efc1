"""Unsafe requests come from a form of ours, or nothing happens."""

import pytest

from portal.keys import URLS
from tests.portal.merchant import PASSWORD
from tests.portal.site import Browser, Site

PAGE = "/acme/desk"


async def approve(site: Site, browser: Browser, csrf: str | None, **headers: str) -> tuple[int, str]:
    """Tries to approve alice's request; the status, and the state that the request has then."""
    request = await site.refund()
    fields = {} if csrf is None else {"csrf": csrf}
    answer = await browser.post(f"{PAGE}/requests/{request.id.hex}/approve", fields, **headers)
    async with site.ctx.read(site.acme.account.id) as work:
        return answer.status, (await work.requests.get(request.id)).state


async def test_a_form_of_ours_is_taken(site: Site) -> None:
    dana = await site.staff("dana")
    assert await approve(site, dana, (await dana.hidden(PAGE))["csrf"]) == (303, "approved")


async def test_no_token_changes_nothing(site: Site) -> None:
    assert await approve(site, await site.staff("dana"), None) == (403, "pending")


async def test_another_sessions_token_changes_nothing(site: Site) -> None:
    erin = await site.staff("erin")
    token = (await erin.hidden(PAGE))["csrf"]
    assert await approve(site, await site.staff("dana"), token) == (403, "pending")


async def test_another_accounts_token_changes_nothing(site: Site) -> None:
    heidi = await site.staff("heidi")
    token = (await heidi.hidden("/other/desk"))["csrf"]
    assert await approve(site, await site.staff("dana"), token) == (403, "pending")


async def test_the_token_of_before_signing_in_is_dead_after_it(site: Site) -> None:
    browser = site.browser()
    before = (await browser.hidden(f"{PAGE}/sign-in"))["csrf"]
    fields = {"csrf": before, "email": "dana@acme.example", "password": PASSWORD}
    assert (await browser.post(f"{PAGE}/sign-in", fields)).status == 303
    assert await approve(site, browser, before) == (403, "pending")


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": ""},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/json"},
    ],
    ids=str,
)
async def test_what_another_site_can_send_changes_nothing(site: Site, headers: dict[str, str]) -> None:
    dana = await site.staff("dana")
    token = (await dana.hidden(PAGE))["csrf"]
    assert await approve(site, dana, token, **headers) == (403, "pending")


async def test_every_unsafe_route_asks_for_the_token(site: Site) -> None:
    unsafe = [entry for entry in site.app[URLS].entries if entry.is_unsafe and entry.proof is None]
    assert len(unsafe) > 10
    for entry in unsafe:
        root = {"desk": PAGE, "surfaces": "/acme", "helpdesk": "/acme/help/support"}[entry.where]
        path = root + "".join(
            f"/{'0' * 32 if '{' in part else part}" for part in entry.path.split("/") if part
        )
        assert (await site.browser().post(path, {})).status == 403, path


async def test_every_hook_names_its_proof(site: Site) -> None:
    assert all(entry.proof for entry in site.app[URLS].entries if entry.where == "server")


async def test_two_tokens_are_none(site: Site) -> None:
    dana, request = await site.staff("dana"), await site.refund()
    token = (await dana.hidden(PAGE))["csrf"]
    answer = await dana.post(f"{PAGE}/requests/{request.id.hex}/approve", f"csrf={token}&csrf={token}")
    assert answer.status == 403
