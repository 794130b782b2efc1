"""Invoices and credit notes: a button, the code where it is asked for, and a file to keep."""

from io import BytesIO

from pypdf import PdfReader

from billing.ids import RefundId
from billing.states import Surface
from tests.make import ask_no_code
from tests.people import alice
from tests.site import Browser, Page, Site


async def press(site: Site, browser: Browser, path: str) -> Page:
    """The button on My Orders, which belongs to a form elsewhere on the page."""
    page = await browser.get("/lumen")
    assert f'formaction="{path}"' in page.html
    form = next(each for each in page.forms() if each.action == "/lumen")
    return await browser.post(path, form.fields)


def invoice_path(site: Site) -> str:
    return f"/lumen/payments/{site.world.payments[alice.order_id].hex}/invoice"


async def test_an_invoice_is_a_file_to_keep_never_a_page(site: Site) -> None:
    await ask_no_code(site.ctx, site.world, Surface.PORTAL)
    browser = await site.sign_in(alice)
    page = await press(site, browser, invoice_path(site))
    assert page.status == 200
    assert "/documents/" in page.url
    assert page.headers["Content-Type"] == "application/pdf"
    assert page.headers["Content-Disposition"].startswith('attachment; filename="')
    assert page.headers["Content-Security-Policy"] == "sandbox"


async def test_the_invoice_names_the_order_id_and_stays_the_same(site: Site) -> None:
    await ask_no_code(site.ctx, site.world, Surface.PORTAL)
    browser = await site.sign_in(alice)
    first = await press(site, browser, invoice_path(site))
    second = await press(site, browser, invoice_path(site))
    assert first.url == second.url
    async with browser.session.get(first.url) as answer:
        text = PdfReader(BytesIO(await answer.read())).pages[0].extract_text()
    assert alice.order_id in text


async def test_the_code_comes_first_and_leads_back_to_the_button(site: Site) -> None:
    browser = await site.sign_in(alice)
    page = await press(site, browser, invoice_path(site))
    assert "/code" in page.url
    page = await browser.submit(page, "code/send")
    await site.settle()
    page = await browser.submit(page, "code", code=site.newest_code())
    assert page.url == site.url + invoice_path(site)
    page = await browser.submit(page, "invoice")
    assert page.headers["Content-Type"] == "application/pdf"


async def test_a_refund_has_a_credit_note(site: Site) -> None:
    await ask_no_code(site.ctx, site.world, Surface.PORTAL)
    browser = await site.sign_in(alice)
    refund = f"/lumen/payments/{site.world.payments[alice.order_id].hex}/refund"
    await browser.fill(refund, "refund", reason="other", message="")
    await site.settle()
    page = await browser.get("/lumen")
    assert "Credit note for $149.00" in page.text
    refund_id = await only_refund(site)
    answer = await press(site, browser, f"/lumen/refunds/{refund_id.hex}/credit-note")
    assert answer.headers["Content-Type"] == "application/pdf"


async def only_refund(site: Site) -> RefundId:
    customer_id = site.world.customers[alice.name]
    async with site.ctx.read(site.world.accounts["lumen"].id) as work:
        views = await work.purchases.list_views(customer_id)
    (refund,) = [refund for view in views for refund in view.refunds]
    return refund.id
