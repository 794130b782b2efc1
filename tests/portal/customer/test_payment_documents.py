"""All documents of a payment on one page, and the correction of its invoice; for customers and for staff."""

from dataclasses import replace

from billing.documents.settings import change_business, show_business
from billing.states import Surface
from tests.make import ask_no_code
from tests.people import alice, dana, grace
from tests.site import Browser, Page, Site


def path(site: Site, what: str, root: str = "/lumen") -> str:
    return f"{root}/payments/{site.world.payments[alice.order_id].hex}/{what}"


async def issue(site: Site, browser: Browser, what: str, root: str = "/lumen") -> Page:
    """The button on the payment's page of documents."""
    page = await browser.get(path(site, "documents", root))
    assert f'formaction="{path(site, what, root)}"' in page.html
    form = next(each for each in page.forms() if each.action == path(site, "invoice", root))
    return await browser.post(path(site, what, root), form.fields)


async def allow_corrections(site: Site) -> None:
    """As an owner does on the page of business details."""
    by = site.world.member(dana)
    business = await show_business(site.ctx, by=by)
    await change_business(site.ctx, replace(business, corrections=True), by=by)


async def test_a_receipt_is_had_beside_the_invoice(sqlite_site: Site) -> None:
    await ask_no_code(sqlite_site.ctx, sqlite_site.world, Surface.PORTAL)
    browser = await sqlite_site.sign_in(alice)
    assert (await issue(sqlite_site, browser, "receipt")).headers["Content-Type"] == "application/pdf"
    await issue(sqlite_site, browser, "invoice")
    page = await browser.get(path(sqlite_site, "documents"))
    assert "REC-000001" in page.text
    assert "INV-000001" in page.text
    assert "Get a document" not in page.text
    assert "Correct name" not in page.text


async def test_documents_come_after_the_code(sqlite_site: Site) -> None:
    browser = await sqlite_site.sign_in(alice)
    for what in ("documents", "receipt", "correction"):
        assert "/code" in (await browser.get(path(sqlite_site, what))).url


async def test_a_customer_corrects_an_invoice_once(sqlite_site: Site) -> None:
    await ask_no_code(sqlite_site.ctx, sqlite_site.world, Surface.PORTAL)
    await allow_corrections(sqlite_site)
    browser = await sqlite_site.sign_in(alice)
    await issue(sqlite_site, browser, "invoice")
    page = await browser.get(path(sqlite_site, "correction"))
    assert "A credit note takes invoice INV-000001 back" in page.text
    page = await browser.submit(page, "correction", name="Alice Moreau", company="Moreau SARL", tax_id="FR12")
    assert page.status == 422
    assert "Please check this VAT ID" in page.text
    assert 'value="Moreau SARL"' in page.html
    page = await browser.submit(page, "correction", tax_id="FR12345678901")
    assert page.url.endswith(path(sqlite_site, "documents"))
    assert "Replaced by INV-000002" in page.text
    assert "CN-000001" in page.text
    assert (await browser.get(path(sqlite_site, "correction"))).status == 409


async def test_a_correction_that_is_not_allowed_is_not_offered(sqlite_site: Site) -> None:
    await ask_no_code(sqlite_site.ctx, sqlite_site.world, Surface.PORTAL)
    browser = await sqlite_site.sign_in(alice)
    assert (await browser.get(path(sqlite_site, "correction"))).status == 409


async def test_staff_have_the_documents_and_correct_the_address_too(sqlite_site: Site) -> None:
    browser = await sqlite_site.sign_in_staff(dana)
    page = await issue(sqlite_site, browser, "invoice", "/lumen/desk")
    assert page.headers["Content-Type"] == "application/pdf"
    page = await browser.get(path(sqlite_site, "correction", "/lumen/desk"))
    page = await browser.submit(page, "correction", street="12 rue de la Paix", city="Paris")
    assert "Replaced by INV-000002" in page.text


async def test_viewers_correct_nothing(sqlite_site: Site) -> None:
    browser = await sqlite_site.sign_in_staff(grace)
    page = await browser.get(path(sqlite_site, "documents", "/lumen/desk"))
    assert page.status == 200
    assert "Correct name" not in page.text
    assert (await browser.get(path(sqlite_site, "correction", "/lumen/desk"))).status == 403
