"""All documents of a year, as a customer has them: asked for, watched, downloaded; as a ZIP and as a PDF."""

import csv
import io
import zipfile

import pytest
from pypdf import PdfReader

from billing.states import Surface
from tests.people import alice, bob
from tests.portal.site import found
from tests.site import Browser, Page, Site

YEAR = 2026
SURFACES = (Surface.PORTAL, Surface.HELPDESK)


def address(site: Site, surface: Surface = Surface.PORTAL) -> str:
    return f"{site.root(surface)}/documents-of-a-year"


async def proved(site: Site, surface: Surface = Surface.PORTAL) -> Browser:
    """Alice with the code given."""
    browser = await site.sign_in(alice, surface)
    await site.prove(browser, surface)
    return browser


async def ask(site: Site, browser: Browser, form: str, surface: Surface = Surface.PORTAL) -> Page:
    """The page after asking for the year."""
    page = await browser.get(address(site, surface))
    return await browser.submit(page, "documents-of-a-year", form=form)


async def file_of(browser: Browser, page: Page) -> tuple[bytes, dict[str, str]]:
    """What the newest bundle's first button gives."""
    path = found(page.html, r'href="([^"]*/bundles/[^"]*)"')
    async with browser.session.get(browser.site.url + path) as answer:
        assert answer.status == 200
        return await answer.read(), dict(answer.headers)


@pytest.mark.parametrize("surface", SURFACES)
async def test_a_customer_gets_a_zip_of_their_year(site: Site, surface: Surface) -> None:
    browser = await proved(site, surface)
    page = await ask(site, browser, "zip", surface)
    assert "0 of 3 documents are there." in page.text
    assert "One PDF" not in page.text  # one at a time
    await site.settle()
    page = await browser.get(address(site, surface))
    assert "Ready" in page.text
    assert "It can be downloaded until Nov 27, 2026." in page.text
    body, headers = await file_of(browser, page)
    assert int(headers["Content-Length"]) == len(body)
    assert headers["Content-Disposition"] == f'attachment; filename="documents-{YEAR}.zip"'
    assert (headers["Content-Security-Policy"], headers["Cache-Control"]) == ("sandbox", "no-store")
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        assert names == ["index.csv", "INV-000001.pdf", "INV-000002.pdf", "INV-000003.pdf"]
        assert {each.compress_type for each in archive.infolist()} == {zipfile.ZIP_STORED}
        index = archive.read("index.csv").decode("utf-8-sig")
        assert "factur-x.xml" in PdfReader(io.BytesIO(archive.read("INV-000002.pdf"))).attachments
    header, *rows = csv.reader(io.StringIO(index))
    assert header == ["Number", "Date", "Customer", "Order ID", "Net", "Tax", "Total", "Currency"]
    assert rows[0] == ["INV-000001", "2026-11-20", alice.name, "40001002", "39.00", "0.00", "39.00", "USD"]
    assert len(rows) == 3


async def test_a_customer_gets_one_pdf_of_their_year(site: Site) -> None:
    browser = await proved(site)
    await ask(site, browser, "pdf")
    await site.settle()
    body, headers = await file_of(browser, await browser.get(address(site)))
    assert headers["Content-Type"] == "application/pdf"
    assert headers["Content-Disposition"] == f'attachment; filename="documents-{YEAR}.pdf"'
    joined = PdfReader(io.BytesIO(body))
    assert [each["/Title"] for each in joined.outline] == [  # type: ignore[call-overload]
        f"INV-{number:06d} · Nov 20, 2026" for number in (1, 2, 3)
    ]
    assert "INV-000002" in joined.pages[1].extract_text()
    assert joined.metadata is not None
    assert joined.metadata.title == f"All documents of {YEAR}"
    assert str(joined.root_object["/Lang"]) == "en"
    assert joined.xmp_metadata is None  # it claims to be neither PDF/A nor an e-invoice


async def test_the_code_comes_first_and_leads_back(site: Site) -> None:
    browser = await site.sign_in(alice)
    page = await browser.get(address(site))
    assert "/code?" in page.url
    page = await browser.submit(page, "code/send")
    await site.settle()
    page = await browser.submit(page, "code", code=site.newest_code())
    assert page.url.endswith("/documents-of-a-year")
    assert "3 documents" in page.text


async def test_what_was_asked_for_twice_is_gathered_once(site: Site) -> None:
    browser = await proved(site)
    page = await browser.get(address(site))
    for _ in range(2):
        again = await browser.submit(page, "documents-of-a-year", form="zip")
        assert again.status == 200
        assert again.text.count("0 of 3 documents are there.") == 1


@pytest.mark.parametrize("fields", [{"year": "1999"}, {"year": "26"}, {"year": "2026", "form": "rar"}])
async def test_a_year_that_nobody_offered_is_refused(site: Site, fields: dict[str, str]) -> None:
    browser = await proved(site)
    page = await browser.get(address(site))
    form = next(each for each in page.forms() if each.action.endswith("documents-of-a-year"))
    answer = await browser.post(form.action, {"form": "zip", **form.fields, **fields})
    assert answer.status == (400 if "form" in fields else 404)


async def test_parts_that_are_not_there_and_bundles_of_others_are_absent(site: Site) -> None:
    browser = await proved(site)
    await ask(site, browser, "pdf")
    await site.settle()
    path = found((await browser.get(address(site))).html, r'href="([^"]*/bundles/[^"]*)"')
    for part in ("0", "2", "x", "١", "1" * 30):
        assert (await browser.get(f"{path}?part={part}")).status == 404
    other = await site.sign_in(bob)
    await site.prove(other)
    assert (await other.get(path)).status == 404
    site.clock.turn(days=7)
    again = await proved(site)
    assert (await again.get(path)).status == 404
    assert "/bundles/" not in (await again.get(address(site))).html
