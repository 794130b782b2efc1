"""Portal address at the desk: copied, printed, another path, a domain of one's own."""

import re

from billing.actors import SystemActor
from billing.domains import record_domain_look
from billing.merchant import Domain
from billing.messages import Destination
from tests.portal.owning import HOST, own
from tests.portal.site import Browser, Site

PAGE = "/acme/desk/address"


async def held(site: Site) -> Domain:
    """Acme's domain."""
    async with site.ctx.read(site.acme.account.id) as work:
        domain = await work.domains.find_held()
    assert domain is not None
    return domain


async def add(browser: Browser, host: str = HOST) -> None:
    """By the form."""
    answer = await browser.submit(f"{PAGE}/domain", f"{PAGE}/domain", host=host)
    assert (answer.status, answer.location) == (303, f"{PAGE}?saved=added"), answer.words


async def test_the_address_can_be_selected_and_is_drawn_as_a_code(site: Site) -> None:
    erin = await site.staff("erin")
    shown = await erin.get(PAGE)
    assert shown.status == 200
    assert f'value="{site.origin}/acme" readonly' in shown.text
    assert f'aria-label="QR code that leads to {site.origin}/acme"' in shown.text
    assert " style=" not in shown.text
    assert "An owner can add one." in shown.words


async def test_the_code_is_downloaded_as_a_drawing_and_as_pixels(site: Site) -> None:
    erin = await site.staff("erin")
    drawing = await erin.get(f"{PAGE}/qr.svg")
    assert drawing.text.startswith('<svg xmlns="http://www.w3.org/2000/svg"')
    assert drawing.headers["Content-Disposition"] == 'attachment; filename="acme-qr.svg"'
    assert drawing.headers["Content-Security-Policy"] == "sandbox"
    pixels = await erin.head(f"{PAGE}/qr.png")
    assert (pixels.status, pixels.headers["Content-Type"]) == (200, "image/png")


async def test_another_path_leads_on_to_it_and_the_old_one_is_gone(site: Site) -> None:
    erin = await site.staff("erin")
    assert "the old address stops at once" in (await erin.get(PAGE)).words
    answer = await erin.submit(PAGE, f"{PAGE}/directory", directory=" Acme-Shop ", seen=await seen(erin))
    assert (answer.status, answer.location) == (303, "/acme-shop/desk/address?saved=directory")
    shown = await erin.get(answer.location)  # signed in as before
    assert "Your customers find you at the new address from now on." in shown.words
    assert f'value="{site.origin}/acme-shop" readonly' in shown.text
    assert (await erin.get(PAGE)).status == 404
    assert (await site.browser().get("/acme-shop/sign-in")).status == 200


async def seen(browser: Browser) -> str:
    """The version that the page's form shows."""
    match = re.search(r'name="seen" value="([^"]+)"', (await browser.get(PAGE)).text)
    assert match is not None
    return match[1]


async def test_a_path_that_cannot_be_is_refused_with_the_reason_and_kept(site: Site) -> None:
    erin = await site.staff("erin")
    version = await seen(erin)
    for typed, says in (
        ("my shop", "Please use the letters a to z, digits and hyphens"),
        ("static", "“static” is needed for pages of our own"),
        ("other", "Somebody already has this one"),
        ("", "Please fill this in."),
    ):
        answer = await erin.submit(PAGE, f"{PAGE}/directory", directory=typed, seen=version)
        assert answer.status == 422
        assert says in answer.words
        assert re.search(
            rf'id="directory"[^>]* aria-invalid="true" autofocus[^>]* value="{typed}"', answer.text
        )
    stale = await erin.submit(PAGE, f"{PAGE}/directory", directory="shop", seen="0" * 16)
    assert stale.status == 409
    assert "Somebody saved meanwhile." in stale.words
    assert 'value="shop"' in stale.text


async def test_a_domain_is_added_looked_up_used_and_removed(site: Site) -> None:
    dana = await site.staff("dana")
    await add(dana, "https://Billing.acme.example/")
    domain = await held(site)
    waiting = await dana.get(PAGE)
    assert "Waiting for proof" in waiting.words
    assert f'value="_selfbill.{HOST}" readonly' in waiting.text
    assert f'value="{domain.token}" readonly' in waiting.text

    answer = await dana.submit(PAGE, f"{PAGE}/domain/check")
    looking = await dana.get(answer.location)
    assert "We are looking the record up." in looking.words
    assert "data-live=" in looking.text
    assert await site.ctx.store.count_waiting(Destination.DNS) == 1
    by = SystemActor(site.acme.account.id, "relay", "test")
    await record_domain_look(site.ctx, domain.id, "wrong-record", by=by)
    assert "none that says this text" in (await dana.get(answer.location)).words

    await record_domain_look(site.ctx, domain.id, "", by=by)
    used = await dana.get(PAGE)
    assert "In use" in used.words
    assert f'value="{site.origin.replace("127.0.0.1", HOST)}/acme" readonly' in used.text
    sure = await dana.get(f"{PAGE}/domain/release")
    assert f"Remove {HOST}?" in sure.words
    removed = await dana.submit(f"{PAGE}/domain/release", f"{PAGE}/domain/release")
    assert (removed.status, removed.location) == (303, f"{PAGE}?saved=removed")
    assert await site.ctx.store.find_account_by_domain(HOST) is None
    assert (await dana.get(f"{PAGE}/domain/release")).status == 404


async def test_a_domain_that_cannot_be_is_refused_with_the_reason_and_kept(site: Site) -> None:
    await own(site, "shop.other.example", site.other)
    dana = await site.staff("dana")
    for typed, says in (
        ("192.0.2.7", "This is a network address."),
        ("shop", "Please enter the whole name"),
        ("shop.other.example", "Somebody already has this one"),
        ("acme.example/billing", "This is no host name."),
    ):
        answer = await dana.submit(f"{PAGE}/domain", f"{PAGE}/domain", host=typed)
        assert answer.status == 422
        assert says in answer.words
        assert f'value="{typed}"' in answer.text
        assert 'aria-invalid="true" autofocus' in answer.text


async def test_a_domain_takes_a_fresh_proof_before_anything_is_typed(site: Site) -> None:
    dana = await site.staff("dana")
    page = f"{PAGE}/domain"
    fields = {**await dana.hidden(page), "host": HOST}
    site.clock.turn(minutes=6)
    for path in (page, f"{page}/release"):
        led = await dana.get(path)
        assert led.status == 303
        assert led.location.startswith("/acme/desk/prove?next=/address/domain")
    led = await dana.post(page, fields, Referer=site.origin + page)
    assert led.location == "/acme/desk/prove?next=/address/domain"
    async with site.ctx.read(site.acme.account.id) as work:
        assert await work.domains.find_held() is None


async def test_managers_see_the_domain_and_owners_change_it(site: Site) -> None:
    erin, dana = await site.staff("erin"), await site.staff("dana")
    await add(dana)
    shown = await erin.get(PAGE)
    assert HOST in shown.words
    assert "domain/check" not in shown.text
    token = (await erin.hidden(PAGE))["csrf"]
    for path in ("/domain", "/domain/check", "/domain/release"):
        assert (await erin.post(PAGE + path, {"csrf": token})).status == 403
    assert (await (await site.staff("frank")).get(PAGE)).status == 403
