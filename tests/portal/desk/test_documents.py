"""Documents at the desk: found by kind, year, number, Order ID, e-mail; all of a year, what is missing."""

import io
import zipfile

import pytest

from billing.documents.issuing import issue_invoice, issue_receipt
from billing.messages import Destination
from billing.relay import Relay
from portal.documents.gathering import document_deliveries
from tests.portal.site import Browser, Site, found

PAGE = "/acme/desk/documents"
INVOICE = "INV-000001"


async def gather(site: Site) -> None:
    """The worker."""
    await Relay(site.ctx, {Destination.DOCUMENTS: document_deliveries()}).drain()


async def issue(site: Site) -> None:
    """An invoice of alice's and one of bob's, and a receipt."""
    for each in (site.alice, site.bob):
        by = site.acme.customer_actor(each)
        await issue_invoice(site.ctx, each.payment.id, by=by)
    await issue_receipt(site.ctx, site.alice.payment.id, by=site.acme.customer_actor(site.alice))


async def shown(browser: Browser, query: str = "") -> str:
    answer = await browser.get(PAGE + query)
    assert answer.status == 200
    return answer.words


async def test_everybody_who_works_here_finds_and_downloads_documents(site: Site) -> None:
    await issue(site)
    viewer = await site.staff("grace")
    words = await shown(viewer)
    assert {"INV-000001", "INV-000002", "REC-000001"} & set(words.split()) == {"INV-000001", "INV-000002"}
    assert "REC-000001" in await shown(viewer, "?kind=receipt")
    assert "There is nothing here." in await shown(viewer, "?kind=credit_note")
    link = found((await viewer.get(PAGE)).text, r'href="(/acme/desk/documents/[0-9a-f]{32})"')
    file = await viewer.get(link)
    assert (file.status, file.headers["Content-Type"]) == (200, "application/pdf")
    assert file.headers["Content-Security-Policy"] == "sandbox"
    assert (await (await site.staff("heidi")).get(link.replace("acme", "other"))).status == 404


@pytest.mark.parametrize(
    "words", ["INV-000001", "inv-000001", "1", "40107225", "alice@buyer.example", "Alice%40buyer.example "]
)
async def test_a_document_is_found_by_what_people_have_at_hand(shared_site: Site, words: str) -> None:
    await issue(shared_site)  # once: what is issued is not issued again
    found_there = await shown(await shared_site.staff("frank"), f"?words={words}")
    assert "INV-000001" in found_there
    assert "INV-000002" not in found_there


async def test_a_year_is_that_of_the_payment(site: Site) -> None:
    await issue(site)
    viewer = await site.staff("grace")
    assert "INV-000001" in await shown(viewer, "?year=2026")
    for query in ("year=2025", "year=26", "kind=bill", "page=0", "page=2", "year=2026&page=9"):
        assert (await viewer.get(f"{PAGE}?{query}")).status == 404


async def test_a_manager_gets_all_that_was_issued_in_a_year(site: Site) -> None:
    await issue(site)
    manager = await site.staff("erin")
    words = await shown(manager, "?year=2026")
    assert "3 documents were issued. 2 payments and refunds have none yet." in words
    answer = await manager.submit(f"{PAGE}?year=2026", PAGE, year="2026", form="zip")
    assert (answer.status, answer.location) == (303, f"{PAGE}?year=2026")
    assert "0 of 3 documents are there." in await shown(manager)
    await gather(site)
    page = await (await site.staff("dana")).get(PAGE)
    path = found(page.text, r'href="(/acme/desk/bundles/[0-9a-f]{32})"')
    file = await manager.get(path)
    names = zipfile.ZipFile(io.BytesIO(file.body)).namelist()
    assert names == ["index.csv", "INV-000001.pdf", "INV-000002.pdf", "REC-000001.pdf"]
    assert (await manager.head(path)).headers["Content-Length"] == str(len(file.body))
    assert "/bundles/" not in (await (await site.staff("frank")).get(PAGE)).text
    assert (await (await site.staff("frank")).get(path)).status == 403


async def test_what_is_missing_is_issued_after_its_numbers_were_read(site: Site) -> None:
    await issue(site)
    manager = await site.staff("erin")
    page = await manager.get(f"{PAGE}/missing?year=2026")
    assert "This takes 2 numbers and cannot be undone." in page.words
    await issue_invoice(site.ctx, site.alice.renewal.id, by=site.acme.customer_actor(site.alice))
    typed = {"year": "2026", "numbers": "2", "form": "pdf"}
    answer = await manager.submit(f"{PAGE}/missing?year=2026", PAGE, **typed)
    assert answer.status == 409
    assert "The numbers have changed since you read them." in answer.words
    assert "This takes 1 number and cannot be undone." in answer.words
    answer = await manager.submit(f"{PAGE}/missing?year=2026", PAGE, **{**typed, "numbers": "1"})
    assert answer.status == 303
    await gather(site)
    words = await shown(manager, "?year=2026")
    assert "INV-000004" in words
    assert "5 documents were issued." in words
    assert "have none yet" not in words


@pytest.mark.parametrize("numbers", ["x", "-1", "1" * 12])
async def test_a_number_that_no_form_of_ours_says_is_refused(site: Site, numbers: str) -> None:
    typed = {"year": "2026", "numbers": numbers, "form": "pdf"}
    answer = await (await site.staff("erin")).submit(f"{PAGE}/missing?year=2026", PAGE, **typed)
    assert answer.status == 400


@pytest.mark.parametrize("name", ["frank", "grace"])
async def test_others_may_not_gather(site: Site, name: str) -> None:
    browser = await site.staff(name)
    assert (await browser.get(f"{PAGE}/missing?year=2026")).status == 403
    assert (await browser.head(f"{PAGE}/events")).status == 403
    answer = await browser.submit(PAGE, PAGE, year="2026", form="zip")
    assert answer.status == 403


async def test_the_page_is_told_of_each_step(site: Site) -> None:
    await issue(site)
    manager = await site.staff("erin")
    version = found((await manager.get(PAGE)).text, r'data-version="([^"]*)"')
    assert (await manager.head(f"{PAGE}/events?version={version}")).status == 200
    await manager.submit(f"{PAGE}?year=2026", PAGE, year="2026", form="zip")
    other = found((await manager.get(PAGE)).text, r'data-version="([^"]*)"')
    await gather(site)
    assert len({version, other, found((await manager.get(PAGE)).text, r'data-version="([^"]*)"')}) == 3
