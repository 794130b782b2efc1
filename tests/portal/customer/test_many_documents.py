"""Hundreds of documents: sent in bounded memory, stopped when nobody takes them, joined in parts."""

import asyncio
import gc
import io
import tracemalloc
import zipfile
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from pypdf import PdfReader
from sqlalchemy import Engine, event, insert

from billing.documents.bundles import ask_bundle
from billing.documents.issuing import issue_invoice
from billing.ids import DocumentId, new_id
from billing.records import Document
from billing.states import BundleForm
from portal.documents import digest_of, fetch_pdf
from portal.keys import JOINING
from storage.bound import Bound
from storage.rows import plain_values
from storage.tables.documents import documents, series
from storage.tables.papers import drawn_documents
from tests.make import sell_many
from tests.people import bob, dana
from tests.site import Browser, Site, running_site
from tests.worlds import Template, copy_sqlite, until

MANY = 510
YEAR = 2026
MEGABYTE = 1_000_000


@dataclass
class Many:
    """A site with so many documents of 2026, and dana's browser."""

    site: Site
    browser: Browser
    size: int  # of each document


async def fill(site: Site) -> int:
    """Invoices as they would be issued and drawn, all at once; returns the bytes of each."""
    orders = await sell_many(site.ctx, site.world, MANY - 1)
    first = await issue_invoice(site.ctx, site.world.payments[bob.order_id], by=site.world.customer(bob))
    pdf = await fetch_pdf(site.ctx, first)
    rest = [like(first, site, order, number) for number, order in enumerate(orders, 2)]
    account = {"account_id": first.account_id}
    drawn = [{**account, "digest": digest_of(each), "content": pdf, "size": len(pdf)} for each in rest]
    async with site.ctx.begin(first.account_id) as work:
        assert isinstance(work.accounts, Bound)
        connection = work.accounts.connection
        rows = [{**plain_values(each), "frozen": dict(each.frozen)} for each in rest]
        await connection.execute(insert(documents), rows)
        await connection.execute(insert(drawn_documents), drawn)
        await connection.execute(series.update().values(last=MANY))
    return len(pdf)


def like(first: Document, site: Site, order: str, number: int) -> Document:
    return replace(
        first, id=new_id(DocumentId), number=f"INV-{number:06d}", payment_id=site.world.payments[order]
    )


@pytest.fixture(scope="module")
async def many(sqlite_template: Template, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Many]:
    """One site for all of these: it takes a while to fill."""
    url = copy_sqlite(sqlite_template, tmp_path_factory.mktemp("many"))
    async with running_site(url, sqlite_template.world) as site:
        size = await fill(site)
        yield Many(site, await site.sign_in_staff(dana), size)


async def ready_bundle(many: Many, form: BundleForm) -> str:
    """Where dana's is; of what is drawn already there is nothing to gather."""
    site = many.site
    bundle = await ask_bundle(
        site.ctx,
        YEAR,
        form,
        by=site.world.member(dana),
        issue_missing=False,
        locale="de",
        once_key=f"dana's {form}",
    )
    assert bundle.total == MANY
    async with site.ctx.begin(bundle.account_id) as work:
        assert await work.bundles.finish(bundle.id, expected=0, total=MANY, at=site.clock())
    return f"{site.url}/lumen/desk/bundles/{bundle.id.hex}"


@pytest.fixture
async def counted() -> AsyncIterator[list[str]]:
    """Statements that read files, as they are sent to the database."""
    reads: list[str] = []

    def count(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if statement.startswith("SELECT drawn_documents") and "drawn_documents.content" in statement:
            reads.append(statement)

    event.listen(Engine, "before_cursor_execute", count)
    yield reads
    event.remove(Engine, "before_cursor_execute", count)


async def test_a_zip_is_sent_in_bounded_memory_and_stops_with_its_reader(
    many: Many, counted: list[str]
) -> None:
    path = await ready_bundle(many, BundleForm.ZIP)
    names = zipfile.ZipFile(io.BytesIO(await read_whole(many, path))).namelist()
    assert names == ["index.csv", *(f"INV-{number:06d}.pdf" for number in range(1, MANY + 1))]
    batches = len(counted)
    assert MANY * many.size > 10 * MEGABYTE
    # Ours and the reader's, who throws everything away.
    assert await highest(many, path) < 3 * MEGABYTE
    counted.clear()
    await leave_early(many, path)
    assert 0 < len(counted) < batches


async def read_whole(many: Many, path: str) -> bytes:
    async with many.browser.session.get(path) as answer:
        body = await answer.read()
        assert int(answer.headers["Content-Length"]) == len(body)
        return body


async def highest(many: Many, path: str) -> int:
    """The bytes that were held at most, more than before."""
    gc.collect()
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        async with many.browser.session.get(path) as answer:
            async for _chunk in answer.content.iter_chunked(65536):
                pass
        return tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()


async def leave_early(many: Many, path: str) -> None:
    """Reads a little, hangs up, and waits until nobody serves them any more."""
    handlers = serving()
    answer = await many.browser.session.get(path)
    assert answer.status == 200
    await answer.content.readexactly(1000)
    answer.close()
    await until(lambda: serving() <= handlers)


def serving() -> int:
    """How many connections have a handler."""
    names = [getattr(task.get_coro(), "__qualname__", "") for task in asyncio.all_tasks()]
    return sum(name.startswith("RequestHandler") for name in names)


async def test_a_long_pdf_comes_in_parts_for_one_at_a_time(many: Many, counted: list[str]) -> None:
    path = await ready_bundle(many, BundleForm.PDF)
    joining = many.site.service.app[JOINING]
    async with joining:
        asked = [asyncio.create_task(many.browser.get(f"{path}?part=3")) for _ in range(3)]
        await until(lambda: len(joining._waiters or ()) == len(asked))
        assert counted == []  # whoever waits holds no files
    assert [(await each).status for each in asked] == [200] * 3
    page = await many.browser.get("/lumen/desk/documents")
    assert [f"Part {part} of 3" in page.text for part in (1, 2, 3)] == [True] * 3
    async with many.browser.session.get(f"{path}?part=3") as answer:
        assert answer.headers["Content-Disposition"] == f'attachment; filename="documents-{YEAR}-3.pdf"'
        joined = PdfReader(io.BytesIO(await answer.read()))
    titles = [str(each["/Title"]) for each in joined.outline]  # type: ignore[call-overload]
    assert [title.split(" · ")[0] for title in titles] == [f"INV-{number:06d}" for number in range(501, 511)]
    assert str(joined.root_object["/Lang"]) == "de"
    assert (await many.browser.get(f"{path}?part=4")).status == 404
