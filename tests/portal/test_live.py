"""Pages that follow what they show."""

import asyncio

from aiohttp import ClientResponse

from billing.asking import withdraw_request
from billing.signin import sign_out
from tests.portal.site import Browser, Site, found

SOON_S = 20  # on a busy machine; by itself a stream would last for minutes


async def follow(browser: Browser, page: str) -> ClientResponse:
    """Opens the stream as the script of this page would."""
    shown = await browser.get(page)
    live, version = found(shown.text, 'data-live="([^"]+)"'), found(shown.text, 'data-version="([^"]+)"')
    response = await browser.site.http.get(
        f"{browser.site.origin}{live}?version={version}",
        headers={
            "Accept": "text/event-stream",
            "Cookie": "; ".join(f"{name}={value}" for name, value in browser.cookies.items()),
        },
    )
    assert response.status == 200
    assert response.headers["Content-Type"].startswith("text/event-stream")
    assert response.headers["Cache-Control"] == "no-store"
    return response


async def next_event(response: ClientResponse) -> str:
    """The next event's name, empty at the end of the stream."""
    async with asyncio.timeout(SOON_S):
        async for line in response.content:
            if line.startswith(b"event: "):
                return line.decode().split()[1]
    return ""


async def test_a_request_page_is_told_of_a_decision_elsewhere(site: Site) -> None:
    request, dana = await site.refund(), await site.staff("dana")
    stream = await follow(dana, f"/acme/desk/requests/{request.id.hex}")
    await withdraw_request(site.ctx, request.id, by=site.acme.customer_actor(site.alice))
    assert await next_event(stream) == "changed"
    stream.close()


async def test_the_inbox_is_told_of_a_new_request(site: Site) -> None:
    stream = await follow(await site.staff("dana"), "/acme/desk")
    await site.refund()
    assert await next_event(stream) == "changed"
    stream.close()


async def test_what_changed_before_the_stream_began_is_told_at_once(site: Site) -> None:
    request, dana = await site.refund(), await site.staff("dana")
    response = await site.http.get(
        f"{site.origin}/acme/desk/requests/{request.id.hex}/events?version=of-yesterday",
        headers={"Cookie": "; ".join(f"{name}={value}" for name, value in dana.cookies.items())},
    )
    assert await next_event(response) == "changed"
    response.close()


async def test_the_stream_ends_with_the_visit(site: Site) -> None:
    request, dana = await site.refund(), await site.staff("dana")
    stream = await follow(dana, f"/acme/desk/requests/{request.id.hex}")
    async with site.ctx.read(site.acme.account.id) as work:
        token = next(value for name, value in dana.cookies.items() if "-visit-" in name)
        visit = await work.visits.find(site.ctx.vault.digest(token))
    assert visit is not None
    await sign_out(site.ctx, visit)
    assert await next_event(stream) == ""


async def test_a_stopping_server_does_not_wait_for_streams(site: Site) -> None:
    request, dana = await site.refund(), await site.staff("dana")
    stream = await follow(dana, f"/acme/desk/requests/{request.id.hex}")
    async with asyncio.timeout(SOON_S):
        await site.app.shutdown()
    assert await next_event(stream) == ""


async def test_a_foreign_request_has_no_stream(site: Site) -> None:
    request, heidi = await site.refund(), await site.staff("heidi")
    assert (await heidi.get(f"/other/desk/requests/{request.id.hex}/events")).status == 404
    assert (await site.browser().get(f"/acme/desk/requests/{request.id.hex}/events")).status == 303
