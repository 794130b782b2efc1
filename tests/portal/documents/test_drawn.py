"""Files of documents: drawn once, kept under what is drawn, in threads that leave pages alone."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from billing.ids import DocumentId, new_id
from billing.records import Document
from portal.documents import digest_of, fetch_pdf
from storage.bound import Bound
from storage.tables.papers import drawn_documents
from tests.portal.documents.samples import invoice
from tests.site import Site


def of(site: Site, **changes: object) -> Document:
    return replace(invoice(**changes), account_id=site.world.accounts["lumen"].id)


async def kept(site: Site) -> int:
    async with site.ctx.read(site.world.accounts["lumen"].id) as work:
        assert isinstance(work.drawn, Bound)
        return int(await work.drawn.connection.scalar(select(func.count()).select_from(drawn_documents)) or 0)


def test_digest_is_of_what_is_drawn_and_of_no_id():
    document = invoice()
    assert digest_of(document) == digest_of(replace(document, id=new_id(DocumentId)))
    others = [
        replace(document, number="INV-000124"),
        replace(document, issued_at=document.issued_at + timedelta(seconds=1)),
        replace(document, revision=1),
        replace(document, frozen={**document.frozen, "footer": "Berlin"}),
    ]
    assert len({digest_of(each) for each in [document, *others]}) == 5


def test_names_that_are_no_unicode_have_a_digest():
    assert digest_of(replace(invoice(), frozen={"buyer": "\ud800"}))


async def test_it_is_drawn_once_and_read_since(sqlite_site):
    document = of(sqlite_site, order_id="drawn-once")
    first = await fetch_pdf(sqlite_site.ctx, document)
    assert first.startswith(b"%PDF")
    before = await kept(sqlite_site)
    async with sqlite_site.ctx.read(document.account_id) as work:
        assert await work.drawn.find(digest_of(document)) == first
    assert await fetch_pdf(sqlite_site.ctx, replace(document, id=new_id(DocumentId))) == first
    assert await kept(sqlite_site) == before


async def test_what_was_drawn_stays_whatever_would_be_drawn_today(site_on_each):
    site = site_on_each
    document = of(site, order_id="kept")
    async with site.ctx.begin(site.world.accounts["lumen"].id) as work:
        await work.drawn.keep(digest_of(document), b"%PDF of another year")
        await work.drawn.keep(digest_of(document), b"something else")
    assert await fetch_pdf(site.ctx, document) == b"%PDF of another year"


async def test_ten_who_ask_at_once_get_the_same_file_and_one_is_kept(sqlite_site):
    before = await kept(sqlite_site)
    document = of(sqlite_site, order_id="at-once")
    files = await asyncio.gather(*[fetch_pdf(sqlite_site.ctx, document) for _ in range(10)])
    assert len(set(files)) == 1
    assert await kept(sqlite_site) == before + 1


async def test_who_goes_away_takes_the_file_from_nobody(sqlite_site):
    document = of(sqlite_site, order_id="gone")
    gone = asyncio.create_task(fetch_pdf(sqlite_site.ctx, document))
    stays = asyncio.create_task(fetch_pdf(sqlite_site.ctx, document))
    await asyncio.sleep(0)
    gone.cancel()
    assert (await stays).startswith(b"%PDF")
    with pytest.raises(asyncio.CancelledError):
        await gone


async def test_pages_are_answered_while_a_burst_is_drawn(sqlite_site):
    """The loop runs on between files: it turns many times for each that is drawn."""
    burst = [fetch_pdf(sqlite_site.ctx, of(sqlite_site, order_id=f"burst-{i}")) for i in range(20)]
    drawing = asyncio.gather(*burst)
    turns = 0
    while not drawing.done():
        await asyncio.sleep(0.001)
        turns += 1
    assert len(await drawing) == 20
    assert turns > 20
